// The one contraction template. One operand is packed whole, by all threads together; of the other every thread packs a
// tile at a time, and multiplies it with all of the first: four rows by eight lanes of sums stay in registers. The
// epilogue works on these. A long sum is cut into blocks, between which sums wait in scratch memory. Products,
// convolutions and their gradients are all printed by it.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Axis, Contract, Place, Store, ValueId } from "../../schedule/kernel.ts";
import { axisIndex, unravelIndex } from "../../schedule/index-form.ts";
import { extentOf, openAxes, openShare } from "./axes.ts";
import {
  bind,
  childBlock,
  lanesAlong,
  openBranch,
  openCounter,
  openIf,
  statementsOf,
  variable,
  type Block,
} from "./block.ts";
import {
  blockingOf,
  groupBytes,
  groupsAtOnce,
  isPrivateM,
  panelBytes,
  sumBytes,
  type Scratch,
} from "./blocking.ts";
import { borderOf, clip, spanOf, type Border } from "./borders.ts";
import type { Printer } from "./expression.ts";
import { replaceAxes } from "./flatten.ts";
import {
  add,
  apply,
  i32,
  i32x4,
  load,
  set,
  store,
  times,
  type Expr,
  type Statement,
} from "./ir.ts";
import { printStores } from "./loop.ts";
import {
  bytesOfStep,
  locateGroup,
  packGroups,
  transpose,
  type Depth,
  type Group,
  type Packed,
} from "./panels.ts";
import { innermost, orient, rowsLeft, type Orientation, type Side } from "./sides.ts";
import { shareOf, type Share, type Threads } from "./threads.ts";
import { madd } from "./vectors.ts";

export interface ContractOptions {
  readonly places: ReadonlyMap<ValueId, Place>;
  readonly threads: Threads;
  /** Waits until all threads are here; used where there may be several. */
  readonly barrier: () => Statement;
  /** Address of the scratch memory, and how it is shared out. */
  readonly scratchAddress: number;
  readonly scratch: Scratch;
}

/** What the parts of the template share. */
interface Template {
  readonly printer: Printer;
  readonly kernel: Contract;
  readonly orientation: Orientation;
  /** Of the thread's own operand. */
  readonly border: Border | undefined;
  /** The operand packed a tile at a time, and the one packed whole. */
  readonly own: Side;
  readonly common: Side;
  readonly panel: number;
  readonly isInteger: boolean;
  /** Stores over the axes of groups. */
  readonly after: readonly Store[];
  readonly tileAddress: Expr;
  readonly commonAddress: Expr;
  readonly sumsAddress: Expr;
}

/** One block of the sum. */
interface Part {
  readonly depth: Depth;
  /** Bytes of a panel up to the last step, and up to the first one that is not left out. */
  readonly bytes: Expr;
  readonly skipped?: Expr;
  /** Whether it is the first and the last one; undefined where there is one only. */
  readonly ends: { readonly first: Expr; readonly last: Expr } | undefined;
}

