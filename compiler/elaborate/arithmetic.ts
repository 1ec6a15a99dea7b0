// Operators on values: numbers known while compiling stay numbers, a tensor on either side makes a node.

import type { BinaryOperator } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import { compare, formatDim, isOpen } from "../ir/dim.ts";
import type { Node } from "../ir/graph.ts";
import { emit, emitValue, report, step, type Context } from "./context.ts";
import { dimensionArithmetic, floatArithmetic } from "./numbers.ts";
import { castNode, elementOf, higher, isFloat, pointwise, toTensor } from "./tensors.ts";
import { describeValue } from "./text.ts";
import {
  bool,
  errorValue,
  float,
  holdsTensor,
  int,
  isNumber,
  tensor,
  type Value,
} from "./values.ts";

const nodeOf: Partial<Record<BinaryOperator, string>> = {
  "+": "add",
  "-": "sub",
  "*": "mul",
  "/": "div",
  "%": "rem",
  "**": "pow",
  "==": "eq",
  "!=": "ne",
  "<": "lt",
  "<=": "le",
  ">": "gt",
  ">=": "ge",
  and: "and",
  or: "or",
};

const comparisons: ReadonlySet<string> = new Set(["==", "!=", "<", "<=", ">", ">="]);

/** `left operator right`; both are forced values. */
export function binary(
  ctx: Context,
  operator: BinaryOperator,
  left: Value,
  right: Value,
  span: Span,
): Value {
  if (left.kind === "error" || right.kind === "error") return errorValue;
  if (operator === "@") return product(ctx, left, right, span);
  if (holdsTensor(left) || holdsTensor(right)) {
    const other = holdsTensor(left) ? right : left;
    if ((operator === "==" || operator === "!=") && !isElement(other) && !isSequence(other))
      return bool(operator === "!=");
    return elementwise(ctx, operator, left, right, span);
  }
  if (operator === "==" || operator === "!=") {
    const equal = sameValue(ctx, left, right, span);
    return equal === undefined ? errorValue : bool(equal === (operator === "=="));
  }
  if (isNumber(left) && isNumber(right)) {
    if (comparisons.has(operator)) return compareNumbers(ctx, operator, left, right, span);
    if (operator !== "and" && operator !== "or") return numbers(ctx, operator, left, right, span);
  }
  if (
    (isSequence(left) && (isElement(right) || isSequence(right))) ||
    (isSequence(right) && isElement(left))
  ) {
    return elementwise(ctx, operator, left, right, span);
  }
  if ((operator === "and" || operator === "or") && left.kind === "bool" && right.kind === "bool") {
    return bool(operator === "and" ? left.value && right.value : left.value || right.value);
  }
  const logical = operator === "and" || operator === "or";
  const wanted = logical ? "true or false, or a bool tensor" : "a number or a tensor";
  const fits = (value: Value): boolean => (logical ? value.kind === "bool" : isNumber(value));
  const wrong = fits(left) ? right : left;
  const side = wrong === left ? "left" : "right";
  return report(ctx, "wrong-kind", span, {
    what: `the ${side} side of \`${operator}\``,
    wanted,
    found: describeValue(wrong),
  });
}

export function negate(ctx: Context, value: Value, span: Span): Value {
  if (value.kind === "int") return numbers(ctx, "-", int(0), value, span);
  if (value.kind === "float") return float(-value.value);
  const node = toTensor(ctx, span, value, undefined, "what stands after `-`");
  if (!node) return errorValue;
  const wide =
    node.type.dtype === "bool" || node.type.dtype === "u8"
      ? castNode(ctx, span, node, "i32")
      : node;
  return wide ? emitValue(ctx, span, "neg", [wide]) : errorValue;
}

export function not(ctx: Context, value: Value, span: Span): Value {
  if (value.kind === "error") return value;
  if (value.kind === "bool") return bool(!value.value);
  if (value.kind === "tensor" && value.node.type.dtype === "bool")
    return emitValue(ctx, span, "not", [value.node]);
  return report(ctx, "wrong-kind", span, {
    what: "what stands after `not`",
    wanted: "true or false, or a bool tensor",
    found: describeValue(value),
  });
}

function isElement(value: Value): boolean {
  return isNumber(value) || value.kind === "bool" || value.kind === "tensor";
}

function isSequence(value: Value): boolean {
  return value.kind === "list" || value.kind === "tuple";
}

