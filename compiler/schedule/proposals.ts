// Pointwise values that may be better stored, or better not: candidates, judged afterwards by the traffic of the
// kernels that they lead to.

import { elementBytes, sizeOf } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { workOf } from "../ops/work.ts";
import { shapeOf } from "./attributes.ts";
import type { Formation } from "./formation.ts";
import { bytesOfId, externalReads, type Group, type ValueTable } from "./groups.ts";
import type { Index, ValueId } from "./kernel.ts";
import type { Outputs } from "./outputs.ts";
import { isPointwise } from "./storage.ts";
import { bytesOf, type Load, type Value } from "./values.ts";

/** Work up to which a value may be computed again to save traffic. */
const droppedWork = 8;

/**
 * Cheap values through which alone another kernel reads a stored one: storing them instead costs no more, and their
 * readers neither compute them again nor read what else they are made of.
 */
export function proposeKept(formation: Formation, outputs: Outputs): Node[] {
  const { table, groups, written, choices } = formation;
  const reads = groups.map((group) => externalReads(group, table));
  const groupOf = groupsByNode(groups);
  const found: Node[] = [];
  const bySource = new Map<Node, Node[]>();
  for (const node of outputs.order) {
    if (table.byNode.has(node) || !isPointwise(node) || choices.dropped.has(node)) continue;
    const size = sizeOf(shapeOf(node));
    const large = [...(table.expansions.get(node)?.reads ?? [])].filter(
      (read) => sizeOf(shapeOf(read)) * 2 >= size,
    );
    const [source] = large;
    if (!source || large.length > 1 || size === 1) continue;
    const value = table.byNode.get(source);
    if (!value || value.kind === "input" || !written.has(value.id) || outputs.wanted.has(source))
      continue;
    if (sizeOf(value.shape) !== size) continue;
    bySource.set(source, [...(bySource.get(source) ?? []), node]);
  }
  for (const [source, candidates] of bySource) {
    const chosen = candidates.findLast((node) =>
      dominates(node, source, table, groupOf, outputs.wanted),
    );
    if (chosen && keepGain(chosen, source, formation, reads) >= 0) found.push(chosen);
  }
  return found;
}

/** Bytes saved if `node` is stored in place of `source`, supposing that it joins the kernel of `source`. */
function keepGain(
  node: Node,
  source: Node,
  { table, groups }: Formation,
  reads: readonly ReadonlySet<ValueId>[],
): number {
  const replaced = table.byNode.get(source);
  if (!replaced) return -Infinity;
  const bytes = sizeOf(shapeOf(node)) * elementBytes[node.type.dtype];
  const sources = [...(table.expansions.get(node)?.reads ?? [])].map(
    (read) => table.byNode.get(read)?.id ?? -1,
  );
  let gain = bytesOf(replaced) - bytes;
  groups.forEach((group, number) => {
    const own = new Set(group.members.map((member) => member.value.id));
    if (own.has(replaced.id)) {
      for (const id of sources)
        if (!own.has(id) && !reads[number]?.has(id)) gain -= bytesOfId(table, id);
    } else if (reads[number]?.has(replaced.id)) {
      gain -= bytes;
      for (const id of sources) if (reads[number]?.has(id)) gain += bytesOfId(table, id);
    }
  });
  return gain;
}

function groupsByNode(groups: readonly Group[]): Map<Node, Group> {
  return new Map(
    groups.flatMap((group) => group.members.map((member) => [member.value.node, group] as const)),
  );
}

/** Whether every way from `source` to a value outside its kernel leads through `node`. */
function dominates(
  node: Node,
  source: Node,
  { users, byNode }: ValueTable,
  groupOf: ReadonlyMap<Node, Group>,
  wanted: ReadonlySet<Node>,
): boolean {
  const home = groupOf.get(source);
  const seen = new Set([source]);
  const stack = [source];
  for (let at = stack.pop(); at; at = stack.pop()) {
    for (const user of users.get(at) ?? []) {
      if (user === node || seen.has(user)) continue;
      seen.add(user);
      if (byNode.has(user)) {
        if (groupOf.get(user) !== home || wanted.has(user)) return false;
      } else {
        stack.push(user);
      }
    }
  }
  return true;
}

/** Candidates that do not touch each other, and all of them, the most promising first. */
export interface Proposals {
  readonly together: readonly Node[];
  readonly alone: readonly Node[];
}

