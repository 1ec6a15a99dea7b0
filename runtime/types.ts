// Element types and arrays shared by the compiler and the runtime.

/** `u8` also stores pixels; `bool` is stored as one byte, 0 or 1. */
export type DType = "f32" | "f16" | "i32" | "u8" | "bool";

export type TypedArray = Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;

/** Bytes of one stored element. */
export const elementBytes: Readonly<Record<DType, number>> = {
  f32: 4,
  f16: 2,
  i32: 4,
  u8: 1,
  bool: 1,
};

/** A dense row-major tensor outside a device. `f16` is held as its bit pattern in a Uint16Array. */
export interface Tensor {
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly data: TypedArray;
}

export function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, n) => product * n, 1);
}

/** A zeroed array that stores `length` elements of `dtype`. */
export function allocate(dtype: DType, length: number): TypedArray {
  switch (dtype) {
    case "f32":
      return new Float32Array(length);
    case "f16":
      return new Uint16Array(length);
    case "i32":
      return new Int32Array(length);
    case "u8":
    case "bool":
      return new Uint8Array(length);
    default:
      return dtype satisfies never;
  }
}