function numbers(
  ctx: Context,
  operator: BinaryOperator,
  left: Value,
  right: Value,
  span: Span,
): Value {
  if (left.kind === "int" && right.kind === "int") {
    const found = dimensionArithmetic(ctx, operator, left.value, right.value, span);
    return found ?? elementwise(ctx, operator, left, right, span);
  }
  const a = left.kind === "int" ? left.value : left.kind === "float" ? left.value : undefined;
  const b = right.kind === "int" ? right.value : right.kind === "float" ? right.value : undefined;
  if (a === undefined || b === undefined) return errorValue;
  // An open dimension in float arithmetic has its value only when the graph is specialised.
  if (isOpen(a) || isOpen(b)) return elementwise(ctx, operator, left, right, span);
  return float(floatArithmetic(operator, a, b));
}

function compareNumbers(
  ctx: Context,
  operator: BinaryOperator,
  left: Value,
  right: Value,
  span: Span,
): Value {
  if (!isNumber(left) || !isNumber(right)) return errorValue;
  let difference: number | undefined;
  if (left.kind === "float" || right.kind === "float") {
    if (typeof left.value === "number" && typeof right.value === "number") {
      const [a, b] = [left.value, right.value];
      difference = a === b ? 0 : a < b ? -1 : a > b ? 1 : NaN;
    }
  } else {
    const found = dimensionArithmetic(ctx, "-", left.value, right.value, span);
    if (found?.kind === "int" && typeof found.value === "number") difference = found.value;
  }
  if (difference === undefined) {
    const text = [left, right].map((side) =>
      typeof side.value === "number" ? String(side.value) : formatDim(side.value),
    );
    return report(ctx, "not-known", span, { what: `\`${text.join(` ${operator} `)}\`` });
  }
  if (operator === "<") return bool(difference < 0);
  if (operator === "<=") return bool(difference <= 0);
  if (operator === ">") return bool(difference > 0);
  return bool(difference >= 0);
}

/** Equality of values known while compiling; undefined after reporting that open sizes cannot be compared. */
function sameValue(ctx: Context, left: Value, right: Value, span: Span): boolean | undefined {
  step(ctx, span);
  if (isNumber(left) && isNumber(right)) {
    if (left.kind === "int" && right.kind === "int") {
      const found = compare(left.value, right.value);
      if (found !== "unknown") return found === "equal";
      report(ctx, "not-known", span, {
        what: `whether ${formatDim(left.value)} equals ${formatDim(right.value)}`,
      });
      return undefined;
    }
    return left.value === right.value;
  }
  if (
    (left.kind === "list" && right.kind === "list") ||
    (left.kind === "tuple" && right.kind === "tuple")
  ) {
    if (left.items.length !== right.items.length) return false;
    for (const [i, item] of left.items.entries()) {
      const other = right.items[i];
      const same = other && sameValue(ctx, item, other, span);
      if (same !== true) return same;
    }
    return true;
  }
  if (left.kind !== right.kind) return false;
  if (left.kind === "bool" && right.kind === "bool") return left.value === right.value;
  if (left.kind === "string" && right.kind === "string") return left.value === right.value;
  if (left.kind === "dtype" && right.kind === "dtype") return left.dtype === right.dtype;
  if (left.kind === "none" || left.kind === "hole") return true;
  if (left.kind === "block" && right.kind === "block")
    return left.definition === right.definition && left.given.size + right.given.size === 0;
  if (left.kind === "intrinsic" && right.kind === "intrinsic")
    return left.intrinsic === right.intrinsic;
  return left === right;
}

/** Operands as tensors of the element type in which they meet: numbers and lists take the tensor's. */
export function meet(
  ctx: Context,
  operands: readonly Value[],
  span: Span,
  what: string,
): Node[] | undefined {
  let fixed: DType | undefined;
  let loose: DType = "bool";
  for (const value of operands) {
    const own = elementOf(ctx, span, value);
    if (!own) {
      if (value.kind !== "error") {
        report(ctx, "wrong-kind", span, {
          what,
          wanted: "a number or a tensor",
          found: describeValue(value),
        });
      }
      return undefined;
    }
    if (holdsTensor(value)) fixed = fixed ? higher(fixed, own) : own;
    else loose = higher(loose, own);
  }
  // A float with an integer or bool tensor gives f32; an int or bool takes the tensor's type, but counts with bools.
  let dtype = fixed ?? loose;
  if (fixed && loose === "f32" && !isFloat(fixed)) dtype = "f32";
  if (fixed === "bool" && loose === "i32") dtype = "i32";
  const nodes: Node[] = [];
  for (const value of operands) {
    const node = toTensor(ctx, span, value, dtype, what);
    if (!node) return undefined;
    nodes.push(node);
  }
  return nodes;
}

