// Elementary functions in plain arithmetic: only + - × ÷, comparison and sqrt, which IEEE 754 defines to the last bit.
// So initial weights and the reference's figures are the same on every engine. Relative errors are a few 1e-16.

const LN2_HIGH = 0.6931471803691238; // the leading 32 bits of ln 2: products with an exponent are exact
const LN2_LOW = 1.9082149292705877e-10;
const SQRT_HALF = 0.7071067811865476;
const TWO_OVER_SQRT_PI = 1.1283791670955126;

/** Powers of two, index 0 is 2^-1074; made by exact halving and doubling. */
const powersOfTwo = makePowersOfTwo();

function makePowersOfTwo(): Float64Array {
  const powers = new Float64Array(2098);
  let value = 1;
  for (let exponent = 0; exponent <= 1023; exponent++) {
    powers[exponent + 1074] = value;
    value *= 2;
  }
  value = 1;
  for (let exponent = 0; exponent >= -1074; exponent--) {
    powers[exponent + 1074] = value;
    value /= 2;
  }
  return powers;
}

function powerOfTwo(exponent: number): number {
  return powersOfTwo[exponent + 1074] ?? 0;
}

/** x · 2^k without an intermediate overflow. */
function scale(x: number, k: number): number {
  const half = Math.floor(k / 2);
  return x * powerOfTwo(half) * powerOfTwo(k - half);
}

/** 1/n!, exact to the last bit up to 1/18!. */
const inverseFactorials = Float64Array.from({ length: 19 }, (_, n) => 1 / factorial(n));

function factorial(n: number): number {
  return n < 2 ? 1 : n * factorial(n - 1);
}

/** (e^r − 1) for |r| ≤ 0.35, by Taylor's series in Horner's form. */
function expm1Small(r: number): number {
  let sum = 0;
  for (let n = 16; n >= 2; n--) sum = (sum + (inverseFactorials[n] ?? 0)) * r;
  return r + sum * r;
}

export function exp(x: number): number {
  if (x !== x) return x;
  if (x > 709.782712893384) return Infinity;
  if (x < -745.2) return 0;
  const k = Math.floor(x / Math.LN2 + 0.5);
  const r = x - k * LN2_HIGH - k * LN2_LOW;
  return scale(1 + expm1Small(r), k);
}

/** e^x − 1, also where x is small. */
export function expm1(x: number): number {
  if (x > -0.35 && x < 0.35) return x === 0 ? x : expm1Small(x);
  return exp(x) - 1;
}

const bits = new DataView(new ArrayBuffer(8));

/** 1/n. */
const inverses = Float64Array.from({ length: 24 }, (_, n) => (n === 0 ? 0 : 1 / n));

/** ln(1 + f) for f in [√½ − 1, √2 − 1]: 2 artanh(f / (2 + f)). */
function log1pSmall(f: number): number {
  const s = f / (2 + f);
  const z = s * s;
  let sum = 0;
  for (let n = 23; n >= 3; n -= 2) sum = (sum + (inverses[n] ?? 0)) * z;
  // 2s = f − f·s exactly, and the remainder is small: less is lost than in 2s(1 + …).
  return f - s * (f - 2 * sum);
}

export function log(x: number): number {
  if (!(x > 0)) return x === 0 ? -Infinity : NaN;
  if (x === Infinity) return x;
  let exponent = 0;
  if (x < 2.2250738585072014e-308) {
    x *= 18014398509481984; // 2^54: out of the subnormal numbers
    exponent = -54;
  }
  bits.setFloat64(0, x);
  exponent += ((bits.getUint32(0) >>> 20) & 0x7ff) - 1022;
  bits.setUint32(0, (bits.getUint32(0) & 0x800fffff) | 0x3fe00000);
  let mantissa = bits.getFloat64(0); // in [1/2, 1)
  if (mantissa < SQRT_HALF) {
    mantissa *= 2;
    exponent -= 1;
  }
  return exponent * LN2_HIGH + (log1pSmall(mantissa - 1) + exponent * LN2_LOW);
}

/** ln(1 + x), also where x is small. */
export function log1p(x: number): number {
  if (x > -0.29 && x < 0.41) return x === 0 ? x : log1pSmall(x);
  const u = 1 + x;
  if (u === Infinity || !(u > 0)) return log(u);
  return log(u) + (x - (u - 1)) / u; // what the addition rounded away
}

export function sigmoid(x: number): number {
  if (x >= 0) return 1 / (1 + exp(-x));
  const e = exp(x);
  return e / (1 + e);
}

export function tanh(x: number): number {
  const size = Math.abs(x);
  if (size < 0.17) {
    const t = expm1(2 * x);
    return t / (t + 2);
  }
  if (size > 20) return x > 0 ? 1 : -1;
  const value = 1 - 2 / (exp(2 * size) + 1);
  return x !== x ? x : x > 0 ? value : -value;
}

