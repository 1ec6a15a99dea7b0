// Natural logarithms over four f32 lanes.

import type { Expr } from "../ir.ts";
import {
  bits,
  choose,
  floats,
  integers,
  madd,
  nmadd,
  polynomial,
  sizeOf,
  type Vectors,
} from "../vectors.ts";

// ln 2 in two parts; the first has so few bits that its products with exponents are exact.
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;

/** (ln(1 + f) − f + f²/2) / f³ for √½ ≤ 1 + f ≤ √2, to 2^-27 of the logarithm. */
const tail = [
  0.33333331, -0.25000819, 0.20001242, -0.16623411, 0.14201586, -0.13159598, 0.12762142,
  -0.07636362,
] as const;

/** Bits of √½. */
const start = 0x3f3504f3;

/** ln x of a normal x with a number for its exponent more, plus a small correction. */
function normal(v: Vectors, x: Expr, exponent: Expr | undefined, correction?: Expr): Expr {
  const above = v.bind(integers.sub(x, v.integer(start)));
  const whole = integers.shr(above, 23);
  const n = v.bind(floats.fromIntegers(exponent ? integers.add(whole, exponent) : whole));
  const mantissa = integers.sub(x, bits.and(above, v.integer(-0x800000)));
  const f = v.bind(floats.sub(mantissa, v.constant(1)));
  const square = v.bind(floats.mul(f, f));
  const cubic = floats.mul(polynomial(v, f, tail), v.bind(floats.mul(square, f)));
  const low = correction ? floats.add(correction, cubic) : cubic;
  const small = nmadd(v, square, v.constant(0.5), madd(v, n, v.constant(ln2Low), low));
  return madd(v, n, v.constant(ln2High), floats.add(small, f));
}

/** The result where the argument is a positive number; elsewhere −∞ of 0, NaN of less, and ∞ and NaN themselves. */
function patched(v: Vectors, x: Expr, result: Expr): Expr {
  const finite = choose(v, floats.lt(x, v.constant(Infinity)), result, x);
  const positive = bits.or(finite, floats.lt(x, v.constant(0)));
  return choose(v, floats.eq(x, v.constant(0)), v.constant(-Infinity), positive);
}

/** ln x within 1 ulp, of denormal numbers too. */
export function log(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const denormal = v.bind(floats.lt(x, v.constant(2 ** -126)));
  const raised = v.bind(choose(v, denormal, floats.mul(x, v.constant(2 ** 23)), x));
  return patched(v, x, normal(v, raised, bits.and(denormal, v.integer(-23))));
}

/** ln(1 + x) within 2 ulp, also where x is small. */
export function log1p(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const one = v.constant(1);
  const sum = v.bind(floats.add(x, one));
  const lost = floats.sub(x, floats.sub(sum, one));
  const result = patched(v, sum, normal(v, sum, undefined, floats.div(lost, sum)));
  const isTiny = floats.lt(sizeOf(v, x), v.constant(2 ** -25));
  return choose(v, isTiny, x, result);
}
