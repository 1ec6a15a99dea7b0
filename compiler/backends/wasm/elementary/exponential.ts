// e^x and what is made of it, over four f32 lanes, without branches and tables. Coefficients are minimax fits (relative
// error) whose last digits are chosen among the f32 numbers.

import type { Expr } from "../ir.ts";
import {
  choose,
  floats,
  integers,
  madd,
  nmadd,
  polynomial,
  sizeOf,
  type Vectors,
} from "../vectors.ts";

const log2e = 1.4426950408889634;
// ln 2 in two parts; the first has so few bits that its products with exponents are exact.
const ln2High = 0.693359375;
const ln2Low = -2.1219444e-4;

/** (e^r − 1 − r) / r² for |r| ≤ ln 2 / 2, to 2^-28 of e^r. */
const tail = [0.49999994, 0.16666521, 0.041668262, 0.008368671, 0.0013820891] as const;

/** Added to a number below 2^22, it leaves the nearest integer in the lowest bits. */
const rounder = 12582912; // 1.5·2^23

/** x = n·ln 2 + rest for x cut to [low, high]: the rest, and 2^(n + shift) as a float. `shift` must keep that normal.
 *  A NaN is in the rest. */
function split(
  v: Vectors,
  x: Expr,
  low: number,
  high: number,
  shift: number,
): { readonly rest: Expr; readonly scale: Expr } {
  const within = v.bind(floats.most(floats.least(x, v.constant(high)), v.constant(low)));
  const magic = v.constant(rounder + 127 + shift);
  const shifted = v.bind(madd(v, within, v.constant(log2e), magic));
  const n = v.bind(floats.sub(shifted, magic));
  const first = nmadd(v, n, v.constant(ln2High), within);
  const rest = v.bind(nmadd(v, n, v.constant(ln2Low), first));
  return { rest, scale: integers.shl(shifted, 23) };
}

/** e^r·2^-24 of a rest. */
function scaledDown(v: Vectors, rest: Expr): Expr {
  return polynomial(
    v,
    rest,
    [1, 1, ...tail].map((c) => c * 2 ** -24),
  );
}

/** Where e^x is smaller than half of the smallest number. */
const lowest = -104;

/** e^x within 1.2 ulp, denormal results included. */
export function exp(v: Vectors, x: Expr): Expr {
  // 2^n does not fit one float, as n goes from -150 to 128: 2^(n + 24) = 2^min(n + 24, 30)·2^max(n - 6, 0).
  const { rest, scale } = split(v, x, lowest, 89, 24);
  const whole = v.bind(scale);
  const small = v.bind(integers.minUnsigned(whole, v.integer((30 + 127) << 23)));
  const large = integers.add(integers.sub(whole, small), v.constant(1));
  return floats.mul(floats.mul(scaledDown(v, rest), large), small);
}

/** 1 / (1 + e^-x) within 3 ulp, denormal results included. */
export function sigmoid(v: Vectors, x: Expr): Expr {
  // Beyond 18 it is 1; up to there e^x neither overflows nor loses its small values.
  const { rest, scale } = split(v, x, lowest, 18, 24);
  const power = v.bind(floats.mul(scaledDown(v, rest), scale));
  return floats.div(power, floats.add(power, v.constant(1)));
}

/** e^x − 1 within 2 ulp, also where x is small. */
export function expm1(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  // 2·(2^(n-1)·(e^r − 1) + (2^(n-1) − 1/2)): so n may be 128. Below -18 it is -1.
  const { rest, scale } = split(v, x, -18, 89, -1);
  const half = v.bind(scale);
  const own = madd(v, polynomial(v, rest, tail), v.bind(floats.mul(rest, rest)), rest);
  const sum = v.bind(madd(v, own, half, floats.sub(half, v.constant(0.5))));
  const isTiny = floats.lt(sizeOf(v, x), v.constant(2 ** -25));
  return choose(v, isTiny, x, floats.add(sum, sum));
}
