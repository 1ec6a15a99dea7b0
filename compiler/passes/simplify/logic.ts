// Truth values, choices and conversions.

import type { DType } from "../../../runtime/types.ts";
import { makeLike } from "../../ops/make.ts";
import type { Node } from "../../ir/graph.ts";
import { isFinite, operandOf, splatValue } from "../facts.ts";
import { constantLast } from "./arithmetic.ts";
import type { Rule, Rules } from "./rule.ts";

/** not not x = x */
const not: Rule = (node) => {
  const x = operandOf(node);
  return x.op === "not" ? operandOf(x) : undefined;
};

/** x and x = x;  x and true = x;  x and false = false */
const and: Rule = (node) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  const value = splatValue(y);
  if (x === y || value === 1) return x;
  return value === 0 ? y : undefined;
};

/** x or x = x;  x or false = x;  x or true = true */
const or: Rule = (node) => {
  const [x, y] = [operandOf(node), operandOf(node, 1)];
  const value = splatValue(y);
  if (x === y || value === 0) return x;
  return value === 1 ? y : undefined;
};

/** A comparison of x with itself is known where x cannot be NaN. */
const withItself =
  (value: 0 | 1): Rule =>
  (node, b) => {
    const x = operandOf(node);
    if (x !== operandOf(node, 1) || !isFinite(x)) return undefined;
    return makeLike(b, node, value);
  };

/** where(true, a, b) = a;  where(c, a, a) = a;  where(not c, a, b) = where(c, b, a); the same choice made twice */
const select: Rule = (node, b) => {
  const [condition, yes, no] = [operandOf(node), operandOf(node, 1), operandOf(node, 2)];
  const known = splatValue(condition);
  if (known !== undefined) return known === 0 ? no : yes;
  if (yes === no) return yes;
  if (condition.op === "not") return b.node("select", [operandOf(condition), no, yes]);
  if (yes.op === "select" && operandOf(yes) === condition) {
    return b.node("select", [condition, operandOf(yes, 1), no]);
  }
  if (no.op === "select" && operandOf(no) === condition) {
    return b.node("select", [condition, yes, operandOf(no, 2)]);
  }
  return selectOfTruths(condition, yes, no, b);
};

/** where(c, true, false) = c;  where(c, false, true) = not c;  where(c, 1, 0) = f32(c) */
const selectOfTruths = (
  condition: Node,
  yes: Node,
  no: Node,
  b: Parameters<Rule>[1],
): Node | undefined => {
  const [one, other] = [splatValue(yes), splatValue(no)];
  const { dtype } = yes.type;
  if (one === 1 && other === 0)
    return dtype === "bool" ? condition : b.node("cast", [condition], { dtype });
  return one === 0 && other === 1 && dtype === "bool" ? b.node("not", [condition]) : undefined;
};

/** Types that hold every value of a type. A whole number above 2²⁴ is none in f32. */
const wider: Readonly<Record<DType, readonly DType[]>> = {
  bool: ["bool", "u8", "i32", "f16", "f32"],
  u8: ["u8", "i32", "f16", "f32"],
  i32: ["i32"],
  f16: ["f16", "f32"],
  f32: ["f32"],
};

/** A conversion to the same type, or after one that lost nothing. */
const cast: Rule = (node, b) => {
  const x = operandOf(node);
  const { dtype } = node.type;
  if (x.type.dtype === dtype) return x;
  if (x.op !== "cast") return undefined;
  const source = operandOf(x);
  return wider[source.type.dtype].includes(x.type.dtype)
    ? b.node("cast", [source], { dtype })
    : undefined;
};

export const logicRules: Rules = {
  not: [not],
  and: [constantLast, and],
  or: [constantLast, or],
  eq: [constantLast, withItself(1)],
  ne: [constantLast, withItself(0)],
  le: [withItself(1)],
  ge: [withItself(1)],
  lt: [withItself(0)],
  gt: [withItself(0)],
  select: [select],
  cast: [cast],
};
