// What a data declaration yields, in numbers: splits, fields, classes, missing values, examples that occur twice.

import type { DType, TypedArray } from "../../runtime/types.ts";
import { sizeOf } from "../../runtime/types.ts";
import type { OpenedData } from "./data.ts";
import {
  createFingerprint,
  gatherStatistics,
  type Gathering,
  type Statistics,
} from "./field-statistics.ts";
import { watchTokens, type TokenReport } from "./token-report.ts";

export interface FieldReport {
  readonly name: string;
  readonly dtype: DType;
  /** Per example. */
  readonly shape: readonly number[];
  /** Over the training split, as evaluation sees it; absent where nothing is a number. */
  readonly train?: Statistics;
  /** The same for each channel of an image [c, h, w] with up to four channels. */
  readonly channels?: readonly Statistics[];
  /** Values that are NaN, by split. */
  readonly missing: Readonly<Record<string, number>>;
  /** Of a whole number an example, with at most 1000 values. */
  readonly classes?: readonly ClassReport[];
}

export interface ClassReport {
  readonly value: number;
  readonly name?: string;
  readonly counts: Readonly<Record<string, number>>;
}

/** Examples that another one equals in every field that is no class. */
export interface DuplicateReport {
  /** Where the first of the two stands, and where the other: the same split, or two. */
  readonly splits: readonly [string, string];
  readonly count: number;
  /** Of them with other classes. */
  readonly contradicting: number;
  /** The first such pair. */
  readonly example: readonly [string, string];
}

export interface DataReport {
  readonly data: string;
  readonly reader: string;
  readonly files: readonly {
    readonly path: string;
    readonly bytes: number;
    /** Below it, where it is a folder. */
    readonly files?: number;
  }[];
  readonly splits: Readonly<Record<string, number>>;
  /** Dimensions that the file leaves open, with what the data make of them. */
  readonly dimensions: Readonly<Record<string, number>>;
  /** Training sees other values than evaluation, or draws them. */
  readonly augmented: boolean;
  readonly fields: readonly FieldReport[];
  /** Numbers that are missing in the columns read, before any field fills them in: by column, where there are any. */
  readonly missing: Readonly<Record<string, number>>;
  readonly duplicates: readonly DuplicateReport[];
  /** Columns of text that are cut into tokens. */
  readonly tokens: readonly TokenReport[];
}

export interface ReportOptions {
  readonly name: string;
  readonly augmented: boolean;
  /** Called between batches with the examples done and in all. */
  readonly onProgress?: (done: number, total: number) => void;
  readonly signal?: AbortSignal;
}

const mostClasses = 1000;
const examplesAtOnce = 64;

/** Looks at every example once, in evaluation mode. */
export async function reportData(data: OpenedData, options: ReportOptions): Promise<DataReport> {
  const { dataset, fields } = data;
  const watches = fields.map((field) => watchField(field.dtype, field.shape));
  const twins = createTwins((row) => dataset.place(row));
  const total = Object.values(dataset.splits).reduce((sum, { count }) => sum + count, 0);
  const gaps = new Map<string, number>();
  const tokens = watchTokens(dataset);
  let done = 0;
  for (const [split, { rows }] of Object.entries(dataset.splits)) {
    for (let start = 0; start < rows.length; start += examplesAtOnce) {
      options.signal?.throwIfAborted();
      const here = rows.subarray(start, start + examplesAtOnce);
      const batch = await data.read(here, "evaluation");
      const values = fields.map(({ name }) => batch[name] as TypedArray);
      for (let i = 0; i < here.length; i++) {
        let classes = "";
        for (const [f, watch] of watches.entries()) {
          const field = values[f];
          if (!field) continue;
          watch.see(split, field, i);
          if (watch.isClass) classes += `${field[i]},`;
          else twins.add(field, i * watch.size, (i + 1) * watch.size);
        }
        twins.end(split, here[i] ?? 0, classes);
      }
      countMissing(data, here, gaps);
      tokens.see(split, here);
      done += here.length;
      options.onProgress?.(done, total);
    }
  }
  return {
    data: options.name,
    reader: dataset.spec.reader,
    files: dataset.files.map(({ sha256: _, ...file }) => file),
    splits: Object.fromEntries(Object.entries(dataset.splits).map(([n, { count }]) => [n, count])),
    dimensions: dataset.dims,
    augmented: options.augmented,
    fields: fields.map(({ name, dtype, shape }, f) => ({
      name,
      dtype,
      shape,
      ...watches[f]?.result(data.labels.get(name)),
      missing: watches[f]?.missing() ?? {},
    })),
    missing: Object.fromEntries(gaps),
    duplicates: twins.result(),
    tokens: tokens.result(),
  };
}

/** Adds the NaNs of the columns in these rows, under the name of the column or of what stands along its last axis, and the
 *  absent texts of one-hot columns. */
