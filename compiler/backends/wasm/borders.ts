// Borders of a convolution along an axis that all rows of a group share: what lies beyond them is 0, so these steps of
// the sum are neither packed nor multiplied.

import type { Axis, Index, Scalar } from "../../schedule/kernel.ts";
import { axisIndex, linearIndex } from "../../schedule/index-form.ts";
import { bind, childBlock, type Block } from "./block.ts";
import type { Printer } from "./expression.ts";
import { add, apply, i32, type Expr } from "./ir.ts";
import { innermost, type Side } from "./sides.ts";

/** 0 ≤ rest ± axis ≤ last for a summed axis; `rest` is the same for all rows of a group. */
export interface Border {
  readonly axis: Axis;
  readonly rest: Index;
  readonly sign: 1 | -1;
  readonly last: number;
}

/** Steps of the border's axis that lie inside. */
export interface Span {
  readonly axis: Axis;
  readonly from: Expr;
  readonly to: Expr;
}

/** The border of a side along one of the summed axes, if it has one. */
export function borderOf(printer: Printer, side: Side, k: readonly Axis[]): Border | undefined {
  if (side.packing !== "along") return undefined;
  const { name } = innermost(side);
  for (const guard of guardsOf(side.value)) {
    const needed = printer.needs(guard);
    const summed = k.filter((axis) => needed.has(axis.name));
    const [axis] = summed;
    if (guard.kind !== "within" || !axis || summed.length > 1 || needed.has(name)) continue;
    const { terms } = guard.at;
    if (terms.some(({ atom }) => atom.kind !== "axis")) continue;
    const sign = terms.find(
      ({ atom }) => atom.kind === "axis" && atom.name === axis.name,
    )?.coefficient;
    if (sign !== 1 && sign !== -1) continue;
    const rest = linearIndex(0, [
      { index: guard.at, coefficient: 1 },
      { index: axisIndex(axis), coefficient: -sign },
    ]);
    return { axis, rest, sign, last: guard.last };
  }
  return undefined;
}

/** The conditions that must all hold, or the value is 0. */
function guardsOf(value: Scalar): readonly Scalar[] {
  if (value.kind !== "apply" || value.op !== "select") return [];
  const [condition, , other] = value.args;
  if (!condition || other?.kind !== "number" || other.value !== 0) return [];
  const all = (guard: Scalar): readonly Scalar[] =>
    guard.kind === "apply" && guard.op === "and" ? guard.args.flatMap(all) : [guard];
  return all(condition);
}

/** The steps that any of some groups needs, each given by what its axes are bound to. */
export function spanOf(
  printer: Printer,
  block: Block,
  { axis, rest, sign, last }: Border,
  groups: readonly Readonly<Record<string, Expr>>[],
): Span {
  let from: Expr | undefined;
  let to: Expr | undefined;
  for (const bindings of groups) {
    const named = childBlock(block, { bindings });
    block.rest.push(named);
    const at = printer.index(named, rest);
    const minus = (a: Expr, b: Expr): Expr => apply("i32.sub", [a, b]);
    const first = sign === 1 ? minus(i32(0), at) : minus(at, i32(last));
    const end = add(sign === 1 ? minus(i32(last), at) : at, i32(1));
    const low = most(named, first, i32(0));
    const high = least(named, end, i32(axis.extent));
    from = from ? least(named, from, low) : low;
    to = to ? most(named, to, high) : high;
  }
  return { axis, from: from ?? i32(0), to: to ?? i32(axis.extent) };
}

/** The part of a span inside a range. */
export function clip(block: Block, span: Span, from: Expr, to: Expr): Span {
  const named = childBlock(block);
  block.rest.push(named);
  return { ...span, from: most(named, span.from, from), to: least(named, span.to, to) };
}

function most(block: Block, first: Expr, second: Expr): Expr {
  const [a, b] = [bind(block, first), bind(block, second)];
  return bind(block, apply("select", [a, b, apply("i32.gt_s", [a, b])]));
}

function least(block: Block, first: Expr, second: Expr): Expr {
  const [a, b] = [bind(block, first), bind(block, second)];
  return bind(block, apply("select", [a, b, apply("i32.lt_s", [a, b])]));
}
