// `dlmc plot`: several runs over one another, and in what their settings differ.

import type { Manifest } from "../../runtime/node/manifest.ts";
import { chartHtml, type Chart, type Series } from "./chart.ts";
import { lastScores, overEpochs, scoreNames, type RunHistory } from "./history.ts";
import { html, type Html } from "./html.ts";
import { pageHtml, scoreText, tableHtml } from "./page.ts";

export interface ComparedRun {
  readonly name: string;
  readonly history: RunHistory;
  readonly manifest: Manifest;
}

/** A page with the curves of the runs. */
export function compareRuns(runs: readonly ComparedRun[]): string {
  const names = [...new Set(runs.flatMap(({ history }) => scoreNames(history.epochs)))];
  const charts: Chart[] = names.flatMap((name) =>
    (["validation", "train"] as const).map((split): Chart => ({
      title: `${split} ${name}`,
      x: "epoch",
      series: runs.map((run, i) => seriesOf(run, split, name, i)),
    })),
  );
  charts.push({
    title: "learning rate",
    x: "epoch",
    series: runs.map(({ name, history }, i) => ({
      label: name,
      points: overEpochs(history, ({ lr }) => lr),
      ...lineOf(i),
    })),
  });
  const body = [
    html`<h1>${runs.length} runs</h1>`,
    scoresHtml(runs, names),
    html`<h2>Curves</h2>
      <div class="charts">${charts.map(chartHtml)}</div>`,
    differencesHtml(runs),
  ];
  return pageHtml(`${runs.map(({ name }) => name).join(", ")}`, body, true);
}

function lineOf(index: number): Pick<Series, "color" | "dashed"> {
  return { color: index % 6, dashed: index % 12 >= 6 };
}

function seriesOf(
  { name, history }: ComparedRun,
  split: "train" | "validation",
  metric: string,
  index: number,
): Series {
  return {
    label: name,
    points: history.epochs.flatMap((epoch) => {
      const value = epoch[split][metric];
      return value === undefined ? [] : [[epoch.epoch, value] as const];
    }),
    ...lineOf(index),
  };
}

function scoresHtml(runs: readonly ComparedRun[], names: readonly string[]): Html {
  const cells = runs.map(({ name, history }) => {
    const { end } = history;
    const of = {
      test: end?.test ?? {},
      validation: end?.validation ?? lastScores(history, "validation"),
      train: lastScores(history, "train"),
    };
    return { name, of, epochs: history.epochs.length, seconds: end?.seconds };
  });
  const columns = (["test", "validation", "train"] as const)
    .flatMap((split) => names.map((name) => ({ split, name })))
    .filter(({ split, name }) => cells.some(({ of }) => of[split][name] !== undefined));
  return tableHtml(
    [
      { title: "run" },
      { title: "epochs", kind: "number" },
      ...columns.map(({ split, name }) => ({ title: `${split} ${name}`, kind: "number" as const })),
      { title: "seconds", kind: "number" },
    ],
    cells.map(({ name, of, epochs, seconds }) => [
      name,
      String(epochs),
      ...columns.map((column) => scoreText(of[column.split][column.name])),
      seconds === undefined ? "" : seconds.toFixed(1),
    ]),
  );
}

/** Rows of settings that are not the same in all runs. */
function differencesHtml(runs: readonly ComparedRun[]): Html {
  const settings = runs.map(({ manifest }) => ({
    ...manifest.settings,
    "--set": manifest.sets.join(" "),
    seed: String(manifest.seed),
    device: manifest.device,
    precision: manifest.precision ?? "f32",
    file: manifest.file,
    version: manifest.version,
  }));
  const names = [...new Set(settings.flatMap((each) => Object.keys(each)))];
  const rows = names
    .map((name) => [name, ...settings.map((each) => new Map(Object.entries(each)).get(name) ?? "")])
    .filter(([, first, ...rest]) => rest.some((value) => value !== first));
  if (rows.length === 0) return html`<p class="muted">The runs have the same settings.</p>`;
  return html`<h2>Settings that differ</h2>
    ${tableHtml(
      [{ title: "" }, ...runs.map(({ name }) => ({ title: name, kind: "wrap" as const }))],
      rows,
    )}`;
}
