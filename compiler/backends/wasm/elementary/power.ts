// Powers and the gamma function over four f32 lanes, computed in double precision.

import type { Expr } from "../ir.ts";
import {
  bits,
  double,
  doubles,
  floats,
  inDoubles,
  integers,
  polynomial64,
  repeat,
  shuffleWords,
  signOf,
  sizeOf,
  variable,
  type Vectors,
} from "../vectors.ts";

/** log₂((1 + s) / (1 − s)) / s in powers of s², for (1 + s) / (1 − s) between √½ and √2, to 2^-45. */
const logarithm = [
  2.88539008177785, 0.9617966941134325, 0.5770779423369619, 0.4122092553787294, 0.31990556640964973,
  0.2829021278369427,
] as const;

/** 2^f for |f| ≤ 1/2, to 2^-34. */
const exponential = [
  1, 0.6931471807045227, 0.24022651066551437, 0.05550410365999676, 0.009618038133168631,
  0.0013333935059109657, 0.0001546675601115552, 1.519615434768411e-5,
] as const;

/** Added to a number below 2^51, it leaves the nearest integer in the lowest bits. */
const rounder = 6755399441055744; // 1.5·2^52

/** a^b as C99 defines it, within 1 ulp. */
export function pow(v: Vectors, givenBase: Expr, givenExponent: Expr): Expr {
  const a = v.bind(givenBase);
  const b = v.bind(givenExponent);
  const size = v.bind(sizeOf(v, a));
  const value = inDoubles(v, [size, b], (inner, [x = a, y = b]) => sizeOfPower(inner, x, y));

  const one = v.constant(1);
  const whole = v.bind(floats.eq(b, floats.floor(b)));
  const half = v.bind(floats.mul(b, v.constant(0.5)));
  const odd = bits.except(whole, floats.eq(half, floats.floor(half)));
  const signed = bits.xor(value, bits.and(signOf(v, a), odd));
  // No real number: a negative base, a fraction as exponent. And what is no number stays none.
  const between = bits.and(floats.lt(a, v.constant(0)), floats.gt(a, v.constant(-Infinity)));
  const broken = bits.and(bits.except(between, whole), floats.eq(b, b));
  const defined = bits.or(bits.or(signed, broken), floats.ne(a, a));
  // 1^b, a^0 and (−1)^±∞ are 1 whatever the other is.
  const endless = floats.eq(sizeOf(v, b), v.constant(Infinity));
  const always = bits.or(floats.eq(a, one), floats.eq(b, v.constant(0)));
  const isOne = bits.or(always, bits.and(floats.eq(size, one), endless));
  return bits.choose(v.bind(isOne), one, v.bind(defined));
}

/** x^y for f64 lanes, x ≥ 0. */
function sizeOfPower(v: Vectors, x: Expr, y: Expr): Expr {
  // x = z·2^n with z between √½ and √2
  const above = v.bind(
    doubles.subLong(x, v.words([0x667f3bcd, 0x3fe6a09e, 0x667f3bcd, 0x3fe6a09e])),
  );
  const exponent = v.bind(integers.shr(above, 20));
  const n = doubles.fromIntegers(shuffleWords(exponent, exponent, [1, 3, 1, 3]));
  const z = v.bind(doubles.subLong(x, bits.and(above, v.words([0, 0xfff00000, 0, 0xfff00000]))));
  const one = double(v, 1);
  const s = v.bind(doubles.div(doubles.sub(z, one), doubles.add(z, one)));
  const square = v.bind(doubles.mul(s, s));
  const finite = doubles.add(doubles.mul(polynomial64(v, square, logarithm), s), n);
  const isZero = v.bind(doubles.eq(x, double(v, 0)));
  const isEndless = v.bind(doubles.eq(x, double(v, Infinity)));
  const log = bits.choose(
    isZero,
    double(v, -Infinity),
    v.bind(bits.choose(isEndless, x, v.bind(finite))),
  );

  const product = doubles.most(doubles.least(doubles.mul(y, log), double(v, 200)), double(v, -200));
  const power = v.bind(product);
  const magic = double(v, rounder + 1023);
  const shifted = v.bind(doubles.add(power, magic));
  const fraction = v.bind(doubles.sub(power, doubles.sub(shifted, magic)));
  return doubles.mul(polynomial64(v, fraction, exponential), doubles.shlLong(shifted, 52));
}

/** Γ(3/2 + u) in powers of u, for |u| ≤ 1/2, to 2^-32. */
const gammaBetween = [
  0.8862269255051023, 0.03233840120595712, 0.41481343588979536, -0.10729522712603792,
  0.14464636197368747, -0.07750958238508006, 0.05858891734937126, -0.038184130530504116,
  0.02605537414330677, -0.016044220630519582, 0.010392857244083111, -0.011208093374983968,
  0.007937989045428247,
] as const;

/** Γ(x) within 1 ulp; NaN at its poles. */
export function gamma(v: Vectors, given: Expr): Expr {
  const x = v.bind(given);
  const value = inDoubles(v, [x], (inner, [wide = x]) => gammaOf(inner, wide));
  const pole = bits.and(floats.le(x, v.constant(0)), floats.eq(x, floats.floor(x)));
  return bits.or(value, pole);
}

/** For f64 lanes: Γ(x) = Γ(t)·t(t + 1)…(x − 1) or Γ(t) / (x(x + 1)…(t − 1)), with t from 1 to 2. */
function gammaOf(v: Vectors, x: Expr): Expr {
  // Beyond these bounds it is ∞ or 0 as an f32.
  const within = doubles.most(doubles.least(x, double(v, 36)), double(v, -48.5));
  const [one, two] = [double(v, 1), double(v, 2)];
  const t = variable(v, "t", within);
  const above = variable(v, "above", one);
  const below = variable(v, "below", one);
  repeat(v, (inside) => {
    const isLarge = inside.bind(doubles.ge(t, two));
    const isSmall = inside.bind(doubles.lt(t, one));
    const set = (to: typeof t, value: Expr): void =>
      inside.emit({ kind: "set", local: to.local, value });
    set(below, doubles.mul(below, bits.choose(isSmall, t, one)));
    const down = doubles.sub(t, bits.and(isLarge, one));
    set(t, doubles.add(down, bits.and(isSmall, one)));
    set(above, doubles.mul(above, bits.choose(isLarge, t, one)));
    return bits.or(doubles.ge(t, two), doubles.lt(t, one));
  });
  const u = v.bind(doubles.sub(t, double(v, 1.5)));
  return doubles.div(doubles.mul(polynomial64(v, u, gammaBetween), above), below);
}
