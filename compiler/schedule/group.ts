// Which values share a kernel: each value, in topological order, joins the group of something that it reads, or one
// that reads the same large input over the same space, or starts its own. Sums of operands then join contractions.

import { sizeOf } from "../../runtime/types.ts";
import { hasBit, newBits, setBit, uniteBits, type Bits } from "./bits.ts";
import { fit } from "./fit.ts";
import { singleGroup, type Group, type ValueTable } from "./groups.ts";
import { joinSums } from "./join-sums.ts";
import type { ValueId } from "./kernel.ts";
import type { Load, Value } from "./values.ts";

/** Groups in order of creation; with `fuse` false one for each value. */
export function groupValues(table: ValueTable, fuse: boolean): Group[] {
  const kernels = table.computed.filter((value) => value.kind !== "parts");
  if (!fuse) return kernels.map((value, id) => singleGroup(id, value));
  const grouping = createGrouping(table, kernels.length);
  for (const value of kernels) grouping.place(value);
  return joinSums(grouping.groups, grouping.ancestors, table);
}

function createGrouping(table: ValueTable, count: number) {
  const groups: Group[] = [];
  /** Groups that must run before each group. */
  const ancestors: Bits[] = [];
  const groupOf = new Map<ValueId, number>();
  const readersOf = new Map<ValueId, Set<number>>();
  const scalarGroups = new Map<string | undefined, number>();
  const groupsOfLoop = new Map<string, Set<number>>();

  /** Groups that must have run before a value can be read. */
  function producers(id: ValueId): readonly number[] {
    const parts = table.parts.get(id) ?? table.sources.get(id);
    if (parts) {
      // A loop runs as a whole: what it stacked is there when all of it has run.
      const loops = new Set(parts.flatMap((part) => table.loopOf.get(part) ?? []));
      const inside = table.loopOf.get(id);
      const whole = [...loops].flatMap((loop) =>
        loop === inside ? [] : [...(groupsOfLoop.get(loop) ?? [])],
      );
      return [...new Set([...parts.flatMap(producers), ...whole])];
    }
    const group = groupOf.get(id);
    return group === undefined ? [] : [group];
  }

  function place(value: Value): void {
    const loads = table.loads.get(value.id) ?? [];
    const needed = new Set(loads.flatMap((load) => producers(load.from)));
    for (const id of candidates(value, loads)) {
      const group = groups[id];
      if (!group || comesBetween(id, needed) || readsWhole(loads, id)) continue;
      if (table.loopOf.get(group.members[0]?.value.id ?? -1) !== table.loopOf.get(value.id))
        continue;
      const found = fit(value, loads, group);
      if (!found) continue;
      group.axes = found.axes;
      group.members.push(found.member);
      enter(value, loads, id, needed);
      return;
    }
    const id = groups.length;
    groups.push(singleGroup(id, value));
    ancestors.push(newBits(count));
    enter(value, loads, id, needed);
  }

  /** Groups of what is read, the newest first; then those that read the same large input; then the other scalars. */
  function candidates(value: Value, loads: readonly Load[]): Set<number> {
    const newestFirst = (ids: Iterable<number>): number[] => [...ids].sort((a, b) => b - a);
    const direct = new Set(loads.flatMap((load) => groupOf.get(load.from) ?? []));
    // A reduction repeats what it shares with another row by row, so that row values count too.
    const points = sizeOf(value.space.filter((axis) => !axis.reduced).map((axis) => axis.extent));
    const sharing = new Set<number>();
    for (const { from } of loads) {
      const source = table.byId.get(from);
      if (!source || points === 1 || sizeOf(source.shape) * 2 < points) continue;
      for (const id of readersOf.get(from) ?? [])
        if (sharesSpace(value, groups[id])) sharing.add(id);
    }
    const scalar = scalarGroups.get(table.loopOf.get(value.id));
    const scalars = value.space.length === 0 && scalar !== undefined ? [scalar] : [];
    return new Set([...newestFirst(direct), ...newestFirst(sharing), ...scalars]);
  }

  function comesBetween(group: number, needed: ReadonlySet<number>): boolean {
    for (const other of needed)
      if (other !== group && hasBit(ancestors[other] ?? newBits(0), group)) return true;
    return false;
  }

  /** Reads a concatenation of which the group makes a part: the other parts are not there yet. */
  function readsWhole(loads: readonly Load[], group: number): boolean {
    return loads.some((load) => table.parts.has(load.from) && producers(load.from).includes(group));
  }

  function enter(
    value: Value,
    loads: readonly Load[],
    group: number,
    needed: ReadonlySet<number>,
  ): void {
    groupOf.set(value.id, group);
    const loop = table.loopOf.get(value.id);
    if (loop !== undefined)
      groupsOfLoop.set(loop, (groupsOfLoop.get(loop) ?? new Set()).add(group));
    if (value.kind === "map" && groups[group]?.axes.length === 0) scalarGroups.set(loop, group);
    for (const { from } of loads) {
      const readers = readersOf.get(from) ?? new Set();
      readersOf.set(from, readers.add(group));
    }
    const added = newBits(count);
    for (const other of needed) {
      if (other === group) continue;
      setBit(added, other);
      uniteBits(added, ancestors[other] ?? added);
    }
    const own = ancestors[group];
    if (!own || !uniteBits(own, added)) return;
    for (const above of ancestors) if (above !== own && hasBit(above, group)) uniteBits(above, own);
  }

  return { groups, ancestors, place };
}

/** A kernel without a contraction over the same axes, summed or not in the same way. */
function sharesSpace(value: Value, group: Group | undefined): boolean {
  if (group?.kind !== "loop" || group.axes.length !== value.space.length) return false;
  return value.space.every(({ extent, reduced }, i) => {
    const axis = group.axes[i];
    return axis?.extent === extent && (value.kind === "map" || axis.reduced === reduced);
  });
}
