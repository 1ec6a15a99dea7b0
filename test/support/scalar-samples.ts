// Arguments for every scalar operation, and its kernel: what the printers' tables are tested with.

import { axisIndex } from "../../compiler/schedule/index-form.ts";
import type { Kernel, Plan, ScalarOp } from "../../compiler/schedule/kernel.ts";
import { createScalars } from "../../compiler/schedule/scalars.ts";
import { pointwise } from "../../runtime/reference/pointwise.ts";
import type { DType, Tensor } from "../../runtime/types.ts";
import { planOf } from "./plans.ts";

export interface ScalarSample {
  readonly name: string;
  readonly op: ScalarOp;
  readonly inputs: readonly Tensor[];
  readonly dtype: DType;
}

const { fround } = Math;
const ordinary = [
  0, 0.5, 1, 1.5, 2, 2.5, 3, 0.1, 0.3, 0.7, 1.2, 5.25, 10, 20, 33.3, 1e-3, 1e-6, 1e-20, 1000, 1e6,
];
const special = [NaN, Infinity, 3e38, 100, 16777216, 2147483648, 0.25, 0.999, 1.001];
const floats = [...ordinary, ...special].flatMap((x) => [fround(x), fround(-x)]);
const integers = [0, 1, 2, 3, 7, 100, 255, 256, 65537, 2147483647].flatMap((x) => [x, -x]);
const all: Readonly<Record<DType, readonly number[]>> = {
  f32: floats,
  f16: [],
  i32: [...integers, -2147483648],
  u8: [0, 1, 2, 100, 255],
  bool: [0, 1],
};

function tensor(dtype: DType, values: readonly number[]): Tensor {
  const arrays = {
    f32: Float32Array,
    f16: Uint16Array,
    i32: Int32Array,
    u8: Uint8Array,
    bool: Uint8Array,
  };
  return { dtype, shape: [values.length], data: arrays[dtype].from(values) };
}

/** All combinations of the values of these types that `keep` admits. */
function combinations(dtypes: readonly DType[], keep: Keep): Tensor[] {
  const columns = dtypes.map((): number[] => []);
  const visit = (chosen: readonly number[]): void => {
    const dtype = dtypes[chosen.length];
    if (dtype === undefined) {
      if (keep(...chosen)) chosen.forEach((value, i) => columns[i]?.push(value));
    } else for (const value of all[dtype]) visit([...chosen, value]);
  };
  visit([]);
  return dtypes.map((dtype, i) => tensor(dtype, columns[i] ?? []));
}

type Keep = (...args: number[]) => boolean;

function sample(
  op: ScalarOp,
  types: readonly DType[],
  dtype: DType,
  keep: Keep = () => true,
): ScalarSample {
  const inputs = combinations(types, keep);
  return { name: `${op}(${types.join(", ")}): ${dtype}`, op, inputs, dtype };
}

/** Where the result of a conversion to i32 is defined. */
const fitsInteger: Keep = (x = 0) => Math.abs(x) < 2 ** 31 || x !== x;

const floatOnly = [
  "floor", "ceil", "round", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh", "sigmoid", "erf", "gamma",
] as const; // prettier-ignore
const comparisons = ["eq", "ne", "lt", "le", "gt", "ge"] as const;
const casts: readonly (readonly [DType, DType])[] = [
  ["f32", "bool"], ["i32", "f32"], ["i32", "bool"], ["i32", "u8"], ["u8", "f32"], ["u8", "i32"],
  ["bool", "f32"], ["bool", "i32"],
]; // prettier-ignore

export const scalarSamples: readonly ScalarSample[] = [
  ...floatOnly.map((op) => sample(op, ["f32"], "f32")),
  ...(["neg", "abs", "sign"] as const).flatMap((op) => [
    sample(op, ["f32"], "f32"),
    sample(op, ["i32"], "i32"),
  ]),
  sample("rem", ["f32", "f32"], "f32", (a = 0, b = 0) => Number.isFinite(a) || Number.isFinite(b)),
  sample("rem", ["i32", "i32"], "i32", (_a, b) => b !== 0),
  ...(["add", "sub", "mul", "max", "min"] as const).flatMap((op) => [
    sample(op, ["f32", "f32"], "f32"),
    sample(op, ["i32", "i32"], "i32"),
  ]),
  ...(["div", "pow"] as const).map((op) => sample(op, ["f32", "f32"], "f32")),
  ...comparisons.flatMap((op) => [
    sample(op, ["f32", "f32"], "bool"),
    sample(op, ["i32", "i32"], "bool"),
  ]),
  sample("eq", ["bool", "bool"], "bool"),
  sample("not", ["bool"], "bool"),
  sample("and", ["bool", "bool"], "bool"),
  sample("or", ["bool", "bool"], "bool"),
  sample("select", ["bool", "f32", "f32"], "f32"),
  sample("select", ["bool", "i32", "i32"], "i32"),
  sample("cast", ["f32"], "i32", fitsInteger),
  ...casts.map(([from, to]) => sample("cast", [from], to)),
];

/** Inputs are the values 0, 1, …; the result is the one after them. */
export function scalarPlan({ name, op, inputs, dtype }: ScalarSample): Plan {
  const shape = inputs[0]?.shape ?? [];
  const s = createScalars();
  const axis = { name: "p0", extent: shape[0] ?? 1 };
  const at = [axisIndex(axis)];
  const args = inputs.map((input, i) => s.load(i, at, input.dtype));
  const store = { to: inputs.length, at, value: s.apply(op, args, dtype) };
  const kernel: Kernel = {
    kind: "loop",
    name,
    origins: [],
    parallel: [axis],
    inner: [],
    passes: [{ accumulators: [], stores: [store] }],
    after: [],
  };
  return planOf([kernel], [...inputs, { dtype, shape }]);
}

/** The reference's result. */
export function scalarExpected({ op, inputs, dtype }: ScalarSample): Tensor {
  const compute = pointwise[op];
  if (!compute) throw new Error(`the reference lacks ${op}`);
  const attributes = op === "cast" ? { dtype } : {};
  return compute(inputs, attributes, { dtype, shape: inputs[0]?.shape ?? [] });
}

/** What differs from the reference by more than `relative`, as text; nothing if all is well. */
export function scalarMistakes(
  sample: ScalarSample,
  found: ArrayLike<number>,
  relative: number,
): string[] {
  const expected = scalarExpected(sample).data;
  const mistakes: string[] = [];
  for (let i = 0; i < expected.length; i++) {
    const value = found[i] ?? 0;
    const exact = expected[i] ?? 0;
    const right = sample.dtype === "f32" ? fround(exact) : exact;
    if (Object.is(value, right) || value === right) continue;
    const args = sample.inputs.map((input) => input.data[i] ?? 0);
    const [x = 0, y = 0] = args;
    // What a power is off grows with its exponent, as y·ln x is rounded.
    const scale = sample.op === "pow" ? 1 + Math.abs(y * Math.log(Math.abs(x))) / 4 : 1;
    const smallest = 2 ** -126; // below it a device may give 0
    if (Math.abs(value - right) <= relative * scale * Math.abs(right) + smallest) continue;
    mistakes.push(`${sample.op}(${args.join(", ")}) = ${value}, not ${right}`);
  }
  return mistakes;
}
