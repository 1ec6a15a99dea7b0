// Scalar operations in JavaScript. Numbers are doubles between loads and stores; i32 results are wrapped to 32 bits,
// bool values are JavaScript booleans. The functions after `h.` come from runtime/devices/js-helpers.ts.

import type { DType } from "../../../runtime/types.ts";
import type { ScalarOp } from "../../schedule/kernel.ts";

type Printer = (args: readonly string[], dtype: DType, argumentTypes: readonly DType[]) => string;

const unary =
  (name: string): Printer =>
  ([a]) =>
    `${name}(${a})`;
const infix =
  (operator: string): Printer =>
  ([a, b]) =>
    `(${a} ${operator} ${b})`;
const integerOr =
  (integer: Printer, float: Printer): Printer =>
  (args, dtype, types) =>
    dtype === "i32" ? integer(args, dtype, types) : float(args, dtype, types);

export const scalarPrinters = {
  neg: integerOr(
    ([a]) => `(-${a} | 0)`,
    ([a]) => `(-${a})`,
  ),
  abs: unary("Math.abs"),
  sign: unary("Math.sign"),
  floor: unary("Math.floor"),
  ceil: unary("Math.ceil"),
  round: unary("h.round"),
  exp: unary("Math.exp"),
  expm1: unary("Math.expm1"),
  log: unary("Math.log"),
  log1p: unary("Math.log1p"),
  sqrt: unary("Math.sqrt"),
  sin: unary("Math.sin"),
  cos: unary("Math.cos"),
  tanh: unary("Math.tanh"),
  sigmoid: ([a]) => `(1 / (1 + Math.exp(-${a})))`,
  erf: unary("h.erf"),
  gamma: unary("h.gamma"),
  not: ([a]) => `(!${a})`,
  add: integerOr(([a, b]) => `(${a} + ${b} | 0)`, infix("+")),
  sub: integerOr(([a, b]) => `(${a} - ${b} | 0)`, infix("-")),
  mul: integerOr(([a, b]) => `Math.imul(${a}, ${b})`, infix("*")),
  div: infix("/"),
  rem: unary2("h.rem"),
  pow: integerOr(([a, b]) => `(h.pow(${a}, ${b}) | 0)`, unary2("h.pow")),
  // A NaN on either side wins, as in the reference.
  max: ([a, b]) => `h.max(${a}, ${b})`,
  min: ([a, b]) => `h.min(${a}, ${b})`,
  eq: infix("==="),
  ne: infix("!=="),
  lt: infix("<"),
  le: infix("<="),
  gt: infix(">"),
  ge: infix(">="),
  and: infix("&&"),
  or: infix("||"),
  select: ([c, a, b]) => `(${c} ? ${a} : ${b})`,
  cast: ([a = ""], dtype, [from = "f32"]) => castExpression(a, from, dtype),
} as const satisfies Record<ScalarOp, Printer>;

function unary2(name: string): Printer {
  return ([a, b]) => `${name}(${a}, ${b})`;
}

function castExpression(a: string, from: DType, to: DType): string {
  if (to === "bool") return from === "bool" ? a : `(${a} !== 0)`;
  if (from === "bool") return `(${a} ? 1 : 0)`;
  if (to === "f16" && from !== "f16") return `h.roundHalf(${a})`;
  if (to === "i32") return from === "f32" || from === "f16" ? `h.truncate(${a})` : a;
  if (to === "u8") return `(${a} & 255)`;
  return a;
}

/** A number as source text; JavaScript prints every double so that it reads back the same. */
export function numberText(value: number, dtype: DType): string {
  if (dtype === "bool") return value ? "true" : "false";
  if (Number.isNaN(value)) return "NaN";
  if (value === Infinity) return "Infinity";
  if (value === -Infinity) return "(-Infinity)";
  return value < 0 || Object.is(value, -0)
    ? `(${Object.is(value, -0) ? "-0" : value})`
    : String(value);
}
