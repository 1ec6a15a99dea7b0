// The one memory of a program as WGSL sees it: `memory: array<u32>`, and where it is cut into segments `memory_1` and so on
// for the others that a kernel uses. Words are reinterpreted by bitcast. Elements of one
// or two bytes share words, so a kernel that stores such elements declares the memory as atomic and changes only its own
// bits by an exclusive or: every bit has one writer, hence the result does not depend on the order.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { elementBytes, type DType } from "../../../runtime/types.ts";
import { storesOf } from "../../schedule/access.ts";
import type { Kernel, Place, ValueId } from "../../schedule/kernel.ts";

/** The type that carries an element between load and store. */
export function valueType(dtype: DType): "f32" | "i32" | "bool" {
  switch (dtype) {
    case "f32":
    case "f16":
      return "f32";
    case "i32":
    case "u8":
      return "i32";
    case "bool":
      return "bool";
    default:
      return dtype satisfies never;
  }
}

export type MemoryFunction =
  "load_byte" | "store_byte" | "load_half" | "store_half" | "load_word" | "change_bits";

/** Where a place lies: in which of the kernel's segments, and how many bytes from its start. */
export interface Position {
  readonly segment: number;
  readonly offset: number;
}

/** Prints accesses to the memory of one kernel. */
export interface Memory {
  readonly atomic: boolean;
  /** The segments that the kernel uses, in the order of their bindings. */
  readonly segments: readonly number[];
  position(place: Place): Position;
  /** The element at `address`, counted in elements of the dtype from the start of one of the kernel's segments. */
  load(dtype: DType, segment: number, address: string): string;
  /** A statement. */
  store(dtype: DType, segment: number, address: string, value: string): string;
  /** Declarations of the segments, and the functions that access parts of their words. */
  code(): Declaration[];
}

/** A variable or a function of a module, by name. */
export interface Declaration {
  readonly name: string;
  readonly text: string;
}

/** Words of 32 bits that an i32 can count. */
const mostWords = 2 ** 31;

export function createMemory(atomic: boolean, segmentBytes: number): Memory {
  const segments: number[] = [];
  const used: Set<MemoryFunction>[] = [];
  const word = (segment: number, address: string): string =>
    atomic
      ? `atomicLoad(&${named("memory", segment)}[${address}])`
      : `${named("memory", segment)}[${address}]`;
  const call = (name: MemoryFunction, segment: number, ...args: string[]): string => {
    used[segment]?.add(name);
    return `${named(name, segment)}(${args.join(", ")})`;
  };
  return {
    atomic,
    segments,
    position({ offset, dtype, shape, strides, row }) {
      const number = Math.floor(offset / segmentBytes);
      const start = number * segmentBytes;
      const last = shape.reduce(
        (sum, size, d) => sum + Math.max(0, size - 1) * (strides[d] ?? 0),
        0,
      );
      const rows = row ? (row.ring - 1) * row.stride : 0;
      const end = offset - start + rows + last * elementBytes[dtype];
      if (end >= segmentBytes || end / 4 >= mostWords) {
        throw new InternalError(`a value at byte ${offset} leaves its segment`);
      }
      let segment = segments.indexOf(number);
      if (segment < 0) {
        segment = segments.push(number) - 1;
        used.push(new Set());
      }
      return { segment, offset: offset - start };
    },
    load(dtype, segment, address) {
      switch (dtype) {
        case "f32":
        case "i32":
          return `bitcast<${dtype}>(${word(segment, address)})`;
        case "f16":
          return call("load_half", segment, address);
        case "u8":
          return call("load_byte", segment, address);
        case "bool":
          return `${call("load_byte", segment, address)} != 0`;
        default:
          return dtype satisfies never;
      }
    },
    store(dtype, segment, address, value) {
      switch (dtype) {
        case "f32":
        case "i32": {
          const target = `${named("memory", segment)}[${address}]`;
          return atomic
            ? `atomicStore(&${target}, bitcast<u32>(${value}));`
            : `${target} = bitcast<u32>(${value});`;
        }
        case "f16":
          return `${call("store_half", segment, address, value)};`;
        case "u8":
          return `${call("store_byte", segment, address, value)};`;
        case "bool":
          return `${call("store_byte", segment, address, `select(0, 1, ${value})`)};`;
        default:
          return dtype satisfies never;
      }
    },
    code: () =>
      segments.length === 0
        ? segmentCode(0, new Set(), atomic)
        : segments.flatMap((_, segment) =>
            segmentCode(segment, used[segment] ?? new Set(), atomic),
          ),
  };
}

