// Elementary functions of f32 lanes that are worked out in double, two lanes at a time: slower, and right to the last
// bit but one without further thought. Functions here take and give f64 lanes; `inDoubles` makes f32 lanes of them.

import { apply, type Expr } from "./ir.ts";
import {
  bits,
  double,
  doubles,
  polynomial64,
  repeat,
  upperHalf,
  variable,
  type Vectors,
} from "./vectors.ts";

/** 1/1!, 1/2!, … as far as f32 and half of double's digits need it. */
function inverseFactorials(from: number, to: number, step = 1): number[] {
  const found: number[] = [];
  let factorial = 1;
  for (let n = 1; n <= to; n++) {
    factorial *= n;
    if (n >= from && (n - from) % step === 0) found.push(1 / factorial);
  }
  return found;
}

/** The low two i32 lanes as i64 lanes. */
function long(x: Expr): Expr {
  return apply("i64x2.extend_low_i32x4_s", [x]);
}

/** Whole numbers in f64 lanes as the low i32 lanes. */
function whole(x: Expr): Expr {
  return apply("i32x4.trunc_sat_f64x2_s_zero", [x]);
}

export function exp64(v: Vectors, given: Expr): Expr {
  const x = v.bind(doubles.most(doubles.least(given, double(v, 700)), double(v, -700)));
  const n = v.bind(doubles.nearest(doubles.mul(x, double(v, Math.LOG2E))));
  const high = doubles.sub(x, doubles.mul(n, double(v, 0.6931471803691238)));
  const r = v.bind(doubles.sub(high, doubles.mul(n, double(v, 1.9082149292705877e-10))));
  const y = polynomial64(v, r, [1, ...inverseFactorials(1, 12)]);
  const power = apply("i64x2.shl", [
    apply("i64x2.add", [long(whole(n)), long(v.integer(1023))]),
    { kind: "const", type: "i32", value: 52 },
  ]);
  return doubles.mul(y, power);
}

/** Of positive numbers; +∞ and NaN stay themselves. f32 numbers are never below double's normal range. */
export function log64(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const half = double(v, Math.SQRT1_2);
  const raised = v.bind(doubles.subLong(x, half));
  const shifted = apply("i64x2.shr_s", [raised, { kind: "const", type: "i32", value: 52 }]);
  const e = v.bind(doubles.fromIntegers(lowWords(v.bind(shifted))));
  const mask = v.words([0xffffffff, 0x000fffff, 0xffffffff, 0x000fffff]);
  const m = v.bind(doubles.addLong(bits.and(raised, mask), half));
  const one = double(v, 1);
  const s = v.bind(doubles.div(doubles.sub(m, one), doubles.add(m, one)));
  const square = v.bind(doubles.mul(s, s));
  const series = polynomial64(v, square, [2, 2 / 3, 2 / 5, 2 / 7, 2 / 9, 2 / 11, 2 / 13, 2 / 15]);
  const small = doubles.mul(e, double(v, 1.9082149292705877e-10));
  const sum = doubles.add(small, doubles.mul(s, series));
  const result = doubles.add(doubles.mul(e, double(v, 0.6931471803691238)), sum);
  const isOrdinary = doubles.lt(x, double(v, Infinity));
  return bits.choose(isOrdinary, result, x);
}

/** The low words of both i64 lanes as the first two i32 lanes. */
function lowWords(x: Expr): Expr {
  const lanes = [0, 1, 2, 3, 8, 9, 10, 11, 0, 1, 2, 3, 8, 9, 10, 11];
  return apply("i8x16.shuffle", [x, x], { lanes });
}

export function expm1(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const result = doubles.sub(exp64(v, x), double(v, 1));
  const near = doubles.add(x, doubles.mul(double(v, 0.5), doubles.mul(x, x)));
  return bits.choose(doubles.lt(doubles.abs(x), double(v, 1e-5)), near, result);
}

export function log1p(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const y = v.bind(doubles.add(x, double(v, 1)));
  const near = doubles.sub(x, doubles.mul(double(v, 0.5), doubles.mul(x, x)));
  const isNear = doubles.lt(doubles.abs(x), double(v, 1e-5));
  const result = v.bind(bits.choose(isNear, near, log64(v, y)));
  const zero = double(v, 0);
  const below = v.bind(bits.choose(doubles.eq(y, zero), double(v, -Infinity), result));
  return bits.choose(doubles.lt(y, zero), double(v, NaN), below);
}

