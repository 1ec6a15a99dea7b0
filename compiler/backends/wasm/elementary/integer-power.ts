// Powers and quotients of i32 lanes.

import type { Expr } from "../ir.ts";
import {
  bits,
  doubles,
  integers,
  repeatWhileAny,
  upperHalf,
  variable,
  type Vectors,
} from "../vectors.ts";

/** a^b, wrapped to 32 bits; for b < 0 what remains of 1 / a^|b| toward zero, which is 0 but for |a| = 1. */
export function integerPower(v: Vectors, givenBase: Expr, givenExponent: Expr): Expr {
  const a = v.bind(givenBase);
  const b = v.bind(givenExponent);
  const [zero, one] = [v.integer(0), v.integer(1)];
  const result = variable(v, "power", one);
  const square = variable(v, "square", a);
  const left = variable(v, "left", integers.max(b, zero));
  repeatWhileAny(v, (inside) => {
    const set = (to: typeof left, value: Expr): void =>
      inside.emit({ kind: "set", local: to.local, value });
    const isOdd = inside.bind(integers.eq(bits.and(left, one), one));
    set(result, integers.mul(result, bits.choose(isOdd, square, one)));
    set(square, integers.mul(square, square));
    set(left, integers.shr(left, 1));
    return left;
  });
  const isUnit = integers.eq(integers.abs(a), one);
  const isOdd = v.bind(integers.eq(bits.and(b, one), one));
  const inverse = bits.and(isUnit, bits.choose(isOdd, a, one));
  return bits.choose(v.bind(integers.lt(b, zero)), v.bind(inverse), result);
}

/** a / b toward zero; 0 for b = 0. */
export function integerQuotient(v: Vectors, givenA: Expr, givenB: Expr): Expr {
  const a = v.bind(givenA);
  const b = v.bind(givenB);
  const half = (part: (whole: Expr) => Expr): Expr =>
    doubles.div(doubles.fromIntegers(part(a)), doubles.fromIntegers(part(b)));
  const quotient = integers.fromDoubles(
    half((whole) => whole),
    half(upperHalf),
  );
  return bits.except(quotient, integers.eq(b, v.integer(0)));
}