/** Names of the first segment need no number. */
function named(name: string, segment: number): string {
  return segment === 0 ? name : `${name}_${segment}`;
}

/** Whether a kernel stores elements smaller than a word. */
export function storesParts(kernel: Kernel, places: ReadonlyMap<ValueId, Place>): boolean {
  return storesOf(kernel).some(({ to }) => elementBytes[placeOf(places, to).dtype] < 4);
}

export function placeOf(places: ReadonlyMap<ValueId, Place>, value: ValueId): Place {
  const place = places.get(value);
  if (!place) throw new InternalError(`value ${value} has no place`);
  return place;
}

/** Declaration of a segment and the functions that access parts of its words. */
function segmentCode(
  segment: number,
  used: ReadonlySet<MemoryFunction>,
  atomic: boolean,
): Declaration[] {
  const element = atomic ? "atomic<u32>" : "u32";
  const memory = named("memory", segment);
  const [loadWord, changeBits, loadByte, storeByte, loadHalf, storeHalf] = (
    ["load_word", "change_bits", "load_byte", "store_byte", "load_half", "store_half"] as const
  ).map((name) => named(name, segment));
  const halfBits = named("half_bits", segment);
  const found: Declaration[] = [];
  const declare = (name: string | undefined, text: string): void => {
    found.push({ name: name ?? "", text });
  };
  declare(
    memory,
    `@group(0) @binding(${segment}) var<storage, read_write> ${memory}: array<${element}>;`,
  );
  const has = (...names: MemoryFunction[]): boolean => names.some((name) => used.has(name));
  const word = atomic ? `atomicLoad(&${memory}[at])` : `${memory}[at]`;
  if (used.size > 0) declare(loadWord, `fn ${loadWord}(at: i32) -> u32 { return ${word}; }`);
  if (has("store_byte", "store_half")) {
    declare(
      changeBits,
      `fn ${changeBits}(at: i32, shift: u32, mask: u32, bits: u32) {
  let old = (${loadWord}(at) >> shift) & mask;
  atomicXor(&${memory}[at], ((old ^ bits) & mask) << shift);
}`,
    );
  }
  const add = (name: MemoryFunction, code: string): void => {
    if (used.has(name)) declare(named(name, segment), code);
  };
  add(
    "load_byte",
    `fn ${loadByte}(at: i32) -> i32 {
  return i32((${loadWord}(at >> 2u) >> (u32(at & 3) * 8u)) & 255u);
}`,
  );
  add(
    "store_byte",
    `fn ${storeByte}(at: i32, value: i32) {
  ${changeBits}(at >> 2u, u32(at & 3) * 8u, 255u, u32(value));
}`,
  );
  add(
    "load_half",
    `fn ${loadHalf}(at: i32) -> f32 {
  return unpack2x16float(${loadWord}(at >> 1u) >> (u32(at & 1) * 16u)).x;
}`,
  );
  // The built-in packing may not round to even and may overflow to anything.
  add(
    "store_half",
    `fn ${storeHalf}(at: i32, value: f32) {
  ${changeBits}(at >> 1u, u32(at & 1) * 16u, 65535u, ${halfBits}(value));
}
fn ${halfBits}(value: f32) -> u32 {
  let bits = bitcast<u32>(value);
  let sign = (bits >> 16u) & 0x8000u;
  let size = bits & 0x7fffffffu;
  if (size > 0x7f800000u) { return sign | 0x7e00u; }
  if (size >= 0x477ff000u) { return sign | 0x7c00u; }
  if (size < 0x38800000u) { return sign | u32(round(bitcast<f32>(size) * 16777216.0)); }
  let rounded = size + 0xfffu + ((size >> 13u) & 1u);
  return sign | ((rounded - 0x38000000u) >> 13u);
}`,
  );
  return found;
}
