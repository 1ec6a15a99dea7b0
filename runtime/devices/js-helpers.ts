// Functions that generated JavaScript calls by name. They follow the reference's meaning.

import { uniformAt } from "../random.ts";

/** Largest of two numbers; a NaN on either side wins. */
function max(a: number, b: number): number {
  return a > b || a !== a ? a : b;
}

/** Smallest of two numbers; a NaN on either side wins. */
function min(a: number, b: number): number {
  return a < b || a !== a ? a : b;
}

/** Rounds halves to even, as IEEE 754 and PyTorch do. */
function round(a: number): number {
  const down = Math.floor(a);
  const rest = a - down;
  if (rest < 0.5) return down;
  if (rest > 0.5) return down + 1;
  return down % 2 === 0 ? down : down + 1;
}

/** Remainder with the sign of the divisor. */
function rem(a: number, b: number): number {
  const r = a % b;
  return r !== 0 && r < 0 !== b < 0 ? r + b : r;
}

/** Remainder in [0, b) of integers, b > 0. */
function mod(a: number, b: number): number {
  const r = a % b;
  return r < 0 ? r + b : r;
}

/** C's pow: 1 ** x and x ** 0 are 1 also for NaN and infinities, as is (-1) ** ±∞. */
function pow(a: number, b: number): number {
  if (a === 1 || (a === -1 && (b === Infinity || b === -Infinity))) return 1;
  return a ** b;
}

/** Toward zero, saturating; NaN gives 0. */
function truncate(a: number): number {
  if (a >= 2147483647) return 2147483647;
  if (a <= -2147483648) return -2147483648;
  return a | 0;
}

/** Error function by its Taylor series below 2.5 and a continued fraction of erfc above (Abramowitz & Stegun 7.1.6,
 *  7.1.14): relative error about 1e-15. */
function erf(x: number): number {
  const a = Math.abs(x);
  if (a !== a) return x;
  if (a > 6) return x < 0 ? -1 : 1;
  if (a < 2.5) {
    // erf x = 2/√π e^(-x²) Σ 2ⁿ x^(2n+1) / (2n+1)!!
    let term = a;
    let sum = a;
    for (let n = 1; n < 100 && term > 1e-17 * sum; n++) {
      term *= (2 * a * a) / (2 * n + 1);
      sum += term;
    }
    const value = 1.1283791670955126 * Math.exp(-a * a) * sum;
    return x < 0 ? -value : value;
  }
  let fraction = 0;
  for (let n = 60; n > 0; n--) fraction = n / 2 / (a + fraction);
  const value = 1 - Math.exp(-a * a) / (1.7724538509055159 * (a + fraction));
  return x < 0 ? -value : value;
}

const lanczos = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
];

/** Gamma function by Lanczos' approximation (g = 7, n = 9), reflected below 1/2; NaN at its poles. */
function gamma(x: number): number {
  if (x > 171.7) return Infinity;
  if (x <= 0 && Number.isInteger(x)) return NaN;
  if (x < 0.5) return Math.PI / (Math.sin(Math.PI * x) * gamma(1 - x));
  if (Number.isInteger(x) && x < 171) {
    let product = 1;
    for (let n = 2; n < x; n++) product *= n;
    return product;
  }
  const shifted = x - 1;
  const t = shifted + 7.5;
  const sum = lanczos.reduce((total, c, i) => (i === 0 ? c : total + c / (shifted + i)), 0);
  return 2.5066282746310002 * t ** (shifted + 0.5) * Math.exp(-t) * sum;
}

const halfBits = new Uint32Array(1);
const halfFloat = new Float32Array(halfBits.buffer);

/** The value of a half-precision bit pattern. */
function fromHalf(bits: number): number {
  const exponent = (bits >>> 10) & 31;
  const fraction = bits & 1023;
  if (exponent === 0) return (bits & 0x8000 ? -fraction : fraction) * 2 ** -24;
  const wide = exponent === 31 ? 255 : exponent + 112;
  halfBits[0] = ((bits & 0x8000) << 16) | (wide << 23) | (fraction << 13);
  return halfFloat[0] ?? 0;
}

/** The nearest half-precision bit pattern, ties to even. */
function toHalf(value: number): number {
  halfFloat[0] = value;
  const bits = halfBits[0] ?? 0;
  const sign = (bits >>> 16) & 0x8000;
  const size = bits & 0x7fffffff;
  if (size > 0x7f800000) return sign | 0x7e00;
  if (size >= 0x477ff000) return sign | 0x7c00; // 65520 and above
  if (size < 0x38800000) return sign | roundSmall(value);
  return sign | ((size + 0xfff + ((size >>> 13) & 1) - 0x38000000) >>> 13);
}

/** Below 2⁻¹⁴ neighbours are 2⁻²⁴ apart, as single-precision numbers between 1/2 and 1 are: how many of these it is. */
function roundSmall(value: number): number {
  halfFloat[0] = Math.abs(value) + 0.5;
  return (halfBits[0] ?? 0) - 0x3f000000;
}

/** The nearest number that half precision holds. */
function roundHalf(value: number): number {
  return fromHalf(toHalf(value));
}

export const jsHelpers = {
  max,
  min,
  round,
  rem,
  mod,
  pow,
  truncate,
  erf,
  gamma,
  fromHalf,
  toHalf,
  roundHalf,
  uniform: uniformAt,
} as const;
