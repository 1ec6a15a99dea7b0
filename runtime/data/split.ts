// Which rows train, validate and test.

import { UserError } from "../errors.ts";
import { permutation } from "../random.ts";
import type { DataSpec, SplitSpec } from "./spec.ts";
import type { OpenOptions, Split } from "./open.ts";
import { readStored } from "./store.ts";
import type { Table } from "./table.ts";

/** Splits a table as the declaration says. A part of its own called `test` stays the test split. */
export function splitRows(
  spec: DataSpec,
  table: Table,
  options: OpenOptions,
): Readonly<Record<string, Split>> {
  const { split } = spec;
  if (table.isSplit) {
    return Object.fromEntries(
      table.parts.map(({ name, start, end }) => [name, splitOf(range(start, end))]),
    );
  }
  const test = table.parts.find((part) => part.name === "test");
  const rest = table.parts.filter((part) => part !== test);
  const rows = join(rest.map((part) => range(part.start, part.end)));
  const own = test === undefined ? {} : { test: splitOf(range(test.start, test.end)) };
  switch (split.kind) {
    case "none":
      return { train: splitOf(rows), ...own };
    case "holdout": {
      if (test !== undefined && split.test > 0) {
        throw new UserError("these data have test files of their own", {
          place: spec.place,
          help: "leave out `test` in holdout",
        });
      }
      if (split.by !== undefined) {
        return { ...holdOutGroups(spec, table, rows, split, options.seed), ...own };
      }
      return {
        ...holdOut(spec, rows, split, holdoutOrder(spec, table, rows, options.seed)),
        ...own,
      };
    }
    case "kfold": {
      if (options.fold === undefined) return { train: splitOf(rows), ...own };
      if (rows.length < split.k) {
        throw new UserError(`${rows.length} examples are too few for ${split.k} folds`, {
          place: spec.place,
        });
      }
      const { fold } = options;
      // Neighbours in the order are alike where it is stratified: each fold takes every k-th.
      const order = drawOrder(spec, table, rows, options.seed, split.stratify);
      return {
        train: pick(
          rows,
          order.filter((_, i) => i % split.k !== fold),
        ),
        validation: pick(
          rows,
          order.filter((_, i) => i % split.k === fold),
        ),
        ...own,
      };
    }
    case "given":
      return givenParts(spec, table, split.parts);
    default:
      return split satisfies never;
  }
}

/** Positions of `rows`: what validates, what tests, what trains. */
function holdoutOrder(spec: DataSpec, table: Table, rows: Int32Array, seed: number): Int32Array {
  const { split } = spec;
  if (split.kind !== "holdout") throw new Error("no holdout");
  if (split.inOrder) {
    const train =
      rows.length - shareOf(split.validation, rows.length) - shareOf(split.test, rows.length);
    return rows.map((_, i) => (train + i) % rows.length);
  }
  const order = drawOrder(spec, table, rows, seed, split.stratify);
  return split.stratify === undefined ? order : spreadOut(order, split);
}

/** Whole groups of rows with one value, in an order drawn with the seed, until a split has its share. */
function holdOutGroups(
  spec: DataSpec,
  table: Table,
  rows: Int32Array,
  split: Extract<SplitSpec, { readonly kind: "holdout" }>,
  seed: number,
): Record<string, Split> {
  const valueAt = groupValues(spec, table, rows, split.by ?? "", "split by");
  const groups = new Map<number, number[]>();
  for (let i = 0; i < rows.length; i++) {
    const value = valueAt(i);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [i]);
    else group.push(i);
  }
  const all = [...groups.values()];
  const order = permutation(all.length, "split", seed, 0);
  const found: Record<"validation" | "test" | "train", number[]> = {
    train: [],
    validation: [],
    test: [],
  };
  const wanted = {
    validation: shareOf(split.validation, rows.length),
    test: shareOf(split.test, rows.length),
  };
  for (const g of order) {
    const group = all[g] ?? [];
    const into = (["validation", "test"] as const).find((s) => found[s].length < wanted[s]);
    found[into ?? "train"].push(...group);
  }
  if (found.train.length === 0) {
    throw new UserError(`holdout leaves none of ${rows.length} examples for training`, {
      place: spec.place,
      help: `\`${split.by}\` has ${all.length} different values`,
    });
  }
  const kept = Object.entries(found).filter(([, positions]) => positions.length > 0);
  return Object.fromEntries(
    kept.map(([name, positions]) => [name, pick(rows, Int32Array.from(positions))]),
  );
}

