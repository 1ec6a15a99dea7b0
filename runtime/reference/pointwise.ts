// One number from one, two or three numbers, element by element.

import { jsHelpers } from "../devices/js-helpers.ts";
import type { DType, TypedArray } from "../types.ts";
import * as elementary from "./elementary.ts";
import { input, zeros, type ReferenceFunction } from "./tensor.ts";
import { cos, sin } from "./trigonometry.ts";

/** Half to even, as IEEE 754, NumPy and PyTorch round. */
function roundToEven(x: number): number {
  const floor = Math.floor(x);
  const rest = x - floor;
  if (rest !== 0.5) return Math.round(x);
  return floor % 2 === 0 ? floor : floor + 1;
}

const unary = {
  neg: (x) => -x,
  abs: Math.abs,
  sign: Math.sign,
  floor: Math.floor,
  ceil: Math.ceil,
  round: roundToEven,
  exp: elementary.exp,
  expm1: elementary.expm1,
  log: elementary.log,
  log1p: elementary.log1p,
  sqrt: Math.sqrt,
  sin,
  cos,
  tanh: elementary.tanh,
  sigmoid: elementary.sigmoid,
  erf: elementary.erf,
  gamma: elementary.gamma,
  not: (x) => (x === 0 ? 1 : 0),
} satisfies Readonly<Record<string, (x: number) => number>>;

/** The remainder takes the sign of the divisor. */
function remainder(a: number, b: number): number {
  if (a !== a) return NaN;
  if (b === Infinity || b === -Infinity) return a === 0 || a > 0 === b > 0 ? a : b;
  const rest = a % b;
  return rest !== 0 && rest < 0 !== b < 0 ? rest + b : rest;
}

const binary = {
  rem: remainder,
  pow: elementary.pow,
  max: Math.max,
  min: Math.min,
  eq: (a, b) => (a === b ? 1 : 0),
  ne: (a, b) => (a !== b ? 1 : 0),
  lt: (a, b) => (a < b ? 1 : 0),
  le: (a, b) => (a <= b ? 1 : 0),
  gt: (a, b) => (a > b ? 1 : 0),
  ge: (a, b) => (a >= b ? 1 : 0),
  and: (a, b) => (a !== 0 && b !== 0 ? 1 : 0),
  or: (a, b) => (a !== 0 || b !== 0 ? 1 : 0),
} satisfies Readonly<Record<string, (a: number, b: number) => number>>;

/** Fills `y`, element by element, from operands of its length. The element type says what `cast` converts to. */
export type PointwiseLoop = (operands: readonly TypedArray[], y: TypedArray, dtype: DType) => void;

function operandAt(operands: readonly TypedArray[], position: number): TypedArray {
  const found = operands[position];
  if (!found) throw new Error(`operand ${position} is missing`);
  return found;
}

function mapUnary(compute: (x: number) => number): PointwiseLoop {
  return (operands, y) => {
    const x = operandAt(operands, 0);
    for (let i = 0; i < y.length; i++) y[i] = compute(x[i] ?? 0);
  };
}

function mapBinary(compute: (a: number, b: number) => number): PointwiseLoop {
  return (operands, y) => {
    const a = operandAt(operands, 0);
    const b = operandAt(operands, 1);
    for (let i = 0; i < y.length; i++) y[i] = compute(a[i] ?? 0, b[i] ?? 0);
  };
}

/** The four operations have loops of their own: initial values of tens of millions of elements go through them. */
const arithmetic = {
  add: (operands, y) => {
    const a = operandAt(operands, 0);
    const b = operandAt(operands, 1);
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) + (b[i] ?? 0);
  },
  sub: (operands, y) => {
    const a = operandAt(operands, 0);
    const b = operandAt(operands, 1);
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) - (b[i] ?? 0);
  },
  mul: (operands, y) => {
    const a = operandAt(operands, 0);
    const b = operandAt(operands, 1);
    if (y instanceof Int32Array) {
      for (let i = 0; i < y.length; i++) y[i] = Math.imul(a[i] ?? 0, b[i] ?? 0);
    } else for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) * (b[i] ?? 0);
  },
  div: (operands, y) => {
    const a = operandAt(operands, 0);
    const b = operandAt(operands, 1);
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) / (b[i] ?? 0);
  },
} satisfies Readonly<Record<string, PointwiseLoop>>;

/** Where the condition holds the second operand, elsewhere the third. */
const select: PointwiseLoop = (operands, y) => {
  const condition = operandAt(operands, 0);
  const a = operandAt(operands, 1);
  const b = operandAt(operands, 2);
  for (let i = 0; i < y.length; i++) y[i] = (condition[i] !== 0 ? a[i] : b[i]) ?? 0;
};

/** Floating point to integer cuts off the fraction and stays in the range of i32 (NaN gives 0), u8 keeps
 *  the low byte; to f16 it rounds; to bool it asks for a difference
 *  from 0. */
const cast: PointwiseLoop = (operands, y, dtype) => {
  const x = operandAt(operands, 0);
  if (dtype === "bool") for (let i = 0; i < y.length; i++) y[i] = x[i] !== 0 ? 1 : 0;
  else if (dtype === "i32") {
    for (let i = 0; i < y.length; i++) {
      y[i] = Math.min(2 ** 31 - 1, Math.max(-(2 ** 31), Math.trunc(x[i] || 0)));
    }
  } else if (dtype === "u8") {
    for (let i = 0; i < y.length; i++) y[i] = Math.trunc(x[i] || 0) & 255;
  } else if (dtype === "f16") {
    for (let i = 0; i < y.length; i++) y[i] = jsHelpers.roundHalf(x[i] ?? 0);
  } else y.set(x);
};

export const pointwiseLoops: Readonly<Record<string, PointwiseLoop>> = {
  ...Object.fromEntries(Object.entries(unary).map(([name, compute]) => [name, mapUnary(compute)])),
  ...Object.fromEntries(
    Object.entries(binary).map(([name, compute]) => [name, mapBinary(compute)]),
  ),
  ...arithmetic,
  select,
  cast,
};

function wholeTensor(loop: PointwiseLoop): ReferenceFunction {
  return (inputs, _attributes, type) => {
    const out = zeros(type.dtype, type.shape);
    const operands = inputs.map(({ data }) => data);
    loop(operands, out.data, type.dtype);
    return out;
  };
}

export const pointwise: Readonly<Record<string, ReferenceFunction>> = {
  ...Object.fromEntries(
    Object.entries(pointwiseLoops).map(([name, loop]) => [name, wholeTensor(loop)]),
  ),
  stop_gradient: (inputs) => input(inputs, 0),
};
