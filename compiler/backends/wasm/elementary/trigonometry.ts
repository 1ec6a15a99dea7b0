// Sine and cosine over four f32 lanes. Multiples of π/2 are taken off in double precision; arguments beyond a million
// take a branch that uses as many digits of 2/π as it needs.

import { apply, i32, type Expr } from "../ir.ts";
import {
  bits,
  choose,
  double,
  doubles,
  floats,
  integers,
  madd,
  nmadd,
  polynomial,
  repeat,
  shuffleWords,
  signOf,
  sizeOf,
  upperHalf,
  variable,
  whereAny,
  type Vectors,
} from "../vectors.ts";

export function sin(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  return bits.xor(sineOfSize(v, v.bind(sizeOf(v, x)), 0), signOf(v, x));
}

export function cos(v: Vectors, x: Expr): Expr {
  return sineOfSize(v, v.bind(sizeOf(v, x)), 1);
}

/** (sin r − r) / r³ and (cos r − 1 + r²/2) / r⁴ for |r| ≤ π/4, in powers of r². */
const sineTail = [-0.16666655, 0.0083321892, -0.00019518286] as const;
const cosineTail = [0.041666646, -0.0013887309, 2.4432327e-5] as const;

/** sin(x + turn·π/2) of x ≥ 0, within 2 ulp. */
function sineOfSize(v: Vectors, x: Expr, turn: 0 | 1): Expr {
  const reduced = reduce(v, x);
  const rest = v.bind(reduced.rest);
  const quadrant = v.bind(
    turn === 0 ? reduced.quadrant : integers.add(reduced.quadrant, v.integer(turn)),
  );
  const square = v.bind(floats.mul(rest, rest));
  const cube = v.bind(floats.mul(square, rest));
  const sine = madd(v, polynomial(v, square, sineTail), cube, rest);
  const even = nmadd(v, square, v.constant(0.5), v.constant(1));
  const fourth = v.bind(floats.mul(square, square));
  const cosine = madd(v, polynomial(v, square, cosineTail), fourth, even);
  const odd = integers.shr(integers.shl(quadrant, 31), 31);
  const value = choose(v, odd, cosine, sine);
  return bits.xor(value, signOf(v, integers.shl(quadrant, 30)));
}

interface Reduced {
  /** How many times π/2 was taken off; the two lowest bits count. */
  readonly quadrant: Expr;
  /** What remains, in [−π/4, π/4]. */
  readonly rest: Expr;
}

/** Added to a number below 2^51, it leaves the nearest integer in the lowest bits. */
const rounder = 6755399441055744; // 1.5·2^52
// π/2 in two parts: products of the first with integers below 2^20 are exact.
const halfPiHigh = 1.5707963267341256;
const halfPiLow = 6.077100506506192e-11;
const largest = 1_000_000;

function reduce(v: Vectors, x: Expr): Reduced {
  const half = (part: Expr): { readonly rest: Expr; readonly shifted: Expr } => {
    const wide = v.bind(doubles.fromFloats(part));
    const turns = doubles.mul(wide, double(v, 2 / Math.PI));
    const shifted = v.bind(doubles.add(turns, double(v, rounder)));
    const n = v.bind(doubles.sub(shifted, double(v, rounder)));
    const first = doubles.sub(wide, doubles.mul(n, double(v, halfPiHigh)));
    return { shifted, rest: doubles.sub(first, doubles.mul(n, double(v, halfPiLow))) };
  };
  const low = half(x);
  const high = half(upperHalf(x));
  const rest = variable(v, "rest", floats.fromDoubles(low.rest, high.rest));
  const words = shuffleWords(low.shifted, high.shifted, [0, 2, 4, 6]);
  const quadrant = variable(v, "quadrant", words);
  const large = floats.gt(x, v.constant(largest));
  const isLarge = v.bind(bits.and(large, floats.lt(x, v.constant(Infinity))));
  whereAny(v, isLarge, (inside) => {
    const exact = reduceLarge(inside, x);
    const replace = (to: typeof rest, value: Expr): void =>
      inside.emit({ kind: "set", local: to.local, value: choose(inside, isLarge, value, to) });
    replace(rest, exact.rest);
    replace(quadrant, exact.quadrant);
  });
  return { quadrant, rest };
}

