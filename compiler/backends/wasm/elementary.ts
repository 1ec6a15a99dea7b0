// Elementary functions of four f32 lanes at the speed of vectors: exp, log, tanh, sigmoid, erf. Polynomials as in the
// Cephes library (S. Moshier). Infinities and NaN are kept.

import { apply, type Expr } from "./ir.ts";
import { bits, floats, integers, madd, nmadd, polynomial, type Vectors } from "./vectors.ts";

/** 1.5 · 2²³: adding it rounds to a whole number, which stands in the low bits. */
const roundingShift = 12582912;

/** e^x: x = n·ln 2 + r, a polynomial of r, and 2ⁿ in two factors, so that results below 2⁻¹²⁶ come out too. */
export function exp(v: Vectors, given: Expr): Expr {
  // Of a NaN the first argument is kept.
  const x = v.bind(floats.most(floats.least(given, v.constant(89)), v.constant(-104)));
  const shifted = v.bind(madd(v, x, v.constant(Math.LOG2E), v.constant(roundingShift)));
  const n = v.bind(floats.sub(shifted, v.constant(roundingShift)));
  const high = nmadd(v, n, v.constant(0.693359375), x);
  const r = v.bind(nmadd(v, n, v.constant(-2.1219444e-4), high));
  const series = polynomial(
    v,
    r,
    [0.5, 1.6666665459e-1, 4.1665795894e-2, 8.3334519073e-3, 1.3981999507e-3, 1.987569115e-4],
  );
  const square = v.bind(floats.mul(r, r));
  const y = floats.add(madd(v, square, series, r), v.constant(1));
  const whole = v.bind(integers.sub(shifted, v.integer(0x4b400000)));
  const half = v.bind(integers.shr(whole, 1));
  return floats.mul(floats.mul(y, powerOfTwo(v, half)), powerOfTwo(v, integers.sub(whole, half)));
}

/** 2ⁿ of whole numbers from -126 to 127. */
function powerOfTwo(v: Vectors, n: Expr): Expr {
  return integers.shl(integers.add(n, v.integer(127)), 23);
}

/** Natural logarithm: of 0 −∞, of negative numbers NaN. */
export function log(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const isSmall = v.bind(floats.lt(x, v.constant(2 ** -126)));
  const scaled = v.bind(bits.choose(isSmall, floats.mul(x, v.constant(2 ** 23)), x));
  // x = 2^e · m with m in [√½, √2)
  const raised = v.bind(integers.sub(scaled, v.integer(0x3f3504f3)));
  const shift = bits.and(isSmall, v.constant(23));
  const e = v.bind(floats.sub(floats.fromIntegers(integers.shr(raised, 23)), shift));
  const fraction = bits.and(raised, v.integer(0x007fffff));
  const m = v.bind(floats.sub(integers.add(fraction, v.integer(0x3f3504f3)), v.constant(1)));
  const square = v.bind(floats.mul(m, m));
  const series = polynomial(
    v,
    m,
    [
      3.3333331174e-1, -2.4999993993e-1, 2.0000714765e-1, -1.6668057665e-1, 1.4249322787e-1,
      -1.2420140846e-1, 1.167699874e-1, -1.151461031e-1, 7.0376836292e-2,
    ],
  );
  const cubic = floats.mul(floats.mul(series, m), square);
  const low = madd(v, e, v.constant(-2.1219444e-4), cubic);
  const sum = v.bind(floats.add(nmadd(v, square, v.constant(0.5), low), m));
  const result = v.bind(madd(v, e, v.constant(0.693359375), sum));
  // +∞ and NaN stay themselves.
  const isOrdinary = floats.lt(x, v.constant(Infinity));
  const kept = v.bind(bits.choose(isOrdinary, result, x));
  const atZero = v.bind(bits.choose(floats.eq(x, v.constant(0)), v.constant(-Infinity), kept));
  return bits.or(atZero, bits.and(floats.lt(x, v.constant(0)), v.integer(0x7fc00000)));
}

/** 1 / (1 + e^-x), through e^-|x| so that nothing overflows. */
export function sigmoid(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const e = v.bind(exp(v, floats.neg(floats.abs(x))));
  const above = bits.choose(floats.lt(x, v.constant(0)), e, v.constant(1));
  const quotient = floats.div(above, floats.add(v.constant(1), e));
  return quotient;
}

/** 1 − 2 / (e^2|x| + 1) above 0.625, a polynomial below: where tanh is near ±1, 1 − tanh² still has its digits. */
export function tanh(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const size = v.bind(floats.abs(x));
  const power = exp(v, floats.add(size, size));
  const part = floats.div(v.constant(2), floats.add(power, v.constant(1)));
  const sign = bits.and(x, v.integer(-0x80000000));
  const large = bits.or(floats.sub(v.constant(1), part), sign);
  const square = v.bind(floats.mul(x, x));
  const series = polynomial(
    v,
    square,
    [-3.33332819422e-1, 1.33314422036e-1, -5.37397155531e-2, 2.06390887954e-2, -5.70498872745e-3],
  );
  const small = madd(v, floats.mul(series, square), x, x);
  return bits.choose(floats.gt(size, v.constant(0.625)), large, small);
}

/** Rational function of degree 13/8 on [-4, 4], where erf is ±1 in f32. */
export function erf(v: Vectors, given: Expr): Expr {
  const whole = v.bind(given);
  const x = v.bind(floats.most(floats.least(whole, v.constant(4)), v.constant(-4)));
  const square = v.bind(floats.mul(x, x));
  const above = polynomial(
    v,
    square,
    [
      -1.60960333262415e-2, -2.95459980854025e-3, -7.34990630326855e-4, -5.69250639462346e-5,
      -2.10102402082508e-6, 2.77068142495902e-8, -2.72614225801306e-10,
    ],
  );
  const below = polynomial(
    v,
    square,
    [
      -1.42647390514189e-2, -7.37332916720468e-3, -1.68282697438203e-3, -2.13374055278905e-4,
      -1.45660718464996e-5,
    ],
  );
  return floats.div(floats.mul(x, above), below);
}

/** -1, 0 or 1; zeros and NaN stay themselves. */
export function sign(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const one = bits.or(bits.and(x, v.integer(-0x80000000)), v.constant(1));
  const isOther = apply("v128.or", [floats.lt(x, v.constant(0)), floats.gt(x, v.constant(0))]);
  return bits.choose(isOther, one, x);
}
