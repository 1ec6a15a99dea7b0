// How a running training looks: a progress bar on a terminal, plain lines elsewhere, JSON lines when asked.

import type { TrainingEvent } from "../../runtime/train/events.ts";
import { formatBytes, formatSeconds, groupDigits, type Context } from "./context.ts";
import { createEpochTable, skippedText } from "./epoch-table.ts";
import { formatScore, formatScores } from "./scores.ts";
import { Curve, sparkline } from "./sparkline.ts";
import { withoutControls } from "./terminal-text.ts";
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

/** Lines of parts, as few as the terminal's width allows; what follows the first is indented below it. */
export function breakLine(
  parts: readonly string[],
  columns: number,
  separator: string,
  indent = 2,
): string[] {
  const lines: string[] = [];
  let line = "";
  for (const part of parts) {
    const longer = line === "" ? part : line + separator + part;
    if (line !== "" && displayWidth(longer + separator.trimEnd()) > columns) {
      lines.push(line + separator.trimEnd());
      line = " ".repeat(indent) + part;
    } else {
      line = longer;
    }
  }
  return [...lines, line];
}

function count(number: number, thing: string): string {
  return `${groupDigits(number)} ${thing}${number === 1 ? "" : "s"}`;
}

function startLines(
  event: Extract<TrainingEvent, { event: "start" }>,
  columns = Infinity,
): string[] {
  const counts = Object.entries(event.examples).map(([split, n]) => `${groupDigits(n)} ${split}`);
  const program = [
    `${event.training}: ${groupDigits(event.parameters)} parameters`,
    `${formatBytes(event.planned_bytes)} planned`,
    `device ${event.device}${event.threads > 1 ? ` on ${event.threads} threads` : ""}`,
    ...(event.precision ? [`precision ${event.precision}`] : []),
    `seed ${event.seed}`,
    ...(event.compile_seconds > 1 ? [`compiled in ${formatSeconds(event.compile_seconds)}`] : []),
  ];
  const work = [
    `${counts.join(", ")} examples`,
    count(event.epochs, "epoch"),
    count(event.steps, "step"),
    ...(event.resumed > 0 ? [`going on after step ${groupDigits(event.resumed)}`] : []),
  ];
  const lines = [...breakLine(program, columns, ", "), ...breakLine(work, columns, ", ")];
  if (event.streams === undefined) return lines;
  const { files, buffer_bytes, threads, bound_bytes } = event.streams;
  const streams = [
    `streams ${groupDigits(files)} pictures through ${formatBytes(buffer_bytes)} of buffers`,
    `at most ${count(threads, "thread")} decoding`,
    `${formatBytes(bound_bytes)} at most for all of it`,
  ];
  return [...lines, ...breakLine(streams, columns, ", ")];
}

/** `Tuned: 12 tensors from mnist.safetensors, 2 fresh, 15 of the file unused`. */
function weightsLines(
  event: Extract<TrainingEvent, { event: "weights" }>,
  columns = Infinity,
): string[] {
  const parts = [
    `${event.into}: ${count(event.loaded, "tensor")} from ${event.path}`,
    ...(event.fresh > 0 ? [`${groupDigits(event.fresh)} fresh`] : []),
    ...(event.unused > 0 ? [`${groupDigits(event.unused)} of the file unused`] : []),
    ...(event.converted ? [`converted from ${event.converted.join(" and ")}`] : []),
  ];
  return breakLine(parts, columns, ", ");
}

/** `compiled in 3.2 s for 128 examples, pairs.english.length 8`. */
function compileLine(event: Extract<TrainingEvent, { event: "compile" }>): string {
  const lengths = Object.entries(event.lengths).map(([name, n]) => `${name} ${n}`);
  const what = [count(event.batch, "example"), ...lengths].join(", ");
  return `compiled in ${formatSeconds(event.seconds)} for ${what} (${event.program})`;
}

