// Safetensors files (https://github.com/huggingface/safetensors): eight bytes of header length, a JSON header, the tensors.
// A file may be a stranger's: everything is checked before anything is allocated.

import { UserError } from "../errors.ts";
import {
  allocate,
  elementBytes,
  sizeOf,
  type DType,
  type Tensor,
  type TypedArray,
} from "../types.ts";
import { parseHeader, type HeaderValue } from "./header.ts";
import { storedTypes } from "./stored-types.ts";

export interface TensorEntry {
  /** As in the file: `F32`, `I64`, … */
  readonly stored: string;
  /** What reading gives. */
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Byte range in the file. */
  readonly start: number;
  readonly end: number;
}

export interface SafetensorsHeader {
  /** In the order of their bytes. */
  readonly entries: ReadonlyMap<string, TensorEntry>;
  readonly metadata: ReadonlyMap<string, string>;
  /** Where the tensors begin. */
  readonly start: number;
}

export interface Safetensors {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly metadata: ReadonlyMap<string, string>;
}

const typeNames = {
  f32: "F32",
  f16: "F16",
  i32: "I32",
  u8: "U8",
  bool: "BOOL",
} as const satisfies Record<DType, string>;

/** The limit of the format's own implementation. */
const maxHeaderBytes = 100_000_000;

/** Reads and checks the header of a file of `fileBytes` bytes; `prefix` must hold at least the header. */
export function readSafetensorsHeader(
  prefix: Uint8Array,
  fileBytes: number,
  path: string,
): SafetensorsHeader {
  const fail = (message: string): never => {
    throw new UserError(message, { place: path });
  };
  const start = headerEnd(prefix, fileBytes, path);
  if (prefix.length < start) fail("the file is cut off inside its header");
  const header = parseHeader(decode(prefix.subarray(8, start), path), path);
  const metadata = new Map<string, string>();
  const found: [name: string, entry: TensorEntry][] = [];
  for (const [name, value] of header) {
    if (!(value instanceof Map)) return fail(`the header's entry ${quote(name)} is no object`);
    if (name === "__metadata__") {
      for (const [key, text] of value) {
        if (typeof text !== "string") return fail(`the metadata ${quote(key)} are no string`);
        metadata.set(key, text);
      }
    } else found.push([name, readEntry(name, value, start, path)]);
  }
  found.sort(([, a], [, b]) => a.start - b.start || a.end - b.end);
  let at = start;
  for (const [name, { start: from, end }] of found) {
    if (from < at) fail(`the bytes of ${quote(name)} overlap those of another tensor`);
    if (from > at) fail(`there is a gap before the bytes of ${quote(name)}`);
    at = end;
  }
  if (at > fileBytes) fail(`the file is cut off: ${at} bytes announced, ${fileBytes} there`);
  if (at < fileBytes) fail(`${fileBytes - at} bytes after the last tensor belong to none`);
  return { entries: new Map(found), metadata, start };
}

/** Length of the first eight bytes and the header, checked against the file's. */
export function headerEnd(prefix: Uint8Array, fileBytes: number, path: string): number {
  if (prefix.length < 8 || fileBytes < 8) {
    throw new UserError("the file is too short for safetensors", { place: path });
  }
  const view = new DataView(prefix.buffer, prefix.byteOffset, prefix.byteLength);
  const length = view.getBigUint64(0, true);
  if (length < 2n || length > BigInt(Math.min(maxHeaderBytes, fileBytes - 8))) {
    throw new UserError(
      `this is no safetensors file, or it is cut off: a header of ${length} bytes in a file of ${fileBytes}`,
      { place: path },
    );
  }
  return 8 + Number(length);
}

function readEntry(
  name: string,
  fields: ReadonlyMap<string, HeaderValue>,
  base: number,
  path: string,
): TensorEntry {
  const fail = (message: string): never => {
    throw new UserError(`tensor ${quote(name)}: ${message}`, { place: path });
  };
  const stored = fields.get("dtype");
  const type = typeof stored === "string" ? storedTypes.get(stored) : undefined;
  if (typeof stored !== "string" || type === undefined) {
    const known = [...storedTypes.keys()].join(", ");
    return fail(`element type ${JSON.stringify(stored)} is not read here (only ${known})`);
  }
  const shape = wholeNumbers(fields.get("shape"));
  const offsets = wholeNumbers(fields.get("data_offsets"));
  const [from, to] = offsets ?? [];
  if (shape === undefined || from === undefined || to === undefined || offsets?.length !== 2) {
    return fail("shape and data_offsets must be lists of whole numbers");
  }
  if (fields.size !== 3) return fail("it has more than dtype, shape and data_offsets");
  let bytes = type.bytes;
  for (const n of shape) {
    bytes *= n;
    if (!Number.isSafeInteger(bytes)) return fail(`impossible shape [${shape.join(", ")}]`);
  }
  if (to - from !== bytes) {
    return fail(`[${shape.join(", ")}] of ${stored} takes ${bytes} bytes, not ${to - from}`);
  }
  if (!Number.isSafeInteger(base + to)) return fail("impossible offsets");
  return { stored, dtype: type.dtype, shape, start: base + from, end: base + to };
}

