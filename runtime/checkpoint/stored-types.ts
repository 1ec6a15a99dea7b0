// Element types of safetensors files, and the numbers that they are read as.

import { jsHelpers } from "../devices/js-helpers.ts";
import { UserError } from "../errors.ts";
import type { DType, TypedArray } from "../types.ts";

interface StoredType {
  readonly dtype: DType;
  readonly bytes: number;
  /** The numbers of a tensor out of bytes of its own; an `Error` that says which cannot be. */
  readonly read: (raw: Uint8Array<ArrayBuffer>) => TypedArray;
}

/** By the name in the file. What has no type of its own here is read as the next wider one, but for `F64` and `I64`:
 *  these are rounded, or must fit. */
export const storedTypes: ReadonlyMap<string, StoredType> = new Map<string, StoredType>([
  ["F32", { dtype: "f32", bytes: 4, read: ({ buffer }) => new Float32Array(buffer) }],
  ["F64", { dtype: "f32", bytes: 8, read: ({ buffer }) => rounded(new Float64Array(buffer)) }],
  ["BF16", { dtype: "f32", bytes: 2, read: ({ buffer }) => fromBrain(new Uint16Array(buffer)) }],
  ["F16", { dtype: "f16", bytes: 2, read: ({ buffer }) => new Uint16Array(buffer) }],
  ["I64", { dtype: "i32", bytes: 8, read: ({ buffer }) => narrow(new BigInt64Array(buffer)) }],
  ["I32", { dtype: "i32", bytes: 4, read: ({ buffer }) => new Int32Array(buffer) }],
  ["U8", { dtype: "u8", bytes: 1, read: (raw) => raw }],
  ["BOOL", { dtype: "bool", bytes: 1, read: onlyBools }],
]);

/** Half-precision bit patterns as the same numbers in single precision. */
export function fromHalfs(patterns: ArrayLike<number>): Float32Array {
  return Float32Array.from(patterns, jsHelpers.fromHalf);
}

/** A bfloat16 is the upper half of a single-precision number. */
function fromBrain(patterns: Uint16Array): Float32Array {
  return new Float32Array(Uint32Array.from(patterns, (bits) => bits << 16).buffer);
}

function rounded(wide: Float64Array): Float32Array {
  return Float32Array.from(wide, (value, i) => {
    const near = Math.fround(value);
    if (Number.isFinite(value) && !Number.isFinite(near)) {
      throw new UserError(`element ${i} is ${value}, beyond single precision`);
    }
    return near;
  });
}

function narrow(wide: BigInt64Array): Int32Array {
  return Int32Array.from(wide, (value, i) => {
    if (value !== BigInt.asIntN(32, value)) {
      throw new UserError(`element ${i} is ${value}, beyond 32 bits`);
    }
    return Number(value);
  });
}

function onlyBools(raw: Uint8Array<ArrayBuffer>): Uint8Array {
  if (raw.some((value) => value > 1)) throw new UserError("a bool that is neither 0 nor 1");
  return raw;
}
