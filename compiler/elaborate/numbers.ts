// Arithmetic of numbers that are known while compiling, and of dimensions that stay open.

import type { BinaryOperator } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import {
  add,
  divideExactly,
  floorDivide,
  formatDim,
  isOpen,
  multiply,
  subtract,
  type Dim,
} from "../ir/dim.ts";
import { report, step, stop, type Context } from "./context.ts";
import { tooComplex } from "./limits.ts";
import { errorValue, float, int, type Value } from "./values.ts";

const largestPower = 8;

/** Integer arithmetic; undefined where the result is no dimension (an open base to a strange power, a remainder). */
export function dimensionArithmetic(
  ctx: Context,
  operator: BinaryOperator,
  a: Dim,
  b: Dim,
  span: Span,
): Value | undefined {
  if (isOpen(a) || isOpen(b)) step(ctx, span, 4 * termCount(a) * termCount(b));
  switch (operator) {
    case "+":
      return whole(ctx, add(a, b), span);
    case "-":
      return whole(ctx, subtract(a, b), span);
    case "*":
      return whole(ctx, multiply(a, b), span);
    case "/": {
      const quotient = divideExactly(a, b);
      if (quotient !== undefined) return whole(ctx, quotient, span);
      return report(
        ctx,
        "uneven-division",
        span,
        { dividend: formatDim(a), divisor: formatDim(b) },
        {
          help: `\`div(${formatDim(a)}, ${formatDim(b)})\` rounds down; \`${formatDim(a)} / ${formatDim(b)}.0\` gives a float`,
        },
      );
    }
    case "%":
      if (b === 0) return divisionByZero(ctx, span);
      if (typeof b === "number" && b < 0)
        return typeof a === "number" ? int(-(((-a % b) + b) % b)) : undefined;
      return whole(ctx, subtract(a, multiply(b, floorDivide(a, b))), span);
    case "**":
      return dimensionPower(ctx, a, b, span);
    default:
      return undefined;
  }
}

function termCount(dim: Dim): number {
  return isOpen(dim) ? dim.terms.length : 1;
}

export function divisionByZero(ctx: Context, span: Span): Value {
  return report(ctx, "value-out-of-range", span, {
    what: "the divisor",
    value: "0",
    expected: "another number",
  });
}

function dimensionPower(ctx: Context, a: Dim, b: Dim, span: Span): Value | undefined {
  if (typeof b !== "number") return undefined;
  if (typeof a === "number") return b < 0 ? float(a ** b) : whole(ctx, a ** b, span);
  if (b < 0 || b > largestPower) return undefined;
  let result: Dim = 1;
  for (let i = 0; i < b; i++) {
    result = multiply(result, a);
    if (tooComplex(result)) break;
  }
  return whole(ctx, result, span);
}

/** An int, within what is kept exact. */
export function whole(ctx: Context, value: Dim, span: Span): Value {
  if (typeof value === "number" && Object.is(value, -0)) return int(0);
  if (!tooComplex(value)) return int(value);
  if (isOpen(value)) return stop(ctx, span, "the number of terms of this dimension", "64");
  report(ctx, "too-large", span, { what: "this int", limit: "2^53" });
  return errorValue;
}

/** Arithmetic in double precision. */
export function floatArithmetic(operator: BinaryOperator, a: number, b: number): number {
  switch (operator) {
    case "+":
      return a + b;
    case "-":
      return a - b;
    case "*":
      return a * b;
    case "/":
      return a / b;
    case "%":
      return a - b * Math.floor(a / b);
    case "**":
      return a ** b;
    default:
      return NaN;
  }
}