/** Sine, or with `ahead` 1 cosine: x = q·π/2 + r, and q + ahead tells which polynomial of r and which sign. */
export function sine(v: Vectors, given: Expr, ahead: 0 | 1): Expr {
  const x = v.bind(given);
  const q = v.bind(doubles.nearest(doubles.mul(x, double(v, 2 / Math.PI))));
  const high = doubles.sub(x, doubles.mul(q, double(v, 1.57079632673412561417)));
  const reduced = doubles.sub(high, doubles.mul(q, double(v, 6.07710050650619224932e-11)));
  // Of arguments far beyond 2²⁰ nothing is left of r but rounding errors: the result stays a sine all the same.
  const r = v.bind(doubles.most(doubles.least(reduced, double(v, 1)), double(v, -1)));
  const square = v.bind(doubles.mul(r, r));
  const alternate = (terms: readonly number[]): number[] =>
    terms.map((term, i) => (i % 2 === 0 ? term : -term));
  const odd = polynomial64(v, square, alternate([1, ...inverseFactorials(3, 15, 2)]));
  const even = polynomial64(v, square, alternate([1, ...inverseFactorials(2, 16, 2)]));
  const turns = v.bind(apply("i32x4.add", [whole(q), v.integer(ahead)]));
  const spread = v.bind(long(turns));
  const shift = (bits: number): Expr => ({ kind: "const", type: "i32", value: bits });
  const isOdd = apply("i64x2.shr_s", [apply("i64x2.shl", [spread, shift(63)]), shift(63)]);
  const signs = apply("i64x2.shl", [apply("i64x2.shr_s", [spread, shift(1)]), shift(63)]);
  const value = bits.choose(isOdd, even, doubles.mul(r, odd));
  return bits.xor(value, signs);
}

/** As C's pow: 1 to any power and anything to the power 0 are 1, negative bases take whole exponents. */
export function pow64(v: Vectors, base: Expr, exponent: Expr): Expr {
  const [a, b] = [v.bind(base), v.bind(exponent)];
  const constant = (value: number): Expr => double(v, value);
  const size = v.bind(doubles.abs(a));
  const isInfinite = v.bind(doubles.eq(size, constant(Infinity)));
  const isZero = v.bind(doubles.eq(size, constant(0)));
  const up = v.bind(doubles.gt(b, constant(0)));
  const power = v.bind(exp64(v, doubles.mul(b, log64(v, size))));
  const infinite = bits.and(up, constant(Infinity));
  const atInfinity = v.bind(bits.choose(isInfinite, infinite, power));
  const zero = bits.except(constant(Infinity), up);
  const atZero = v.bind(bits.choose(isZero, zero, atInfinity));
  // Whole exponents: odd ones keep the sign, of others negative bases have no power.
  const isWhole = v.bind(doubles.eq(doubles.floor(b), b));
  const halfway = v.bind(doubles.mul(b, constant(0.5)));
  const isOdd = bits.except(isWhole, doubles.eq(doubles.floor(halfway), halfway));
  const isNegative = doubles.lt(a, constant(0));
  const minusZero = bits.and(a, v.words([0, 0x80000000, 0, 0x80000000]));
  const signed = v.bind(bits.xor(atZero, bits.and(isOdd, minusZero)));
  const noPower = bits.except(isNegative, bits.or(isWhole, isInfinite));
  const partial = v.bind(bits.choose(noPower, constant(NaN), signed));
  const isNaN = bits.or(bits.not(doubles.eq(a, a)), bits.not(doubles.eq(b, b)));
  const known = v.bind(bits.choose(isNaN, constant(NaN), partial));
  const endless = bits.and(
    doubles.eq(size, constant(1)),
    doubles.eq(doubles.abs(b), constant(Infinity)),
  );
  const isOne = bits.or(bits.or(doubles.eq(a, constant(1)), doubles.eq(b, constant(0))), endless);
  return bits.choose(isOne, constant(1), known);
}

