// What can be told about a node's values without computing them.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Node } from "../ir/graph.ts";
import { operatorNamed } from "../ops/index.ts";
import { isFloat } from "../ops/shapes.ts";

/** The operand at a position; operators were checked to have theirs. */
export function operandOf(node: Node, position = 0): Node {
  const operand = node.inputs[position];
  if (!operand) throw new InternalError(`${node.op} has no operand ${position}`);
  return operand;
}

/** Whether an operator works element by element on operands of one shape. */
export function isPointwise(op: string): boolean {
  const record = operatorNamed(op);
  return record.level === "primitive" && record.pointwise;
}

/** The number that every element of a node equals (a bool is 0 or 1), if it is a constant or a repeated one. */
export function splatValue(node: Node): number | undefined {
  let source = node;
  while (
    source.op === "reshape" ||
    (source.op === "view" && source.attrs["fill"] === "unreachable")
  ) {
    source = operandOf(source);
  }
  if (source.op !== "constant") return undefined;
  const { value, values } = source.attrs;
  if (Array.isArray(values)) {
    const numbers = values.map(Number);
    const [first] = numbers;
    return first !== undefined && numbers.every((n) => Object.is(n, first)) ? first : undefined;
  }
  return Number(value);
}

export function isSplat(node: Node, value: number): boolean {
  return splatValue(node) === value;
}

/** Whether x is 2^k for a k so small that multiplying by it neither overflows nor loses bits in practice. */
export function isPowerOfTwo(x: number): boolean {
  const exponent = Math.log2(Math.abs(x));
  return Number.isInteger(exponent) && Math.abs(exponent) <= 20;
}

/** Operators whose result is finite where their operands are. */
const keepFinite: ReadonlySet<string> = new Set([
  "neg",
  "abs",
  "sign",
  "floor",
  "ceil",
  "round",
  "sin",
  "cos",
  "tanh",
  "sigmoid",
  "erf",
  "max",
  "min",
  "select",
  "reshape",
  "concat",
  "gather",
]);

/** Whether no element can be infinite or NaN, as far as a short look tells. */
export function isFinite(node: Node, depth = 6): boolean {
  if (!isFloat(node.type.dtype)) return true;
  const value = splatValue(node);
  if (value !== undefined) return Number.isFinite(value);
  if (depth === 0) return false;
  const operandsAre = (): boolean => node.inputs.every((input) => isFinite(input, depth - 1));
  switch (node.op) {
    case "random":
    case "iota":
      return true;
    case "constant":
      return Array.isArray(node.attrs["values"]) && node.attrs["values"].every(Number.isFinite);
    case "cast":
      return operandsAre();
    case "view": {
      const { fill } = node.attrs;
      return (fill === "unreachable" || Number.isFinite(fill)) && operandsAre();
    }
    default:
      return keepFinite.has(node.op) && operandsAre();
  }
}
