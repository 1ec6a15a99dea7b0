// Kernels made by hand: what the scheduler does not print every day. The interpreter of plans tells the results.

import {
  axisIndex,
  constantIndex,
  offsetIndex,
  scaleIndex,
} from "../../compiler/schedule/index-form.ts";
import { interpret } from "../../compiler/schedule/interpret.ts";
import type { Index, Kernel, Plan, Scalar, ValueId } from "../../compiler/schedule/kernel.ts";
import { createScalars, type Scalars } from "../../compiler/schedule/scalars.ts";
import { numbers } from "../schedule/support.ts";
import { contractionCases } from "./contraction-cases.ts";
import { memoryOf, planOf, valueIn } from "./plans.ts";

export interface KernelCase {
  readonly name: string;
  readonly plan: Plan;
  readonly inputs: ReadonlyMap<ValueId, ArrayLike<number>>;
  /** Where the interpreter does not tell. */
  readonly expected?: ReadonlyMap<ValueId, ArrayLike<number>>;
}

/** What stands in memory where a result differs; both compared value by value, NaN like NaN. */
export function kernelMistakes(
  { plan, inputs, expected }: KernelCase,
  memory: ArrayBuffer,
  tolerance: number,
): string[] {
  const right = memoryOf(plan, inputs);
  if (expected) for (const [value, data] of expected) valueIn(plan, right, value).set(data);
  else interpret(plan, right);
  return [...plan.places.keys()].flatMap((value) => {
    const found = valueIn(plan, memory, value);
    const wanted = valueIn(plan, right, value);
    const at = found.findIndex((x: number, i: number) => {
      const y = wanted[i] ?? 0;
      return !Object.is(x, y) && !(Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(y)));
    });
    return at < 0 ? [] : [`value ${value}, element ${at}: ${found[at]}, not ${wanted[at]}`];
  });
}

const common = { origins: [] } as const;

/** A loop over one axis that stores `value(at)` at every point. */
function map(
  name: string,
  extent: number,
  to: ValueId,
  value: (at: Index, s: Scalars) => Scalar,
): Kernel {
  const axis = { name: "p0", extent };
  const at = axisIndex(axis);
  const stores = [{ to, at: [at], value: value(at, createScalars()) }];
  const passes = [{ accumulators: [], stores }];
  return { ...common, kind: "loop", name, parallel: [axis], inner: [], passes, after: [] };
}

/** Bytes that neighbours share a word with, changed in place. */
function bytesInPlace(): KernelCase {
  const kernel = map("not", 1003, 0, (at, s) => s.apply("not", [s.load(0, [at], "bool")], "bool"));
  const plan = planOf([kernel], [{ dtype: "bool", shape: [1003] }]);
  return { name: "bytes changed in place", plan, inputs: new Map([[0, numbers(1003, 3, 2)]]) };
}

/** More invocations than one dimension of a dispatch allows. */
function manyPoints(): KernelCase {
  const extent = 65535 * 64 + 77;
  const kernel = map("iota", extent, 0, (at, s) => s.index(at));
  const plan = planOf([kernel], [{ dtype: "i32", shape: [extent] }]);
  const expected = new Map([[0, Int32Array.from({ length: extent }, (_, i) => i)]]);
  return {
    name: "more points than a dispatch has in one dimension",
    plan,
    inputs: new Map(),
    expected,
  };
}

/** A scatter into the middle columns of a wider tensor. */
function scatterIntoPart(): KernelCase {
  const s = createScalars();
  const column = { name: "p0", extent: 3 };
  const ordered = { name: "r0", extent: 20 };
  const row = axisIndex({ name: "row", extent: 4 });
  const kernel: Kernel = {
    ...common,
    kind: "scatter",
    name: "scatter",
    parallel: [column],
    ordered: [ordered],
    row: s.load(0, [axisIndex(ordered)], "i32"),
    rows: 4,
    at: [row, axisIndex(column)],
    value: s.load(1, [axisIndex(ordered), axisIndex(column)], "f32"),
    to: 3,
  };
  const plan = planOf(
    [kernel],
    [
      { dtype: "i32", shape: [20] },
      { dtype: "f32", shape: [20, 3] },
      { dtype: "f32", shape: [4, 7] },
    ],
  );
  const whole = plan.places.get(2);
  if (!whole) throw new Error("no place");
  const part = { ...whole, offset: whole.offset + 8, shape: [4, 3], strides: [7, 1] };
  const inputs = new Map([
    [0, numbers(20, 5, 6).map((i) => i - 1)],
    [1, numbers(60, 6)],
    [2, numbers(28, 7)],
  ]);
  const places = new Map([...plan.places, [3, part] as const]);
  return { name: "a scatter into a part of a tensor", plan: { ...plan, places }, inputs };
}

