// Reductions over axes, positions of extremes, running sums.

import type { DType, Tensor } from "../types.ts";
import {
  advance,
  dot,
  input,
  numberOf,
  numbersOf,
  stridesOf,
  textOf,
  zeros,
  type ReferenceFunction,
} from "./tensor.ts";

/** The value that changes nothing; of integers the smallest or largest. */
function neutral(kind: string, dtype: DType): number {
  if (kind === "sum") return 0;
  if (kind === "prod") return 1;
  const [low, high] =
    dtype === "i32"
      ? [-2147483648, 2147483647]
      : dtype === "u8"
        ? [0, 255]
        : dtype === "bool"
          ? [0, 1]
          : [-Infinity, Infinity];
  return kind === "max" ? low : high;
}

/** For every axis of `x` the distance in a result without `axes`; 0 for the axes that vanish. */
function keptStrides(x: Tensor, axes: readonly number[]): number[] {
  const kept = x.shape.map((size, axis) => (axes.includes(axis) ? 1 : size));
  return stridesOf(kept).map((stride, axis) => (axes.includes(axis) ? 0 : stride));
}

export const reduce: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const kind = textOf(attributes, "kind");
  const strides = keptStrides(x, numbersOf(attributes, "axes"));
  const out = zeros(type.dtype, type.shape);
  out.data.fill(neutral(kind, type.dtype));
  if (x.data.length === 0) return out;
  const index = x.shape.map(() => 0);
  let at = 0;
  do {
    const to = dot(index, strides);
    const old = out.data[to] ?? 0;
    const value = x.data[at++] ?? 0;
    if (kind === "sum") out.data[to] = old + value;
    else if (kind === "prod") out.data[to] = old * value;
    else if (kind === "max") out.data[to] = Math.max(old, value);
    else out.data[to] = Math.min(old, value);
  } while (advance(index, x.shape));
  return out;
};

/** Row-major position, over the axes in their order in the tensor, of the first largest or smallest element; the first
 *  NaN, if there is one. */
export const argmax: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const axes = numbersOf(attributes, "axes");
  const smallest = textOf(attributes, "kind") === "min";
  const strides = keptStrides(x, axes);
  const inner = x.shape.map((size, axis) => (axes.includes(axis) ? size : 1));
  const positions = stridesOf(inner).map((stride, axis) => (axes.includes(axis) ? stride : 0));
  const out = zeros(type.dtype, type.shape);
  if (x.data.length === 0) return out;
  const best = new Float64Array(out.data.length).fill(-Infinity);
  const index = x.shape.map(() => 0);
  let at = 0;
  do {
    const to = dot(index, strides);
    const value = smallest ? -(x.data[at] ?? 0) : (x.data[at] ?? 0);
    at++;
    const found = best[to] ?? 0;
    if (value > found || (value !== value && found === found)) {
      best[to] = value;
      out.data[to] = dot(index, positions);
    }
  } while (advance(index, x.shape));
  return out;
};

export const mean: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const out = reduce([x], { kind: "sum", axes: attributes["axes"] }, type);
  const count = x.data.length / out.data.length;
  return { ...out, data: out.data.map((sum) => sum / count) };
};

/** y[…, i, …] = Σ_{j ≤ i} x[…, j, …]. */
export const cumsum: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const axis = numberOf(attributes, "axis");
  const stride = stridesOf(x.shape)[axis] ?? 1;
  const size = x.shape[axis] ?? 1;
  const out = zeros(type.dtype, type.shape);
  for (let at = 0; at < x.data.length; at++) {
    const first = Math.floor(at / stride) % size === 0;
    out.data[at] = (x.data[at] ?? 0) + (first ? 0 : (out.data[at - stride] ?? 0));
  }
  return out;
};
