// Loops with few parallel points and many inner ones, made by hand. The interpreter of plans tells the results.

import { axisIndex } from "../../compiler/schedule/index-form.ts";
import type { Accumulator, Axis, Loop, ValueId } from "../../compiler/schedule/kernel.ts";
import { createScalars } from "../../compiler/schedule/scalars.ts";
import { numbers } from "../schedule/support.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { planOf } from "./plans.ts";

/** Rows of `count` elements: their sum, largest and smallest, where these stand, and the sum of what is relative to the
 *  largest, in two passes and a last one that stores at every element and in place of an input. */
export function rowReductions(
  rows: number,
  count: number,
  contiguous: "inner" | "parallel",
  change: (values: number[]) => void = () => {},
): KernelCase {
  const s = createScalars();
  const row: Axis = { name: "p0", extent: rows };
  const inner: Axis = { name: "r0", extent: count };
  const [p, r] = [axisIndex(row), axisIndex(inner)];
  const at = contiguous === "inner" ? [p, r] : [r, p];
  const shape = contiguous === "inner" ? [rows, count] : [count, rows];
  const x = s.load(0, at, "f32");
  const bias = s.load(8, [p], "f32");
  const relative = s.apply("sub", [x, s.accumulator(1, "f32")], "f32");
  const acc = (
    slot: number,
    kind: Accumulator["kind"],
    value = x,
    dtype: "f32" | "i32" = "f32",
  ): Accumulator => {
    const arg = kind === "argmax" || kind === "argmin";
    return { slot, kind, value, dtype, ...(arg ? { position: r } : {}) };
  };
  const kernel: Loop = {
    kind: "loop",
    name: "rows",
    origins: [],
    parallel: [row],
    inner: [inner],
    passes: [
      {
        accumulators: [
          acc(0, "sum"),
          acc(1, "max"),
          acc(2, "min"),
          acc(3, "argmax", x, "i32"),
          acc(4, "argmin", x, "i32"),
        ],
        stores: [],
      },
      { accumulators: [acc(5, "sum", s.apply("exp", [relative], "f32"))], stores: [] },
      {
        accumulators: [],
        stores: [{ to: 7, at, value: s.apply("add", [relative, bias], "f32") }],
      },
    ],
    after: [
      ...([0, 1, 2, 5] as const).map((slot, i) => ({
        to: 1 + i,
        at: [p],
        value: s.accumulator(slot, "f32"),
      })),
      ...([3, 4] as const).map((slot, i) => ({
        to: 5 + i,
        at: [p],
        value: s.accumulator(slot, "i32"),
      })),
      // Over what every invocation of the row still reads in the last pass.
      { to: 8, at: [p], value: s.accumulator(5, "f32") },
    ],
  };
  const f32 = (shape_: readonly number[]) => ({ dtype: "f32" as const, shape: shape_ });
  const i32 = { dtype: "i32" as const, shape: [rows] };
  const plan = planOf(
    [kernel],
    [f32(shape), ...[1, 2, 3, 4].map(() => f32([rows])), i32, i32, f32(shape), f32([rows])],
  );
  const drawn = numbers(rows * count, count);
  change(drawn);
  const inputs = new Map<ValueId, number[]>([
    [0, drawn],
    [8, numbers(rows, 3)],
  ]);
  return { name: `${rows} rows of ${count}, ${contiguous} axes contiguous`, plan, inputs };
}

/** Few distinct values, so that the largest and the smallest occur often. */
function ties(values: number[]): void {
  values.forEach((x, i) => (values[i] = Math.round(x)));
}

export const reductionCases: readonly KernelCase[] = [
  rowReductions(5, 1, "inner"),
  rowReductions(3, 63, "inner"),
  rowReductions(70, 64, "inner"),
  rowReductions(2, 65, "parallel"),
  rowReductions(1, 1000, "inner"),
  rowReductions(300, 1000, "parallel"),
  rowReductions(2, 4097, "inner"),
  rowReductions(1, 20_001, "inner"),
  { ...rowReductions(2, 4097, "inner", ties), name: "rows of equal values: the first wins" },
  {
    ...rowReductions(2, 4097, "inner", (x) => {
      ties(x);
      x[700] = NaN;
      x[650] = NaN;
      x[4097 + 4096] = NaN;
    }),
    name: "rows with NaN: the first of them is the largest and the smallest",
  },
  {
    ...rowReductions(2, 4097, "inner", (x) => x.fill(-Infinity, 0, 4097).fill(Infinity, 4097)),
    name: "rows of infinities",
  },
];
