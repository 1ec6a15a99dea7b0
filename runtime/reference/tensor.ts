// What the reference functions share: tensors in double precision, reading of attributes, walking over indices.

import { sizeOf, type DType, type Tensor, type TypedArray } from "../types.ts";

/** An element type and known sizes. */
export interface KnownType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

export type Attributes = Readonly<Record<string, unknown>>;

/** Computes an operator from its inputs, attributes and inferred type. */
export type ReferenceFunction = (
  inputs: readonly Tensor[],
  attributes: Attributes,
  type: KnownType,
) => Tensor;

/** A dimension of an operand: (Σ coefficient·axis + offset) / divisor, see compiler/ir/graph.ts. */
export interface KnownForm {
  readonly terms: readonly { readonly axis: number; readonly coefficient: number }[];
  readonly offset: number;
  readonly divisor: number;
}

/** A zeroed tensor; floating point is held in double. */
export function zeros(dtype: DType, shape: readonly number[]): Tensor {
  return { dtype, shape, data: storage(dtype, sizeOf(shape)) };
}

/** A zeroed array in which the reference computes: floating point in double. */
export function storage(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "f32":
    case "f16":
      return new Float64Array(length);
    case "i32":
      return new Int32Array(length);
    case "u8":
    case "bool":
      return new Uint8Array(length);
    default:
      return dtype satisfies never;
  }
}

/** Row-major distances between neighbours along each axis. */
export function stridesOf(shape: readonly number[]): number[] {
  const strides: number[] = [];
  let stride = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = stride;
    stride *= shape[axis] ?? 1;
  }
  return strides;
}

/** Steps a row-major index to the next point of `shape`; false after the last. */
export function advance(index: number[], shape: readonly number[]): boolean {
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    const next = (index[axis] ?? 0) + 1;
    if (next < (shape[axis] ?? 0)) {
      index[axis] = next;
      return true;
    }
    index[axis] = 0;
  }
  return false;
}

export function dot(index: readonly number[], strides: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < index.length; i++) sum += (index[i] ?? 0) * (strides[i] ?? 0);
  return sum;
}

export function input(inputs: readonly Tensor[], position: number): Tensor {
  const found = inputs[position];
  if (!found) throw new Error(`operand ${position} is missing`);
  return found;
}

export function numberOf(attributes: Attributes, name: string): number {
  const value = attributes[name];
  if (typeof value !== "number") throw new Error(`attribute ${name} is no number`);
  return value;
}

export function numbersOf(attributes: Attributes, name: string): readonly number[] {
  const value = attributes[name];
  if (!Array.isArray(value) || !value.every((n) => typeof n === "number")) {
    throw new Error(`attribute ${name} is no list of numbers`);
  }
  return value;
}

/** Rows of a list of lists of numbers: pads, ranges. */
export function rowsOf(attributes: Attributes, name: string): readonly (readonly number[])[] {
  const value = attributes[name];
  if (!Array.isArray(value)) throw new Error(`attribute ${name} is no list`);
  return value as readonly (readonly number[])[];
}

export function textOf(attributes: Attributes, name: string): string {
  const value = attributes[name];
  if (typeof value !== "string") throw new Error(`attribute ${name} is no text`);
  return value;
}

export function textsOf(attributes: Attributes, name: string): readonly string[] {
  const value = attributes[name];
  if (!Array.isArray(value) || !value.every((n) => typeof n === "string")) {
    throw new Error(`attribute ${name} is no list of texts`);
  }
  return value;
}

export function formsOf(attributes: Attributes, name: string): readonly KnownForm[] {
  const value = attributes[name];
  if (!Array.isArray(value)) throw new Error(`attribute ${name} is no list of forms`);
  return value as readonly KnownForm[];
}
