// Contractions made by hand that also add up their operands: either one or both, packed along their rows or along the
// sum, in blocks of a long sum and in stretches of many rows, in batches, with an update over what it reads.

import { axisIndex } from "../../compiler/schedule/index-form.ts";
import type {
  Axis,
  Contract,
  OperandSum,
  Scalar,
  ValueId,
} from "../../compiler/schedule/kernel.ts";
import { createScalars } from "../../compiler/schedule/scalars.ts";
import { numbers } from "../schedule/support.ts";
import type { KernelCase } from "./kernel-cases.ts";
import { planOf } from "./plans.ts";

interface Sizes {
  readonly batch?: number;
  readonly m: readonly number[];
  readonly n: readonly number[];
  readonly k: readonly number[];
  /** Which index of an operand is contiguous: a row's or the sum's. */
  readonly a: "rows" | "sum";
  readonly b: "rows" | "sum";
  readonly of: readonly OperandSum["of"][];
}

/** Values: 0 and 1 the operands, 2 the products; of a 3 (sums) and 4 (rows that change in place), of b 5 and 6. */
export function summed({ batch = 1, m, n, k, a, b, of }: Sizes): KernelCase {
  const s = createScalars();
  const axes = (letter: string, extents: readonly number[]): Axis[] =>
    extents.map((extent, i) => ({ name: `${letter}${i}`, extent }));
  const sides = { batch: axes("b", [batch]), m: axes("m", m), n: axes("n", n), k: axes("k", k) };
  const layout = (rows: "m" | "n", contiguous: "rows" | "sum"): readonly Axis[] => [
    ...sides.batch,
    ...(contiguous === "rows" ? [...sides.k, ...sides[rows]] : [...sides[rows], ...sides.k]),
  ];
  const shape = (list: readonly Axis[]): number[] => list.map((axis) => axis.extent);
  const ofA = layout("m", a);
  const ofB = layout("n", b);
  const load = (from: ValueId, list: readonly Axis[]): Scalar =>
    s.load(from, list.map(axisIndex), "f32");
  const rows = {
    a: [...sides.batch, ...sides.m],
    b: [...sides.n, ...sides.batch], // not in the order of the loops
  };
  const square = (value: Scalar): Scalar => s.apply("mul", [value, value], "f32");
  const sums = of.map((side, i): OperandSum => {
    const [slot, first] = [i + 1, side === "a" ? 3 : 5];
    const at = rows[side].map(axisIndex);
    const sum = s.accumulator(slot, "f32");
    const scaled = s.apply("mul", [sum, s.number(0.1, "f32")], "f32");
    const value = s.apply("sub", [load(first + 1, rows[side]), scaled], "f32");
    return {
      of: side,
      slot,
      after: [
        { to: first, at, value: sum },
        { to: first + 1, at, value },
      ],
    };
  });
  const results = [...sides.batch, ...sides.m, ...sides.n];
  const kernel: Contract = {
    kind: "contract",
    name: "contract",
    origins: [],
    ...sides,
    a: square(load(0, ofA)), // computed while it is packed
    b: load(1, ofB),
    after: [{ to: 2, at: results.map(axisIndex), value: s.accumulator(0, "f32") }],
    sums,
  };
  const shapes = [
    shape(ofA),
    shape(ofB),
    shape(results),
    ...[rows.a, rows.a, rows.b, rows.b].map(shape),
  ];
  const size = (dims: readonly number[]): number => dims.reduce((product, x) => product * x, 1);
  const plan = planOf(
    [kernel],
    shapes.map((dims) => ({ dtype: "f32", shape: dims })),
  );
  const values = shapes.map((dims, i) => Float64Array.from(numbers(size(dims), i + 1)));
  const inputs = new Map([0, 1, 4, 6].map((value) => [value, values[value] ?? []] as const));
  const text = (list: readonly number[]): string => list.join("·");
  return {
    name: `sums of ${of.join(" and ")} of ${batch}; ${text(m)} (${a}); ${text(n)} (${b}); ${text(k)}`,
    plan,
    inputs,
    expected: expectedOf(sizesOf({ batch, m, n, k, a, b, of }), values),
  };
}

