// The IDX file format of MNIST: two zero bytes, a type byte, the rank, big-endian sizes, then the values.
// Described at the end of http://yann.lecun.com/exdb/mnist/.

import { UserError } from "../errors.ts";
import { allocate, sizeOf, type DType, type TypedArray } from "../types.ts";

export interface IdxHeader {
  readonly element: IdxElement;
  readonly shape: readonly number[];
  /** Where the values begin. */
  readonly start: number;
  /** Bytes of the whole file, unpacked. */
  readonly bytes: number;
}

interface IdxElement {
  readonly dtype: DType;
  readonly bytes: number;
  get(view: DataView, at: number): number;
}

const elements: Readonly<Record<number, IdxElement>> = {
  0x08: { dtype: "u8", bytes: 1, get: (view, at) => view.getUint8(at) },
  0x09: { dtype: "i32", bytes: 1, get: (view, at) => view.getInt8(at) },
  0x0b: { dtype: "i32", bytes: 2, get: (view, at) => view.getInt16(at) },
  0x0c: { dtype: "i32", bytes: 4, get: (view, at) => view.getInt32(at) },
  0x0d: { dtype: "f32", bytes: 4, get: (view, at) => view.getFloat32(at) },
};

/** No dataset in this format is near it; a larger figure is a damaged header. */
const largest = 2 ** 33;
const maxRank = 8;

/** Bytes that surely hold the header. */
export const idxHeaderBytes = 4 + 4 * maxRank;

/** Reads and checks the header from the first bytes of an unpacked file. */
export function readIdxHeader(bytes: Uint8Array, path: string): IdxHeader {
  if (bytes.length === 0) throw new UserError("the file is empty", { place: path });
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const element = elements[bytes[2] ?? 0];
  const rank = bytes[3] ?? 0;
  const isIdx = bytes.length >= 4 && view.getUint16(0) === 0;
  if (!isIdx || element === undefined || rank < 1 || rank > maxRank) {
    const magic = Array.from(bytes.subarray(0, 4), (b) => b.toString(16).padStart(2, "0"));
    throw new UserError(`this is no IDX file: it begins with the bytes ${magic.join(" ")}`, {
      place: path,
      help: "an IDX file begins with 00 00, a byte for the element type (08 for u8) and the rank",
    });
  }
  const start = 4 + 4 * rank;
  if (bytes.length < start) throw cut(path, start, bytes.length);
  const shape = Array.from({ length: rank }, (_, axis) => view.getUint32(4 + 4 * axis));
  let size = start;
  let values = element.bytes;
  for (const n of shape) {
    values *= n;
    if (values > largest) {
      throw new UserError(`the header announces impossible sizes: ${shape.join(" × ")}`, {
        place: path,
      });
    }
  }
  size += values;
  return { element, shape, start, bytes: size };
}

/** The values of an unpacked file; `u8` without a copy. */
export function readIdxValues(bytes: Uint8Array, header: IdxHeader, path: string): TypedArray {
  if (bytes.length !== header.bytes) throw cut(path, header.bytes, bytes.length);
  const { element, shape, start } = header;
  if (element.dtype === "u8") return bytes.subarray(start);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const values = allocate(element.dtype, sizeOf(shape));
  for (let i = 0; i < values.length; i++) values[i] = element.get(view, start + i * element.bytes);
  return values;
}

function cut(path: string, wanted: number, found: number): UserError {
  const how = found < wanted ? "cut off" : "too long";
  return new UserError(
    `the file is ${how}: its header announces ${wanted} bytes, there are ${found}`,
    { place: path, help: "fetch the file again" },
  );
}
