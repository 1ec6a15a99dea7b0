// One number from one, two or three numbers, element by element.

import type { Tensor, TypedArray } from "../types.ts";
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

function mapUnary(compute: (x: number) => number): ReferenceFunction {
  return (inputs, _attributes, type) => {
    const x = input(inputs, 0).data;
    const out = zeros(type.dtype, type.shape);
    const y = out.data;
    for (let i = 0; i < y.length; i++) y[i] = compute(x[i] ?? 0);
    return out;
  };
}

function mapBinary(compute: (a: number, b: number) => number): ReferenceFunction {
  return (inputs, _attributes, type) => {
    const a = input(inputs, 0).data;
    const b = input(inputs, 1).data;
    const out = zeros(type.dtype, type.shape);
    const y = out.data;
    for (let i = 0; i < y.length; i++) y[i] = compute(a[i] ?? 0, b[i] ?? 0);
    return out;
  };
}

/** The four operations have loops of their own: initial values of tens of millions of elements go through them. */
const add: ReferenceFunction = (inputs, _attributes, type) =>
  combine(inputs, type, (a, b, y) => {
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) + (b[i] ?? 0);
  });
const sub: ReferenceFunction = (inputs, _attributes, type) =>
  combine(inputs, type, (a, b, y) => {
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) - (b[i] ?? 0);
  });
const mul: ReferenceFunction = (inputs, _attributes, type) =>
  combine(inputs, type, (a, b, y) => {
    if (y instanceof Int32Array)
      for (let i = 0; i < y.length; i++) y[i] = Math.imul(a[i] ?? 0, b[i] ?? 0);
    else for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) * (b[i] ?? 0);
  });
const div: ReferenceFunction = (inputs, _attributes, type) =>
  combine(inputs, type, (a, b, y) => {
    for (let i = 0; i < y.length; i++) y[i] = (a[i] ?? 0) / (b[i] ?? 0);
  });

function combine(
  inputs: readonly Tensor[],
  type: Parameters<ReferenceFunction>[2],
  loop: (a: TypedArray, b: TypedArray, y: TypedArray) => void,
): Tensor {
  const out = zeros(type.dtype, type.shape);
  loop(input(inputs, 0).data, input(inputs, 1).data, out.data);
  return out;
}

/** Where the condition holds the second operand, elsewhere the third. */
const select: ReferenceFunction = (inputs, _attributes, type) => {
  const condition = input(inputs, 0).data;
  const a = input(inputs, 1).data;
  const b = input(inputs, 2).data;
  const out = zeros(type.dtype, type.shape);
  const y = out.data;
  for (let i = 0; i < y.length; i++) y[i] = (condition[i] !== 0 ? a[i] : b[i]) ?? 0;
  return out;
};

/** Floating point to integer cuts off the fraction; to bool it asks for a difference from 0. */
const cast: ReferenceFunction = (inputs, _attributes, type) => {
  const x = input(inputs, 0).data;
  const out = zeros(type.dtype, type.shape);
  const y = out.data;
  if (type.dtype === "bool") for (let i = 0; i < y.length; i++) y[i] = x[i] !== 0 ? 1 : 0;
  else if (type.dtype === "i32" || type.dtype === "u8") {
    for (let i = 0; i < y.length; i++) y[i] = Math.trunc(x[i] ?? 0);
  } else for (let i = 0; i < y.length; i++) y[i] = x[i] ?? 0;
  return out;
};

const stopGradient: ReferenceFunction = (inputs) => input(inputs, 0);

export const pointwise: Readonly<Record<string, ReferenceFunction>> = {
  ...Object.fromEntries(Object.entries(unary).map(([name, compute]) => [name, mapUnary(compute)])),
  ...Object.fromEntries(
    Object.entries(binary).map(([name, compute]) => [name, mapBinary(compute)]),
  ),
  add,
  sub,
  mul,
  div,
  select,
  cast,
  stop_gradient: stopGradient,
};
