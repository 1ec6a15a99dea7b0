// The one contraction template. One operand is packed whole, by all threads together; of the other every thread packs a
// tile at a time, and multiplies it with all of the first: four rows by eight lanes of sums, or three by twelve, stay in
// registers. The epilogue works on these. A long sum is cut into blocks, between which sums wait in scratch memory. Products,
// convolutions and their gradients are all printed by it.

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
import { groupDistance, groupsOfTile, innermost, type Orientation } from "./sides.ts";
import { openFirstStretch, sumPanel } from "./sums.ts";
import { shareOf, type Share, type Threads } from "./threads.ts";

export interface ContractOptions {
  readonly threads: Threads;
  /** Waits until all threads are here; used where there may be several. */
  readonly barrier: () => Statement;
  readonly scratchAddress: number;
  /** Where the thread's own operand stays packed over a loop, and whether this step packs it. */
  readonly kept?: { readonly address: number; readonly isFirst: Expr };
}

export function printContract(
  printer: Printer,
  root: Block,
  layout: ContractionLayout,
  options: ContractOptions,
): void {
  const { threads } = options;
  const { kernel, orientation, borders, scratch } = layout;
  const mine = (bytes: number): Expr => bind(root, times(threads.number, bytes), "mine");
  const tiles = options.scratchAddress;
  const copies = i32(tiles + threads.most * scratch.tile);
  const copy = scratch.each ? add(copies, mine(scratch.shared + scratch.sums)) : copies;
  const stores = flatStores(kernel, orientation);
  const template: Template = {
    printer,
    kernel,
    orientation,
    borders,
    panel: panelBytes(kernel.k),
    isInteger: kernel.a.dtype !== "f32" && kernel.a.dtype !== "f16",
    after: stores.after,
    sums: stores.sums,
    tileAddress: bind(root, add(i32(tiles), mine(scratch.tile)), "tiles"),
    kept: options.kept,
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
    const stretch = openStretches(
      block,
      common.groups,
      groupsAtOnce(kernel.k, common.groups, groupsOfTile(orientation, common)),
    );
    const { inner, from, count } = stretch;
    const group = openCounter(inner, "group", sharing(inner, count));
    const place = boundTo(group, "group");
    const to = add(template.commonAddress, times(place, template.panel));
    const number = bind(group, add(from, place));
    const packed = { number, group: locateGroup(group, common, number), to };
    packGroups(printer, group, common, [packed], part.depth);
    sumPanel(template, group, common, packed, part);
    if (!alone) inner.rest.push(options.barrier());
    const apart = groupDistance(orientation, own);
    const runs = Math.ceil(own.groups / apart / groupsOfTile(orientation, own));
    const tiles = i32(runs * apart);
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

/** Loops over the blocks of the sum. */
function openParts(block: Block, { k }: Contract, print: (block: Block, part: Part) => void): void {
  const blocking = blockingOf(k);
  const { cut, inner, outer, whole } = blocking;
  const inside = extentOf(inner);
  if (whole || !cut) {
    const depth: Depth = { blocking, start: i32(0), end: i32(0) };
    print(block, { depth, number: i32(0), bytes: i32(inside * groupBytes), ends: undefined });
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
  const outside = outer.reduce<Expr>(
    (sum, { name, extent: size }) => add(times(sum, size), boundTo(chunk, name)),
    i32(0),
  );
  const chunks = Math.ceil(extent / cut.chunk);
  print(chunk, {
    depth: { blocking, start, end },
    number: add(times(outside, chunks), apply("i32.div_u", [start, i32(cut.chunk)])),
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
  const { own, common, width } = orientation;
  const per = groupsOfTile(orientation, own);
  const { first, groups, at, end } = locateTile(orientation, block, tile);
  const located = new Map([[own, groups]]);
  const here = spanOfTile(template, block, part, groups);
  const { kept } = template;
  const tileAddress = kept
    ? bind(
        block,
        add(i32(kept.address), times(add(times(part.number, own.groups), first), panel)),
        "kept",
      )
    : template.tileAddress;
  const panels = groups.map((group, i): Packed => ({
    number: bind(block, add(first, i32(i * groupDistance(orientation, own)))),
    group,
    to: add(tileAddress, i32(i * panel)),
  }));
  /** Code for the groups that the tile has: the last one may have fewer. */
  const byCount = (print: (at: Block, count: number) => void): void => {
    const fewer = end % per;
    if (fewer === 0) print(block, per);
    else if (end < per) print(block, fewer);
    else {
      const isFull = apply("i32.le_u", [add(at, i32(per)), i32(end)]);
      const { then, otherwise } = openBranch(block, bind(block, isFull, "full"));
      print(then, per);
      print(otherwise, fewer);
    }
  };
  byCount((at, count) => {
    const packed = panels.slice(0, count);
    const packing = kept ? openIf(at, kept.isFirst, { guarded: false }) : at;
    packGroups(printer, packing, own, packed, here.depth);
    if (template.sums.length === 0) return;
    const once = openFirstStretch(at, stretch.from);
    for (const each of packed) sumPanel(template, once, own, each, here);
  });
  const commonAt = (group: Expr): Expr => add(template.commonAddress, times(group, panel));
  if (own === orientation.lanes) {
    byCount((at, count) => {
      const group = openCounter(at, "group", { from: i32(0), to: stretch.count });
      const number = boundTo(group, "group");
      printProduct(template, group, here, {
        width: count,
        lanesGroup: first,
        rowsGroup: bind(group, add(stretch.from, number)),
        located,
        lanes: tileAddress,
        rows: commonAt(number),
      });
    });
    return;
  }
  const product = (inner: Block, count: number, group: Expr): void =>
    printProduct(template, inner, here, {
      width: count,
      lanesGroup: bind(inner, add(stretch.from, group)),
      rowsGroup: first,
      located,
      lanes: commonAt(group),
      rows: tileAddress,
    });
  // Stretches are whole tiles but for the last one.
  const left = common.groups % width;
  if (common.groups >= width) {
    const rest = times(stretch.isLast, left);
    const to = bind(block, apply("i32.sub", [stretch.count, rest]), "whole");
    const group = openCounter(block, "group", { from: i32(0), to, step: width, maybeEmpty: true });
    product(group, width, boundTo(group, "group"));
  }
  if (left > 0) {
    const last = openIf(block, stretch.isLast, { guarded: false });
    product(last, left, bind(last, apply("i32.sub", [stretch.count, i32(left)])));
  }
}

interface Tile {
  /** Number of its first group. */
  readonly first: Expr;
  readonly groups: readonly Group[];
  /** Where it begins along what its groups follow, and the end of that. */
  readonly at: Expr;
  readonly end: number;
}

/** The groups of one of the thread's own tiles. */
function locateTile(orientation: Orientation, block: Block, tile: Expr): Tile {
  const { own, spread } = orientation;
  const per = groupsOfTile(orientation, own);
  const [outermost] = own.axes;
  const numbers = Array.from({ length: per }, (_, i) => i32(i));
  if (!spread || !outermost) {
    const first = bind(block, times(tile, per), "first");
    const groups = numbers.map((i) => locateGroup(block, own, bind(block, add(first, i))));
    return { first, groups, at: first, end: own.groups };
  }
  const apart = groupDistance(orientation, own);
  const rest = bind(block, apply("i32.rem_u", [tile, i32(apart)]), "rest");
  const at = bind(block, times(apply("i32.div_u", [tile, i32(apart)]), per), "outermost");
  const { bindings, base } = locateGroup(block, own, rest);
  const groups = numbers.map((i) => ({
    bindings: { ...bindings, [outermost.name]: bind(block, add(at, i), "outermost") },
    base,
  }));
  const first = bind(block, add(times(at, apart), rest), "first");
  return { first, groups, at, end: outermost.extent };
}

/** The block of the sum without the steps that are 0 for all groups of a tile. */
function spanOfTile(
  { printer, borders: { along: border, across }, orientation: { own, spread } }: Template,
  block: Block,
  part: Part,
  groups: readonly Group[],
): Part {
  if (!border) return part;
  const { axis } = border;
  const inner = innermost(own).name;
  // Where groups lie along the outermost axis, all have the same borders.
  const all = (spread ? groups.slice(0, 1) : groups).map((group) => ({
    ...group.bindings,
    [inner]: group.base,
  }));
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
  const inRun = across && spanOf(printer, after, across, all);
  const bound = childBlock(after);
  after.rest.push(bound);
  const inBytes = (at: Expr): Expr =>
    bind(bound, across ? times(at, bytesOfStep(part.depth, across.axis)) : at, "run");
  const run = inRun && { pitch: step, from: inBytes(inRun.from), to: inBytes(inRun.to) };
  return {
    ...part,
    ...(run ? { run } : {}),
    depth: { ...part.depth, spans: inRun ? [span, inRun] : [span] },
    skipped: bind(after, offset(span.from), "skipped"),
    bytes: bind(after, offset(span.to), "bytes"),
  };
}