/** Remainder with the sign of the divisor, exact: as much of the quotient is taken off at a time as the product with
 *  the divisor holds without rounding. */
export function rem64(v: Vectors, dividend: Expr, divisor: Expr): Expr {
  const [a, b] = [v.bind(dividend), v.bind(divisor)];
  const zero = double(v, 0);
  const by = v.bind(doubles.abs(b));
  const leading = v.words([0xfe000000, 0xffffffff, 0xfe000000, 0xffffffff]);
  const rest = variable(v, "rest", doubles.abs(a));
  repeat(v, (inside) => {
    const quotient = bits.and(doubles.trunc(doubles.div(rest, by)), leading);
    const less = inside.bind(doubles.sub(rest, doubles.mul(quotient, by)));
    // A quotient that was rounded up took one too many.
    const back = bits.and(doubles.lt(less, zero), by);
    inside.emit({ kind: "set", local: rest.local, value: doubles.add(less, back) });
    return doubles.ge(rest, by);
  });
  const sign = bits.and(a, v.words([0, 0x80000000, 0, 0x80000000]));
  const isEndless = doubles.eq(by, double(v, Infinity));
  const isFinite = doubles.lt(doubles.abs(a), double(v, Infinity));
  const small = bits.and(isEndless, isFinite);
  const r = v.bind(bits.choose(small, a, bits.xor(rest, sign)));
  const isOther = bits.xor(doubles.lt(r, zero), doubles.lt(b, zero));
  const isZero = doubles.eq(r, zero);
  return bits.choose(bits.except(isOther, isZero), doubles.add(r, b), r);
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Gamma function by Lanczos' approximation (g = 7, n = 9), reflected below 1/2; NaN at its poles. */
export function gamma64(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const constant = (value: number): Expr => double(v, value);
  const isLow = v.bind(doubles.lt(x, constant(0.5)));
  const y = v.bind(doubles.sub(bits.choose(isLow, doubles.sub(constant(1), x), x), constant(1)));
  const t = v.bind(doubles.add(y, constant(7.5)));
  const sum = v.bind(
    lanczos.reduce<Expr>(
      (total, c, i) =>
        i === 0
          ? constant(c)
          : doubles.add(total, doubles.div(constant(c), doubles.add(y, constant(i)))),
      constant(0),
    ),
  );
  const exponent = doubles.sub(doubles.mul(doubles.add(y, constant(0.5)), log64(v, t)), t);
  const power = exp64(v, exponent);
  const positive = v.bind(doubles.mul(doubles.mul(constant(Math.sqrt(2 * Math.PI)), sum), power));
  // Γ(x)·Γ(1 − x) = π / sin πx; whole turns are taken off before multiplying by π.
  const turns = doubles.mul(constant(2), doubles.nearest(doubles.mul(x, constant(0.5))));
  const angle = doubles.mul(constant(Math.PI), doubles.sub(x, turns));
  const reflected = doubles.div(constant(Math.PI), doubles.mul(sine(v, angle, 0), positive));
  const result = v.bind(bits.choose(isLow, reflected, positive));
  const isPole = bits.except(doubles.eq(doubles.floor(x), x), doubles.gt(x, constant(0)));
  const large = bits.choose(doubles.gt(x, constant(40)), constant(Infinity), result);
  return bits.choose(isPole, constant(NaN), large);
}

/** Both halves of i32 lanes as f64 lanes, a function of them, and the results as i32 lanes toward zero. */
export function integersInDoubles(
  v: Vectors,
  args: readonly Expr[],
  compute: (v: Vectors, args: readonly Expr[]) => Expr,
): Expr {
  const all = args.map((arg) => v.bind(arg));
  const half = (part: (arg: Expr) => Expr): Expr => {
    const given = all.map((arg) => v.bind(doubles.fromIntegers(part(arg))));
    return v.bind(whole(compute(v, given)));
  };
  const [low, high] = [half((arg) => arg), half(upperHalf)];
  const lanes = [0, 1, 2, 3, 4, 5, 6, 7, 16, 17, 18, 19, 20, 21, 22, 23];
  return apply("i8x16.shuffle", [low, high], { lanes });
}
