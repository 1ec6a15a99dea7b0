// Sine and cosine in plain arithmetic. The argument is reduced by multiples of π/2, whose digits are computed here
// with big integers, so that large arguments are as exact as small ones.

const PI_BITS = 1280;

/** floor(π·2^PI_BITS) by Machin's formula, π/4 = 4 arctan 1/5 − arctan 1/239. */
function computePi(): bigint {
  const guard = 64n;
  const one = 1n << (BigInt(PI_BITS) + guard);
  const arctanOfInverse = (n: bigint): bigint => {
    let power = one / n;
    let sum = power;
    for (let k = 3n, sign = -1n; power > 0n; k += 2n, sign = -sign) {
      power /= n * n;
      sum += (sign * power) / k;
    }
    return sum;
  };
  return (4n * (4n * arctanOfInverse(5n) - arctanOfInverse(239n))) >> guard;
}

const PI = computePi();

/** π/2 in three parts of 33 bits and a rest: products with n < 2^20 are exact. */
const HALF_PI = splitHalfPi();

function splitHalfPi(): readonly [number, number, number, number] {
  const part = (from: number, count: number): number => {
    // PI is π·2^1280, so π/2 has its first bit (weight 1) at position 1279 + 1.
    const shifted = (PI >> BigInt(PI_BITS + 1 - from - count)) & ((1n << BigInt(count)) - 1n);
    return Number(shifted) / Number(1n << BigInt(from + count));
  };
  return [1 + part(0, 32), part(32, 33), part(65, 33), part(98, 53)];
}

/** The quadrant (0 … 3) of x and what remains, in [−π/4, π/4]. */
function reduce(x: number): { quadrant: number; rest: number } {
  if (Math.abs(x) <= Math.PI / 4) return { quadrant: 0, rest: x };
  if (Math.abs(x) > 1_000_000) return reduceExactly(x);
  const n = Math.floor(x / (Math.PI / 2) + 0.5);
  const [first, second, third, last] = HALF_PI;
  const rest = x - n * first - n * second - n * third - n * last;
  return { quadrant: ((n % 4) + 4) % 4, rest };
}

const bits = new DataView(new ArrayBuffer(8));

/** The same for any finite x, with integers. */
function reduceExactly(x: number): { quadrant: number; rest: number } {
  bits.setFloat64(0, Math.abs(x));
  const word = bits.getBigUint64(0);
  const exponent = Number(word >> 52n) - 1075;
  const mantissa = (word & 0xfffffffffffffn) | 0x10000000000000n;
  // |x| = mantissa·2^exponent; scaled by 2^200 like a π/2 that is long enough.
  const digits = 200;
  const scaled =
    exponent + digits >= 0
      ? mantissa << BigInt(exponent + digits)
      : mantissa >> BigInt(-exponent - digits);
  // π/2 must have as many digits as the quotient has, and 200 more for the rest.
  const extra = 1000;
  const halfPi = PI >> BigInt(PI_BITS + 1 - digits - extra);
  const long = scaled << BigInt(extra);
  const n = (long + halfPi / 2n) / halfPi;
  const rest = Number((long - n * halfPi) >> BigInt(extra - 100)) / 2 ** 300;
  const quadrant = Number(n % 4n);
  return x > 0 ? { quadrant, rest } : { quadrant: (4 - quadrant) % 4, rest: -rest };
}

/** (−1)^⌊n/2⌋ / n!: the coefficients of both series. */
const coefficients = Float64Array.from({ length: 20 }, (_, n) => {
  let value = n % 4 < 2 ? 1 : -1;
  for (let k = 2; k <= n; k++) value /= k;
  return value;
});

function sinSmall(r: number): number {
  const z = r * r;
  let sum = 0;
  for (let n = 19; n >= 3; n -= 2) sum = (sum + (coefficients[n] ?? 0)) * z;
  return r + r * sum;
}

function cosSmall(r: number): number {
  const z = r * r;
  let sum = 0;
  for (let n = 18; n >= 2; n -= 2) sum = (sum + (coefficients[n] ?? 0)) * z;
  return 1 + sum;
}

export function sin(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  const { quadrant, rest } = reduce(x);
  const value = quadrant % 2 === 0 ? sinSmall(rest) : cosSmall(rest);
  return quadrant < 2 ? value : -value;
}

export function cos(x: number): number {
  if (!(Math.abs(x) < Infinity)) return NaN;
  const { quadrant, rest } = reduce(x);
  const value = quadrant % 2 === 0 ? cosSmall(rest) : sinSmall(rest);
  return quadrant === 0 || quadrant === 3 ? value : -value;
}
