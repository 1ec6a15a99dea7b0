// Packing: groups of four (or three) rows of an operand as panels [depth][4]. Index maps, borders and gathers of the operand cost
// here and nowhere else.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Axis, Scalar } from "../../schedule/kernel.ts";
import { axisIndex, constantIndex } from "../../schedule/index-form.ts";
import { coordinates, extentOf } from "./axes.ts";
import { bind, boundTo, childBlock, openCounter, type Block } from "./block.ts";
import { groupBytes, type Blocking } from "./blocking.ts";
import type { Span } from "./borders.ts";
import type { Printer } from "./expression.ts";
import { createRewriter } from "./flatten.ts";
import { add, apply, i32, i32x4, store, times, type Expr } from "./ir.ts";
import { guardAxes, groupsInRow, innermost, type Side } from "./sides.ts";

/** The part of the sum that a block covers. */
export interface Depth {
  readonly blocking: Blocking;
  /** First and end of the chunk of the axis that is cut. */
  readonly start: Expr;
  readonly end: Expr;
  /** Of some axes only these steps are not 0. */
  readonly spans?: readonly Span[];
}

/** Where the rows of a group are: outer axes, and the first row of the innermost one (or of all). */
export interface Group {
  readonly bindings: Readonly<Record<string, Expr>>;
  readonly base: Expr;
}

/** The rows that a group holds; `group` is its number. */
export function locateGroup(block: Block, side: Side, group: Expr): Group {
  if (side.packing === "depth" || side.axes.length <= 1) {
    return { bindings: {}, base: bind(block, times(group, side.size), "row") };
  }
  const runs = groupsInRow(side);
  const outer = side.axes.slice(0, -1);
  const run = bind(block, apply("i32.div_u", [group, i32(runs)]), "run");
  const at = bind(block, apply("i32.rem_u", [group, i32(runs)]), "at");
  return {
    bindings: coordinates(block, outer, run),
    base: bind(block, times(at, side.size), "row"),
  };
}

/** Packs groups, each at its address; rows of neighbouring ones are often neighbours in memory. */
export function packGroups(
  printer: Printer,
  block: Block,
  side: Side,
  groups: readonly Packed[],
  depth: Depth,
): void {
  if (side.packing === "along") {
    packAlong(printer, block, side, groups, depth);
    return;
  }
  for (const group of groups) packDepth(printer, block, side, group, depth);
}

/** A group and the address of its panel. */
export interface Packed {
  readonly number: Expr;
  readonly group: Group;
  readonly to: Expr;
}

interface DepthAxis {
  readonly axis: Axis;
  /** Steps of the panel that it moves by. */
  readonly steps: number;
}

/** Bytes of a panel that one step of a block's axis takes. */
export function bytesOfStep(depth: Depth, axis: Axis): number {
  return (stepsOf(depth).find((each) => each.axis === axis)?.steps ?? 0) * groupBytes;
}

/** Axes of a block with the steps of the panel that each moves by. */
function stepsOf({ blocking }: Depth): readonly DepthAxis[] {
  const axes = blocking.cut ? [blocking.cut.axis, ...blocking.inner] : blocking.inner;
  let steps = extentOf(axes);
  return axes.map((axis) => {
    steps /= axis.extent;
    return { axis, steps: Math.round(steps) };
  });
}

/** Loops over axes of the block, the chunk of the one that is cut; vectors of the last one where asked for. */
function openDepth(
  block: Block,
  axes: readonly Axis[],
  depth: Depth,
  lanes: Axis | undefined,
): Block {
  return axes.reduce((outer, axis) => {
    const span = depth.spans?.find((each) => each.axis === axis);
    if (span) return openCounter(outer, axis.name, { ...span, maybeEmpty: true });
    const isCut = axis === depth.blocking.cut?.axis;
    const from = isCut ? depth.start : i32(0);
    const to = isCut ? depth.end : i32(axis.extent);
    if (axis !== lanes) return openCounter(outer, axis.name, { from, to });
    const overhangs = axis.extent % 4 !== 0;
    const options = { lanes: { axes: new Set([axis.name]), active: 4, overhangs } };
    return openCounter(outer, axis.name, { from, to, step: 4 }, options);
  }, block);
}

