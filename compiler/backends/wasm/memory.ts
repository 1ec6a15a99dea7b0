// Elements in memory: loads and stores of one element or of four lanes, for every element type. In lanes, f32 are
// f32x4, integers i32x4, and bools masks; as one number a bool is 0 or 1.

import { origin } from "../../../runtime/devices/wasm/layout.ts";
import type { DType } from "../../../runtime/types.ts";
import { apply, i32, i32x4, load, loadLane, store, type Expr, type Statement } from "./ir.ts";
import { fromHalf, toHalf } from "./half.ts";
import { areContiguous, areNear, type Offsets } from "./lane-offsets.ts";
import { shuffleWords, type Vectors } from "./vectors.ts";

/** Type of one number. */
export function shapeOf(dtype: DType): "f32" | "i32" {
  return dtype === "f32" || dtype === "f16" ? "f32" : "i32";
}

/** Four equal lanes of a number; of a bool, a mask. */
export function splat(value: Expr, dtype: DType = "i32"): Expr {
  if (shapeOf(dtype) === "f32") return apply("f32x4.splat", [value]);
  const number = dtype === "bool" ? apply("i32.sub", [i32(0), value]) : value;
  return apply("i32x4.splat", [number]);
}

export function zeroLanes(): Expr {
  return i32x4(0);
}

/** Puts one number into a lane. */
export function insertLane(lanes: Expr, value: Expr, lane: number, dtype: DType): Expr {
  if (shapeOf(dtype) === "f32") return apply("f32x4.replace_lane", [lanes, value], { lane });
  const number = dtype === "bool" ? apply("i32.sub", [i32(0), value]) : value;
  return apply("i32x4.replace_lane", [lanes, number], { lane });
}

const sizes: Readonly<Record<DType, number>> = { f32: 4, i32: 4, f16: 2, u8: 1, bool: 1 };

export function loadSingle(v: Vectors, dtype: DType, base: Expr, offset: number): Expr {
  switch (dtype) {
    case "f32":
      return load("f32.load", base, offset);
    case "i32":
      return load("i32.load", base, offset);
    case "f16":
      return fromHalf(v, load("i32.load16_u", base, offset));
    case "u8":
      return load("i32.load8_u", base, offset);
    case "bool":
      return apply("i32.ne", [load("i32.load8_u", base, offset), i32(0)]);
    default:
      return dtype satisfies never;
  }
}

/** Where lanes are read: the address of the first, and the bytes of the memory if others may lie outside. */
export interface LaneAddress {
  readonly base: Expr;
  readonly offset: number;
  readonly limit: number | undefined;
}

/** Four elements at some places from the first; those that lie near are read with their neighbours, of others only the
 *  first `active`. */
export function loadLanes(
  v: Vectors,
  dtype: Exclude<DType, "f16">,
  from: LaneAddress,
  places: Offsets,
  active: number,
): Expr {
  if (sizes[dtype] === 4) return loadWords(v, from, places, active);
  const bytes = areContiguous(places)
    ? load("v128.load32_zero", from.base, from.offset)
    : scattered(v, "v128.load8_lane", from, places, active);
  const words = apply("i32x4.extend_low_i16x8_u", [apply("i16x8.extend_low_i8x16_u", [bytes])]);
  return dtype === "bool" ? apply("i32x4.ne", [words, i32x4(0)]) : words;
}

function loadWords(v: Vectors, from: LaneAddress, places: Offsets, active: number): Expr {
  const { base, offset } = from;
  if (areContiguous(places)) return load("v128.load", base, offset);
  if (!areNear(places)) {
    return scattered(v, "v128.load32_lane", from, byteOffsets(places), active);
  }
  const start = v.bind(base);
  const low = v.bind(load("v128.load", start, offset));
  const isShort = places.every((place) => place < 4);
  const high = isShort ? low : v.bind(load("v128.load", start, offset + 16));
  return shuffleWords(low, high, places);
}

function byteOffsets(places: Offsets): Offsets {
  return [4 * places[0], 4 * places[1], 4 * places[2], 4 * places[3]];
}

function scattered(
  v: Vectors,
  instruction: string,
  { base, offset, limit }: LaneAddress,
  bytes: Offsets,
  active: number,
): Expr {
  const start = v.bind(base);
  const isWord = instruction === "v128.load32_lane";
  let lanes = isWord ? load("v128.load32_zero", start, offset) : i32x4(0);
  for (let lane = isWord ? 1 : 0; lane < active; lane++) {
    const [address, at] = shifted(start, offset, bytes[lane] ?? 0);
    const [inside, rest] =
      limit === undefined ? [address, at] : [clamped(v, address, at, limit), 0];
    lanes = loadLane(instruction, inside, v.bind(lanes), lane, rest);
  }
  return lanes;
}

/** The address, or the first one of the memory in place of one outside: what is read there is not used. */
export function clamped(v: Vectors, address: Expr, offset: number, limit: number): Expr {
  const whole = v.bind(apply("i32.add", [address, i32(offset)]));
  const first = i32(origin);
  const relative = apply("i32.sub", [whole, first]);
  return apply("select", [whole, first, apply("i32.lt_u", [relative, i32(limit)])]);
}

/** An address some bytes further; immediate offsets cannot be negative. */
function shifted(base: Expr, offset: number, by: number): [Expr, number] {
  if (offset + by >= 0 && by >= 0) return [base, offset + by];
  return [apply("i32.add", [base, i32(by)]), offset];
}

export function storeSingle(
  v: Vectors,
  dtype: DType,
  base: Expr,
  offset: number,
  value: Expr,
): Statement[] {
  const instructions: Readonly<Record<DType, string>> = {
    f32: "f32.store",
    i32: "i32.store",
    f16: "i32.store16",
    u8: "i32.store8",
    bool: "i32.store8",
  };
  const kept = dtype === "f16" ? toHalf(v, value) : value;
  return [store(instructions[dtype], base, kept, offset)];
}

/** Stores the first `active` lanes at some places from the first. */
export function storeLanes(
  dtype: Exclude<DType, "f16">,
  base: Expr,
  offset: number,
  places: Offsets,
  active: number,
  lanes: Expr,
): Statement[] {
  const size = sizes[dtype];
  const kept = dtype === "bool" ? apply("v128.and", [lanes, i32x4(1)]) : lanes;
  if (areContiguous(places) && active === 4) {
    if (size === 4) return [store("v128.store", base, kept, offset)];
    const packed = apply("i8x16.shuffle", [kept, kept], {
      lanes: [0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12, 0, 4, 8, 12],
    });
    return [
      { kind: "store", op: "v128.store32_lane", address: base, value: packed, offset, lane: 0 },
    ];
  }
  return Array.from({ length: active }, (_, lane): Statement => {
    const [address, at] = shifted(base, offset, (places[lane] ?? 0) * size);
    const op = size === 4 ? "v128.store32_lane" : "v128.store8_lane";
    return {
      kind: "store",
      op,
      address,
      value: kept,
      offset: at,
      lane: size === 4 ? lane : 4 * lane,
    };
  });
}
