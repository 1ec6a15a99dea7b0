// The one contraction template. One operand is packed whole, by all threads together; of the other every thread packs a
// tile at a time, and multiplies it with all of the first: four rows by eight lanes of sums stay in registers. The
// epilogue works on these. A long sum is cut into blocks, between which sums wait in scratch memory. Products,
// convolutions and their gradients are all printed by it.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Contract } from "../../schedule/kernel.ts";
import { extentOf, openAxes, openShare } from "./axes.ts";
import { bind, boundTo, childBlock, openBranch, openCounter, openIf, type Block } from "./block.ts";
import { blockingOf, groupBytes, groupsAtOnce, panelBytes } from "./blocking.ts";
import { clip, spanOf } from "./borders.ts";
import type { ContractionLayout } from "./contraction-layout.ts";
import type { Printer } from "./expression.ts";
import { add, apply, i32, times, type Expr, type Statement } from "./ir.ts";
import {
  bytesOfStep,
  locateGroup,
  packGroups,
  type Depth,
  type Group,
  type Packed,
} from "./panels.ts";
import { flatStores, printProduct, type Part, type Template } from "./product.ts";
import { innermost, type Side } from "./sides.ts";
import { openFirstStretch, sumPanel } from "./sums.ts";
import { shareOf, type Share, type Threads } from "./threads.ts";

export interface ContractOptions {
  readonly threads: Threads;
  /** Waits until all threads are here; used where there may be several. */
  readonly barrier: () => Statement;
  readonly scratchAddress: number;
}

export function printContract(
  printer: Printer,
  root: Block,
  layout: ContractionLayout,
  options: ContractOptions,
): void {
  const { threads } = options;
  const { kernel, orientation, border, scratch } = layout;
  const mine = (bytes: number): Expr => bind(root, times(threads.number, bytes), "mine");
  const tiles = options.scratchAddress;
  const copies = i32(tiles + threads.most * scratch.tile);
  const copy = scratch.each ? add(copies, mine(scratch.shared + scratch.sums)) : copies;
  const stores = flatStores(kernel, orientation);
  const template: Template = {
    printer,
    kernel,
    orientation,
    border,
    panel: panelBytes(kernel.k),
    isInteger: kernel.a.dtype !== "f32" && kernel.a.dtype !== "f16",
    after: stores.after,
    sums: stores.sums,
    tileAddress: bind(root, add(i32(tiles), mine(scratch.tile)), "tiles"),
    commonAddress: bind(root, copy, "panels"),
    sumsAddress: bind(root, add(copy, i32(scratch.shared)), "sums"),
  };
  const alone = scratch.each || threads.most === 1;
  const batch = scratch.each
    ? openShare(root, kernel.batch, shareOf(root, threads, extentOf(kernel.batch)))
    : openAxes(root, kernel.batch);
  const sharing = (block: Block, count: Expr): Share =>
    shareOf(block, alone ? { ...threads, most: 1 } : threads, count);
  openParts(batch, kernel, (block, part) => {
    const { common, own } = orientation;
    const stretch = openStretches(block, common.groups, groupsAtOnce(kernel.k, common.groups));
    const { inner, from, count } = stretch;
    const group = openCounter(inner, "group", sharing(inner, count));
    const place = boundTo(group, "group");
    const to = add(template.commonAddress, times(place, template.panel));
    const number = bind(group, add(from, place));
    const packed = { number, group: locateGroup(group, common, number), to };
    packGroups(printer, group, common, [packed], part.depth);
    sumPanel(template, group, common, packed, part);
    if (!alone) inner.rest.push(options.barrier());
    const tiles = i32(Math.ceil(own.groups / groupsOfTile(template, own)));
    const tile = openCounter(inner, "tile", sharing(inner, tiles));
    printTile(template, tile, boundTo(tile, "tile"), part, stretch);
    if (!alone) inner.rest.push(options.barrier());
  });
}

/** Groups of the common operand that are packed at once. */
interface Stretch {
  readonly inner: Block;
  readonly from: Expr;
  readonly count: Expr;
  /** Whether it is the last one. */
  readonly isLast: Expr;
}

function openStretches(block: Block, groups: number, atOnce: number): Stretch {
  if (groups <= atOnce) return { inner: block, from: i32(0), count: i32(groups), isLast: i32(1) };
  const range = { from: i32(0), to: i32(groups), step: atOnce };
  const inner = openCounter(block, "stretch", range);
  const from = boundTo(inner, "stretch");
  const rest = bind(inner, apply("i32.sub", [i32(groups), from]), "rest");
  const isLast = bind(inner, apply("i32.le_u", [rest, i32(atOnce)]), "last");
  const count = bind(inner, apply("select", [rest, i32(atOnce), isLast]), "count");
  return { inner, from, count, isLast };
}

/** Groups of a side that a tile takes. */
function groupsOfTile({ orientation }: Template, side: Side): number {
  return side === orientation.lanes ? 2 : 1;
}

