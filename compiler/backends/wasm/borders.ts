// Borders of a convolution: what lies beyond them is 0, so steps of the sum that lie there for all rows of a tile are
// neither packed nor multiplied. Along one summed axis (the rows of an image) the border is the same for all lanes; along
// another one (its columns) it is not, and steps are left out that lie beyond it for all lanes of a group.

import type { Axis, Index, Scalar } from "../../schedule/kernel.ts";
import { axisIndex, linearIndex } from "../../schedule/index-form.ts";
import { bind, childBlock, type Block } from "./block.ts";
import type { Printer } from "./expression.ts";
import { add, apply, i32, type Expr } from "./ir.ts";
import { innermost, type Side } from "./sides.ts";

/** 0 ≤ rest ± axis ≤ last for a summed axis. `rest` is that of the first lane; over the lanes it grows by `low` … `high`. */
export interface Border {
  readonly axis: Axis;
  readonly rest: Index;
  readonly sign: 1 | -1;
  readonly last: number;
  readonly low: number;
  readonly high: number;
}

/** Steps of the border's axis that lie inside. */
export interface Span {
  readonly axis: Axis;
  readonly from: Expr;
  readonly to: Expr;
}

/** The border of a side along a summed axis that is the same for all lanes, if it has one. */
export function borderOf(printer: Printer, side: Side, k: readonly Axis[]): Border | undefined {
  return bordersOf(printer, side, k).find(({ low, high }) => low === 0 && high === 0);
}

/** Part of the steps that must lie beyond a border across the lanes for a loop of its own to be worth it. */
const worthLeavingOut = 0.1;

/** The border along another summed axis that depends on the lanes alone, if enough lies beyond it. */
export function borderAcross(printer: Printer, side: Side, k: readonly Axis[]): Border | undefined {
  const lanes = innermost(side);
  return bordersOf(printer, side, k).find(({ axis, rest, sign, last, low, high }) => {
    const [term] = rest.terms;
    if (low === high || rest.terms.length !== 1 || !term) return false;
    let inside = 0;
    let all = 0;
    for (let lane = 0; lane < lanes.extent; lane += 4) {
      const at = rest.offset + term.coefficient * lane;
      const [first, end] =
        sign === 1 ? [-at - high, last - at - low] : [at + low - last, at + high];
      inside += Math.max(0, Math.min(axis.extent - 1, end) - Math.max(0, first) + 1);
      all += axis.extent;
    }
    return inside <= (1 - worthLeavingOut) * all;
  });
}

/** Guards of a side that are borders along one of the summed axes. */
function bordersOf(printer: Printer, side: Side, k: readonly Axis[]): readonly Border[] {
  if (side.packing !== "along") return [];
  const { name } = innermost(side);
  return guardsOf(side.value).flatMap((guard): Border[] => {
    const needed = printer.needs(guard);
    const summed = k.filter((axis) => needed.has(axis.name));
    const [axis] = summed;
    if (guard.kind !== "within" || !axis || summed.length > 1) return [];
    const { terms } = guard.at;
    if (terms.some(({ atom }) => atom.kind !== "axis")) return [];
    const by = (wanted: string): number =>
      terms.find(({ atom }) => atom.kind === "axis" && atom.name === wanted)?.coefficient ?? 0;
    const sign = by(axis.name);
    if (sign !== 1 && sign !== -1) return [];
    const rest = linearIndex(0, [
      { index: guard.at, coefficient: 1 },
      { index: axisIndex(axis), coefficient: -sign },
    ]);
    const grows = 3 * by(name);
    const [low, high] = [Math.min(0, grows), Math.max(0, grows)];
    return [{ axis, rest, sign, last: guard.last, low, high }];
  });
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
  { axis, rest, sign, last, ...reach }: Border,
  groups: readonly Readonly<Record<string, Expr>>[],
): Span {
  let from: Expr | undefined;
  let to: Expr | undefined;
  for (const bindings of groups) {
    const named = childBlock(block, { bindings });
    block.rest.push(named);
    const at = printer.index(named, rest);
    const minus = (a: Expr, b: Expr): Expr => apply("i32.sub", [a, b]);
    const first = sign === 1 ? minus(i32(-reach.high), at) : minus(at, i32(last - reach.low));
    const end = sign === 1 ? minus(i32(last - reach.low + 1), at) : add(at, i32(reach.high + 1));
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