export function printContract(
  printer: Printer,
  root: Block,
  given: Contract,
  options: ContractOptions,
): void {
  const { threads, scratch } = options;
  const { kernel, border } = bordersFirst(printer, options.places, given);
  const orientation = orient(printer, options.places, kernel);
  const ofM = orientation.lanes.axes === kernel.m ? orientation.lanes : orientation.rows;
  const ofN = ofM === orientation.lanes ? orientation.rows : orientation.lanes;
  const isOwnM = isPrivateM(kernel.m, kernel.n);
  const mine = (bytes: number): Expr => bind(root, times(threads.number, bytes), "mine");
  const tiles = options.scratchAddress;
  const copies = i32(tiles + threads.most * scratch.tile);
  const copy = scratch.each ? add(copies, mine(scratch.shared + scratch.sums)) : copies;
  const template: Template = {
    printer,
    kernel,
    orientation,
    border,
    own: isOwnM ? ofM : ofN,
    common: isOwnM ? ofN : ofM,
    panel: panelBytes(kernel.k),
    isInteger: kernel.a.dtype !== "f32" && kernel.a.dtype !== "f16",
    after: flatAfter(kernel, orientation),
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
    const { common, own } = template;
    const stretch = openStretches(block, common.groups, groupsAtOnce(kernel.k, common.groups));
    const { inner, from, count } = stretch;
    const group = openCounter(inner, "group", sharing(inner, count));
    const place = group.bindings.get("group") ?? i32(0);
    const to = add(template.commonAddress, times(place, template.panel));
    const located = locateGroup(group, common, bind(group, add(from, place)));
    packGroups(printer, group, common, [{ group: located, to }], part.depth);
    if (!alone) inner.rest.push(options.barrier());
    const tiles = i32(Math.ceil(own.groups / groupsOfTile(template, own)));
    const tile = openCounter(inner, "tile", sharing(inner, tiles));
    printTile(template, tile, tile.bindings.get("tile") ?? i32(0), part, stretch);
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
  const from = inner.bindings.get("stretch") ?? i32(0);
  const rest = bind(inner, apply("i32.sub", [i32(groups), from]), "rest");
  const isLast = bind(inner, apply("i32.le_u", [rest, i32(atOnce)]), "last");
  const count = bind(inner, apply("select", [rest, i32(atOnce), isLast]), "count");
  return { inner, from, count, isLast };
}

/** Sums along an axis with a border outside the others, so that the steps beyond it lie together. */
function bordersFirst(
  printer: Printer,
  places: ContractOptions["places"],
  kernel: Contract,
): { readonly kernel: Contract; readonly border: Border | undefined } {
  const own = (of: Contract): Side => {
    const { lanes, rows } = orient(printer, places, of);
    return lanes.axes === (isPrivateM(of.m, of.n) ? of.m : of.n) ? lanes : rows;
  };
  const border = borderOf(printer, own(kernel), kernel.k);
  if (!border) return { kernel, border };
  const k = [border.axis, ...kernel.k.filter((axis) => axis !== border.axis)];
  const changed = { ...kernel, k };
  return own(changed).packing === "along"
    ? { kernel: changed, border }
    : { kernel, border: undefined };
}

/** Groups of a side that a tile takes. */
function groupsOfTile({ orientation }: Template, side: Side): number {
  return side === orientation.lanes ? 2 : 1;
}

/** The epilogue over one axis a side, where groups run through several. */
function flatAfter(kernel: Contract, { lanes, rows }: Orientation): readonly Store[] {
  const replaced = new Map<string, ReturnType<typeof axisIndex>>();
  for (const side of [lanes, rows]) {
    if (side.packing === "along" || side.axes.length < 2) continue;
    const flat = axisIndex(epilogueAxis(side));
    const parts = unravelIndex(
      flat,
      side.axes.map((axis) => axis.extent),
    );
    side.axes.forEach((axis, d) => {
      const part = parts[d];
      if (part) replaced.set(axis.name, part);
    });
  }
  if (replaced.size === 0) return kernel.after;
  const changed = replaceAxes(kernel, (axis) => replaced.get(axis));
  return changed.kind === "contract" ? changed.after : kernel.after;
}

/** The axis along which the rows of a group follow each other in the epilogue. */
function epilogueAxis(side: Side): Axis {
  if (side.packing === "along" || side.axes.length < 2) return innermost(side);
  return { name: `${innermost(side).name}.flat`, extent: extentOf(side.axes) };
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
  const start = chunk.bindings.get(`${cut.axis.name}.start`) ?? i32(0);
  const next = bind(chunk, add(start, i32(cut.chunk)), "next");
  const reaches = bind(chunk, apply("i32.ge_s", [next, i32(extent)]), "reaches");
  const end = bind(chunk, apply("select", [i32(extent), next, reaches]), "end");
  const counters = outer.map((axis) => ({ axis, at: around.bindings.get(axis.name) }));
  const all = (tests: readonly Expr[]): Expr =>
    tests.reduce((sum, test) => apply("i32.and", [sum, test]));
  const outerTests = (at: (extent: number) => number): Expr[] =>
    counters.map(({ axis }) => apply("i32.eq", [outerBinding(chunk, axis), i32(at(axis.extent))]));
  const first = all([apply("i32.eqz", [start]), ...outerTests(() => 0)]);
  const last = all([reaches, ...outerTests((size) => size - 1)]);
  const steps = apply("i32.sub", [end, start]);
  print(chunk, {
    depth: { blocking, start, end },
    bytes: bind(chunk, times(steps, inside * groupBytes), "bytes"),
    ends: { first: bind(chunk, first, "first"), last: bind(chunk, last, "last") },
  });
}

function outerBinding(block: Block, axis: Axis): Expr {
  for (let at: Block | undefined = block; at; at = at.parent) {
    const found = at.bindings.get(axis.name);
    if (found) return found;
  }
  return i32(0);
}

/** Packs one tile of the thread's own operand and multiplies it with all of the common one. */
function printTile(
  template: Template,
  block: Block,
  tile: Expr,
  part: Part,
  stretch: Stretch,
): void {
  const { printer, own, common, orientation, panel } = template;
  const per = groupsOfTile(template, own);
  const first = bind(block, times(tile, per), "first");
  const odd = per === 2 && own.groups % 2 === 1;
  const [one, two] = [0, 1].map((i) => locateGroup(block, own, bind(block, add(first, i32(i)))));
  if (!one || !two) throw new InternalError("a tile has one or two groups");
  const located = new Map([[own, per === 2 ? [one, two] : [one]]]);
  const here = spanOfTile(template, block, part, per === 2 ? [one, two] : [one]);
  const firstPanel = { group: one, to: template.tileAddress };
  const secondPanel = { group: two, to: add(template.tileAddress, i32(panel)) };
  const pack = (at: Block, panels: readonly Packed[]): void =>
    packGroups(printer, at, own, panels, here.depth);
  const isPair = bind(block, apply("i32.lt_u", [add(first, i32(1)), i32(own.groups)]), "pair");
  if (per === 1 || own.groups === 1) pack(block, [firstPanel]);
  else if (odd) {
    const { then, otherwise } = openBranch(block, isPair);
    pack(then, [firstPanel, secondPanel]);
    pack(otherwise, [firstPanel]);
  } else pack(block, [firstPanel, secondPanel]);
  const isLanes = own === orientation.lanes;
  const commonAt = (group: Expr): Expr => add(template.commonAddress, times(group, panel));
  if (isLanes) {
    const rows = (inner: Block, width: 1 | 2): void => {
      const group = openCounter(inner, "group", { from: i32(0), to: stretch.count });
      const number = group.bindings.get("group") ?? i32(0);
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
    product(pair, 2, pair.bindings.get("pair") ?? i32(0));
  }
  if (common.groups % 2 === 1) {
    const single = openIf(block, stretch.isLast, { guarded: false });
    product(single, 1, bind(single, apply("i32.sub", [stretch.count, i32(1)])));
  }
}

/** The block of the sum without the steps that are 0 for all groups of a tile. */
function spanOfTile(
  { printer, border, own }: Template,
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
    const at = outerBinding(block, axis);
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

interface Product {
  /** Groups of lanes. */
  readonly width: 1 | 2;
  readonly lanesGroup: Expr;
  readonly rowsGroup: Expr;
  /** Where the rows of the thread's own groups are, worked out once a tile. */
  readonly located: ReadonlyMap<Side, readonly Group[]>;
  /** Addresses of the panels. */
  readonly lanes: Expr;
  readonly rows: Expr;
}

/** The innermost loop, and what becomes of its sums. */
function printProduct(template: Template, block: Block, part: Part, product: Product): void {
  const { orientation, panel, isInteger, printer } = template;
  const v = printer.vectors(block);
  const left = rowsLeft(orientation.rows);
  const height = orientation.rows.groups === 1 && left > 0 ? left : 4;
  const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const sums = range(height).map(() =>
    range(product.width).map(() => variable(block, "v128", "sum")),
  );
  const each = (make: (row: number, group: number) => readonly Statement[]): Statement[] =>
    sums.flatMap((row, r) => row.flatMap((_, g) => [...make(r, g)]));
  const sumOf = (row: number, group: number) => sums[row]?.[group] ?? variable(block, "v128", "no");
  const waits = part.ends ? bind(block, sumsOfGroups(template, product), "waits") : i32(0);
  const apart = orientation.lanes === template.own ? template.common.groups * sumBytes : sumBytes;
  const place = (row: number, group: number): number => group * apart + row * groupBytes;
  block.rest.push(...each((r, g) => [set(sumOf(r, g).local, i32x4(0))]));

  const a = variable(block, "i32", "a");
  const b = variable(block, "i32", "b");
  const end = bind(block, add(product.lanes, part.bytes), "end");
  const vectors = range(product.width).map(() => variable(block, "v128", "lanes"));
  const splats = range(height).map(() => variable(block, "v128", "row"));
  const body: Statement[] = [
    ...vectors.map((to, g) => set(to.local, load("v128.load", a, g * panel))),
    ...splats.map((to, r) => set(to.local, load("v128.load32_splat", b, 4 * r))),
    ...each((r, g) => {
      const [lanes, row] = [vectors[g], splats[r]];
      const sum = sumOf(r, g);
      if (!lanes || !row) return [];
      const more = isInteger
        ? apply("i32x4.add", [sum, apply("i32x4.mul", [lanes, row])])
        : madd(v, lanes, row, sum);
      return [set(sum.local, more)];
    }),
    set(a.local, add(a, i32(groupBytes))),
    set(b.local, add(b, i32(groupBytes))),
  ];
  const skipped = part.skipped ?? i32(0);
  block.rest.push(
    set(a.local, add(product.lanes, skipped)),
    set(b.local, add(product.rows, skipped)),
  );
  const isEmpty = part.bytes.kind === "const" && part.bytes.value === 0;
  const more = apply("i32.lt_u", [a, end]);
  const loop: Statement = { kind: "loop", body, again: more };
  if (template.border) block.rest.push({ kind: "if", test: more, then: [loop] });
  else if (!isEmpty) block.rest.push(loop);

  if (part.ends) {
    // A block has sums of its own, so that small numbers do not get lost in a long sum.
    const plus = isInteger ? "i32x4.add" : "f32x4.add";
    const join = each((r, g) => [
      set(sumOf(r, g).local, apply(plus, [load("v128.load", waits, place(r, g)), sumOf(r, g)])),
    ]);
    const isLater = apply("i32.eqz", [part.ends.first]);
    block.rest.push({ kind: "if", test: isLater, then: join });
  }
  const columns = range(product.width).map((g) => range(height).map((r) => sumOf(r, g)));
  if (!part.ends) {
    const after = childBlock(block);
    block.rest.push(after);
    printEpilogue(template, after, product, columns);
    return;
  }
  const last = childBlock(block, { guarded: true });
  printEpilogue(template, last, product, columns);
  const wait = each((r, g) => [store("v128.store", waits, sumOf(r, g), place(r, g))]);
  const { ends } = part;
  block.rest.push(() => [
    { kind: "if", test: ends.last, then: statementsOf(last), otherwise: wait },
  ]);
}

/** Where the sums of two groups wait. */
function sumsOfGroups(template: Template, { lanesGroup, rowsGroup }: Product): Expr {
  const isLanes = template.own === template.orientation.lanes;
  const [own, common] = isLanes ? [lanesGroup, rowsGroup] : [rowsGroup, lanesGroup];
  const number = add(times(own, template.common.groups), common);
  return add(template.sumsAddress, times(number, sumBytes));
}

/** Stores of a tile: `columns` are the vectors of each group of lanes, one a row. */
function printEpilogue(
  template: Template,
  block: Block,
  { lanesGroup, rowsGroup, located }: Product,
  columns: readonly (readonly Expr[])[],
): void {
  const { lanes, rows, turned } = template.orientation;
  const here = (side: Side, group: Expr, g: number): Group =>
    located.get(side)?.[g] ?? locateGroup(block, side, bind(block, add(group, i32(g))));
  const rowsHere = here(rows, rowsGroup, 0);
  columns.forEach((column, g) => {
    const lanesHere = here(lanes, lanesGroup, g);
    if (!turned) {
      printVectors(template, block, [lanes, lanesHere], [rows, rowsHere], column);
      return;
    }
    const turning = childBlock(block);
    block.rest.push(turning);
    const four = [0, 1, 2, 3].map((row) => column[row] ?? i32x4(0));
    const vectors = transpose(turning, four);
    printVectors(template, turning, [rows, rowsHere], [lanes, lanesHere], vectors);
  });
}

/** Stores vectors that lie along a group of one side, one for each row of a group of the other side. */
function printVectors(
  template: Template,
  block: Block,
  [along, here]: readonly [Side, Group],
  [across, there]: readonly [Side, Group],
  vectors: readonly Expr[],
): void {
  const { printer, after } = template;
  const axis = epilogueAxis(along);
  const acrossAxis = epilogueAxis(across);
  const print = (at: Block, active: number): void => {
    const named = childBlock(at, {
      bindings: { ...here.bindings, [axis.name]: here.base },
      lanes: lanesAlong(axis.name, active),
    });
    at.rest.push(named);
    vectors.forEach((vector, row) => {
      const isSure = rowsLeft(across) === 0 || (across.groups === 1 && row < rowsLeft(across));
      if (across.groups === 1 && rowsLeft(across) > 0 && row >= rowsLeft(across)) return;
      const number = bind(named, add(there.base, i32(row)), "row");
      const options = {
        bindings: { ...there.bindings, [acrossAxis.name]: number },
        brings: ["acc:0"],
      };
      const test = apply("i32.lt_u", [number, i32(acrossAxis.extent)]);
      const point = isSure ? childBlock(named, options) : openIf(named, test, options);
      if (isSure) named.rest.push(point);
      point.locals.set("acc:0", { lanes: true, expr: vector });
      printStores(printer, point, after);
    });
  };
  const left = rowsLeft(along);
  if (left === 0) print(block, 4);
  else if (along.groups === 1) print(block, left);
  else {
    const isFull = apply("i32.le_u", [add(here.base, i32(4)), i32(axis.extent)]);
    const { then, otherwise } = openBranch(block, isFull);
    print(then, 4);
    print(otherwise, left);
  }
}
