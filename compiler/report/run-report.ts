// `report.html` of a run folder: how the run went, what the model gets wrong, and what it was made of.

import type { InspectedAttention } from "../api/attention.ts";
import type { Inspection } from "../api/inspect.ts";
import type { LayerRow } from "../api/summary.ts";
import type { Manifest } from "../../runtime/node/manifest.ts";
import { attentionHtml } from "./attention.ts";
import { chartHtml } from "./chart.ts";
import { confusionHtml } from "./confusion.ts";
import { runCharts } from "./curves.ts";
import type { RunHistory } from "./history.ts";
import { scoreNames } from "./history.ts";
import { samplesHtml } from "./samples.ts";
import { html, raw, type Html } from "./html.ts";
import { pageHtml, scoreText, tableHtml, type Column } from "./page.ts";

export interface ReportParts {
  readonly history: RunHistory;
  readonly manifest: Manifest;
  readonly layers: readonly LayerRow[];
  readonly inspection?: Inspection;
  readonly attention?: InspectedAttention;
}

export function runReport(parts: ReportParts): string {
  const { history, manifest, inspection, attention } = parts;
  const charts = runCharts(history).map(chartHtml);
  const body = [
    headHtml(parts),
    html`<h2>Curves</h2>
      <div class="charts">${charts}</div>`,
    epochsHtml(history),
    samplesHtml(history),
    inspection ? confusionHtml(inspection) : raw(""),
    attention ? attentionHtml(attention) : raw(""),
    layersHtml(parts.layers),
    settingsHtml(manifest, history),
  ];
  return pageHtml(`${manifest.training} · ${manifest.file}`, body, true);
}

function headHtml({ history, manifest }: ReportParts): Html {
  const { start, end, epochs, folds } = history;
  const last = epochs.at(-1);
  const tile = (name: string, value: string): Html =>
    html`<div class="tile"><b>${value}</b><span>${name}</span></div>`;
  const tiles: Html[] = [];
  for (const split of ["validation", "test"] as const) {
    for (const [name, { mean, deviation }] of Object.entries(folds?.[split] ?? {}))
      tiles.push(
        tile(`${split} ${name} of the folds`, `${scoreText(mean)} ± ${scoreText(deviation)}`),
      );
  }
  for (const [name, value] of Object.entries(end?.test ?? {}))
    tiles.push(tile(`test ${name}`, scoreText(value)));
  const validation = Object.entries(end?.validation ?? last?.validation ?? {});
  for (const [name, value] of validation) tiles.push(tile(`validation ${name}`, scoreText(value)));
  if (tiles.length === 0) {
    for (const [name, value] of Object.entries(last?.train ?? {}))
      tiles.push(tile(`train ${name}`, scoreText(value)));
  }
  if (start) tiles.push(tile("parameters", start.parameters.toLocaleString("en")));
  if (end) tiles.push(tile("time", duration(end.seconds)));
  const state = end === undefined ? "still running" : end.finished ? "finished" : "interrupted";
  const best = end?.best
    ? ` The weights are those of epoch ${end.best.epoch}, the best by ${manifest.settings["best"] ?? "the training"}.`
    : "";
  const cross = folds
    ? ` A fit on everything, after a cross-validation with ${folds.folds} folds: mean ± sample deviation of the folds' scores.`
    : "";
  return html`<h1>${manifest.training}</h1>
    <p class="muted">
      <code>${manifest.file}</code>, ${state} after ${epochs.length} of ${start?.epochs ?? 0}
      epochs.${best}${cross}
    </p>
    <div class="tiles">${tiles}</div>`;
}

/** A row an epoch; of many only some. */
function epochsHtml({ epochs, end }: RunHistory): Html {
  if (epochs.length === 0) return raw("");
  const every = Math.ceil(epochs.length / 50);
  const shown = epochs.filter(
    ({ epoch }, i) =>
      i % every === every - 1 || epoch === end?.best?.epoch || i === epochs.length - 1,
  );
  const names = scoreNames(epochs);
  const splits = (["train", "validation"] as const).filter((split) =>
    epochs.some((epoch) => Object.keys(epoch[split]).length > 0),
  );
  // What reads generated text is known of validation alone.
  const scores = splits.flatMap((split) =>
    names
      .filter((name) => epochs.some((epoch) => epoch[split][name] !== undefined))
      .map((name) => ({ split, name })),
  );
  const columns: Column[] = [
    { title: "epoch", kind: "number" },
    ...scores.map(({ split, name }): Column => ({ title: `${split} ${name}`, kind: "number" })),
    { title: "time", kind: "number" },
  ];
  const rows = shown.map((epoch) => [
    String(epoch.epoch),
    ...scores.map(({ split, name }) => scoreText(epoch[split][name])),
    duration(epoch.seconds),
  ]);
  const best = shown.findIndex(({ epoch }) => epoch === end?.best?.epoch);
  return html`<h2>Epochs</h2>
    ${tableHtml(columns, rows, best)}`;
}

function layersHtml(layers: readonly LayerRow[]): Html {
  if (layers.length === 0) return raw("");
  const rows = layers.map((layer) => [
    `${"\u2003".repeat(layer.depth)}${layer.path === "" ? layer.block : layer.path}`,
    layer.block,
    layer.output.join(", "),
    layer.parameters === 0 ? "" : layer.parameters.toLocaleString("en"),
    layer.flops === 0 ? "" : layer.flops.toLocaleString("en"),
  ]);
  const columns: Column[] = [
    { title: "layer" },
    { title: "block" },
    { title: "output" },
    { title: "parameters", kind: "number" },
    { title: "FLOPs an example", kind: "number" },
  ];
  return html`<h2>Model</h2>
    ${tableHtml(columns, rows)}`;
}

function settingsHtml(manifest: Manifest, { start }: RunHistory): Html {
  const counts = Object.entries(start?.examples ?? {}).map(([split, n]) => `${n} ${split}`);
  const files = manifest.data.files.map(({ path, sha256 }) => `${path} (${sha256.slice(0, 12)})`);
  const rows = [
    ...Object.entries(manifest.settings),
    ...(manifest.sets.length > 0 ? [["--set", manifest.sets.join(" ")]] : []),
    ["seed", String(manifest.seed)],
    ["data", `${manifest.data.name}: ${counts.join(", ")} examples`],
    ...(files.length > 0 ? [["data files", files.join(", ")]] : []),
    [
      "device",
      `${manifest.device}, ${manifest.threads} ${manifest.threads === 1 ? "thread" : "threads"}${manifest.fused ? ", fused multiply-add" : ""}`,
    ],
    ["versions", `dlm ${manifest.version}, Node ${manifest.node}`],
    ["fingerprint", manifest.fingerprint],
  ].map(([name = "", value = ""]) => [name, value]);
  const unique = rows.filter(([name], i) => rows.findIndex(([other]) => other === name) === i);
  return html`<h2>Settings and versions</h2>
    ${tableHtml([{ title: "setting" }, { title: "value", kind: "wrap" }], unique)}`;
}

function duration(seconds: number): string {
  if (seconds < 1) return `${Math.round(1000 * seconds)} ms`;
  if (seconds < 60) return `${seconds.toFixed(1)} s`;
  return `${Math.floor(seconds / 60)} min ${String(Math.floor(seconds % 60)).padStart(2, "0")} s`;
}
