// Sums of products: over index forms, over named axes (einsum), and the matrix product.

import type { Tensor } from "../types.ts";
import { lineReader, type Line } from "./forms.ts";
import {
  advance,
  dot,
  formsOf,
  input,
  numbersOf,
  stridesOf,
  textsOf,
  zeros,
  type ReferenceFunction,
} from "./tensor.ts";

/** y[out] = Σ a[forms of a]·b[forms of b] over the axes not in `out`; outside an operand nothing is added. */
export const contract: ReferenceFunction = (inputs, attributes, type) => {
  const a = input(inputs, 0);
  const b = input(inputs, 1);
  const sizes = numbersOf(attributes, "sizes");
  const outAxes = numbersOf(attributes, "out");
  const readA = lineReader(formsOf(attributes, "a"), a.shape);
  const readB = lineReader(formsOf(attributes, "b"), b.shape);
  const out = zeros(type.dtype, type.shape);
  if (sizes.includes(0)) return out;
  const ownStrides = stridesOf(type.shape);
  const strides = sizes.map((_, axis) => ownStrides[outAxes.indexOf(axis)] ?? 0);

  // The longest axis is walked in lines, all others point by point.
  const lineAxis = sizes.indexOf(Math.max(...sizes));
  const regular = readA.regular && readB.regular && lineAxis >= 0;
  const extent = regular ? (sizes[lineAxis] ?? 1) : 1;
  const outStep = strides[lineAxis] ?? 0;
  const others = sizes.map((size, axis) => (regular && axis === lineAxis ? 1 : size));
  const index = sizes.map(() => 0);
  const lineA: Line = { from: 0, to: 0, address: 0, step: 0 };
  const lineB: Line = { from: 0, to: 0, address: 0, step: 0 };
  do {
    readA(index, lineAxis, extent, lineA);
    if (lineA.from >= lineA.to) continue;
    readB(index, lineAxis, extent, lineB);
    const from = Math.max(lineA.from, lineB.from);
    const to = Math.min(lineA.to, lineB.to);
    let atA = lineA.address + (from - lineA.from) * lineA.step;
    let atB = lineB.address + (from - lineB.from) * lineB.step;
    let at = dot(index, strides) + from * outStep;
    for (let i = from; i < to; i++) {
      out.data[at] = (out.data[at] ?? 0) + (a.data[atA] ?? 0) * (b.data[atB] ?? 0);
      atA += lineA.step;
      atB += lineB.step;
      at += outStep;
    }
  } while (advance(index, others));
  return out;
};

/** Einstein's sum over one or two operands; a name that stands twice in an operand takes its diagonal. */
export const einsum: ReferenceFunction = (inputs, attributes, type) => {
  const names = [textsOf(attributes, "a")];
  if (attributes["b"] !== null) names.push(textsOf(attributes, "b"));
  const outNames = textsOf(attributes, "out");
  const sizes = new Map<string, number>();
  names.forEach((list, operand) =>
    list.forEach((name, axis) => sizes.set(name, inputs[operand]?.shape[axis] ?? 1)),
  );
  const summed = [...sizes.keys()].filter((name) => !outNames.includes(name));
  const axes = [...outNames, ...summed];
  const shape = axes.map((name) => sizes.get(name) ?? 1);
  const strides = names.map((list, operand) => {
    const own = stridesOf(inputs[operand]?.shape ?? []);
    return axes.map((name) =>
      list.reduce((sum, n, i) => sum + (n === name ? (own[i] ?? 0) : 0), 0),
    );
  });
  const out = zeros(type.dtype, type.shape);
  const outStrides = [...stridesOf(type.shape), ...summed.map(() => 0)];
  if (shape.includes(0)) return out;
  const index = shape.map(() => 0);
  do {
    let product = 1;
    for (let operand = 0; operand < names.length; operand++) {
      product *= input(inputs, operand).data[dot(index, strides[operand] ?? [])] ?? 0;
    }
    const to = dot(index, outStrides);
    out.data[to] = (out.data[to] ?? 0) + product;
  } while (advance(index, shape));
  return out;
};

/** Matrix product over the last two axes; a vector is a row on the left and a column on the right; others broadcast. */
export const matmul: ReferenceFunction = (inputs, _attributes, type) => {
  const a = asMatrix(input(inputs, 0), "row");
  const b = asMatrix(input(inputs, 1), "column");
  const m = a.shape.at(-2) ?? 1;
  const k = a.shape.at(-1) ?? 1;
  const n = b.shape.at(-1) ?? 1;
  const batch = type.shape.slice(0, Math.max(a.shape.length, b.shape.length) - 2);
  const out = zeros(type.dtype, type.shape);
  if (out.data.length === 0) return out;
  const stridesA = batchStrides(a, batch);
  const stridesB = batchStrides(b, batch);
  const index = batch.map(() => 0);
  let at = 0;
  do {
    const startA = dot(index, stridesA);
    const startB = dot(index, stridesB);
    for (let i = 0; i < m; i++) {
      for (let j = 0; j < n; j++) {
        let sum = 0;
        for (let l = 0; l < k; l++) {
          sum += (a.data[startA + i * k + l] ?? 0) * (b.data[startB + l * n + j] ?? 0);
        }
        out.data[at++] = sum;
      }
    }
  } while (advance(index, batch));
  return out;
};

function asMatrix(x: Tensor, vectorIs: "row" | "column"): Tensor {
  if (x.shape.length !== 1) return x;
  const size = x.shape[0] ?? 0;
  return { ...x, shape: vectorIs === "row" ? [1, size] : [size, 1] };
}

function batchStrides(x: Tensor, batch: readonly number[]): number[] {
  const own = stridesOf(x.shape);
  const added = batch.length - (x.shape.length - 2);
  return batch.map((_, i) => (x.shape[i - added] === 1 ? 0 : (own[i - added] ?? 0)));
}
