// A group is what becomes one kernel: values computed together over one space.

import { sizeOf } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { bytesOf, type Load, type SpaceAxis, type Value } from "./values.ts";
import type { Classification } from "./classify.ts";
import type { ValueId } from "./kernel.ts";
import type { Rows } from "./loops.ts";
import type { Expansion } from "./storage.ts";

/**
 * Where in a kernel a value is computed: `full` – at every point, in its pass; `reduction` – an accumulator of its
 * pass; `outer` – once for each parallel point, after the passes (or before, where it needs none of them); `rows` – the
 * sum of a contraction's operand, or a value of it, once for each of the operand's rows.
 */
export type Level = "full" | "reduction" | "outer" | "rows";

export interface Member {
  readonly value: Value;
  readonly level: Level;
  readonly pass: number;
  /** For each axis of the value's space: the group's axis. */
  readonly axes: readonly number[];
}

export interface Group {
  readonly id: number;
  readonly kind: "loop" | "contract" | "scatter";
  axes: readonly SpaceAxis[];
  readonly members: Member[];
}

/** Everything known about stored values while kernels are formed. */
export interface ValueTable {
  readonly byNode: ReadonlyMap<Node, Value>;
  readonly byId: ReadonlyMap<ValueId, Value>;
  /** Values that kernels compute, in topological order. */
  readonly computed: readonly Value[];
  readonly loads: ReadonlyMap<ValueId, readonly Load[]>;
  /** Concatenations by placement: the values that lie in them, in order. */
  readonly parts: ReadonlyMap<ValueId, readonly ValueId[]>;
  /** Of all nodes: what computing them again costs and reads. */
  readonly expansions: ReadonlyMap<Node, Expansion>;
  readonly users: ReadonlyMap<Node, readonly Node[]>;
  /** Roles of the axes of contractions. */
  readonly classifications: ReadonlyMap<ValueId, Classification>;
  /** The loop that repeats a value. */
  readonly loopOf: ReadonlyMap<ValueId, string>;
  /** Where carries and stacks of loops lie. */
  readonly rows: readonly Rows[];
  /** For carries and stacks, the values that they are written as. */
  readonly sources: ReadonlyMap<ValueId, readonly ValueId[]>;
}

export function groupKind(value: Value): Group["kind"] {
  if (value.kind === "contract" || value.kind === "scatter") return value.kind;
  return "loop";
}

export function firstLevel(value: Value): Level {
  return value.kind === "map" ? "full" : "reduction";
}

/** Points of the reduced axes. */
export function rowLength(axes: readonly SpaceAxis[]): number {
  return sizeOf(axes.filter((axis) => axis.reduced).map((axis) => axis.extent));
}

/** A group of one value. */
export function singleGroup(id: number, value: Value): Group {
  const member: Member = {
    value,
    level: firstLevel(value),
    pass: 0,
    axes: value.space.map((_, i) => i),
  };
  return { id, kind: groupKind(value), axes: value.space, members: [member] };
}

/** Values that another group or the caller reads. */
export function writtenValues(
  groups: readonly Group[],
  table: ValueTable,
  wanted: ReadonlySet<Node>,
): Set<ValueId> {
  const written = new Set<ValueId>();
  const need = (id: ValueId): void => {
    const parts = table.parts.get(id);
    if (parts) for (const part of parts) written.add(part);
    else written.add(id);
  };
  for (const value of table.computed) if (wanted.has(value.node)) need(value.id);
  for (const group of groups) {
    const own = new Set(group.members.map((member) => member.value.id));
    for (const { value } of group.members) {
      for (const load of table.loads.get(value.id) ?? []) if (!own.has(load.from)) need(load.from);
    }
  }
  return written;
}

export function bytesOfId(table: ValueTable, id: ValueId): number {
  const value = table.byId.get(id);
  return value ? bytesOf(value) : 0;
}

/** Values of other kernels and inputs that a group reads. */
export function externalReads(group: Group, table: ValueTable): Set<ValueId> {
  const own = new Set(group.members.map((member) => member.value.id));
  const reads = new Set<ValueId>();
  for (const { value } of group.members) {
    for (const load of table.loads.get(value.id) ?? [])
      if (!own.has(load.from)) reads.add(load.from);
  }
  return reads;
}