/** Address in a panel of the step at hand, over the axes that are looped over. */
function stepAddress(block: Block, depth: Depth, to: Expr, looped: readonly Axis[]): Expr {
  const { cut } = depth.blocking;
  return stepsOf(depth).reduce((sum, { axis, steps }) => {
    if (!looped.includes(axis)) return sum;
    const at = boundTo(block, axis.name);
    const relative = axis === cut?.axis ? apply("i32.sub", [at, depth.start]) : at;
    return add(sum, times(relative, steps * groupBytes));
  }, to);
}

function packAlong(
  printer: Printer,
  block: Block,
  side: Side,
  groups: readonly Packed[],
  depth: Depth,
): void {
  const inner = innermost(side);
  const bindings: Record<string, Expr> = {};
  const all = groups.map(({ group }) => ({ ...group.bindings, [inner.name]: group.base }));
  // Axes that are the same for all groups keep their names, so that what depends on them alone is worked out once.
  const differing = new Set(
    Object.keys(all[0] ?? {}).filter((axis) => all.some((own) => own[axis] !== all[0]?.[axis])),
  );
  const nameOf = (axis: string, g: number): string =>
    differing.has(axis) ? rowName(axis, g) : axis;
  all.forEach((own, g) => {
    for (const [axis, value] of Object.entries(own)) bindings[nameOf(axis, g)] = value;
  });
  const axes = new Set(groups.map((_, g) => nameOf(inner.name, g)));
  const named = childBlock(block, {
    bindings,
    lanes: { axes, active: 4, overhangs: side.size !== 4 || inner.extent % 4 !== 0 },
  });
  block.rest.push(named);
  const { unrolled, looped } = splitForGuards(printer, side.value, depth);
  const point = openDepth(named, looped, depth, undefined);
  const values = groups.map((_, g) => renameAxes(side, (axis) => nameOf(axis, g)));
  const addresses = groups.map(({ to }) =>
    bind(point, stepAddress(point, depth, to, looped), "to"),
  );
  for (const { at, steps } of pointsOf(unrolled)) {
    values.forEach((whole, g) => {
      const address = addresses[g];
      const value = at.size === 0 ? whole : withConstants(whole, at);
      const lanes = printer.lanes(point, value);
      if (address) point.rest.push(store("v128.store", address, lanes, steps * groupBytes));
    });
  }
}

/** Most copies of the code of one step. */
const mostCopies = 32;

/**
 * Axes that guards depend on are unrolled, so that borders are asked for once a group and not in the loops over the
 * other axes; without guards a short innermost axis is. Looped axes with guards run outside the others.
 */
function splitForGuards(
  printer: Printer,
  value: Scalar,
  depth: Depth,
): { readonly unrolled: readonly DepthAxis[]; readonly looped: readonly Axis[] } {
  const guards = guardAxes(printer, value);
  const all = stepsOf(depth);
  const free = all.filter(
    ({ axis }) =>
      axis !== depth.blocking.cut?.axis && !depth.spans?.some((span) => span.axis === axis),
  );
  const wanted = free.filter(({ axis }) => guards.has(axis.name));
  const last = free.at(-1);
  if (wanted.length === 0 && last && last.axis.extent <= 8) wanted.push(last);
  const unrolled: DepthAxis[] = [];
  let copies = 1;
  for (const each of wanted.toReversed()) {
    copies *= each.axis.extent;
    if (copies > mostCopies) break;
    unrolled.unshift(each);
  }
  const rest = all.filter((each) => !unrolled.includes(each)).map(({ axis }) => axis);
  const looped = [
    ...rest.filter(({ name }) => guards.has(name)),
    ...rest.filter(({ name }) => !guards.has(name)),
  ];
  return { unrolled, looped };
}

