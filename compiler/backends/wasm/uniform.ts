// Uniform random numbers, bit for bit those of runtime/random.ts: Philox 4×32-10 for four counters at once.

import { apply, type Expr } from "./ir.ts";
import { bits, floats, integers, shuffleWords, type Vectors } from "./vectors.ts";

/** What numbers are drawn from: the key of the place, and seed and step as i32. */
export interface Draw {
  readonly key: readonly [number, number];
  readonly seed: Expr;
  readonly step: Expr;
}

/** Uniform in [0, 1) for the element numbers in the lanes. */
export function uniformLanes(v: Vectors, at: Expr, { key, seed, step }: Draw): Expr {
  const [key0, key1] = key;
  let c0 = v.bind(at);
  let c1 = v.bind(apply("i32x4.splat", [step]));
  let c2 = v.bind(apply("i32x4.splat", [seed]));
  let c3 = v.integer(0);
  for (let round = 0; round < 10; round++) {
    const first = product(v, c0, v.integer(0xd2511f53 | 0));
    const second = product(v, c2, v.integer(0xcd9e8d57 | 0));
    const k0 = v.integer((key0 + Math.imul(round, 0x9e3779b9)) | 0);
    const k1 = v.integer((key1 + Math.imul(round, 0xbb67ae85)) | 0);
    c0 = v.bind(bits.xor(bits.xor(second.high, c1), k0));
    c1 = second.low;
    c2 = v.bind(bits.xor(bits.xor(first.high, c3), k1));
    c3 = first.low;
  }
  return floats.mul(floats.fromIntegers(integers.shrUnsigned(c0, 8)), v.constant(2 ** -24));
}

/** The words of the 64-bit products of unsigned lanes. */
function product(v: Vectors, a: Expr, b: Expr): { readonly low: Expr; readonly high: Expr } {
  const even = v.bind(apply("i64x2.extmul_low_i32x4_u", [a, b]));
  const odd = v.bind(apply("i64x2.extmul_high_i32x4_u", [a, b]));
  return {
    low: v.bind(shuffleWords(even, odd, [0, 2, 4, 6])),
    high: v.bind(shuffleWords(even, odd, [1, 3, 5, 7])),
  };
}

/** The same for one element. */
export function uniformSingle(v: Vectors, at: Expr, draw: Draw): Expr {
  const lanes = uniformLanes(v, apply("i32x4.splat", [at]), draw);
  return apply("f32x4.extract_lane", [v.bind(lanes)], { lane: 0 });
}

/** A seed or step as i32 bits. */
export function asWord(value: Expr): Expr {
  return value.type === "f32" ? apply("i32.trunc_sat_f32_u", [value]) : value;
}