function holdOut(
  spec: DataSpec,
  rows: Int32Array,
  shares: { readonly validation: number; readonly test: number },
  order: Int32Array,
): Record<string, Split> {
  const validation = shareOf(shares.validation, rows.length);
  const test = shareOf(shares.test, rows.length);
  if (validation + test >= rows.length) {
    throw new UserError(`holdout leaves none of ${rows.length} examples for training`, {
      place: spec.place,
    });
  }
  return {
    train: pick(rows, order.subarray(validation + test)),
    ...(validation === 0 ? {} : { validation: pick(rows, order.subarray(0, validation)) }),
    ...(test === 0 ? {} : { test: pick(rows, order.subarray(validation, validation + test)) }),
  };
}

/** Positions of `rows` in an order drawn with the seed; with `stratify`, rows of one value follow one another. */
function drawOrder(
  spec: DataSpec,
  table: Table,
  rows: Int32Array,
  seed: number,
  stratify: string | undefined,
): Int32Array {
  const order = permutation(rows.length, "split", seed, 0);
  if (stratify === undefined) return order;
  const valueAt = groupValues(spec, table, rows, stratify, "stratify by");
  // A stable sort: within a value the drawn order stays.
  return Int32Array.from([...order].sort((a, b) => valueAt(a) - valueAt(b)));
}

/** The value, as a number, of the row at each position of `rows`. */
function groupValues(
  spec: DataSpec,
  table: Table,
  rows: Int32Array,
  name: string,
  purpose: string,
): (i: number) => number {
  const column = table.columns.get(name);
  if (column === undefined) {
    const there = [...table.columns.keys()].map((other) => `\`${other}\``).join(", ");
    throw new UserError(`the data have no column \`${name}\` to ${purpose}`, {
      place: spec.place,
      help: `there are ${there}`,
    });
  }
  if (column.kind === "stream" || (column.kind === "numbers" && column.shape.length > 0)) {
    throw new UserError(`\`${name}\` is no single value an example, to ${purpose}`, {
      place: spec.place,
    });
  }
  const values = column.kind === "text" ? column.codes : undefined;
  const read = column.kind === "text" ? undefined : readStored(column, rows);
  return (i) => values?.[rows[i] ?? 0] ?? read?.[i] ?? -1;
}

/** An order whose beginning, as long as the validation split, and what follows, as long as the test split, take from
 *  everywhere alike. */
function spreadOut(
  order: Int32Array,
  shares: { readonly validation: number; readonly test: number },
): Int32Array {
  const [validation, rest] = every(order, shareOf(shares.validation, order.length));
  const [test, train] = every(rest, shareOf(shares.test, order.length));
  return join([validation, test, train]);
}

/** `count` of the positions at equal distances, and the others. */
function every(order: Int32Array, count: number): [Int32Array, Int32Array] {
  const isTaken = (_: number, i: number): boolean =>
    Math.floor(((i + 1) * count) / order.length) > Math.floor((i * count) / order.length);
  return [order.filter(isTaken), order.filter((value, i) => !isTaken(value, i))];
}

/** At least one example where any share is asked for. */
function shareOf(share: number, count: number): number {
  return share > 0 ? Math.max(1, Math.round(share * count)) : 0;
}

function givenParts(
  spec: DataSpec,
  table: Table,
  parts: Readonly<Record<string, string>>,
): Record<string, Split> {
  const splits = new Map<string, Split>();
  for (const [name, partName] of Object.entries(parts)) {
    const part = table.parts.find((p) => p.name === partName);
    if (part === undefined) {
      const there = table.parts.map((p) => p.name).join(", ");
      throw new UserError(`the data have no part "${partName}"`, {
        place: spec.place,
        help: `there are: ${there}`,
      });
    }
    splits.set(name, splitOf(range(part.start, part.end)));
  }
  if (!splits.has("train")) {
    throw new UserError("`given` names no part for `train`", { place: spec.place });
  }
  return Object.fromEntries(splits);
}

function range(start: number, end: number): Int32Array {
  return new Int32Array(end - start).map((_, i) => start + i);
}

function join(parts: readonly Int32Array[]): Int32Array {
  const [only] = parts;
  if (only && parts.length === 1) return only;
  const joined = new Int32Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    joined.set(part, at);
    at += part.length;
  }
  return joined;
}

/** Some of `rows` by position, in natural order. */
function pick(rows: Int32Array, positions: Int32Array): Split {
  return splitOf(positions.map((i) => rows[i] ?? 0).sort());
}

function splitOf(rows: Int32Array): Split {
  return { count: rows.length, rows };
}