function elementwise(
  ctx: Context,
  operator: BinaryOperator,
  left: Value,
  right: Value,
  span: Span,
): Value {
  const what = `the operands of \`${operator}\``;
  const op = nodeOf[operator];
  if (!op) return errorValue;
  if (operator === "**") return power(ctx, left, right, span);
  const nodes = meet(ctx, [left, right], span, what);
  const [a, b] = nodes ?? [];
  if (!a || !b) return errorValue;
  const dtype = a.type.dtype;
  if (operator === "and" || operator === "or") {
    if (dtype === "bool") return pointwise(ctx, span, op, [a, b], what);
    return report(ctx, "wrong-kind", span, {
      what,
      wanted: "bool tensors",
      found: `tensors of ${dtype}`,
    });
  }
  if (comparisons.has(operator)) return pointwise(ctx, span, op, [a, b], what);
  if (operator === "/") return inType(ctx, span, op, [a, b], isFloat(dtype) ? dtype : "f32", what);
  if (dtype === "bool") return inType(ctx, span, op, [a, b], "i32", what);
  if (dtype === "u8") {
    const wide = inType(ctx, span, op, [a, b], "i32", what);
    return wide.kind === "tensor"
      ? emitValue(ctx, span, "cast", [wide.node], { dtype: "u8" })
      : wide;
  }
  return pointwise(ctx, span, op, [a, b], what);
}

/** A pointwise operator after converting its operands. */
export function inType(
  ctx: Context,
  span: Span,
  op: string,
  operands: readonly Node[],
  dtype: DType,
  what: string,
): Value {
  const inputs: Node[] = [];
  for (const operand of operands) {
    const node = castNode(ctx, span, operand, dtype);
    if (!node) return errorValue;
    inputs.push(node);
  }
  return pointwise(ctx, span, op, inputs, what);
}

/** `a ** b`: small whole exponents multiply, so that integers stay integers and gradients need no logarithm. */
export function power(ctx: Context, left: Value, right: Value, span: Span): Value {
  const what = "the operands of `**`";
  const exponent =
    right.kind === "int" && typeof right.value === "number"
      ? right.value
      : right.kind === "float"
        ? right.value
        : undefined;
  if (exponent !== undefined) {
    const base = toTensor(ctx, span, left, undefined, what);
    if (!base) return errorValue;
    const small =
      base.type.dtype === "bool" || base.type.dtype === "u8"
        ? castNode(ctx, span, base, "i32")
        : base;
    if (small && (exponent === 2 || exponent === 3)) {
      const square = emit(ctx, span, "mul", [small, small]);
      return square === undefined
        ? errorValue
        : exponent === 2
          ? tensor(square)
          : emitValue(ctx, span, "mul", [square, small]);
    }
    if (exponent === 1) return tensor(base);
    if (exponent === 0.5)
      return inType(
        ctx,
        span,
        "sqrt",
        [base],
        isFloat(base.type.dtype) ? base.type.dtype : "f32",
        what,
      );
  }
  const nodes = meet(ctx, [left, right], span, what);
  const [a, b] = nodes ?? [];
  if (!a || !b) return errorValue;
  return inType(ctx, span, "pow", [a, b], isFloat(a.type.dtype) ? a.type.dtype : "f32", what);
}

/** `a @ b`: floats, converted like the operands of `/`. */
function product(ctx: Context, left: Value, right: Value, span: Span): Value {
  const what = "the operands of `@`";
  const nodes = meet(ctx, [left, right], span, what);
  const [a, b] = nodes ?? [];
  if (!a || !b) return errorValue;
  const dtype = isFloat(a.type.dtype) ? a.type.dtype : "f32";
  const [x, y] = [castNode(ctx, span, a, dtype), castNode(ctx, span, b, dtype)];
  return x && y ? emitValue(ctx, span, "matmul", [x, y]) : errorValue;
}
