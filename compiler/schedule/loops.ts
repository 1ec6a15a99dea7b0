// Loops over time in the plan: where the rows of carries and stacks lie. A carry is a ring of rows; with `t` the step at
// hand, a step reads row t and writes row t + 1 (the other way round in a loop that runs backwards). The ring is as long
// as the loop, and one more, where all that was carried is wanted afterwards, and then it is the stack; else it has two
// rows.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Node } from "../ir/graph.ts";
import { findLoops, loopOf, openLoops, slotOf } from "../ir/loops.ts";
import type { ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import { bytesOf, valueOf, type Value } from "./values.ts";

export interface ScheduledLoop {
  readonly name: string;
  readonly count: number;
  readonly reverse: boolean;
}

/** Values in one buffer of rows. */
export interface Rows {
  /** Bytes of a row, and of all. */
  readonly stride: number;
  readonly bytes: number;
  /** Addressed by the step: row (t + add) mod ring. */
  readonly moving: readonly { readonly id: ValueId; readonly add: number; readonly ring: number }[];
  /** At a row for good: the start, the last one, and stacks of several rows. */
  readonly fixed: readonly { readonly id: ValueId; readonly row: number }[];
  /** For what is read, the values that it is written as. */
  readonly sources: ReadonlyMap<ValueId, readonly ValueId[]>;
}

export interface LoopTable {
  readonly loops: ReadonlyMap<string, ScheduledLoop>;
  /** The loop that repeats a node; undefined for what is computed once. */
  readonly loopOf: (node: Node) => string | undefined;
  /** Values that have to be stored: starts, what is handed on, what is stacked. */
  readonly stored: ReadonlySet<Node>;
}

export function tabulateLoops(order: readonly Node[]): LoopTable {
  const open = openLoops(order);
  const found = findLoops(order, open);
  const stored = new Set<Node>();
  const loops = new Map<string, ScheduledLoop>();
  for (const { loop, length, reverse, end, body, outputs } of found.values()) {
    loops.set(loop, { name: loop, count: Number(length), reverse });
    for (const next of end.inputs) stored.add(next);
    for (const node of body) {
      const [start] = node.inputs;
      if (node.op === "scan_carry" && loopOf(node) === loop && start) stored.add(start);
    }
    for (const { inputs } of outputs) {
      const [value] = inputs;
      if (value && value.op !== "scan_carry") stored.add(value);
    }
  }
  return {
    loops,
    stored,
    loopOf(node) {
      const [only, ...more] = open.get(node) ?? [];
      if (more.length > 0) throw new InternalError("a loop inside a loop has no plan yet");
      return only;
    },
  };
}

/** The rows of every carry and stack. */
export function layOutRows(
  order: readonly Node[],
  table: Pick<ValueTable, "byNode" | "byId">,
): Rows[] {
  const rows: Rows[] = [];
  const idOf = (node: Node | undefined): ValueId | undefined => node && table.byNode.get(node)?.id;
  for (const loop of findLoops(order).values()) {
    const count = Number(loop.length);
    const placed = new Set<Node>();
    const stacksOf = (value: Node | undefined): Node[] =>
      loop.outputs.filter((node) => node.op === "scan_stack" && node.inputs[0] === value);
    loop.carries.forEach(({ carry, next }, slot) => {
      const ofCarry = carry ? stacksOf(carry) : [];
      const ofNext = stacksOf(next);
      const value = valueOf(table.byId, idOf(next) ?? -1);
      const ring = ofCarry.length + ofNext.length > 0 ? count + 1 : 2;
      const [before, after] = loop.reverse ? [1, 0] : [0, 1];
      const [startRow, lastRow] = loop.reverse ? [count % ring, 0] : [0, count % ring];
      const start = idOf(carry?.inputs[0]);
      const own = idOf(carry);
      const moving = [{ id: value.id, add: after, ring }];
      const fixed: { id: ValueId; row: number }[] = [];
      const sources = new Map<ValueId, readonly ValueId[]>();
      const starts = start === undefined ? [] : [start];
      if (start !== undefined) fixed.push({ id: start, row: startRow });
      if (own !== undefined) {
        moving.push({ id: own, add: before, ring });
        sources.set(own, starts);
      }
      const enter = (node: Node, row: number, from: readonly ValueId[]): void => {
        const id = idOf(node);
        if (id === undefined) return;
        fixed.push({ id, row });
        sources.set(id, from);
      };
      for (const node of ofCarry) enter(node, before, [...starts, value.id]);
      for (const node of ofNext) enter(node, after, [value.id]);
      for (const node of loop.outputs)
        if (node.op === "scan_last" && slotOf(node) === slot) enter(node, lastRow, [value.id]);
      rows.push(rowsOf(value, ring, moving, fixed, sources));
      placed.add(next);
      if (carry) placed.add(carry);
    });
    for (const { op, inputs } of loop.outputs) {
      const [node] = inputs;
      if (op !== "scan_stack" || !node || placed.has(node)) continue;
      placed.add(node);
      const value = valueOf(table.byId, idOf(node) ?? -1);
      const ids = stacksOf(node).flatMap((stack) => idOf(stack) ?? []);
      const moving = [{ id: value.id, add: 0, ring: count }];
      const fixed = ids.map((id) => ({ id, row: 0 }));
      const sources = new Map(ids.map((id) => [id, [value.id]] as const));
      rows.push(rowsOf(value, count, moving, fixed, sources));
    }
  }
  return rows;
}

function rowsOf(
  value: Value,
  count: number,
  moving: Rows["moving"],
  fixed: Rows["fixed"],
  sources: Rows["sources"],
): Rows {
  const stride = bytesOf(value);
  return { stride, bytes: stride * count, moving, fixed, sources };
}
