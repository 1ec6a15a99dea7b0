// What a run folder's log tells, read back: one entry a step and an epoch, as if the run had never been interrupted.

import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";

type EventOf<Name extends TrainingEvent["event"]> = Extract<TrainingEvent, { event: Name }>;

export interface RunHistory {
  readonly start: EventOf<"start"> | undefined;
  readonly steps: readonly EventOf<"step">[];
  readonly epochs: readonly EventOf<"epoch">[];
  readonly end: EventOf<"end"> | undefined;
}

/** Reads the lines of `log.jsonl`. A line that was cut off by a crash is passed over; what a resumed run did again
 *  takes the place of what was logged before. */
export function readHistory(text: string): RunHistory {
  let start: EventOf<"start"> | undefined;
  let end: EventOf<"end"> | undefined;
  let steps: EventOf<"step">[] = [];
  let epochs: EventOf<"epoch">[] = [];
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
      case "checkpoint":
      case undefined:
        break;
      default:
        event satisfies never;
    }
  }
  return { start, steps, epochs, end };
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

/** Where a step lies, in epochs: 1 is the end of the first. */
export function epochOfStep({ start }: RunHistory, step: number): number {
  if (!start || start.steps === 0) return step;
  return (step * start.epochs) / start.steps;
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