function wholeNumbers(value: HeaderValue | undefined): readonly number[] | undefined {
  if (!Array.isArray(value)) return undefined;
  const items: readonly HeaderValue[] = value;
  const numbers = items.filter((item) => typeof item === "number");
  return numbers.length === items.length ? numbers : undefined;
}

/** The numbers of one tensor of a file. 64-bit integers must fit into 32 bits, 64-bit floats are rounded. */
export function readTensor(
  bytes: Uint8Array,
  { dtype, shape, stored, start, end }: TensorEntry,
  name: string,
  path: string,
): Tensor {
  const type = storedTypes.get(stored);
  if (type === undefined) throw new Error(`no element type ${stored}`);
  try {
    // A copy, so that the numbers are aligned and the file's bytes can go; `slice` of a Node Buffer would be none.
    return { dtype, shape, data: type.read(new Uint8Array(bytes.subarray(start, end))) };
  } catch (thrown) {
    if (!(thrown instanceof UserError)) throw thrown;
    throw new UserError(`tensor ${quote(name)}: ${thrown.message}`, { place: path });
  }
}

/** Reads a whole file. Anything wrong with it is a UserError that names `path`. */
export function readSafetensors(bytes: Uint8Array, path: string): Safetensors {
  const header = readSafetensorsHeader(bytes, bytes.length, path);
  const tensors = new Map<string, Tensor>();
  for (const [name, entry] of header.entries) {
    tensors.set(name, readTensor(bytes, entry, name, path));
  }
  return { tensors, metadata: header.metadata };
}

/** The bytes of a file. The same tensors and metadata give the same bytes, whatever their order. */
export function writeSafetensors(
  tensors: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): Uint8Array<ArrayBuffer> {
  return joinBytes(safetensorsPieces(tensors, metadata));
}

/** Pieces, one after the other. */
export function joinBytes(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(pieces.reduce((sum, piece) => sum + piece.length, 0));
  let at = 0;
  for (const piece of pieces) {
    bytes.set(piece, at);
    at += piece.length;
  }
  return bytes;
}

/** The bytes of a file in pieces: the header, and those of every tensor where they lie. Wide elements come first, so
 *  that all are aligned, then names in the order of their code units. */
export function safetensorsPieces(
  tensors: Readonly<Record<string, Tensor>> | ReadonlyMap<string, Tensor>,
  metadata: Readonly<Record<string, string>> = {},
): readonly Uint8Array[] {
  const given = tensors instanceof Map ? [...tensors] : Object.entries(tensors);
  const named = (given as readonly (readonly [string, Tensor])[]).toSorted(
    ([a, { dtype: s }], [b, { dtype: t }]) => elementBytes[t] - elementBytes[s] || (a < b ? -1 : 1),
  );
  const entries: string[] = [];
  const keys = Object.keys(metadata).sort();
  if (keys.length > 0) {
    const pairs = keys.map((key) => `${quote(key)}:${quote(metadata[key] ?? "")}`);
    entries.push(`"__metadata__":{${pairs.join(",")}}`);
  }
  let length = 0;
  for (const [name, { dtype, shape, data }] of named) {
    if (data.length !== sizeOf(shape) || name === "__metadata__") {
      throw new Error(`tensor ${quote(name)} cannot be written`);
    }
    const end = length + data.length * elementBytes[dtype];
    const sizes = `"shape":[${shape.join(",")}],"data_offsets":[${length},${end}]`;
    entries.push(`${quote(name)}:{"dtype":"${typeNames[dtype]}",${sizes}}`);
    length = end;
  }
  const text = new TextEncoder().encode(`{${entries.join(",")}}`);
  const header = new Uint8Array(8 + Math.ceil(text.length / 8) * 8).fill(0x20);
  new DataView(header.buffer).setBigUint64(0, BigInt(header.length - 8), true);
  header.set(text, 8);
  return [header, ...named.map(([, { dtype, data }]) => bytesOf(dtype, data))];
}

/** Little-endian, as every engine that runs WebAssembly stores numbers. */
function bytesOf(dtype: DType, data: TypedArray): Uint8Array {
  const exact =
    data.BYTES_PER_ELEMENT === elementBytes[dtype] ? data : allocate(dtype, data.length);
  if (exact !== data) exact.set(data);
  return new Uint8Array(exact.buffer, exact.byteOffset, exact.byteLength);
}

function decode(bytes: Uint8Array, path: string): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch (cause) {
    throw new UserError("the header is damaged: it is no UTF-8", { place: path, cause });
  }
}

function quote(text: string): string {
  return JSON.stringify(text);
}
