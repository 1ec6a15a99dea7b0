// Sums of one operand of a contraction, the bias gradient beside the weight gradient: every panel is added up right after
// it was packed, while it is in the first cache. Sums over blocks wait in scratch memory, behind those of the tiles. A
// group is packed by the same thread in every block, so that nobody else touches what waits for it.

import type { Contract, OperandSum } from "../../schedule/kernel.ts";
import {
  bind,
  childBlock,
  lanesAlong,
  openIf,
  statementsOf,
  variable,
  type Block,
} from "./block.ts";
import { groupBytes, sumBytes } from "./blocking.ts";
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
import type { Packed } from "./panels.ts";
import { eachFill, epilogueAxis, type Part, type Template } from "./product.ts";
import type { Orientation, Side } from "./sides.ts";

/** Sums that are added to in turn, so that an addition need not wait for the one before. */
const runs = 4;

/** Bytes of the sums of single operands that wait between blocks. */
export function bytesOfRowSums({ sums }: Contract, { own, common }: Orientation): number {
  return sums.length === 0 ? 0 : (own.groups + common.groups) * groupBytes;
}

/** Adds up a panel that was just packed; the last block of the sum stores the result. */
export function sumPanel(
  template: Template,
  block: Block,
  side: Side,
  packed: Packed,
  part: Part,
): void {
  const of = side.axes === template.kernel.m ? "a" : "b";
  const sum = template.sums.find((each) => each.of === of);
  if (!sum) return;
  const total = addPanel(block, packed.to, part.bytes);
  const after = childBlock(block);
  block.rest.push(after);
  if (!part.ends) {
    printSum(template, after, side, packed, sum, total);
    return;
  }
  const { first, last } = part.ends;
  const waits = bind(after, waitingPlace(template, side, packed.number), "waits");
  const join = set(total.local, apply("f32x4.add", [load("v128.load", waits), total]));
  after.rest.push({ kind: "if", test: apply("i32.eqz", [first]), then: [join] });
  const ending = childBlock(after, { guarded: true });
  printSum(template, ending, side, packed, sum, total);
  const wait = [store("v128.store", waits, total)];
  after.rest.push(() => [{ kind: "if", test: last, then: statementsOf(ending), otherwise: wait }]);
}

/** The sums of the four rows of a panel. */
function addPanel(block: Block, panel: Expr, bytes: Expr): Expr & { kind: "get" } {
  const at = variable(block, "i32", "at");
  const totals = Array.from({ length: runs }, () => variable(block, "v128", "total"));
  const plus = (i: number, more: Expr): Statement[] => {
    const total = totals[i];
    return total ? [set(total.local, apply("f32x4.add", [total, more]))] : [];
  };
  const step = runs * groupBytes;
  const end = bind(block, add(panel, bytes), "end");
  const fullEnd = bind(block, add(panel, apply("i32.and", [bytes, i32(-step)])), "full");
  const loop = (to: Expr, count: number): Statement => {
    const body = totals
      .slice(0, count)
      .flatMap((_, i) => plus(i, load("v128.load", at, i * groupBytes)));
    const again = apply("i32.lt_u", [at, to]);
    const next = set(at.local, add(at, i32(count * groupBytes)));
    return { kind: "if", test: again, then: [{ kind: "loop", body: [...body, next], again }] };
  };
  block.rest.push(
    ...totals.map(({ local }) => set(local, i32x4(0))),
    set(at.local, panel),
    loop(fullEnd, runs),
    loop(end, 1),
  );
  const [first, second, third, fourth] = totals;
  if (!first || !second || !third || !fourth) throw new RangeError("there are four runs");
  block.rest.push(...plus(0, second), ...plus(2, fourth), ...plus(0, third));
  return first;
}

/** Where the sums of a group wait between blocks. */
function waitingPlace({ orientation, sumsAddress }: Template, side: Side, number: Expr): Expr {
  const { rows, own, common } = orientation;
  const tiles = own.groups * common.groups * sumBytes(rows.size);
  const before = side === own ? 0 : own.groups * groupBytes;
  return add(add(sumsAddress, i32(tiles + before)), times(number, groupBytes));
}

/** Stores of a group's sums, vectors along its rows. */
function printSum(
  { printer }: Template,
  block: Block,
  side: Side,
  { group }: Packed,
  { slot, after }: OperandSum,
  total: Expr,
): void {
  const axis = epilogueAxis(side).name;
  eachFill(block, side, group, (at, active) => {
    const named = childBlock(at, {
      bindings: { ...group.bindings, [axis]: group.base },
      lanes: lanesAlong(axis, active),
      brings: [`acc:${slot}`],
    });
    at.rest.push(named);
    named.locals.set(`acc:${slot}`, { lanes: true, expr: total });
    printStores(printer, named, after);
  });
}

/** Code for the first stretch of the other operand alone: each packs the same panels again. */
export function openFirstStretch(block: Block, from: Expr): Block {
  if (from.kind === "const") return block;
  return openIf(block, apply("i32.eqz", [from]), { guarded: false });
}
