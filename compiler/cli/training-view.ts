// How a running training looks: a progress bar on a terminal, plain lines elsewhere, JSON lines when asked.

import { SingleBar } from "cli-progress";

import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";
import { formatBytes, formatSeconds, groupDigits, type Context } from "./context.ts";

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

function epochLine(event: Extract<TrainingEvent, { event: "epoch" }>, epochs: number): string {
  const validation =
    Object.keys(event.validation).length > 0
      ? `  | validation ${formatScores(event.validation)}`
      : "";
  const number = String(event.epoch).padStart(String(epochs).length);
  return `epoch ${number}/${epochs}  train ${formatScores(event.train)}${validation}  (${formatSeconds(event.seconds)})`;
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
            context.out(`${epochLine(event, epochs)}\n`);
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

function barView(context: Context): TrainingView {
  const { colors } = context;
  const bar = new SingleBar({
    format: `{bar} {percentage}%  epoch {epoch}  loss {loss}  {rate}/s  {left} left`,
    barsize: Math.max(10, Math.min(30, context.columns - 60)),
    barCompleteChar: "█",
    barIncompleteChar: "░",
    hideCursor: true,
    clearOnComplete: true,
    fps: 10,
    stream: process.stderr,
  });
  let epochs = 0;
  let started = 0;
  let examples = 0;
  let first = 0;
  let steps = 0;
  let running = false;
  let shown = 0;
  let smooth = Number.NaN;
  const line = (text: string): void => {
    if (running) {
      process.stderr.write("\r\u001b[2K");
    }
    context.out(`${text}\n`);
    if (running) bar.render();
  };
  return {
    show(event) {
      switch (event.event) {
        case "start":
          epochs = event.epochs;
          steps = event.steps;
          first = event.resumed;
          started = Date.now();
          for (const text of startLines(event)) line(colors.dim(text));
          bar.start(steps, first, { epoch: "", loss: "", rate: "", left: "" });
          running = true;
          break;
        case "step": {
          examples += event.examples;
          smooth = Number.isNaN(smooth) ? event.loss : 0.9 * smooth + 0.1 * event.loss;
          const now = Date.now();
          if (now - shown < 50 && event.step !== steps) break;
          shown = now;
          const seconds = Math.max(0.001, (now - started) / 1000);
          const done = event.step - first;
          bar.update(event.step, {
            epoch: `${event.epoch}/${epochs}`,
            loss: formatScore(smooth),
            rate: groupDigits(examples / seconds),
            left: formatSeconds((seconds / Math.max(1, done)) * (steps - event.step)),
          });
          break;
        }
        case "epoch":
          line(epochLine(event, epochs));
          break;
        case "end":
          bar.stop();
          running = false;
          for (const text of endLines(event)) line(colors.bold(text));
          break;
        case "checkpoint":
          break;
        default:
          event satisfies never;
      }
    },
    close() {
      if (running) bar.stop();
      running = false;
    },
  };
}