interface Flat extends Pick<Sizes, "a" | "b" | "of"> {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

function sizesOf({ batch = 1, m, n, k, a, b, of }: Sizes): Flat {
  const product = (list: readonly number[]): number => list.reduce((size, x) => size * x, 1);
  return { batch, m: product(m), n: product(n), k: product(k), a, b, of };
}

/** What should stand in memory, by plain loops in double precision. */
function expectedOf(
  { batch, m, n, k, a, b, of }: Flat,
  values: readonly Float64Array[],
): ReadonlyMap<ValueId, Float64Array> {
  const number = (value: ValueId, i: number): number => Math.fround(values[value]?.[i] ?? NaN);
  const at = (rows: number, contiguous: "rows" | "sum", e: number, row: number, step: number) =>
    e * rows * k + (contiguous === "rows" ? step * rows + row : row * k + step);
  const expected = new Map(
    [0, 1, 2, 3, 4, 5, 6]
      .filter((value) => value < 3 || of.includes(value < 5 ? "a" : "b"))
      .map((value) => [value, Float64Array.from(values[value] ?? [])] as const),
  );
  const put = (value: ValueId, i: number, to: number): void => {
    const data = expected.get(value);
    if (data) data[i] = to;
  };
  for (let e = 0; e < batch; e++) {
    const packedA = new Float64Array(m * k);
    const packedB = new Float64Array(n * k);
    const rowSum = (
      rows: number,
      packed: Float64Array,
      read: (row: number, step: number) => number,
    ) =>
      Array.from({ length: rows }, (_, row) => {
        let sum = 0;
        for (let step = 0; step < k; step++) sum += packed[row * k + step] = read(row, step);
        return sum;
      });
    const sumsOfA = rowSum(m, packedA, (row, step) => number(0, at(m, a, e, row, step)) ** 2);
    const sumsOfB = rowSum(n, packedB, (row, step) => number(1, at(n, b, e, row, step)));
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let step = 0; step < k; step++)
          sum += (packedA[i * k + step] ?? 0) * (packedB[j * k + step] ?? 0);
        put(2, (e * m + i) * n + j, sum);
      }
    }
    sumsOfA.forEach((sum, i) => {
      put(3, e * m + i, sum);
      put(4, e * m + i, number(4, e * m + i) - 0.1 * sum);
    });
    sumsOfB.forEach((sum, j) => {
      put(5, j * batch + e, sum);
      put(6, j * batch + e, number(6, j * batch + e) - 0.1 * sum);
    });
  }
  return expected;
}

export const sumCases: readonly KernelCase[] = [
  summed({ m: [7], n: [5], k: [9], a: "rows", b: "rows", of: ["b"] }),
  summed({ m: [8], n: [6], k: [11], a: "sum", b: "sum", of: ["a", "b"] }),
  summed({ batch: 3, m: [3, 5], n: [2, 3], k: [4, 5], a: "rows", b: "sum", of: ["a", "b"] }),
  summed({ batch: 9, m: [10], n: [7], k: [2, 170], a: "sum", b: "rows", of: ["b", "a"] }),
  // Blocks of the sum: outer axes, an axis that is cut, a rest that fills no four.
  summed({ m: [25], n: [6], k: [5, 13, 77], a: "rows", b: "sum", of: ["b"] }),
  summed({ m: [3, 6], n: [13], k: [1391], a: "sum", b: "rows", of: ["a"] }),
  summed({ m: [4, 9], n: [2, 11], k: [3, 2, 411], a: "rows", b: "rows", of: ["a", "b"] }),
  // Stretches of the operand that is packed whole: more than 400 rows of 320 steps.
  summed({ m: [451], n: [423], k: [643], a: "rows", b: "sum", of: ["a", "b"] }),
  summed({ m: [450], n: [409], k: [321], a: "sum", b: "rows", of: ["a", "b"] }),
];