/** erf for 0 ≤ x < 6.1: a series of positive terms near 0, a continued fraction of 1 − erf further out. */
function erfDirectly(x: number): number {
  const z = x * x;
  if (x >= 2.5) {
    let fraction = x;
    for (let n = 60; n >= 1; n--) fraction = x + n / 2 / fraction;
    return 1 - (TWO_OVER_SQRT_PI / 2) * (exp(-z) / fraction);
  }
  let term = x;
  let sum = x;
  for (let n = 1; term > sum * 1e-17; n++) {
    term *= (2 * z) / (2 * n + 1);
    sum += term;
  }
  return TWO_OVER_SQRT_PI * exp(-z) * sum;
}

const ERF_POINTS_PER_UNIT = 16;
const ERF_TERMS = 12;

/** Taylor's coefficients of erf about 0, 1/16, 2/16 … 6. */
const erfTable = makeErfTable();

function makeErfTable(): Float64Array {
  const points = 6 * ERF_POINTS_PER_UNIT + 1;
  const table = new Float64Array(points * (ERF_TERMS + 1));
  for (let k = 0; k < points; k++) {
    const x = k / ERF_POINTS_PER_UNIT;
    const row = k * (ERF_TERMS + 1);
    table[row] = erfDirectly(x);
    // e^(−2xh − h²) = Σ aₙhⁿ with (n + 1)aₙ₊₁ = −2x·aₙ − 2aₙ₋₁; its integral is the series of erf.
    const scaled = TWO_OVER_SQRT_PI * exp(-x * x);
    let before = 0;
    let a = 1;
    for (let n = 0; n < ERF_TERMS; n++) {
      table[row + n + 1] = (scaled * a) / (n + 1);
      const next = (-2 * x * a - 2 * before) / (n + 1);
      before = a;
      a = next;
    }
  }
  return table;
}

/** Gauss's error function. */
export function erf(x: number): number {
  if (x !== x) return x;
  const size = Math.abs(x);
  if (size >= 6) return x > 0 ? 1 : -1;
  const k = Math.floor(size * ERF_POINTS_PER_UNIT + 0.5);
  const h = size - k / ERF_POINTS_PER_UNIT;
  const row = k * (ERF_TERMS + 1);
  let sum = 0;
  for (let n = ERF_TERMS; n >= 1; n--) sum = (sum + (erfTable[row + n] ?? 0)) * h;
  const value = (erfTable[row] ?? 0) + sum;
  return x >= 0 ? value : -value;
}

/** Lanczos's coefficients for g = 7 (Godfrey): the relative error in [1, 2) is below 1e-15. */
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313,
  -176.61502916214059, 12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6,
  1.5056327351493116e-7,
] as const;

/** Euler's gamma function; whole numbers are products. NaN at its poles. */
export function gamma(x: number): number {
  if (x !== x || x === Infinity) return x;
  if (x > 171.7) return Infinity;
  const whole = Math.floor(x);
  if (x <= 0 && whole === x) return NaN;
  if (x < -180) return 0;
  // Γ(x) = Γ(t)·t(t+1)…(x−1) with t in [1, 2)
  const t = x - whole + 1;
  let value = t === 1 ? 1 : gammaOneToTwo(t);
  for (let u = t; u < x - 0.5; u += 1) value *= u;
  for (let u = t - 1; u > x - 0.5; u -= 1) value /= u;
  return value;
}

function gammaOneToTwo(t: number): number {
  const z = t - 1;
  let sum: number = LANCZOS[0];
  for (let i = 1; i < LANCZOS.length; i++) sum += (LANCZOS[i] ?? 0) / (z + i);
  const base = z + 7.5;
  return 2.5066282746310002 * exp((z + 0.5) * log(base) - base) * sum;
}

/** x^y as C99 defines it. Small whole exponents are products. */
export function pow(x: number, y: number): number {
  if (y === 0 || x === 1) return 1;
  if (x !== x || y !== y) return NaN;
  const whole = Math.floor(y) === y;
  if (whole && Math.abs(y) <= 64) {
    const value = wholePower(x, Math.abs(y));
    return y > 0 ? value : 1 / value;
  }
  if (y === 0.5 && x >= 0) return Math.sqrt(x);
  if (x < 0 && !whole && y !== Infinity && y !== -Infinity && x !== -Infinity) return NaN;
  const odd = whole && Math.abs(y) < 9007199254740992 && y % 2 !== 0;
  const size = exp(y * log(Math.abs(x)));
  const value = Math.abs(x) === 1 ? 1 : size; // (−1)^±∞ is 1, not NaN
  return x < 0 && odd ? -value : value;
}

function wholePower(x: number, n: number): number {
  let value = 1;
  for (let square = x; n > 0; n = Math.floor(n / 2)) {
    if (n % 2 === 1) value *= square;
    square *= square;
  }
  return value;
}
