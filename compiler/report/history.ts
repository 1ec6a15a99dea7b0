// What a run folder's log tells, read back: one entry a step and an epoch, as if the run had never been interrupted.

import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";

type EventOf<Name extends TrainingEvent["event"]> = Extract<TrainingEvent, { event: Name }>;

export interface RunHistory {
  readonly start: EventOf<"start"> | undefined;
  readonly steps: readonly EventOf<"step">[];
  readonly epochs: readonly EventOf<"epoch">[];
  readonly end: EventOf<"end"> | undefined;
  /** What the model generated after epochs. */
  readonly samples: readonly EventOf<"samples">[];
  /** Of the cross-validation that came before. */
  readonly folds?: EventOf<"folds">;
}

/** Reads the lines of `log.jsonl`. A line that was cut off by a crash is passed over; what a resumed run did again
 *  takes the place of what was logged before. */
export function readHistory(text: string): RunHistory {
  let start: EventOf<"start"> | undefined;
  let end: EventOf<"end"> | undefined;
  let folds: EventOf<"folds"> | undefined;
  let steps: EventOf<"step">[] = [];
  let epochs: EventOf<"epoch">[] = [];
  let samples: EventOf<"samples">[] = [];
  /** Steps done when each epoch ended. */
  let ends: number[] = [];
  for (const line of text.split("\n")) {
    const event = parseEvent(line);
    switch (event?.event) {
      case "start": {
        start = event;
        end = undefined;
        steps = steps.filter(({ step }) => step <= event.resumed);
        const kept = ends.filter((step) => step <= event.resumed).length;
        epochs = epochs.slice(0, kept);
        ends = ends.slice(0, kept);
        samples = samples.filter(({ epoch }) => epoch <= kept);
        break;
      }
      case "step":
        steps.push(event);
        break;
      case "epoch":
        epochs.push(event);
        ends.push(steps.at(-1)?.step ?? 0);
        break;
      case "end":
        end = event;
        break;
      case "samples":
        samples.push(event);
        break;
      case "checkpoint":
      case "compile":
      case "phase":
      case "weights":
      case "stop":
        break;
      case "folds":
        folds = event;
        break;
      case undefined:
        break;
      default:
        event satisfies never;
    }
  }
  return { start, steps, epochs, end, samples, ...(folds ? { folds } : {}) };
}

function parseEvent(line: string): TrainingEvent | undefined {
  if (line.trim() === "") return undefined;
  try {
    const value: unknown = JSON.parse(line);
    return isEvent(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

function isEvent(value: unknown): value is TrainingEvent {
  return typeof value === "object" && value !== null && "event" in value;
}

/** Points of the steps over epochs: 1 is the end of the first. `value` may give nothing for a step. */
export function overEpochs(
  { steps, epochs }: RunHistory,
  value: (step: EventOf<"step">) => number | null | undefined,
): (readonly [epoch: number, value: number])[] {
  const first = new Map<number, number>();
  const count = new Map<number, number>();
  for (const { step, epoch } of steps) {
    if (!first.has(epoch)) first.set(epoch, step);
    count.set(epoch, (count.get(epoch) ?? 0) + 1);
  }
  // The last epoch may be cut off: it would have been as long as the one before.
  const running = epochs.length + 1;
  const before = count.get(epochs.length) ?? 0;
  count.set(running, Math.max(before, count.get(running) ?? 0));
  return steps.flatMap((event) => {
    const found = value(event);
    if (found === undefined || found === null) return [];
    const { step, epoch } = event;
    const share = (step - (first.get(epoch) ?? step) + 1) / (count.get(epoch) ?? 1);
    return [[Number((epoch - 1 + share).toPrecision(7)), found] as const];
  });
}

/** Names of the scores of a split, in the order in which they are logged. */
export function scoreNames(epochs: readonly EventOf<"epoch">[]): readonly string[] {
  const names = epochs.flatMap(({ train, validation }) => [
    ...Object.keys(train),
    ...Object.keys(validation),
  ]);
  return [...new Set(names)];
}

/** The scores of the last epoch that has any in this split. */
export function lastScores(history: RunHistory, split: "train" | "validation"): Scores {
  return history.epochs.findLast((epoch) => Object.keys(epoch[split]).length > 0)?.[split] ?? {};
}
