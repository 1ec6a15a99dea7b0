// The epochs of a training as a table that grows by a row an epoch.

import type { TrainingEvent } from "../../runtime/train/events.ts";
import { formatSeconds } from "./context.ts";
import { formatScore } from "./scores.ts";
import { displayWidth } from "./table.ts";

type Epoch = Extract<TrainingEvent, { event: "epoch" }>;

interface Column {
  readonly title: string;
  readonly width: number;
  readonly cell: (epoch: Epoch) => string;
}

export interface EpochTable {
  /** The row, with the heading before the first one; undefined where the terminal is too narrow for a table. */
  lines(epoch: Epoch, epochs: number, columns: number): readonly string[] | undefined;
  /** The next row has the heading above it again. */
  again(): void;
}

export function createEpochTable(): EpochTable {
  let heading = "";
  return {
    lines(epoch, epochs, width) {
      const columns = columnsOf(epoch, epochs);
      const line = (text: (column: Column) => string): string =>
        columns.map((column) => text(column).padStart(column.width)).join("  ");
      const title = line(({ title: text }) => text);
      if (displayWidth(title) + 2 > width) return undefined;
      const row = `${line(({ cell }) => cell(epoch))}${epoch.best ? " *" : ""}${skippedText(epoch)}`;
      if (title === heading) return [row];
      heading = title;
      return [title, row];
    },
    again: () => void (heading = ""),
  };
}

/** Steps that mixed precision left out. */
export function skippedText({ skipped = 0 }: Epoch): string {
  return skipped === 0 ? "" : ` ${skipped} step${skipped === 1 ? "" : "s"} skipped`;
}

/** Splits are told where their columns begin; the others bear the name of the score alone. */
function columnsOf(first: Epoch, epochs: number): readonly Column[] {
  const scores = (["train", "validation"] as const).flatMap((split) =>
    Object.keys(first[split]).map((name, i): Column => {
      const title = i === 0 ? `${split} ${name}` : name;
      return {
        title,
        // Room for what a score may become later: `-1.234e-5`.
        width: Math.max(displayWidth(title), 9),
        cell: (epoch) => {
          const value = epoch[split][name];
          return value === undefined ? "" : formatScore(value);
        },
      };
    }),
  );
  const total = String(epochs);
  return [
    {
      title: "epoch",
      width: Math.max(5, 2 * total.length + 1),
      cell: ({ epoch }) => `${epoch}/${total}`,
    },
    ...scores,
    { title: "time", width: 8, cell: ({ seconds }) => formatSeconds(seconds) },
  ];
}
