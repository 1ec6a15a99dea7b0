// Sums over the prefix in a step: they end at the position. Nothing needs to be cut off where what lies beyond adds nothing
// anyway, as weights of attention under a causal mask.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Node } from "../ir/graph.ts";
import { formsAsAttr } from "../ops/make.ts";
import { formsAttr, numbersAttr, textAttr } from "../ops/shapes.ts";
import type { At } from "./at.ts";
import { plainAxis, summedGrowing } from "./causal.ts";
import { isNeutral, type FutureTable } from "./future.ts";
import type { Pair } from "./pairs.ts";
import { cutFuture, readThrough, unlessBefore, type Reading, type Tools } from "./read.ts";
import { Refusal } from "./refusal.ts";

export interface SumTools extends Tools {
  readonly futures: FutureTable;
  /** Of the longest prefix. */
  readonly length: number;
}

/** A reduction, over places up to the position alone. */
export function reduced(tools: SumTools, pair: Pair, at: readonly At[]): Node {
  const { b, part, futures } = tools;
  const { node } = pair;
  const [x] = pair.inputs;
  if (!x) throw new InternalError(`${node.op} has an operand`);
  const axes = numbersAttr(node.attrs, "axes");
  const own = atOperand(x, axes, at);
  let operand = part(x, own);
  const kind = textAttr(node.attrs, "kind");
  for (const axis of axes) {
    const grown = x.growth[axis];
    if (grown === undefined) continue;
    const isCut = own.some((c, q) => {
      return typeof c === "number" && c <= grown && isNeutral(kind, futures.of(x, q, axis));
    });
    if (isCut && node.op === "reduce") continue;
    operand = cutFuture(tools, operand, axis, grown, neutralOf(kind, operand));
  }
  return b.node(node.op, [operand], node.attrs);
}

/** A sum of products, over places up to the position alone. */
export function contracted(tools: SumTools, pair: Pair, at: readonly At[]): Node {
  const { b, futures, length } = tools;
  const { node, shorter } = pair;
  const sizes = numbersAttr(node.attrs, "sizes");
  const short = numbersAttr(shorter.attrs, "sizes");
  const out = numbersAttr(node.attrs, "out");
  const growth = sizes.map((size, axis) => (size === short[axis] ? undefined : size - length));
  const along = sizes.map((_, axis): At => {
    if (growth[axis] === undefined) return undefined;
    const place = out.indexOf(axis);
    return place < 0 ? "whole" : at[place];
  });
  const operands = ["a", "b"].map((name, i) => {
    const operand = pair.inputs[i];
    if (!operand) throw new InternalError("a contraction has two operands");
    const reading: Reading = {
      operand,
      forms: formsAttr(node.attrs, name),
      shorter: formsAttr(shorter.attrs, name),
      sizes,
      at: along,
      growth,
      reader: node,
      fill: 0,
    };
    const read = readThrough(tools, reading);
    return { ...read, node: unlessBefore(tools, read.node, read.from, 0), reading };
  });
  const [left, right] = operands;
  if (!left || !right) throw new InternalError("a contraction has two operands");
  for (const axis of summedGrowing(pair)) {
    const isCut = operands.some(({ reading: { operand, forms } }) => {
      const k = plainAxis(forms, axis);
      return out.some((outer) => {
        const q = plainAxis(forms, outer);
        const c = along[outer];
        if (k === undefined || q === undefined || typeof c !== "number") return false;
        return c <= (growth[axis] ?? 0) && isNeutral("sum", futures.of(operand, q, k));
      });
    });
    if (!isCut) cutSum(tools, operands, axis, growth[axis] ?? 0, node);
  }
  return b.node("contract", [left.node, right.node], {
    sizes: sizes.map((size, axis) => (typeof along[axis] === "number" ? 1 : size)),
    out: [...out],
    a: formsAsAttr(left.forms),
    b: formsAsAttr(right.forms),
  });
}

/** Products beyond the position are not summed: one operand is 0 there. */
function cutSum(
  tools: SumTools,
  operands: { node: Node; readonly reading: Reading }[],
  axis: number,
  last: number,
  node: Node,
): void {
  const found = operands
    .map((operand) => ({ operand, d: plainAxis(operand.reading.forms, axis) }))
    .filter(({ d }) => d !== undefined)
    .sort((p, q) => elementsOf(p.operand.node) - elementsOf(q.operand.node))[0];
  if (found?.d === undefined) throw new Refusal("places are summed in an order of their own", node);
  found.operand.node = cutFuture(tools, found.operand.node, found.d, last, 0);
}

/** What is worked out of a reduction's operand. */
function atOperand(x: Pair, axes: readonly number[], at: readonly At[]): At[] {
  let place = 0;
  return x.shape.map((_, axis): At => {
    if (!axes.includes(axis)) return at[place++];
    return x.growth[axis] === undefined ? undefined : "whole";
  });
}

function neutralOf(kind: string, { type }: Node): number {
  const isWhole = type.dtype === "i32" || type.dtype === "u8" || type.dtype === "bool";
  if (kind === "sum") return 0;
  if (kind === "prod") return 1;
  if (kind === "max") return isWhole ? (type.dtype === "i32" ? -(2 ** 31) : 0) : -Infinity;
  return isWhole
    ? type.dtype === "i32"
      ? 2 ** 31 - 1
      : type.dtype === "bool"
        ? 1
        : 255
    : Infinity;
}

function elementsOf({ type }: Node): number {
  return type.shape.reduce<number>((product, size) => product * Number(size), 1);
}
