// tanh and erf over four f32 lanes: odd functions that go to ±1. With t = tanh(artanh(y) / 2) both are y = 2t / (1 + t²),
// which hardly depends on the last bits of t where y is near ±1. t = n / q is an odd rational function, so that
// y = 2nq / (q² + n²) = 1 − (q − n)² / (q² + n²): one division.

import type { Expr } from "../ir.ts";
import {
  bits,
  choose,
  floats,
  madd,
  polynomial,
  signOf,
  sizeOf,
  type Vectors,
} from "../vectors.ts";

interface Rational {
  /** From here on the function is 1. */
  readonly end: number;
  /** n/x and q, in powers of x². */
  readonly above: readonly number[];
  readonly below: readonly number[];
}

// Fits of t to 2^-25 (weighted by what an error of t does to y), then the last bits of the coefficients searched for the
// smallest error of y as it is computed, with fused multiply-adds and without.
const tangent: Rational = {
  end: 9.2,
  above: [1, 0.0297737289, 0.000114261929],
  below: [2, 0.226214081, 0.00241309847, 2.45879119e-6],
};
const errorFunction: Rational = {
  end: 3.93,
  above: [0.564189613, 0.0806588456, 0.00999527145, 0.000319242099, -3.41027726e-6],
  below: [1, 0.157987833, 0.0357559472, 0.00227492349],
};

/** tanh x within 5.1 ulp, and from 2 on within 1.3: so 1 − tanh² has nearly the digits that it can have. */
export function tanh(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const size = v.bind(floats.least(sizeOf(v, x), v.constant(tangent.end)));
  const { n, q, sum } = parts(v, size, tangent);
  const less = v.bind(floats.sub(q, n));
  const isLarge = v.bind(floats.gt(size, v.constant(0.6)));
  const small = floats.mul(floats.mul(n, v.constant(-2)), q);
  const part = floats.div(choose(v, isLarge, floats.mul(less, less), small), sum);
  return bits.or(floats.sub(bits.and(isLarge, v.constant(1)), part), signOf(v, x));
}

/** erf x within 5.6 ulp. */
export function erf(v: Vectors, x: Expr): Expr {
  const end = v.constant(errorFunction.end);
  const within = v.bind(floats.most(floats.least(x, end), v.constant(-errorFunction.end)));
  const { n, q, sum } = parts(v, within, errorFunction);
  const product = v.bind(floats.mul(n, q));
  return floats.div(floats.add(product, product), sum);
}

function parts(
  v: Vectors,
  x: Expr,
  { above, below }: Rational,
): { readonly n: Expr; readonly q: Expr; readonly sum: Expr } {
  const square = v.bind(floats.mul(x, x));
  const n = v.bind(floats.mul(x, polynomial(v, square, above)));
  const q = v.bind(polynomial(v, square, below));
  return { n, q, sum: madd(v, q, q, floats.mul(n, n)) };
}