/** Every point of some axes, with its steps in the panel. */
function pointsOf(
  axes: readonly DepthAxis[],
): readonly { readonly at: ReadonlyMap<string, number>; readonly steps: number }[] {
  return axes.reduce<readonly { at: ReadonlyMap<string, number>; steps: number }[]>(
    (points, { axis, steps }) =>
      points.flatMap((point) =>
        Array.from({ length: axis.extent }, (_, i) => ({
          at: new Map([...point.at, [axis.name, i]]),
          steps: point.steps + i * steps,
        })),
      ),
    [{ at: new Map(), steps: 0 }],
  );
}

/** A value at constant places of some axes. */
function withConstants(value: Scalar, at: ReadonlyMap<string, number>): Scalar {
  const rewriter = createRewriter((index) => {
    const atom = index.terms[0]?.atom;
    const place = atom?.kind === "axis" ? at.get(atom.name) : undefined;
    return place === undefined ? index : constantIndex(place);
  }, undefined);
  return rewriter.scalar(value);
}

/** An axis of one of several rows or groups, by another name, so that addresses are worked out before the loops. */
function rowName(axis: string, row: number): string {
  return `${axis}.${row}`;
}

function packDepth(
  printer: Printer,
  block: Block,
  side: Side,
  { group, to }: Packed,
  depth: Depth,
): void {
  const { base } = group;
  const count = extentOf(side.axes);
  const bindings: Record<string, Expr> = {};
  const values: Scalar[] = [];
  for (let row = 0; row < side.size; row++) {
    let at = add(base, i32(row));
    if (count % side.size !== 0 && row > 0) {
      // Rows that are not there repeat the last one.
      const wanted = bind(block, at);
      const last = i32(count - 1);
      at = apply("select", [wanted, last, apply("i32.lt_u", [wanted, last])]);
    }
    const found = coordinates(block, side.axes, bind(block, at));
    for (const [axis, value] of Object.entries(found)) bindings[rowName(axis, row)] = value;
    values.push(renameAxes(side, (axis) => rowName(axis, row)));
  }
  const named = childBlock(block, { bindings });
  block.rest.push(named);
  const axes = stepsOf(depth).map(({ axis }) => axis);
  const point = openDepth(named, axes, depth, axes.at(-1));
  const address = bind(point, stepAddress(point, depth, to, axes));
  const rows = values.map((value) => printer.lanes(point, value));
  // The fourth place of a group of three holds anything: it is not used.
  while (rows.length < 4) rows.push(rows[0] ?? i32x4(0));
  transpose(point, rows).forEach((vector, i) => {
    point.rest.push(store("v128.store", address, vector, i * groupBytes));
  });
}

function renameAxes(side: Side, rename: (axis: string) => string): Scalar {
  const own = new Map(side.axes.map((axis) => [axis.name, axis]));
  const rewriter = createRewriter((at) => {
    const atom = at.terms[0]?.atom;
    const axis = atom?.kind === "axis" ? own.get(atom.name) : undefined;
    return axis ? axisIndex({ name: rename(axis.name), extent: axis.extent }) : at;
  }, undefined);
  return rewriter.scalar(side.value);
}

/** Four vectors of four lanes, turned: vector i holds lane i of each. */
export function transpose(block: Block, rows: readonly Expr[]): Expr[] {
  const [a, b, c, d] = rows;
  if (!a || !b || !c || !d) throw new InternalError("four rows are turned");
  const words = (...order: readonly number[]): number[] =>
    order.flatMap((word) => [0, 1, 2, 3].map((byte) => 4 * word + byte));
  const mix = (x: Expr, y: Expr, order: readonly number[]): Expr =>
    bind(block, apply("i8x16.shuffle", [x, y], { lanes: order }));
  const low = words(0, 4, 1, 5);
  const high = words(2, 6, 3, 7);
  const [ab, AB, cd, CD] = [mix(a, b, low), mix(a, b, high), mix(c, d, low), mix(c, d, high)];
  const first = words(0, 1, 4, 5);
  const second = words(2, 3, 6, 7);
  return [mix(ab, cd, first), mix(ab, cd, second), mix(AB, CD, first), mix(AB, CD, second)];
}