/** Lane after lane; each one moves to lane 0 and, after four times, back to its place. */
function reduceLarge(v: Vectors, x: Expr): Reduced {
  const left = variable(v, "left", v.integer(4));
  const sizes = variable(v, "size", x);
  const rest = variable(v, "rest", x);
  const quadrant = variable(v, "quadrant", x);
  repeat(v, (inside) => {
    const one = reduceOne(inside, apply("i32x4.extract_lane", [sizes], { lane: 0 }));
    const next = (of: typeof rest, filled: Expr): void => {
      const bound = inside.bind(filled);
      const value = shuffleWords(bound, bound, [1, 2, 3, 0]);
      inside.emit({ kind: "set", local: of.local, value });
    };
    next(rest, apply("f32x4.replace_lane", [rest, one.rest], { lane: 0 }));
    next(quadrant, apply("i32x4.replace_lane", [quadrant, one.quadrant], { lane: 0 }));
    next(sizes, sizes);
    inside.emit({ kind: "set", local: left.local, value: integers.sub(left, v.integer(1)) });
    return left;
  });
  return { quadrant, rest };
}

// 2/π in binary after eight zeros: 64-bit numbers, two a vector.
const digits = [
  [0x6e4e4415, 0x00a2f983, 0xd1f534dd, 0x29fc2757],
  [0x993c4390, 0xc0db6295, 0xabdebbc5, 0x41fe5163],
] as const;

/** The same of one large number, given by its bits (Payne & Hanek): of x·2/π with x = m·2^e the digits above the
 *  fourth turn are left out, so that 64 bits with 62 after the point are exact enough. */
function reduceOne(v: Vectors, pattern: Expr): Reduced {
  const long = (value: number): Expr => ({ kind: "const", type: "i64", value });
  const word = v.bind(pattern);
  const fraction = apply("i32.and", [word, i32(0x7fffff)]);
  const m = v.bind(apply("i64.extend_i32_u", [apply("i32.or", [fraction, i32(0x800000)])]));
  // The window on the digits begins at bit e + 6, e = exponent − 150.
  const from = v.bind(apply("i32.sub", [apply("i32.shr_u", [word, i32(23)]), i32(144)]));
  const second = v.bind(apply("i32.shr_u", [from, i32(6)]));
  const shift = v.bind(apply("i64.extend_i32_u", [apply("i32.and", [from, i32(63)])]));
  const [early, late] = digits.map((words) => v.words(words));
  const digit = (number: number): Expr =>
    apply("i64x2.extract_lane", [(number < 2 ? early : late) ?? pattern], { lane: number & 1 });
  const chosen = (number: number): Expr =>
    v.bind(apply("select", [digit(number + 1), digit(number), second]));
  const window = (first: Expr, next: Expr): Expr => {
    const carried = apply("i64.shr_u", [
      apply("i64.shr_u", [next, long(1)]),
      apply("i64.sub", [long(63), shift]),
    ]);
    return apply("i64.or", [apply("i64.shl", [first, shift]), carried]);
  };
  const [a, b, c] = [chosen(0), chosen(1), chosen(2)];
  const low = apply("i64.mul", [m, apply("i64.shr_u", [window(b, c), long(32)])]);
  const product = apply("i64.mul", [m, window(a, b)]);
  const turns = v.bind(apply("i64.add", [product, apply("i64.shr_u", [low, long(32)])]));
  const fractionBits = apply("f64.convert_i64_s", [apply("i64.shl", [turns, long(2)])]);
  const scale: Expr = { kind: "const", type: "f64", value: (Math.PI / 2) * 2 ** -64 };
  const rounded = apply("i64.add", [apply("i64.shr_u", [turns, long(61)]), long(1)]);
  return {
    rest: apply("f32.demote_f64", [apply("f64.mul", [fractionBits, scale])]),
    quadrant: apply("i32.wrap_i64", [apply("i64.shr_u", [rounded, long(1)])]),
  };
}
