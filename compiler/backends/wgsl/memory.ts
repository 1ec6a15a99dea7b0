// The one memory of a program as WGSL sees it: `memory: array<u32>`. Words are reinterpreted by bitcast. Elements of one
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

/** Prints accesses to the memory of one kernel. */
export interface Memory {
  readonly atomic: boolean;
  /** Functions that the accesses printed so far call. */
  readonly used: Set<MemoryFunction>;
  /** The element at `address`, counted in elements of the dtype. */
  load(dtype: DType, address: string): string;
  /** A statement. */
  store(dtype: DType, address: string, value: string): string;
}

export function createMemory(atomic: boolean): Memory {
  const used = new Set<MemoryFunction>();
  const word = (address: string): string =>
    atomic ? `atomicLoad(&memory[${address}])` : `memory[${address}]`;
  const call = (name: MemoryFunction, ...args: string[]): string => {
    used.add(name);
    return `${name}(${args.join(", ")})`;
  };
  return {
    atomic,
    used,
    load(dtype, address) {
      switch (dtype) {
        case "f32":
        case "i32":
          return `bitcast<${dtype}>(${word(address)})`;
        case "f16":
          return call("load_half", address);
        case "u8":
          return call("load_byte", address);
        case "bool":
          return `${call("load_byte", address)} != 0`;
        default:
          return dtype satisfies never;
      }
    },
    store(dtype, address, value) {
      switch (dtype) {
        case "f32":
        case "i32":
          return atomic
            ? `atomicStore(&memory[${address}], bitcast<u32>(${value}));`
            : `memory[${address}] = bitcast<u32>(${value});`;
        case "f16":
          return `${call("store_half", address, value)};`;
        case "u8":
          return `${call("store_byte", address, value)};`;
        case "bool":
          return `${call("store_byte", address, `select(0, 1, ${value})`)};`;
        default:
          return dtype satisfies never;
      }
    },
  };
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

/** Declaration of the memory and the functions that access parts of its words. */
export function memoryCode(used: ReadonlySet<MemoryFunction>, atomic: boolean): string[] {
  const element = atomic ? "atomic<u32>" : "u32";
  const lines = [`@group(0) @binding(0) var<storage, read_write> memory: array<${element}>;`];
  const has = (...names: MemoryFunction[]): boolean => names.some((name) => used.has(name));
  const word = atomic ? "atomicLoad(&memory[at])" : "memory[at]";
  if (used.size > 0) lines.push(`fn load_word(at: i32) -> u32 { return ${word}; }`);
  if (has("store_byte", "store_half")) {
    lines.push(`fn change_bits(at: i32, shift: u32, mask: u32, bits: u32) {
  let old = (load_word(at) >> shift) & mask;
  atomicXor(&memory[at], ((old ^ bits) & mask) << shift);
}`);
  }
  const add = (name: MemoryFunction, code: string): void => {
    if (used.has(name)) lines.push(code);
  };
  add(
    "load_byte",
    `fn load_byte(at: i32) -> i32 {
  return i32((load_word(at >> 2u) >> (u32(at & 3) * 8u)) & 255u);
}`,
  );
  add(
    "store_byte",
    `fn store_byte(at: i32, value: i32) {
  change_bits(at >> 2u, u32(at & 3) * 8u, 255u, u32(value));
}`,
  );
  add(
    "load_half",
    `fn load_half(at: i32) -> f32 {
  return unpack2x16float(load_word(at >> 1u) >> (u32(at & 1) * 16u)).x;
}`,
  );
  // The built-in packing may not round to even and may overflow to anything.
  add(
    "store_half",
    `fn store_half(at: i32, value: f32) {
  change_bits(at >> 1u, u32(at & 1) * 16u, 65535u, half_bits(value));
}
fn half_bits(value: f32) -> u32 {
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
  return lines;
}
