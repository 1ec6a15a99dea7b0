// tanh and erf over four f32 lanes: odd functions that go to ±1. With t = tanh(artanh(y) / 2) both are y = 2t / (1 + t²),
// and near ±1 that hardly depends on the last bits of t. So t = n / q is an odd rational function, y = 2nq / (q² + n²):
// one division, and exactly ±1 at the end.

import type { Expr } from "../ir.ts";
import { floats, madd, polynomial, type Vectors } from "../vectors.ts";

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
  end: 9.02,
  above: [1, 0.0297772344, 0.00011434406],
  below: [2, 0.22622104, 0.00241389545, 2.46218701e-6],
};
const errorFunction: Rational = {
  end: 3.93,
  above: [0.564189613, 0.0806588456, 0.00999527145, 0.000319242099, -3.41027726e-6],
  below: [1, 0.157987833, 0.0357559472, 0.00227492349],
};

/** tanh x within 4 ulp, without fused multiply-add 5. */
export function tanh(v: Vectors, x: Expr): Expr {
  return saturating(v, x, tangent);
}

/** erf x within 5 ulp. */
export function erf(v: Vectors, x: Expr): Expr {
  return saturating(v, x, errorFunction);
}

function saturating(v: Vectors, x: Expr, { end, above, below }: Rational): Expr {
  const within = v.bind(floats.most(floats.least(x, v.constant(end)), v.constant(-end)));
  const square = v.bind(floats.mul(within, within));
  const n = v.bind(floats.mul(within, polynomial(v, square, above)));
  const q = v.bind(polynomial(v, square, below));
  const product = v.bind(floats.mul(n, q));
  return floats.div(floats.add(product, product), madd(v, q, q, floats.mul(n, n)));
}
