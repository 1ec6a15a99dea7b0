// How a running training looks: a progress bar on a terminal, plain lines elsewhere, JSON lines when asked.

import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";
import { createBar } from "./bar.ts";
import { formatBytes, formatSeconds, groupDigits, type Context } from "./context.ts";
import { displayWidth } from "./table.ts";

export interface TrainingView {
  show(event: TrainingEvent): void;
  close(): void;
}

export function createView(context: Context, log: "auto" | "json" | "plain"): TrainingView {
  if (log === "json") {
    return { show: (event) => context.out(`${JSON.stringify(event)}\n`), close: () => undefined };
  }
  return context.interactive && log === "auto" ? barView(context) : plainView(context);
}

/** `loss 0.4321  accuracy 0.8472`. */
export function formatScores(scores: Scores): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${formatScore(value)}`)
    .join("  ");
}

function formatScore(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e5
    ? value.toFixed(4)
    : value.toExponential(3);
}

function startLines(event: Extract<TrainingEvent, { event: "start" }>): string[] {
  const counts = Object.entries(event.examples).map(([split, n]) => `${groupDigits(n)} ${split}`);
  return [
    `${event.training}: ${groupDigits(event.parameters)} parameters, ${formatBytes(event.planned_bytes)} planned, device ${event.device}, seed ${event.seed}`,
    `${counts.join(", ")} examples, ${event.epochs} epochs, ${groupDigits(event.steps)} steps${event.resumed > 0 ? `, going on after step ${groupDigits(event.resumed)}` : ""}`,
  ];
}

/** One line an epoch; two, one below the other, where that is wider than the terminal. */
function epochLines(
  event: Extract<TrainingEvent, { event: "epoch" }>,
  epochs: number,
  columns = Infinity,
): string[] {
  const number = `epoch ${String(event.epoch).padStart(String(epochs).length)}/${epochs}`;
  const seconds = `(${formatSeconds(event.seconds)})`;
  const train = formatScores(event.train);
  const validation = formatScores(event.validation);
  if (validation === "") return [`${number}  train ${train}  ${seconds}`];
  const line = `${number}  train ${train}  | validation ${validation}  ${seconds}`;
  if (displayWidth(line) <= columns) return [line];
  return [
    `${number}  train ${train}  ${seconds}`,
    `${" ".repeat(number.length)}  validation ${validation}`,
  ];
}

function endLines(event: Extract<TrainingEvent, { event: "end" }>): string[] {
  const lines: string[] = [];
  if (Object.keys(event.test).length > 0) lines.push(`test  ${formatScores(event.test)}`);
  lines.push(
    `${event.finished ? "finished" : "interrupted"} after ${formatSeconds(event.seconds)}`,
  );
  return lines;
}

/** At most this many epoch lines a second matter to a reader: quick epochs are thinned out. */
const plainEveryMilliseconds = 200;

function plainView(context: Context): TrainingView {
  let epochs = 0;
  let shown = 0;
  return {
    show(event) {
      switch (event.event) {
        case "start":
          epochs = event.epochs;
          context.out(`${startLines(event).join("\n")}\n`);
          break;
        case "epoch": {
          const now = Date.now();
          if (now - shown >= plainEveryMilliseconds || event.epoch === epochs) {
            context.out(`${epochLines(event, epochs).join("\n")}\n`);
            shown = now;
          }
          break;
        }
        case "end":
          context.out(`${endLines(event).join("\n")}\n`);
          break;
        case "step":
        case "checkpoint":
          break;
        default:
          event satisfies never;
      }
    },
    close: () => undefined,
  };
}

/** Milliseconds between drawings of the bar. */
const drawEvery = 80;

function barView(context: Context): TrainingView {
  const { colors, columns } = context;
  const bar = createBar(context.error, columns);
  let epochs = 0;
  let started = 0;
  let examples = 0;
  let first = 0;
  let steps = 0;
  let shown = 0;
  let smooth = Number.NaN;
  return {
    show(event) {
      switch (event.event) {
        case "start":
          epochs = event.epochs;
          steps = event.steps;
          first = event.resumed;
          started = Date.now();
          for (const text of startLines(event)) bar.line(colors.dim(text));
          break;
        case "step": {
          examples += event.examples;
          smooth = Number.isNaN(smooth) ? event.loss : 0.9 * smooth + 0.1 * event.loss;
          const now = Date.now();
          if (now - shown < drawEvery && event.step !== steps) break;
          shown = now;
          const seconds = Math.max(0.001, (now - started) / 1000);
          bar.show({
            step: event.step,
            steps,
            epoch: `${event.epoch}/${epochs}`,
            loss: formatScore(smooth),
            rate: examples / seconds,
            secondsLeft: (seconds / Math.max(1, event.step - first)) * (steps - event.step),
          });
          break;
        }
        case "epoch":
          for (const text of epochLines(event, epochs, columns)) bar.line(text);
          break;
        case "end":
          bar.close();
          for (const text of endLines(event)) bar.line(colors.bold(text));
          break;
        case "checkpoint":
          break;
        default:
          event satisfies never;
      }
    },
    close: () => bar.close(),
  };
}
