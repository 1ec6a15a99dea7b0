// What is put in order: kernels, and loops as a whole.

import type { Access } from "./access.ts";
import type { ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import type { ScheduledLoop } from "./loops.ts";
import { addEdge, emptyDependencies, kernelOrders, type Dependencies } from "./order.ts";

export interface Unit {
  /** Kernels of one round, in order; one where there is no loop. */
  readonly kernels: readonly number[];
  readonly loop?: ScheduledLoop;
}

export interface Units {
  readonly units: readonly Unit[];
  readonly accesses: readonly Access[];
  /** Between units. */
  readonly edges: Dependencies;
}

export interface UnitsRequest {
  /** Of each kernel. */
  readonly accesses: readonly Access[];
  readonly table: ValueTable;
  readonly loops: ReadonlyMap<string, ScheduledLoop>;
}

export function formUnits({ accesses, table, loops }: UnitsRequest): Units {
  const writers = new Map<ValueId, number>();
  accesses.forEach(({ writes }, kernel) => {
    for (const id of writes) writers.set(id, kernel);
  });
  const loopOf = (kernel: number): string | undefined => {
    const [written] = accesses[kernel]?.writes ?? [];
    return table.loopOf.get(written ?? -1);
  };
  const byLoop = new Map<string, number[]>();
  const all = accesses.map((_, kernel) => kernel);
  for (const kernel of all) {
    const loop = loopOf(kernel);
    if (loop !== undefined) byLoop.set(loop, [...(byLoop.get(loop) ?? []), kernel]);
  }
  const units: Unit[] = [];
  const unitOf = new Map<number, number>();
  for (const kernel of all) {
    if (unitOf.has(kernel)) continue;
    const loop = loopOf(kernel);
    const members = loop === undefined ? [kernel] : (byLoop.get(loop) ?? []);
    for (const member of members) unitOf.set(member, units.length);
    const scheduled = loop === undefined ? undefined : loops.get(loop);
    units.push({
      kernels: scheduled ? orderWithin(members, accesses, writers) : members,
      ...(scheduled ? { loop: scheduled } : {}),
    });
  }
  const edges = emptyDependencies(units.length);
  accesses.forEach((access, kernel) => {
    const reader = unitOf.get(kernel) ?? 0;
    for (const id of withSources(access, table).reads) {
      const writer = unitOf.get(writers.get(id) ?? -1);
      if (writer !== undefined) addEdge(edges, writer, reader);
    }
  });
  return {
    units,
    edges,
    accesses: units.map(({ kernels }) => ({
      reads: new Set(kernels.flatMap((kernel) => [...(accesses[kernel]?.reads ?? [])])),
      writes: new Set(kernels.flatMap((kernel) => [...(accesses[kernel]?.writes ?? [])])),
    })),
  };
}

/** A reader of a concatenation reads its parts; a reader of a loop's rows what is written there. */
export function withSources({ reads, writes }: Access, table: ValueTable): Access {
  const sourcesOf = (id: ValueId): readonly ValueId[] =>
    table.parts.get(id)?.flatMap(sourcesOf) ?? table.sources.get(id) ?? [id];
  return { reads: new Set([...reads].flatMap(sourcesOf)), writes };
}

/** Kernels of one round: each after those whose values of this round it reads. */
function orderWithin(
  members: readonly number[],
  accesses: readonly Access[],
  writers: ReadonlyMap<ValueId, number>,
): readonly number[] {
  const place = new Map(members.map((kernel, i) => [kernel, i]));
  const edges = emptyDependencies(members.length);
  members.forEach((kernel, reader) => {
    for (const id of accesses[kernel]?.reads ?? []) {
      const writer = place.get(writers.get(id) ?? -1);
      if (writer !== undefined) addEdge(edges, writer, reader);
    }
  });
  const own = members.flatMap((kernel) => accesses[kernel] ?? []);
  const [first = []] = kernelOrders({
    edges,
    accesses: own,
    bytes: () => 0,
    kept: new Set(),
  });
  return first.map((i) => members[i] ?? 0);
}