/** `phase head: 1 epoch, 230 steps, 1,290 parameters trained`. */
function phaseLines(
  event: Extract<TrainingEvent, { event: "phase" }>,
  columns = Infinity,
): string[] {
  const parts = [
    `phase ${event.phase}: ${count(event.epochs, "epoch")}`,
    `${count(event.steps, "step")} of ${groupDigits(event.batch * event.accumulate)} examples`,
    `${count(event.trained, "parameter")} trained`,
  ];
  return breakLine(parts, columns, ", ");
}

/** One line an epoch; the scores of the training and of validation one below the other where that is too wide. */
function epochLines(
  event: Extract<TrainingEvent, { event: "epoch" }>,
  epochs: number,
  columns = Infinity,
): string[] {
  const number = `epoch ${String(event.epoch).padStart(String(epochs).length)}/${epochs}`;
  const seconds = `(${formatSeconds(event.seconds)})${event.best ? " best" : ""}${skippedText(event)}`;
  const train = formatScores(event.train);
  const validation = formatScores(event.validation);
  const line =
    validation === ""
      ? `${number}  train ${train}  ${seconds}`
      : `${number}  train ${train}  | validation ${validation}  ${seconds}`;
  if (displayWidth(line) <= columns) return [line];
  const indent = number.length + 2;
  const below = (text: string): string[] =>
    breakLine(text.split("  "), columns - indent, "  ").map((each) => " ".repeat(indent) + each);
  return [
    ...breakLine([number, `train ${train}`, seconds].join("  ").split("  "), columns, "  ", indent),
    ...(validation === "" ? [] : below(`validation ${validation}`)),
  ];
}

/** Each sample on a line or two: what it goes on from or the source, and what the model makes of it. */
function samplesLines(
  { samples }: Extract<TrainingEvent, { event: "samples" }>,
  columns = Infinity,
): string[] {
  return samples.flatMap(({ prompt, text, wanted }) => {
    const line = (parts: readonly string[]): string[] =>
      breakLine(parts.map(oneLine), columns, " ", 4);
    if (wanted === undefined) {
      const words = `${prompt}│${text}`.split(" ");
      return breakLine(
        [`  ${oneLine(words[0] ?? "")}`, ...words.slice(1).map(oneLine)],
        columns,
        " ",
        4,
      );
    }
    return line([`  ${prompt}`, `→ ${text}`, `(${wanted})`]);
  });
}

/** Line ends as a reader sees them, so that a text stays on its line. */
function oneLine(text: string): string {
  return withoutControls(text.replace(/\r\n?|\n/g, "⏎"));
}

function foldsLines(event: Extract<TrainingEvent, { event: "folds" }>): string[] {
  const told = (["validation", "test"] as const).flatMap((split) =>
    Object.entries(event[split]).map(
      ([name, { mean, deviation }]) =>
        `${split} ${name} ${formatScore(mean)} ± ${formatScore(deviation)}`,
    ),
  );
  const then =
    event.epochs === null
      ? "now a fit on everything"
      : `now a fit on everything, ${event.epochs} epochs`;
  return [`${event.folds} folds: ${told.join(", ")}`, then];
}

function stopLine(event: Extract<TrainingEvent, { event: "stop" }>): string {
  const what = event.phase === undefined ? "stopped" : `phase ${event.phase} stopped`;
  return `${what} after epoch ${event.epoch}: patience is over, none of the last was better`;
}

function waits(share: number): string {
  const percent = Math.round(100 * share);
  return `, ${percent < 1 ? "less than 1" : percent} % of it waiting for data`;
}

function endLines(event: Extract<TrainingEvent, { event: "end" }>): string[] {
  const lines: string[] = [];
  const { best } = event;
  if (event.finished && best) {
    const scores = formatScores(event.validation);
    lines.push(
      `the weights of epoch ${best.epoch} are kept${scores === "" ? "" : `: validation  ${scores}`}`,
    );
  }
  if (Object.keys(event.test).length > 0) lines.push(`test  ${formatScores(event.test)}`);
  lines.push(
    `${event.finished ? "finished" : "interrupted"} after ${formatSeconds(event.seconds)}${waits(event.waited_share)}`,
  );
  return lines;
}