function countMissing({ dataset }: OpenedData, rows: Int32Array, gaps: Map<string, number>): void {
  for (const [name, column] of dataset.columns) {
    if (column.store.kind === "one_hot") {
      for (const [text, count] of absentTexts(column.store.columns, column.labels ?? [], rows)) {
        gaps.set(text, (gaps.get(text) ?? 0) + count);
      }
      continue;
    }
    if (column.dtype !== "f32") continue;
    const values = dataset.read(name, rows);
    const width = column.shape.at(-1) ?? 1;
    for (let i = 0; i < values.length; i++) {
      if (!Number.isNaN(values[i])) continue;
      const label = column.labels?.[i % width] ?? name;
      gaps.set(label, (gaps.get(label) ?? 0) + 1);
    }
  }
}

/** How many of the rows have no text, by the name of the column; labels are `column=text`, block by block. */
function absentTexts(
  columns: readonly { readonly codes: Int32Array; readonly width: number }[],
  labels: readonly string[],
  rows: Int32Array,
): [string, number][] {
  let at = 0;
  const found: [string, number][] = [];
  for (const { codes, width } of columns) {
    const [name = ""] = labels[at]?.split("=") ?? [];
    const count = rows.reduce((sum, row) => sum + ((codes[row] ?? 0) < 0 ? 1 : 0), 0);
    if (count > 0 && width > 0) found.push([name, count]);
    at += width;
  }
  return found;
}

type Found = Pick<FieldReport, "train" | "channels" | "classes">;

interface Watch {
  readonly size: number;
  /** A whole number an example: it counts classes, and is no part of what makes two examples equal. */
  readonly isClass: boolean;
  see(split: string, values: TypedArray, example: number): void;
  missing(): Record<string, number>;
  result(labels: readonly string[] | undefined): Found;
}

function watchField(dtype: DType, shape: readonly number[]): Watch {
  const size = sizeOf(shape);
  const isClass = shape.length === 0 && dtype !== "f32" && dtype !== "f16";
  const [first = 1] = shape;
  const channels = shape.length === 3 && first > 1 && first <= 4 ? first : 1;
  const each = Array.from({ length: channels }, gatherStatistics);
  const all = channels === 1 ? each[0] : gatherStatistics();
  const missing = new Map<string, Gathering>();
  const counts = new Map<number, Record<string, number>>();
  return {
    size,
    isClass,
    see(split, values, example) {
      const start = example * size;
      if (split === "train") {
        all?.add(values, start, start + size);
        if (channels > 1)
          for (const [c, gathering] of each.entries())
            gathering.add(
              values,
              start + (c * size) / channels,
              start + ((c + 1) * size) / channels,
            );
      } else if (!isClass) {
        if (!missing.has(split)) missing.set(split, gatherStatistics());
        missing.get(split)?.add(values, start, start + size);
      }
      if (!isClass || counts.size > mostClasses) return;
      const value = values[start] ?? 0;
      const known = counts.get(value) ?? {};
      known[split] = (known[split] ?? 0) + 1;
      counts.set(value, known);
    },
    missing: () => ({
      ...(all?.missing() ? { train: all.missing() } : {}),
      ...Object.fromEntries(
        [...missing].map(([split, g]) => [split, g.missing()] as const).filter(([, n]) => n > 0),
      ),
    }),
    result(labels) {
      const train = all?.result();
      const parts = each.flatMap((gathering) => gathering.result() ?? []);
      const classes = [...counts.entries()]
        .sort(([a], [b]) => a - b)
        .map(([value, by]): ClassReport => {
          const name = labels?.[value];
          return { value, ...(name === undefined ? {} : { name }), counts: by };
        });
      return {
        ...(train ? { train } : {}),
        ...(channels > 1 && parts.length === channels ? { channels: parts } : {}),
        ...(isClass && counts.size <= mostClasses ? { classes } : {}),
      };
    },
  };
}

/** Examples by what they hold, the first of each kept. */
function createTwins(place: (row: number) => string): {
  add(values: TypedArray, from: number, to: number): void;
  end(split: string, row: number, classes: string): void;
  result(): DuplicateReport[];
} {
  const hash = createFingerprint();
  const first = new Map<string, { split: string; row: number; classes: string }>();
  const found = new Map<
    string,
    { splits: [string, string]; count: number; contradicting: number; rows: [number, number] }
  >();
  let isEmpty = true;
  return {
    add(values, from, to) {
      isEmpty = false;
      hash.add(values, from, to);
    },
    end(split, row, classes) {
      if (isEmpty) return; // nothing but classes: they are no likeness
      const key = hash.take();
      const known = first.get(key);
      if (known === undefined) {
        first.set(key, { split, row, classes });
        return;
      }
      const pair = `${known.split} ${split}`;
      const entry = found.get(pair) ?? {
        splits: [known.split, split],
        count: 0,
        contradicting: 0,
        rows: [known.row, row],
      };
      entry.count++;
      if (known.classes !== classes) entry.contradicting++;
      found.set(pair, entry);
    },
    result: () =>
      [...found.values()].map(({ splits, count, contradicting, rows: [a, b] }) => ({
        splits,
        count,
        contradicting,
        example: [place(a), place(b)],
      })),
  };
}
