// Remainders with the sign of the divisor, over four f32 or i32 lanes: exact, in double precision.

import type { Expr } from "../ir.ts";
import {
  bits,
  double,
  doubles,
  inDoubles,
  integersInDoubles,
  repeat,
  variable,
  type Vectors,
} from "../vectors.ts";

/** a − ⌊a / b⌋·b of f32 lanes; NaN for b = 0 and infinite a, and a itself (or b) for infinite b. */
export function remainder(v: Vectors, a: Expr, b: Expr): Expr {
  return inDoubles(v, [a, b], (inner, [x = a, y = b]) => remainderOf(inner, x, y));
}

/** Quotients of 25 bits at a time are taken off: their products with b (24 bits) and the differences are exact. */
function remainderOf(v: Vectors, a: Expr, b: Expr): Expr {
  const rest = variable(v, "rest", a);
  repeat(v, (inside) => {
    const leading = inside.words([0xf0000000, 0xffffffff, 0xf0000000, 0xffffffff]);
    const part = doubles.trunc(bits.and(doubles.div(rest, b), leading));
    const quotient = inside.bind(part);
    const value = doubles.sub(rest, doubles.mul(quotient, b));
    inside.emit({ kind: "set", local: rest.local, value });
    return doubles.ge(doubles.abs(quotient), double(inside, 2 ** 25));
  });
  // 0·∞ went wrong.
  const endless = doubles.eq(doubles.abs(b), double(v, Infinity));
  const isKept = bits.and(endless, doubles.lt(doubles.abs(a), double(v, Infinity)));
  const kept = v.bind(bits.choose(v.bind(isKept), a, rest));
  const opposite = doubles.lt(doubles.mul(kept, b), double(v, 0));
  return doubles.add(kept, bits.and(opposite, b));
}

/** The same of i32 lanes; 0 for b = 0. */
export function integerRemainder(v: Vectors, a: Expr, b: Expr): Expr {
  return integersInDoubles(v, [a, b], (_, [x = a, y = b]) => {
    const quotient = doubles.floor(doubles.div(x, y)); // the quotient of 32-bit numbers rounds to no other floor
    return doubles.sub(x, doubles.mul(quotient, y)); // NaN for y = 0, which becomes 0
  });
}