/** Stored pointwise values whose operands would be read for fewer bytes than storing them costs. */
export function proposeDropped(
  formation: Formation,
  outputs: Outputs,
  rejected: ReadonlySet<Node>,
): Proposals {
  const { table, groups, written, choices } = formation;
  const reads = groups.map((group) => externalReads(group, table));
  const sharers = new Map<string, number>();
  groups.forEach((group, number) => {
    for (const id of reads[number] ?? []) sharers.set(shareKey(group, id), number);
  });
  const gains: { value: Value; gain: number; loads: readonly Load[] }[] = [];
  groups.forEach((group, home) => {
    for (const { value } of group.members) {
      const candidate =
        value.kind === "map" && written.has(value.id) && !outputs.wanted.has(value.node);
      if (!candidate || !isPointwise(value.node)) continue;
      if (choices.kept.has(value.node) || rejected.has(value.node)) continue;
      if (definitionWork(value, table) > droppedWork) continue;
      const gain = dropGain(value, home, formation, reads, sharers);
      if (gain > 0) gains.push({ value, gain, loads: table.loads.get(value.id) ?? [] });
    }
  });
  gains.sort((a, b) => b.gain - a.gain || a.value.id - b.value.id);
  const blocked = new Set<ValueId>();
  const chosen: Node[] = [];
  for (const { value, loads } of gains) {
    if (blocked.has(value.id)) continue;
    chosen.push(value.node);
    for (const load of loads) blocked.add(load.from);
    for (const [id, others] of table.loads)
      if (others.some((load) => load.from === value.id)) blocked.add(id);
  }
  return { together: chosen, alone: gains.map(({ value }) => value.node) };
}

function definitionWork({ node }: Value, table: ValueTable): number {
  const inputs = [...new Set(node.inputs)];
  return inputs.reduce(
    (sum, input) => sum + (table.expansions.get(input)?.work ?? 0),
    workOf(node.op),
  );
}

function dropGain(
  value: Value,
  home: number,
  { table, groups, written }: Formation,
  reads: readonly ReadonlySet<ValueId>[],
  sharers: ReadonlyMap<string, number>,
): number {
  const bytes = bytesOf(value);
  const sources = new Set((table.loads.get(value.id) ?? []).map((load) => load.from));
  const homeGroup = groups[home];
  const members = new Set(homeGroup?.members.map((member) => member.value.id) ?? []);
  let gain = bytes;
  groups.forEach((group, number) => {
    if (number === home || !reads[number]?.has(value.id)) return;
    if (!readsOnce(group, value, table)) gain = -Infinity;
    const own = new Set(group.members.map((member) => member.value.id));
    gain += bytes;
    for (const id of sources) {
      // Another kernel over the same space that reads it already will be joined with this one.
      const shared = sharers.has(shareKey(group, id));
      if (!reads[number]?.has(id) && !own.has(id) && !shared) gain -= bytesOfId(table, id);
    }
  });
  for (const id of sources) {
    if (members.has(id)) {
      if (!written.has(id)) gain -= bytesOfId(table, id);
      continue;
    }
    const others = homeGroup?.members.some(
      (member) =>
        member.value !== value &&
        (table.loads.get(member.value.id) ?? []).some((l) => l.from === id),
    );
    if (!others) gain += bytesOfId(table, id);
  }
  return gain;
}

/** Space of a kernel and what it reads there. */
function shareKey(group: Group, id: ValueId): string {
  const axes = group.axes.map(({ extent, reduced }) => `${extent}${reduced ? "r" : ""}`).join();
  return `${group.kind} ${axes} ${id}`;
}

/** Whether a group reads each element of a value about once. */
function readsOnce(group: Group, value: Value, table: ValueTable): boolean {
  const size = sizeOf(value.shape);
  return group.members.every((member) =>
    (table.loads.get(member.value.id) ?? [])
      .filter((load) => load.from === value.id)
      .every((load) => pointsOf(load.at) <= size * 1.5),
  );
}

/** Points of the axes that an access depends on. */
function pointsOf(at: readonly Index[]): number {
  const extents = new Map<string, number>();
  const add = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind === "axis") extents.set(atom.name, atom.extent);
      else if (atom.kind !== "value") add(atom.of);
    }
  };
  at.forEach(add);
  return sizeOf([...extents.values()]);
}