/** A scatter into so many rows that several invocations share a column, with rows that are hit often and never. */
function scatterIntoManyRows(): KernelCase {
  const s = createScalars();
  const column = { name: "p0", extent: 3 };
  const ordered = { name: "r0", extent: 500 };
  const row = axisIndex({ name: "row", extent: 203 });
  const kernel: Kernel = {
    ...common,
    kind: "scatter",
    name: "scatter",
    parallel: [column],
    ordered: [ordered],
    row: s.load(0, [axisIndex(ordered)], "i32"),
    rows: 203,
    at: [row, axisIndex(column)],
    value: s.load(1, [axisIndex(ordered), axisIndex(column)], "f32"),
    to: 2,
  };
  const plan = planOf(
    [kernel],
    [
      { dtype: "i32", shape: [500] },
      { dtype: "f32", shape: [500, 3] },
      { dtype: "f32", shape: [203, 3] },
    ],
  );
  const inputs = new Map([
    [0, numbers(500, 5, 150).map((i) => (i < 60 ? 7 : i + 53))],
    [1, numbers(1500, 6)],
  ]);
  return { name: "a scatter into many rows", plan, inputs };
}

/** Random numbers at many elements: the same bits on every backend. */
export function manyDraws(): KernelCase {
  const extent = 40_000;
  const [seed, step] = [123_456_789, 4_000_000];
  const key = [0x9e3779b9, 0x80000001] as const;
  const kernel = map("random", extent, 2, (at, s) =>
    s.random(at, key, s.load(0, [constantIndex(0)], "i32"), s.load(1, [constantIndex(0)], "i32")),
  );
  const plan = planOf(
    [kernel],
    [
      { dtype: "i32", shape: [1] },
      { dtype: "i32", shape: [1] },
      { dtype: "f32", shape: [extent] },
    ],
  );
  const inputs = new Map([
    [0, [seed]],
    [1, [step]],
  ]);
  return { name: "random numbers", plan, inputs };
}

/** Copies and fills between kernels. */
function steps(): KernelCase {
  const double = map("double", 16, 1, (at, s) => {
    const x = s.load(0, [at], "f32");
    return s.apply("add", [x, x], "f32");
  });
  const plan = planOf(
    [double],
    [
      { dtype: "f32", shape: [16] },
      { dtype: "f32", shape: [16] },
      { dtype: "f32", shape: [16] },
    ],
  );
  const at = (value: ValueId): number => plan.places.get(value)?.offset ?? 0;
  return {
    name: "copies and fills",
    plan: {
      ...plan,
      steps: [
        { kind: "kernel", kernel: 0 },
        { kind: "copy", from: at(1), to: at(2), bytes: 64 },
        { kind: "fill", at: at(1) + 16, bytes: 8 },
        {
          kind: "loop",
          count: 3,
          reverse: false,
          body: [
            { kind: "copy", from: at(2), to: at(0), bytes: 64 },
            { kind: "kernel", kernel: 0 },
            { kind: "copy", from: at(1), to: at(2), bytes: 64 },
          ],
        },
      ],
    },
    inputs: new Map([
      [0, numbers(16, 8)],
      [1, numbers(16, 9)],
      [2, numbers(16, 10)],
    ]),
  };
}

/** Half precision there and back; every other element, so that words are shared. */
function halves(): KernelCase {
  const values = [
    0,
    -0,
    1,
    -2,
    65504,
    65519,
    65520,
    1e30,
    -1e30,
    2049,
    2051,
    1e-8,
    3e-8,
    6e-8,
    6.1e-5,
    0.1,
    NaN,
    Infinity,
  ];
  const length = values.length;
  const store = map("to_half", length, 1, (at, s) =>
    s.apply("cast", [s.load(0, [at], "f32")], "f16"),
  );
  const load = map("from_half", length / 2, 2, (at, s) =>
    s.apply("cast", [s.load(1, [offsetIndex(scaleIndex(at, 2), 1)], "f16")], "f32"),
  );
  const plan = planOf(
    [store, load],
    [
      { dtype: "f32", shape: [length] },
      { dtype: "f16", shape: [length] },
      { dtype: "f32", shape: [length / 2] },
    ],
  );
  const bits = [
    0, 0x8000, 0x3c00, 0xc000, 0x7bff, 0x7bff, 0x7c00, 0x7c00, 0xfc00, 0x6800, 0x6802, 0, 1, 1, 0x3ff, 0x2e66, 0x7e00,
    0x7c00,
  ]; // prettier-ignore
  const odd = [-0, -2, 65504, Infinity, 2048, 0, 2 ** -24, 0.0999755859375, Infinity];
  const expected = new Map([
    [1, bits],
    [2, odd],
  ]);
  return { name: "half precision", plan, inputs: new Map([[0, values]]), expected };
}

export const kernelCases: readonly KernelCase[] = [
  bytesInPlace(),
  manyPoints(),
  scatterIntoPart(),
  scatterIntoManyRows(),
  steps(),
  ...contractionCases,
  halves(),
];
