// Algebra that holds for every floating-point number, up to the sign of a zero. Nothing here regroups a sum or
// replaces a division by a rounded reciprocal.

import type { Builder } from "../../ir/build.ts";
import type { Node } from "../../ir/graph.ts";
import { makeLike } from "../../ops/make.ts";
import { isFloat } from "../../ops/shapes.ts";
import { isFinite, isPowerOfTwo, isSplat, operandOf, splatValue } from "../facts.ts";
import type { Rule, Rules } from "./rule.ts";

/** c ∘ x = x ∘ c: repeated numbers stand on the right, so the other rules look there alone. */
export const constantLast: Rule = (node, b) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  if (splatValue(x) === undefined || splatValue(y) !== undefined) return undefined;
  return b.node(node.op, [y, x], node.attrs);
};

/** x if it is −x of something, that something. */
function negated(x: Node): Node | undefined {
  return x.op === "neg" ? operandOf(x) : undefined;
}

function scaled(b: Builder, x: Node, factor: number): Node {
  return b.node("mul", [x, makeLike(b, x, factor)]);
}

/** x + 0 = x;  x + −y = x − y;  −x + y = y − x */
const add: Rule = (node, b) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  if (isSplat(y, 0)) return x;
  const minusY = negated(y);
  if (minusY) return b.node("sub", [x, minusY]);
  const minusX = negated(x);
  return minusX && b.node("sub", [y, minusX]);
};

/** x − 0 = x;  0 − x = −x;  x − −y = x + y;  x − x = 0 of integers */
const sub: Rule = (node, b) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  if (isSplat(y, 0)) return x;
  if (isSplat(x, 0)) return b.node("neg", [y]);
  if (x === y && isFinite(x)) return makeLike(b, x, 0);
  const minusY = negated(y);
  return minusY && b.node("add", [x, minusY]);
};

/** x·1 = x;  x·−1 = −x;  x·0 = 0 of finite x;  −x·−y = x·y;  −x·c = x·−c;  (x·c)·2ᵏ = x·(c·2ᵏ) */
const mul: Rule = (node, b) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  const factor = splatValue(y);
  const minusX = negated(x);
  const minusY = negated(y);
  if (minusX && minusY) return b.node("mul", [minusX, minusY]);
  if (factor === undefined) return undefined;
  if (factor === 1) return x;
  if (factor === -1) return b.node("neg", [x]);
  if (factor === 0 && isFinite(x)) return makeLike(b, x, 0);
  if (minusX) return scaled(b, minusX, -factor);
  const inner = x.op === "mul" ? splatValue(operandOf(x, 1)) : undefined;
  if (
    inner !== undefined &&
    isFloat(x.type.dtype) &&
    (isPowerOfTwo(inner) || isPowerOfTwo(factor))
  ) {
    return scaled(b, operandOf(x), inner * factor);
  }
  return undefined;
};

/** x / 1 = x;  x / −1 = −x;  x / 2ᵏ = x·2⁻ᵏ;  −x / −y = x / y;  0 / c = 0 */
const div: Rule = (node, b) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  const divisor = splatValue(y);
  if (divisor === 1) return x;
  if (divisor !== undefined && isPowerOfTwo(divisor)) return scaled(b, x, 1 / divisor);
  if (divisor !== undefined && divisor !== 0 && Number.isFinite(divisor) && isSplat(x, 0)) return x;
  const [minusX, minusY] = [negated(x), negated(y)];
  return minusX && minusY ? b.node("div", [minusX, minusY]) : undefined;
};

/** −−x = x;  −(x − y) = y − x;  −(x·c) = x·−c */
const neg: Rule = (node, b) => {
  const x = operandOf(node);
  if (x.op === "neg") return operandOf(x);
  if (x.op === "sub") return b.node("sub", [operandOf(x, 1), operandOf(x)]);
  const factor = x.op === "mul" ? splatValue(operandOf(x, 1)) : undefined;
  return factor === undefined ? undefined : scaled(b, operandOf(x), -factor);
};

/** x^0 = 1;  x^1 = x;  x² = x·x;  x³ = x·x·x;  x⁴ = (x·x)²;  x^−1 = 1 / x */
const pow: Rule = (node, b) => {
  const x = operandOf(node);
  const times = (a: Node, c: Node): Node => b.node("mul", [a, c]);
  const square = (): Node => times(x, x);
  switch (splatValue(operandOf(node, 1))) {
    case 0:
      return makeLike(b, x, 1);
    case 1:
      return x;
    case 2:
      return square();
    case 3:
      return times(square(), x);
    case 4:
      return times(square(), square());
    case -1:
      return b.node("div", [makeLike(b, x, 1), x]);
    default:
      return undefined;
  }
};

/** max(x, x) = x;  max(x, −∞) = x;  max(max(x, c), d) = max(x, max(c, d)); min likewise */
const extreme =
  (op: "max" | "min", nothing: number): Rule =>
  (node, b) => {
    const [x, y] = [operandOf(node), operandOf(node, 1)];
    if (x === y || isSplat(y, nothing)) return x;
    const [outer, inner] = [splatValue(y), x.op === op ? splatValue(operandOf(x, 1)) : undefined];
    if (outer === undefined || inner === undefined) return undefined;
    return b.node(op, [operandOf(x), makeLike(b, x, Math[op](outer, inner))]);
  };

/** ||x|| = |x|;  |−x| = |x| */
const abs: Rule = (node, b) => {
  const x = operandOf(node);
  if (x.op === "abs") return x;
  return x.op === "neg" ? b.node("abs", [operandOf(x)]) : undefined;
};

/** Rounding what is whole already. */
const whole: Rule = (node) => {
  const x = operandOf(node);
  return ["floor", "ceil", "round", "sign"].includes(x.op) ? x : undefined;
};

export const arithmeticRules: Rules = {
  add: [constantLast, add],
  sub: [sub],
  mul: [constantLast, mul],
  div: [div],
  neg: [neg],
  pow: [pow],
  max: [constantLast, extreme("max", -Infinity)],
  min: [constantLast, extreme("min", Infinity)],
  abs: [abs],
  floor: [whole],
  ceil: [whole],
  round: [whole],
};
