// Reading and adding at places that data name.

import { sizeOf } from "../types.ts";
import {
  advance,
  dot,
  input,
  numberOf,
  stridesOf,
  zeros,
  type ReferenceFunction,
} from "./tensor.ts";

/** y = x.shape[:axis] + index.shape + x.shape[axis+1:], whole slices of x; an index outside reads 0. */
export const gather: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const index = input(inputs, 1).data;
  const axis = numberOf(attributes, "axis");
  const rows = x.shape[axis] ?? 1;
  const before = sizeOf(x.shape.slice(0, axis));
  const after = sizeOf(x.shape.slice(axis + 1));
  const out = zeros(type.dtype, type.shape);
  for (let i = 0; i < before; i++) {
    for (let j = 0; j < index.length; j++) {
      const row = index[j] ?? 0;
      if (row < 0 || row >= rows) continue;
      const start = (i * rows + row) * after;
      out.data.set(x.data.subarray(start, start + after), (i * index.length + j) * after);
    }
  }
  return out;
};

/** Zeros of `size` at the axis, plus each slice of the source at the row that its index names; outside is dropped. */
export const scatterAdd: ReferenceFunction = (inputs, attributes, type) => {
  const index = input(inputs, 0);
  const source = input(inputs, 1);
  const axis = numberOf(attributes, "axis");
  const rows = type.shape[axis] ?? 1;
  const before = sizeOf(type.shape.slice(0, axis));
  const after = sizeOf(type.shape.slice(axis + 1));
  const out = zeros(type.dtype, type.shape);
  for (let i = 0; i < before; i++) {
    for (let j = 0; j < index.data.length; j++) {
      const row = index.data[j] ?? 0;
      if (row < 0 || row >= rows) continue;
      const to = (i * rows + row) * after;
      const from = (i * index.data.length + j) * after;
      for (let k = 0; k < after; k++) {
        out.data[to + k] = (out.data[to + k] ?? 0) + (source.data[from + k] ?? 0);
      }
    }
  }
  return out;
};

/** y[i0, …, i, …] = x[i0, …, index[i0, …, i, …], …] at the axis; the index has the rank of x. */
export const takeAlong: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const index = input(inputs, 1).data;
  const axis = numberOf(attributes, "axis");
  const out = zeros(type.dtype, type.shape);
  if (out.data.length === 0) return out;
  const strides = stridesOf(x.shape);
  const at = type.shape.map(() => 0);
  let position = 0;
  do {
    const row = index[position] ?? 0;
    if (row >= 0 && row < (x.shape[axis] ?? 0)) {
      const elsewhere = dot(at, strides) - (at[axis] ?? 0) * (strides[axis] ?? 0);
      out.data[position] = x.data[elsewhere + row * (strides[axis] ?? 0)] ?? 0;
    }
    position++;
  } while (advance(at, type.shape));
  return out;
};

/** x, plus each element of the source at x's index with the axis replaced by the index's value. */
export const scatterAlong: ReferenceFunction = (inputs, attributes, type) => {
  const index = input(inputs, 1);
  const source = input(inputs, 2).data;
  const axis = numberOf(attributes, "axis");
  const out = zeros(type.dtype, type.shape);
  out.data.set(input(inputs, 0).data);
  if (source.length === 0) return out;
  const strides = stridesOf(type.shape);
  const at = index.shape.map(() => 0);
  let position = 0;
  do {
    const row = index.data[position] ?? 0;
    if (row >= 0 && row < (type.shape[axis] ?? 0)) {
      const to = dot(at, strides) + (row - (at[axis] ?? 0)) * (strides[axis] ?? 0);
      out.data[to] = (out.data[to] ?? 0) + (source[position] ?? 0);
    }
    position++;
  } while (advance(at, index.shape));
  return out;
};

/** A last axis of the classes: 1 at the index, 0 elsewhere. */
export const oneHot: ReferenceFunction = (inputs, attributes, type) => {
  const index = input(inputs, 0).data;
  const classes = numberOf(attributes, "classes");
  const out = zeros(type.dtype, type.shape);
  for (let i = 0; i < index.length; i++) {
    const row = index[i] ?? 0;
    if (row >= 0 && row < classes) out.data[i * classes + row] = 1;
  }
  return out;
};
