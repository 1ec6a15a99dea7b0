// What a run tells, drawn: the bar, the line of status, curves and the table of epochs.

import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";
import { LossHistory, openChart, type Line } from "./curves.ts";
import { byId, counted, make, scored, seconds } from "./dom.ts";

type Started = Extract<TrainingEvent, { event: "start" }>;
type Epoch = Extract<TrainingEvent, { event: "epoch" }>;

export interface Progress {
  /** A run begins: what was shown before goes. */
  clear(): void;
  take(events: readonly TrainingEvent[]): void;
  status(text: string, kind?: "plain" | "trouble"): void;
  /** After the colours have changed. */
  renew(): void;
}

const lossLines: readonly Line[] = [
  { label: "step", colour: "--curve-faint", width: 1, points: false },
  { label: "mean", colour: "--accent", width: 2.5, points: false },
  { label: "validation", colour: "--second", width: 2, points: true },
];

export function openProgress(): Progress {
  const lossChart = openChart(byId("loss-chart"), lossLines, { logarithmic: true });
  const metricChart = openChart(byId("metric-chart"), [], { logarithmic: false });
  let history = new LossHistory();
  let epochs: Epoch[] = [];
  let metrics: string[] = [];
  let started: Started | undefined;
  let step = 0;
  let drawing = false;

  /** Once a frame at most, however many steps there are. */
  function draw(): void {
    if (drawing) return;
    drawing = true;
    requestAnimationFrame(() => {
      drawing = false;
      lossChart.draw(history.columns());
      const done = started && started.steps > 0 ? Math.min(1, step / started.steps) : 0;
      byId("bar-fill").style.setProperty("scale", `${done} 1`);
      byId("bar").setAttribute("aria-valuenow", String(Math.round(100 * done)));
    });
  }

  function status(text: string, kind: "plain" | "trouble" = "plain"): void {
    const element = byId("status");
    element.textContent = text;
    element.dataset["kind"] = kind;
  }

  function takeOne(event: TrainingEvent): void {
    switch (event.event) {
      case "start": {
        started = event;
        step = event.resumed;
        const threads = event.threads > 1 ? `, ${event.threads} threads` : "";
        status(
          `${counted(event.parameters)} parameters on ${event.device}${threads}, compiled in ${seconds(event.compile_seconds)}`,
        );
        break;
      }
      case "step":
        step = event.step;
        history.add(event.step, event.loss);
        byId("loss-now").textContent = scored(event.loss);
        byId("loss-now").dataset["step"] = String(event.step);
        break;
      case "epoch":
        epochs.push(event);
        if (event.validation["loss"] !== undefined) history.mark(step, event.validation["loss"]);
        showEpoch(event);
        status(
          `Epoch ${event.epoch} of ${started?.epochs ?? event.epoch} · step ${counted(step)} of ${counted(started?.steps ?? step)} · ${seconds(event.seconds)} an epoch`,
        );
        break;
      case "end":
        if (event.finished) {
          const test = Object.entries(event.test).map(
            ([name, value]) => `${name} ${scored(value)}`,
          );
          status(
            `Done after ${seconds(event.seconds)}${test.length > 0 ? ` · test: ${test.join(", ")}` : ""}.`,
          );
        } else status(`Stopped at step ${counted(step)}.`);
        break;
      default:
        break;
    }
  }

  function showEpoch(event: Epoch): void {
    const names = Object.keys(event.train);
    const validation = Object.keys(event.validation).length > 0;
    const table = byId<HTMLTableElement>("results");
    if (table.tHead === null) {
      const titles = names.flatMap((name) => (validation ? [name, `validation ${name}`] : [name]));
      const cells = ["epoch", ...titles].map((text) => {
        const cell = make("th", { text });
        cell.scope = "col";
        return cell;
      });
      table.createTHead().append(make("tr", {}, ...cells));
      table.createTBody();
      metrics = names.filter((name) => name !== "loss");
      byId("metric-card").hidden = metrics.length === 0;
      byId("result-card").hidden = false;
      byId("metric-title").textContent =
        metrics.length === 1 ? capital(metrics[0] ?? "") : "Metrics";
      metricChart.renew(metricLines(metrics, validation));
    }
    const cell = (scores: Scores, name: string): string =>
      scores[name] === undefined ? "–" : scored(scores[name]);
    const row = names.flatMap((name) =>
      validation
        ? [cell(event.train, name), cell(event.validation, name)]
        : [cell(event.train, name)],
    );
    // The latest above: that is what one looks for.
    table.tBodies[0]?.prepend(
      make(
        "tr",
        event.best ? { class: "best" } : {},
        ...[String(event.epoch), ...row].map((text) => make("td", { text })),
      ),
    );
    while ((table.tBodies[0]?.rows.length ?? 0) > 200) table.tBodies[0]?.deleteRow(-1);
    metricChart.draw([
      epochs.map((each) => each.epoch),
      ...metrics.flatMap((name) =>
        validation
          ? [
              epochs.map((e) => e.train[name] ?? null),
              epochs.map((e) => e.validation[name] ?? null),
            ]
          : [epochs.map((e) => e.train[name] ?? null)],
      ),
    ]);
  }

  return {
    clear() {
      history = new LossHistory();
      epochs = [];
      started = undefined;
      step = 0;
      byId("results").replaceChildren();
      byId("metric-card").hidden = true;
      byId("result-card").hidden = true;
      byId("loss-now").textContent = "";
      draw();
    },
    take(events) {
      events.forEach(takeOne);
      draw();
    },
    status,
    renew() {
      lossChart.renew();
      metricChart.renew();
    },
  };
}

const colours = ["--accent", "--second", "--third", "--fourth"];

function metricLines(names: readonly string[], validation: boolean): readonly Line[] {
  const splits = validation ? ["train", "validation"] : ["train"];
  return names
    .flatMap((name) => splits.map((split) => (names.length > 1 ? `${name}, ${split}` : split)))
    .map((label, i) => ({
      label,
      colour: colours[i % colours.length] ?? "--accent",
      width: 2,
      points: i % splits.length === 1,
    }));
}

const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
