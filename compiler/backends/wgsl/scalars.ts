// Scalar operations in WGSL: a table of differences. f16 is computed in f32, u8 in i32.

import type { DType } from "../../../runtime/types.ts";
import type { ScalarOp } from "../../schedule/kernel.ts";
import type { LibraryName } from "./library.ts";
import { valueType } from "./memory.ts";

/** Notes that a function of the library is called and gives its name. */
export type Use = (name: LibraryName) => LibraryName;

interface Call {
  readonly args: readonly string[];
  readonly dtype: DType;
  /** Types of the arguments. */
  readonly types: readonly DType[];
  readonly use: Use;
}

type Printer = (call: Call) => string;

const builtin =
  (name: string): Printer =>
  ({ args }) =>
    `${name}(${args.join(", ")})`;
const own =
  (name: LibraryName): Printer =>
  ({ args, use }) =>
    `${use(name)}(${args.join(", ")})`;
const infix =
  (operator: string): Printer =>
  ({ args: [a, b] }) =>
    `(${a} ${operator} ${b})`;
/** By the type of the first argument. */
const byType =
  (float: Printer, integer: Printer, bool: Printer = integer): Printer =>
  (call) => {
    const type = valueType(call.types[0] ?? call.dtype);
    return (type === "f32" ? float : type === "i32" ? integer : bool)(call);
  };
const asNumbers =
  (printer: Printer): Printer =>
  (call) =>
    printer({ ...call, args: call.args.map((a) => `select(0, 1, ${a})`) });

export const scalarPrinters = {
  neg: ({ args: [a] }) => `(-${a})`,
  abs: builtin("abs"),
  sign: byType(own("sign_of"), builtin("sign")),
  floor: builtin("floor"),
  ceil: builtin("ceil"),
  round: builtin("round"),
  exp: own("exponential"),
  expm1: own("expm1"),
  log: own("logarithm"),
  log1p: own("log1p"),
  sqrt: own("square_root"),
  sin: own("sine"),
  cos: own("cosine"),
  tanh: own("hyperbolic_tangent"),
  sigmoid: own("sigmoid"),
  erf: own("error_function"),
  gamma: own("gamma"),
  not: ({ args: [a] }) => `(!${a})`,
  add: infix("+"),
  sub: infix("-"),
  mul: infix("*"),
  div: infix("/"),
  rem: byType(own("remainder_f32"), own("remainder_i32")),
  pow: byType(
    own("power"),
    ({ args: [a, b], use }) => `${use("truncate")}(${use("power")}(f32(${a}), f32(${b})))`,
  ),
  max: byType(own("larger"), builtin("max")),
  min: byType(own("smaller"), builtin("min")),
  eq: byType(own("equal"), infix("==")),
  ne: byType((call) => `!${own("equal")(call)}`, infix("!=")),
  lt: byType(infix("<"), infix("<"), asNumbers(infix("<"))),
  le: byType(infix("<="), infix("<="), asNumbers(infix("<="))),
  gt: byType(infix(">"), infix(">"), asNumbers(infix(">"))),
  ge: byType(infix(">="), infix(">="), asNumbers(infix(">="))),
  and: infix("&&"),
  or: infix("||"),
  select: ({ args: [condition, a, b] }) => `select(${b}, ${a}, ${condition})`,
  cast: ({ args: [a = ""], dtype, types: [from = "f32"], use }) => convert(a, from, dtype, use),
} as const satisfies Record<ScalarOp, Printer>;

/** `a` of type `from` as a value of type `to`. */
export function convert(a: string, from: DType, to: DType, use: Use): string {
  const source = valueType(from);
  const target = valueType(to);
  if (target === "bool") {
    if (source === "bool") return a;
    return source === "f32" ? `(${a} != 0.0 || ${use("is_nan")}(${a}))` : `(${a} != 0)`;
  }
  if (source === "bool") return target === "f32" ? `select(0.0, 1.0, ${a})` : `select(0, 1, ${a})`;
  if (target === "f32") {
    const number = source === "i32" ? `f32(${a})` : a;
    return to === "f16" && from !== "f16" ? `${use("round_half")}(${number})` : number;
  }
  const whole = source === "f32" ? `${use("truncate")}(${a})` : a;
  return to === "u8" && from !== "u8" ? `(${whole} & 255)` : whole;
}

/** A number as source text that reads back as the nearest value of its type. */
export function numberText(value: number, dtype: DType, use: Use): string {
  switch (valueType(dtype)) {
    case "bool":
      return value ? "true" : "false";
    case "i32":
      if (value === -2147483648) return "(-2147483647i - 1i)";
      return value < 0 ? `(${value}i)` : `${value}i`;
    case "f32":
      return floatText(Math.fround(value), use);
  }
}

const largestNumber = 3.4028234663852886e38;

function floatText(value: number, use: Use): string {
  if (Number.isNaN(value)) return `${use("not_a_number")}()`;
  if (value === Infinity) return `${use("infinity")}()`;
  if (value === -Infinity) return `(-${use("infinity")}())`;
  if (value === 0) return Object.is(value, -0) ? "bitcast<f32>(0x80000000u)" : "0f";
  // All digits where fewer would be beyond the largest number, which shaders refuse.
  let text = String(value);
  for (let digits = 6; digits <= 9; digits++) {
    const short = Number(value.toPrecision(digits));
    if (Math.fround(short) !== value || Math.abs(short) > largestNumber) continue;
    text = String(short);
    break;
  }
  return value < 0 ? `(${text}f)` : `${text}f`;
}
