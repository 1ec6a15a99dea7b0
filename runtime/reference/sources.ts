// Values out of nothing: constants, indices along an axis, random draws, orthogonal matrices.

import { placeKey, uniformAt } from "../random.ts";
import { sizeOf, type TypedArray } from "../types.ts";
import { input, numberOf, stridesOf, textOf, zeros, type ReferenceFunction } from "./tensor.ts";

/** One value, or all of them in row-major order. */
export const constant: ReferenceFunction = (_inputs, attributes, type) => {
  const out = zeros(type.dtype, type.shape);
  const { value, values } = attributes;
  if (Array.isArray(values)) out.data.set(values as readonly number[]);
  else out.data.fill(typeof value === "boolean" ? Number(value) : numberOf(attributes, "value"));
  return out;
};

/** A dimension as a number; known once the graph is specialised. */
export const dim: ReferenceFunction = constant;

export const iota: ReferenceFunction = (_inputs, attributes, type) => {
  const out = zeros(type.dtype, type.shape);
  fillIota(out.data, 0, numberOf(attributes, "axis"), type.shape);
  return out;
};

/** The index along an axis for the elements of `shape` from row-major position `start` on. */
export function fillIota(
  y: TypedArray,
  start: number,
  axis: number,
  shape: readonly number[],
): void {
  const stride = stridesOf(shape)[axis] ?? 1;
  const size = shape[axis] ?? 1;
  for (let i = 0; i < y.length; i++) y[i] = Math.floor((start + i) / stride) % size;
}

/** Uniform in [0, 1), by seed, step, place and element alone. */
export const random: ReferenceFunction = (inputs, attributes, type) => {
  const seed = input(inputs, 0).data[0] ?? 0;
  const step = input(inputs, 1).data[0] ?? 0;
  const out = zeros(type.dtype, type.shape);
  fillRandom(out.data, 0, textOf(attributes, "place"), seed, step);
  return out;
};

/** The draws of the elements from row-major position `start` on. */
export function fillRandom(
  y: TypedArray,
  start: number,
  place: string,
  seed: number,
  step: number,
): void {
  const [key0, key1] = placeKey(place);
  for (let i = 0; i < y.length; i++) y[i] = uniformAt(start + i, key0, key1, seed, step);
}

/** What only the reference computes, in initialisers. */
export const host: ReferenceFunction = (inputs, attributes, type) => {
  const kind = textOf(attributes, "kind");
  if (kind !== "orthogonal") throw new Error(`host knows no ${kind}`);
  return orthogonal(inputs, attributes, type);
};

/**
 * The orthogonal factor of a normal draw seen as a matrix [first, rest]: rows (or columns, of a tall one) are
 * orthonormal. Signs are those of a QR decomposition whose R has a positive diagonal, so the draw is uniform
 * (Saxe et al., 2014; Mezzadri, 2007). Gram–Schmidt, twice for exactness.
 */
const orthogonal: ReferenceFunction = (inputs, _attributes, type) => {
  const x = input(inputs, 0);
  const rows = x.shape[0] ?? 1;
  const columns = sizeOf(x.shape.slice(1));
  const wide = rows < columns;
  const count = wide ? rows : columns; // vectors to make orthonormal
  const length = wide ? columns : rows;
  const at = (vector: number, i: number): number =>
    wide ? vector * columns + i : i * columns + vector;
  const vectors = Array.from({ length: count }, (_, v) =>
    Float64Array.from({ length }, (_unused, i) => x.data[at(v, i)] ?? 0),
  );
  vectors.forEach((vector, v) => {
    for (let round = 0; round < 2; round++) {
      for (const earlier of vectors.slice(0, v)) {
        let product = 0;
        for (let i = 0; i < length; i++) product += (vector[i] ?? 0) * (earlier[i] ?? 0);
        for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) - product * (earlier[i] ?? 0);
      }
    }
    let squares = 0;
    for (const value of vector) squares += value * value;
    const norm = Math.sqrt(squares);
    for (let i = 0; i < length; i++) vector[i] = (vector[i] ?? 0) / norm;
  });
  const out = zeros(type.dtype, type.shape);
  vectors.forEach((vector, v) => vector.forEach((value, i) => (out.data[at(v, i)] = value)));
  return out;
};