/** At most this many epoch lines a second matter to a reader: quick epochs are thinned out. */
const plainEveryMilliseconds = 200;

function plainView(context: Context): TrainingView {
  let epochs = 0;
  let shown = 0;
  let told = 0; // the last epoch that has a line
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
            told = event.epoch;
          }
          break;
        }
        case "weights":
          context.out(`${weightsLines(event).join("\n")}\n`);
          break;
        case "phase":
          context.out(`${phaseLines(event).join("\n")}\n`);
          break;
        case "compile":
          context.out(`${compileLine(event)}\n`);
          break;
        case "folds":
          context.out(`${foldsLines(event).join("\n")}\n`);
          break;
        case "stop":
          context.out(`${stopLine(event)}\n`);
          break;
        case "end":
          context.out(`${endLines(event).join("\n")}\n`);
          break;
        case "samples":
          // With the epoch's line, which may have been left out.
          if (event.epoch === told) context.out(`${samplesLines(event).join("\n")}\n`);
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

/** On a terminal the samples of quick epochs are thinned out. */
const barEveryMilliseconds = 2000;

function barView(context: Context): TrainingView {
  const { colors, bar } = context;
  let epochs = 0;
  let started = 0;
  let examples = 0;
  let first = 0;
  let steps = 0;
  let smooth = Number.NaN;
  let sampled = 0;
  const curve = new Curve();
  const table = createEpochTable();
  const lines = (texts: readonly string[], color = (text: string) => text): void => {
    for (const text of texts) bar.write(`${color(text)}\n`);
  };
  return {
    show(event) {
      switch (event.event) {
        case "start":
          epochs = event.epochs;
          steps = event.steps;
          first = event.resumed;
          started = Date.now();
          lines(startLines(event, context.columns), colors.dim);
          break;
        case "step": {
          const { step, epoch } = event;
          examples += event.examples;
          curve.add(event.loss);
          smooth = Number.isNaN(smooth) ? event.loss : 0.9 * smooth + 0.1 * event.loss;
          bar.show({
            done: step,
            total: steps,
            texts: () => {
              const seconds = Math.max(0.001, (Date.now() - started) / 1000);
              const left = (seconds / Math.max(1, step - first)) * (steps - step);
              return [
                `epoch ${epoch}/${epochs}`,
                `loss ${formatScore(smooth)}`,
                sparkline(curve.values, 16),
                `${formatSeconds(left)} left`,
                `${groupDigits(examples / seconds)} examples/s`,
              ];
            },
          });
          break;
        }
        case "epoch":
          lines(
            table.lines(event, epochs, context.columns) ??
              epochLines(event, epochs, context.columns),
          );
          break;
        case "samples":
          if (Date.now() - sampled < barEveryMilliseconds && event.epoch < epochs) break;
          sampled = Date.now();
          lines(samplesLines(event, context.columns), colors.cyan);
          break;
        case "weights":
          lines(weightsLines(event, context.columns), colors.dim);
          break;
        case "phase":
          lines(phaseLines(event, context.columns), colors.dim);
          table.again();
          break;
        case "compile":
          lines([compileLine(event)], colors.dim);
          break;
        case "folds":
          lines(foldsLines(event), colors.bold);
          break;
        case "stop":
          lines([stopLine(event)]);
          break;
        case "end":
          bar.close();
          if (curve.values.length > 1) {
            const width = Math.max(8, Math.min(60, context.columns - 30));
            const [from = 0] = curve.values;
            const to = curve.values.at(-1) ?? 0;
            const text = sparkline(curve.values, width);
            lines([`loss ${formatScore(from)} ${text} ${formatScore(to)}`], colors.dim);
          }
          lines(endLines(event), colors.bold);
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
