// Tensors in the one memory of a session, as views.

import type { Named } from "../artifact.ts";
import { UserError } from "../errors.ts";
import { sizeOf, type DType, type TypedArray } from "../types.ts";

/** A tensor and where it lies now. */
export interface Slot {
  readonly tensor: Named;
  readonly view: TypedArray;
}

type Buffer = ArrayBuffer | SharedArrayBuffer;

const views: Readonly<
  Record<DType, (memory: Buffer, offset: number, length: number) => TypedArray>
> = {
  f32: (memory, offset, length) => new Float32Array(memory, offset, length),
  f16: (memory, offset, length) => new Uint16Array(memory, offset, length),
  i32: (memory, offset, length) => new Int32Array(memory, offset, length),
  u8: (memory, offset, length) => new Uint8Array(memory, offset, length),
  bool: (memory, offset, length) => new Uint8Array(memory, offset, length),
};

/** A tensor's elements; byte 0 of the session's address space lies at `origin`. */
export function viewOf(memory: Buffer, tensor: Named, origin = 0): TypedArray {
  return views[tensor.dtype](memory, origin + tensor.offset, sizeOf(tensor.shape));
}

export function writeTensor({ tensor, view }: Slot, data: ArrayLike<number>): void {
  if (data.length !== view.length) throw lengthMistake(tensor, view.length, data.length);
  view.set(data);
}

export function lengthMistake({ name, shape }: Named, length: number, given: number): UserError {
  return new UserError(
    `${name} holds ${length} elements ([${shape.join(", ")}]), but ${given} were given`,
  );
}

export type Inputs = Readonly<Record<string, ArrayLike<number> | number>>;

/** Copies the inputs of a run to their places. */
export function writeInputs(slots: readonly Slot[], inputs: Inputs): void {
  for (const slot of slots) {
    const value = inputs[slot.tensor.name];
    if (value === undefined) throw new UserError(`the input ${slot.tensor.name} is missing`);
    if (typeof value === "number" && slot.view.length === 1) slot.view[0] = value;
    else writeTensor(slot, typeof value === "number" ? [value] : value);
  }
}