/** Loops over the blocks of the sum. */
function openParts(block: Block, { k }: Contract, print: (block: Block, part: Part) => void): void {
  const blocking = blockingOf(k);
  const { cut, inner, outer, whole } = blocking;
  const inside = extentOf(inner);
  if (whole || !cut) {
    const depth: Depth = { blocking, start: i32(0), end: i32(0) };
    print(block, { depth, bytes: i32(inside * groupBytes), ends: undefined });
    return;
  }
  const around = openAxes(block, outer);
  const { extent } = cut.axis;
  const range = { from: i32(0), to: i32(extent), step: cut.chunk };
  const chunk = openCounter(around, `${cut.axis.name}.start`, range);
  const start = boundTo(chunk, `${cut.axis.name}.start`);
  const next = bind(chunk, add(start, i32(cut.chunk)), "next");
  const reaches = bind(chunk, apply("i32.ge_s", [next, i32(extent)]), "reaches");
  const end = bind(chunk, apply("select", [i32(extent), next, reaches]), "end");
  const all = (tests: readonly Expr[]): Expr =>
    tests.reduce((sum, test) => apply("i32.and", [sum, test]));
  const outerTests = (at: (extent: number) => number): Expr[] =>
    outer.map(({ name, extent: size }) => apply("i32.eq", [boundTo(chunk, name), i32(at(size))]));
  const first = all([apply("i32.eqz", [start]), ...outerTests(() => 0)]);
  const last = all([reaches, ...outerTests((size) => size - 1)]);
  const steps = apply("i32.sub", [end, start]);
  print(chunk, {
    depth: { blocking, start, end },
    bytes: bind(chunk, times(steps, inside * groupBytes), "bytes"),
    ends: { first: bind(chunk, first, "first"), last: bind(chunk, last, "last") },
  });
}

/** Packs one tile of the thread's own operand and multiplies it with all of the common one. */
function printTile(
  template: Template,
  block: Block,
  tile: Expr,
  part: Part,
  stretch: Stretch,
): void {
  const { printer, orientation, panel } = template;
  const { own, common } = orientation;
  const per = groupsOfTile(template, own);
  const first = bind(block, times(tile, per), "first");
  const odd = per === 2 && own.groups % 2 === 1;
  const [one, two] = [0, 1].map((i) => {
    const number = bind(block, add(first, i32(i)));
    const to = add(template.tileAddress, i32(i * panel));
    return { number, group: locateGroup(block, own, number), to };
  });
  if (!one || !two) throw new InternalError("a tile has one or two groups");
  const groups = (per === 2 ? [one, two] : [one]).map(({ group }) => group);
  const located = new Map([[own, groups]]);
  const here = spanOfTile(template, block, part, groups);
  const pack = (at: Block, panels: readonly Packed[]): void => {
    packGroups(printer, at, own, panels, here.depth);
    if (template.sums.length === 0) return;
    const once = openFirstStretch(at, stretch.from);
    for (const each of panels) sumPanel(template, once, own, each, here);
  };
  const isPair = bind(block, apply("i32.lt_u", [add(first, i32(1)), i32(own.groups)]), "pair");
  if (per === 1 || own.groups === 1) pack(block, [one]);
  else if (odd) {
    const { then, otherwise } = openBranch(block, isPair);
    pack(then, [one, two]);
    pack(otherwise, [one]);
  } else pack(block, [one, two]);
  const isLanes = own === orientation.lanes;
  const commonAt = (group: Expr): Expr => add(template.commonAddress, times(group, panel));
  if (isLanes) {
    const rows = (inner: Block, width: 1 | 2): void => {
      const group = openCounter(inner, "group", { from: i32(0), to: stretch.count });
      const number = boundTo(group, "group");
      printProduct(template, group, here, {
        width,
        lanesGroup: first,
        rowsGroup: bind(group, add(stretch.from, number)),
        located,
        lanes: template.tileAddress,
        rows: commonAt(number),
      });
    };
    if (own.groups === 1) rows(block, 1);
    else if (odd) {
      const { then, otherwise } = openBranch(block, isPair);
      rows(then, 2);
      rows(otherwise, 1);
    } else rows(block, 2);
    return;
  }
  const product = (inner: Block, width: 1 | 2, group: Expr): void =>
    printProduct(template, inner, here, {
      width,
      lanesGroup: bind(inner, add(stretch.from, group)),
      rowsGroup: first,
      located,
      lanes: commonAt(group),
      rows: template.tileAddress,
    });
  if (common.groups > 1) {
    const to = bind(block, apply("i32.and", [stretch.count, i32(-2)]), "pairs");
    const pair = openCounter(block, "pair", { from: i32(0), to, step: 2, maybeEmpty: true });
    product(pair, 2, boundTo(pair, "pair"));
  }
  if (common.groups % 2 === 1) {
    const single = openIf(block, stretch.isLast, { guarded: false });
    product(single, 1, bind(single, apply("i32.sub", [stretch.count, i32(1)])));
  }
}

/** The block of the sum without the steps that are 0 for all groups of a tile. */
function spanOfTile(
  { printer, border, orientation: { own } }: Template,
  block: Block,
  part: Part,
  groups: readonly Group[],
): Part {
  if (!border) return part;
  const { axis } = border;
  const inner = innermost(own).name;
  const all = groups.map((group) => ({ ...group.bindings, [inner]: group.base }));
  const found = spanOf(printer, block, border, all);
  const { blocking, start, end } = part.depth;
  if (blocking.outer.includes(axis)) {
    // The whole block lies on one step of the axis: all of it is inside, or nothing.
    const at = boundTo(block, axis.name);
    const inside = apply("i32.and", [
      apply("i32.ge_s", [at, found.from]),
      apply("i32.lt_s", [at, found.to]),
    ]);
    const bytes = bind(block, apply("select", [part.bytes, i32(0), inside]), "bytes");
    return { ...part, bytes };
  }
  const isCut = blocking.cut?.axis === axis;
  const span = isCut ? clip(block, found, start, end) : found;
  const step = bytesOfStep(part.depth, axis);
  const offset = (to: Expr): Expr => times(isCut ? apply("i32.sub", [to, start]) : to, step);
  const after = childBlock(block);
  block.rest.push(after);
  return {
    ...part,
    depth: { ...part.depth, span },
    skipped: bind(after, offset(span.from), "skipped"),
    bytes: bind(after, offset(span.to), "bytes"),
  };
}
