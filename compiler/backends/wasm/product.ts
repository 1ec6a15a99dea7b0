// What one tile of a contraction is: the innermost loop with its sums in registers, and the epilogue that works on them.

import type { Axis, Contract, OperandSum, Store } from "../../schedule/kernel.ts";
import { axisIndex, unravelIndex } from "../../schedule/index-form.ts";
import { extentOf } from "./axes.ts";
import {
  bind,
  boundTo,
  childBlock,
  lanesAlong,
  openBranch,
  openCounter,
  openIf,
  statementsOf,
  variable,
  type Block,
} from "./block.ts";
import { groupBytes, sumBytes } from "./blocking.ts";
import type { Borders } from "./contraction-layout.ts";
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
import { locateGroup, transpose, type Depth, type Group } from "./panels.ts";
import { groupDistance, innermost, rowsLeft, type Orientation, type Side } from "./sides.ts";
import { madd } from "./vectors.ts";

/** What the parts of the template share. */
export interface Template {
  readonly printer: Printer;
  readonly kernel: Contract;
  readonly orientation: Orientation;
  readonly borders: Borders;
  /** Bytes of a packed group. */
  readonly panel: number;
  readonly isInteger: boolean;
  /** Stores over the axes of groups: of results, and of sums of one operand. */
  readonly after: readonly Store[];
  readonly sums: readonly OperandSum[];
  readonly tileAddress: Expr;
  readonly kept: { readonly address: number; readonly isFirst: Expr } | undefined;
  readonly commonAddress: Expr;
  readonly sumsAddress: Expr;
}

/** One block of the sum. */
export interface Part {
  readonly depth: Depth;
  /** Its number among the blocks. */
  readonly number: Expr;
  /** Bytes of a panel up to the last step, and up to the first one that is not left out. */
  readonly bytes: Expr;
  readonly skipped?: Expr;
  /** Of every `pitch` bytes of a panel only these are not left out. */
  readonly run?: { readonly pitch: number; readonly from: Expr; readonly to: Expr };
  /** Whether it is the first and the last one; undefined where there is one only. */
  readonly ends: { readonly first: Expr; readonly last: Expr } | undefined;
}

/** What is stored, over one axis a side where groups run through several. */
export function flatStores(
  kernel: Contract,
  { lanes, rows }: Orientation,
): Pick<Contract, "after" | "sums"> {
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
  if (replaced.size === 0) return kernel;
  const changed = replaceAxes(kernel, (axis) => replaced.get(axis));
  return changed.kind === "contract" ? changed : kernel;
}

/** The axis along which the rows of a group follow each other in the epilogue. */
export function epilogueAxis(side: Side): Axis {
  if (side.packing === "along" || side.axes.length < 2) return innermost(side);
  return { name: `${innermost(side).name}.flat`, extent: extentOf(side.axes) };
}

export interface Product {
  /** Groups of lanes. */
  readonly width: number;
  readonly lanesGroup: Expr;
  readonly rowsGroup: Expr;
  /** Where the rows of the thread's own groups are, worked out once a tile. */
  readonly located: ReadonlyMap<Side, readonly Group[]>;
  /** Addresses of the panels. */
  readonly lanes: Expr;
  readonly rows: Expr;
}

/** The innermost loop, and what becomes of its sums. */
export function printProduct(template: Template, block: Block, part: Part, product: Product): void {
  const { orientation, panel, isInteger, printer } = template;
  const v = printer.vectors(block);
  const { rows: side } = orientation;
  const left = rowsLeft(side);
  const height = side.groups === 1 && left > 0 ? left : side.size;
  const upTo = (count: number): number[] => Array.from({ length: count }, (_, i) => i);
  const sums = upTo(height).map(() =>
    upTo(product.width).map(() => variable(block, "v128", "sum")),
  );
  const each = (make: (row: number, group: number) => readonly Statement[]): Statement[] =>
    sums.flatMap((row, r) => row.flatMap((_, g) => [...make(r, g)]));
  const sumOf = (row: number, group: number) => sums[row]?.[group] ?? variable(block, "v128", "no");
  const waits = part.ends ? bind(block, sumsOfGroups(template, product), "waits") : i32(0);
  const apart =
    sumBytes(side.size) *
    (orientation.lanes === orientation.own
      ? orientation.common.groups * groupDistance(orientation, orientation.own)
      : 1);
  const place = (row: number, group: number): number => group * apart + row * groupBytes;
  block.rest.push(...each((r, g) => [set(sumOf(r, g).local, i32x4(0))]));

  const a = variable(block, "i32", "a");
  const b = variable(block, "i32", "b");
  const vectors = upTo(product.width).map(() => variable(block, "v128", "lanes"));
  const splats = upTo(height).map(() => variable(block, "v128", "row"));
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
  /** Multiplies a stretch of the panels. */
  const stretch = (at: Block, from: Expr, to: Expr): void => {
    const end = bind(at, add(product.lanes, to), "end");
    at.rest.push(set(a.local, add(product.lanes, from)), set(b.local, add(product.rows, from)));
    const more = apply("i32.lt_u", [a, end]);
    const loop: Statement = { kind: "loop", body, again: more };
    const isEmpty = to.kind === "const" && to.value === 0;
    if (template.borders.along) at.rest.push({ kind: "if", test: more, then: [loop] });
    else if (!isEmpty) at.rest.push(loop);
  };
  if (part.run) {
    const { pitch, from, to } = part.run;
    const range = { from: skipped, to: part.bytes, step: pitch, maybeEmpty: true };
    const run = openCounter(block, "run", range);
    const at = boundTo(run, "run");
    stretch(run, add(at, from), add(at, to));
  } else stretch(block, skipped, part.bytes);

  if (part.ends) {
    // A block has sums of its own, so that small numbers do not get lost in a long sum.
    const plus = isInteger ? "i32x4.add" : "f32x4.add";
    const join = each((r, g) => [
      set(sumOf(r, g).local, apply(plus, [load("v128.load", waits, place(r, g)), sumOf(r, g)])),
    ]);
    const isLater = apply("i32.eqz", [part.ends.first]);
    block.rest.push({ kind: "if", test: isLater, then: join });
  }
  const columns = upTo(product.width).map((g) => upTo(height).map((r) => sumOf(r, g)));
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
  const { lanes, rows, own, common } = template.orientation;
  const [mine, shared] = lanes === own ? [lanesGroup, rowsGroup] : [rowsGroup, lanesGroup];
  const number = add(times(mine, common.groups), shared);
  return add(template.sumsAddress, times(number, sumBytes(rows.size)));
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
  eachFill(block, along, here, print);
}

/** Prints code for groups that are full and for the one that is not, each told how many rows are there. */
export function eachFill(
  block: Block,
  side: Side,
  group: Group,
  print: (at: Block, active: number) => void,
): void {
  const left = rowsLeft(side);
  if (left === 0) print(block, side.size);
  else if (side.groups === 1) print(block, left);
  else {
    const end = add(group.base, i32(side.size));
    const isFull = apply("i32.le_u", [end, i32(epilogueAxis(side).extent)]);
    const { then, otherwise } = openBranch(block, isFull);
    print(then, side.size);
    print(otherwise, left);
  }
}
