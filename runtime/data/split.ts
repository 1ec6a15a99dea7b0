// Which rows train, validate and test.

import { UserError } from "../errors.ts";
import { permutation } from "../random.ts";
import type { DataSpec } from "./spec.ts";
import type { OpenOptions, Split } from "./open.ts";
import type { Table } from "./table.ts";

/** Splits a table as the declaration says. A part of its own called `test` stays the test split. */
export function splitRows(
  spec: DataSpec,
  table: Table,
  options: OpenOptions,
): Readonly<Record<string, Split>> {
  const { split } = spec;
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
      return { ...holdOut(spec, rows, split, options.seed), ...own };
    }
    case "kfold": {
      if (options.fold === undefined) return { train: splitOf(rows), ...own };
      const order = permutation(rows.length, "split", options.seed, 0);
      const start = Math.floor((options.fold * rows.length) / split.k);
      const end = Math.floor(((options.fold + 1) * rows.length) / split.k);
      if (start === end || end - start === rows.length) {
        throw new UserError(`${rows.length} examples are too few for ${split.k} folds`, {
          place: spec.place,
        });
      }
      return {
        train: pick(rows, join([order.subarray(0, start), order.subarray(end)])),
        validation: pick(rows, order.subarray(start, end)),
        ...own,
      };
    }
    case "given":
      return givenParts(spec, table, split.parts);
    default:
      return split satisfies never;
  }
}

function holdOut(
  spec: DataSpec,
  rows: Int32Array,
  shares: { readonly validation: number; readonly test: number },
  seed: number,
): Record<string, Split> {
  const validation = shareOf(shares.validation, rows.length);
  const test = shareOf(shares.test, rows.length);
  if (validation + test >= rows.length) {
    throw new UserError(`holdout leaves none of ${rows.length} examples for training`, {
      place: spec.place,
    });
  }
  const order = permutation(rows.length, "split", seed, 0);
  return {
    train: pick(rows, order.subarray(validation + test)),
    ...(validation === 0 ? {} : { validation: pick(rows, order.subarray(0, validation)) }),
    ...(test === 0 ? {} : { test: pick(rows, order.subarray(validation, validation + test)) }),
  };
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
