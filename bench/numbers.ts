// Weights and data that every language can make for itself, so that steps of different frameworks can be compared number
// by number. Each series of numbers comes from one 32-bit integer hash of the series and the place in it.

import { sizeOf, type TypedArray } from "../runtime/types.ts";

/** In [0, 1), of place `i` in a series. */
export function hashed(series: number, i: number): number {
  let bits = Math.imul(i, 0x9e3779b1) + Math.imul(series, 0x85ebca6b);
  bits ^= bits >>> 16;
  bits = Math.imul(bits, 0x7feb352d);
  bits ^= bits >>> 15;
  bits = Math.imul(bits, 0x846ca68b);
  bits ^= bits >>> 16;
  return (bits >>> 0) / 2 ** 32;
}

/** Uniform within ±bound. */
export function reals(series: number, shape: readonly number[], bound: number): Float32Array {
  return Float32Array.from(
    { length: sizeOf(shape) },
    (_, i) => (2 * hashed(series, i) - 1) * bound,
  );
}

/** Whole numbers from 0 to below `below`. */
export function wholes(series: number, shape: readonly number[], below: number): TypedArray {
  return Int32Array.from({ length: sizeOf(shape) }, (_, i) =>
    Math.floor(below * hashed(series, i)),
  );
}
