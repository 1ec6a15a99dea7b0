// Fields whose length differs by example. All are held at the length of the longest; a batch is cut to what its own examples
// need, rounded up to the bucket, so that there is one program for each such length. Examples of like length come together.

import type { Lengths } from "../train/plan.ts";
import { permutation } from "../random.ts";
import { allocate, type TypedArray } from "../types.ts";
import type { FieldSpec } from "./batches.ts";
import type { DatasetColumn } from "./columns.ts";

export interface LengthRules {
  /** Rows in the order that they come in, so that those of a batch are of like length. The short batch stays the last one. */
  arrange(rows: Int32Array, batch: number, shuffle?: { seed: number; epoch: number }): Int32Array;
  /** What a batch of these rows is cut to. */
  lengthsOf(rows: ArrayLike<number>): Lengths;
  /** The fields of `size` examples, cut. */
  cut(
    inputs: Readonly<Record<string, TypedArray>>,
    size: number,
    lengths: Lengths,
  ): Record<string, TypedArray>;
}

/** So many batches are put in order of length at once: enough for batches of like length, few enough for another order in
 *  every epoch. */
const poolBatches = 100;

/** Rules for the fields with an open length; undefined where there are none. */
export function createLengthRules(
  columns: ReadonlyMap<string, DatasetColumn>,
  fields: readonly FieldSpec[],
  bucket: number,
): LengthRules | undefined {
  const open = fields.flatMap(({ name, shape, open }) => {
    const lengths = open === undefined ? undefined : columns.get(open.column)?.lengths;
    return open && lengths ? [{ name, dim: open.dim, most: shape[0] ?? 1, lengths }] : [];
  });
  if (open.length === 0) return undefined;

  const rounded = (length: number, most: number): number =>
    Math.min(most, Math.max(1, Math.ceil(length / bucket)) * bucket);
  /** Larger for longer rows, by the first field first. */
  const keyOf = (row: number): number =>
    open.reduce((key, { lengths, most }) => key * (most + 1) + rounded(lengths[row] ?? 0, most), 0);

  return {
    arrange(rows, batch, shuffle) {
      const keys = new Map<number, number>();
      for (const row of rows) keys.set(row, keyOf(row));
      const byLength = (part: Int32Array): Int32Array =>
        Int32Array.from([...part].sort((a, b) => (keys.get(a) ?? 0) - (keys.get(b) ?? 0)));
      if (!shuffle) return byLength(rows);
      const whole = rows.length - (rows.length % batch);
      const arranged = new Int32Array(rows.length);
      arranged.set(rows.subarray(whole), whole);
      for (let at = 0; at < whole; at += poolBatches * batch) {
        const pool = byLength(rows.subarray(at, Math.min(whole, at + poolBatches * batch)));
        const order = permutation(pool.length / batch, `pool ${at}`, shuffle.seed, shuffle.epoch);
        order.forEach((from, to) => {
          arranged.set(pool.subarray(from * batch, (from + 1) * batch), at + to * batch);
        });
      }
      return arranged;
    },
    lengthsOf(rows) {
      const found: Record<string, number> = {};
      for (const { dim, most, lengths } of open) {
        let longest = 0;
        for (let i = 0; i < rows.length; i++)
          longest = Math.max(longest, lengths[rows[i] ?? 0] ?? 0);
        found[dim] = Math.max(found[dim] ?? 0, rounded(longest, most));
      }
      return found;
    },
    cut(inputs, size, found) {
      const result: Record<string, TypedArray> = { ...inputs };
      for (const { name, dim, most } of open) {
        const values = inputs[name];
        const length = found[dim] ?? most;
        if (values === undefined || length === most) continue;
        const short = allocate("i32", size * length);
        for (let i = 0; i < size; i++) {
          short.set(values.subarray(i * most, i * most + length), i * length);
        }
        result[name] = short;
      }
      return result;
    },
  };
}
