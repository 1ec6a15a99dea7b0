// Rearranging elements: views through index forms, and the named operators that say the same in a reader's words.

import { sizeOf, type Tensor } from "../types.ts";
import { lineReader, type Line } from "./forms.ts";
import {
  advance,
  dot,
  formsOf,
  input,
  numberOf,
  numbersOf,
  rowsOf,
  stridesOf,
  zeros,
  type ReferenceFunction,
} from "./tensor.ts";

/** y[i] = x[forms(i)], or the fill where that is outside. */
export const view: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const out = zeros(type.dtype, type.shape);
  const fill = attributes["fill"];
  if (typeof fill === "number" && fill !== 0) out.data.fill(fill);
  if (out.data.length === 0) return out;
  if (x.shape.length === 0) {
    out.data.fill(x.data[0] ?? 0);
    return out;
  }
  const read = lineReader(formsOf(attributes, "forms"), x.shape);
  const lineAxis = type.shape.length - 1;
  const extent = read.regular ? (type.shape[lineAxis] ?? 1) : 1;
  const outer = read.regular ? type.shape.slice(0, -1) : type.shape;
  const index = type.shape.map(() => 0);
  const line: Line = { from: 0, to: 0, address: 0, step: 0 };
  let base = 0;
  do {
    read(index, lineAxis, extent, line);
    let address = line.address;
    for (let i = line.from; i < line.to; i++) {
      out.data[base + i] = x.data[address] ?? 0;
      address += line.step;
    }
    base += extent;
  } while (advance(index, outer));
  return out;
};

export const reshape: ReferenceFunction = (inputs, _attributes, type) => {
  const x = input(inputs, 0);
  return { dtype: type.dtype, shape: type.shape, data: x.data };
};

export const concat: ReferenceFunction = (inputs, attributes, type) => {
  const axis = numberOf(attributes, "axis");
  const out = zeros(type.dtype, type.shape);
  const rows = sizeOf(type.shape.slice(0, axis));
  const rowLength = sizeOf(type.shape.slice(axis));
  let start = 0;
  for (const x of inputs) {
    const length = sizeOf(x.shape.slice(axis));
    for (let row = 0; row < rows; row++) {
      out.data.set(x.data.subarray(row * length, (row + 1) * length), row * rowLength + start);
    }
    start += length;
  }
  return out;
};

export const stack: ReferenceFunction = (inputs, attributes, type) => {
  const axis = numberOf(attributes, "axis");
  const raised = inputs.map((x) => ({
    ...x,
    shape: [...x.shape.slice(0, axis), 1, ...x.shape.slice(axis)],
  }));
  return concat(raised, { axis }, type);
};

/** NumPy's broadcasting: axes align at the right; those of size 1 and the missing ones repeat. */
export const broadcast: ReferenceFunction = (inputs, _attributes, type) => {
  const x = input(inputs, 0);
  const added = type.shape.length - x.shape.length;
  const own = stridesOf(x.shape);
  const strides = type.shape.map((_, i) => (x.shape[i - added] === 1 ? 0 : (own[i - added] ?? 0)));
  return pick(x, type.shape, strides, 0);
};

export const slice: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const own = stridesOf(x.shape);
  const ranges = rowsOf(attributes, "ranges");
  const start = dot(
    ranges.map(([first = 0]) => first),
    own,
  );
  const strides = own.map((stride, i) => stride * (ranges[i]?.[2] ?? 1));
  return pick(x, type.shape, strides, start);
};

export const transpose: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const own = stridesOf(x.shape);
  return pick(
    x,
    type.shape,
    numbersOf(attributes, "perm").map((axis) => own[axis] ?? 0),
    0,
  );
};

export const flip: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const axes = numbersOf(attributes, "axes");
  const own = stridesOf(x.shape);
  const strides = own.map((stride, i) => (axes.includes(i) ? -stride : stride));
  const start = axes.reduce((sum, i) => sum + ((x.shape[i] ?? 1) - 1) * (own[i] ?? 0), 0);
  return pick(x, type.shape, strides, start);
};

/** y[i] = x.data[start + Σ strides·i]. */
function pick(
  x: Tensor,
  shape: readonly number[],
  strides: readonly number[],
  start: number,
): Tensor {
  const out = zeros(x.dtype, shape);
  if (out.data.length === 0) return out;
  const index = shape.map(() => 0);
  let at = 0;
  do {
    out.data[at++] = x.data[start + dot(index, strides)] ?? 0;
  } while (advance(index, shape));
  return out;
}

/** Adds [before, after] elements of a value per axis; negative numbers cut off. */
export const pad: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const pads = rowsOf(attributes, "pads");
  const out = zeros(type.dtype, type.shape);
  out.data.fill(numberOf(attributes, "value"));
  if (x.data.length === 0) return out;
  const strides = stridesOf(type.shape);
  const index = x.shape.map(() => 0);
  let at = 0;
  do {
    const target = index.map((i, axis) => i + (pads[axis]?.[0] ?? 0));
    if (target.every((i, axis) => i >= 0 && i < (type.shape[axis] ?? 0))) {
      out.data[dot(target, strides)] = x.data[at] ?? 0;
    }
    at++;
  } while (advance(index, x.shape));
  return out;
};

/** Windows over some axes: each axis counts windows, and a last axis for each runs through one. */
export const windows: ReferenceFunction = (inputs, attributes, type) => {
  const x = input(inputs, 0);
  const axes = numbersOf(attributes, "axes");
  const stride = numbersOf(attributes, "stride");
  const dilation = numbersOf(attributes, "dilation");
  const padding = rowsOf(attributes, "padding");
  const fill = attributes["fill"];
  const out = zeros(type.dtype, type.shape);
  if (out.data.length === 0) return out;
  const strides = stridesOf(x.shape);
  const index = type.shape.map(() => 0);
  let at = 0;
  do {
    const source = index.slice(0, x.shape.length);
    axes.forEach((axis, i) => {
      const within = (index[x.shape.length + i] ?? 0) * (dilation[i] ?? 1);
      source[axis] = (source[axis] ?? 0) * (stride[i] ?? 1) + within - (padding[i]?.[0] ?? 0);
    });
    const inside = source.every((i, axis) => i >= 0 && i < (x.shape[axis] ?? 0));
    out.data[at++] = inside
      ? (x.data[dot(source, strides)] ?? 0)
      : typeof fill === "number"
        ? fill
        : 0;
  } while (advance(index, type.shape));
  return out;
};
