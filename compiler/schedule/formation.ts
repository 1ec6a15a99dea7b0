// Kernels as groups, chosen by the bytes that they read and write: rules give a first answer, then single values are
// dropped (computed again at their readers) or kept (stored although cheap) while that saves traffic.

import { elementBytes, sizeOf } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { shapeOf } from "./attributes.ts";
import { groupValues } from "./group.ts";
import { writtenValues, type Group, type ValueTable } from "./groups.ts";
import type { Index, ValueId } from "./kernel.ts";
import type { Outputs } from "./outputs.ts";
import { isPointwise, noChoices, workOf, type Choices } from "./storage.ts";
import { tabulate, type TableMemory } from "./table.ts";
import { bytesOf, type Load, type Value } from "./values.ts";

export interface Formation {
  readonly choices: Choices;
  readonly table: ValueTable;
  readonly groups: readonly Group[];
  readonly written: ReadonlySet<ValueId>;
  /** Bytes that kernels read and write, every value once a kernel. */
  readonly traffic: number;
  /** What tables of other choices may reuse. */
  readonly memory: TableMemory;
}

/** Work up to which a value may be computed again to save traffic. */
const droppedWork = 8;
const rounds = 3;
/** Proposals that are tried alone when all of them together were no gain. */
const singleTrials = 4;

export function formKernels(outputs: Outputs, fuse: boolean): Formation {
  let best = form(outputs, fuse, noChoices);
  if (!fuse) return best;
  for (let round = 0; round < rounds; round++) {
    const before = best;
    best = adopt(outputs, best, proposeKept(best, outputs), withKept, true);
    best = adopt(outputs, best, proposeDropped(best, outputs), withDropped, false);
    if (best === before) break;
  }
  return best;
}

/** Takes all proposals if that saves traffic, else the first few one by one. */
function adopt(
  outputs: Outputs,
  old: Formation,
  proposals: readonly Node[],
  change: (choices: Choices, nodes: readonly Node[]) => Choices,
  equalIsBetter: boolean,
): Formation {
  if (proposals.length === 0) return old;
  const together = better(
    old,
    form(outputs, true, change(old.choices, proposals), old.memory),
    equalIsBetter,
  );
  if (together !== old || proposals.length === 1) return together;
  let best = old;
  for (const node of proposals.slice(0, singleTrials)) {
    best = better(
      best,
      form(outputs, true, change(best.choices, [node]), old.memory),
      equalIsBetter,
    );
  }
  return best;
}

function withKept({ dropped, kept }: Choices, nodes: readonly Node[]): Choices {
  return { dropped, kept: new Set([...kept, ...nodes]) };
}

function withDropped({ dropped, kept }: Choices, nodes: readonly Node[]): Choices {
  return { dropped: new Set([...dropped, ...nodes]), kept };
}

function better(old: Formation, next: Formation, equalIsBetter: boolean): Formation {
  if (next.traffic !== old.traffic) return next.traffic < old.traffic ? next : old;
  return equalIsBetter && next.groups.length <= old.groups.length ? next : old;
}

function form(
  outputs: Outputs,
  fuse: boolean,
  choices: Choices,
  memory: TableMemory = new Map(),
): Formation {
  const table = tabulate(outputs, fuse, choices, memory);
  const groups = groupValues(table, fuse);
  const written = writtenValues(groups, table, outputs.wanted);
  let traffic = 0;
  for (const id of written) traffic += bytesOfId(table, id);
  for (const group of groups)
    for (const id of externalReads(group, table)) traffic += bytesOfId(table, id);
  return { choices, table, groups, written, traffic, memory };
}

function bytesOfId(table: ValueTable, id: ValueId): number {
  const value = table.byId.get(id);
  return value ? bytesOf(value) : 0;
}

function externalReads(group: Group, table: ValueTable): Set<ValueId> {
  const own = new Set(group.members.map((member) => member.value.id));
  const reads = new Set<ValueId>();
  for (const { value } of group.members) {
    for (const load of table.loads.get(value.id) ?? [])
      if (!own.has(load.from)) reads.add(load.from);
  }
  return reads;
}

/**
 * Cheap values through which alone another kernel reads a stored one: storing them instead costs no more, and their
 * readers neither compute them again nor read what else they are made of.
 */
function proposeKept(formation: Formation, outputs: Outputs): Node[] {
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

/** Stored pointwise values whose operands would be read for fewer bytes than storing them costs. */
function proposeDropped(formation: Formation, outputs: Outputs): Node[] {
  const { table, groups, written, choices } = formation;
  const reads = groups.map((group) => externalReads(group, table));
  const gains: { value: Value; gain: number; loads: readonly Load[] }[] = [];
  groups.forEach((group, home) => {
    for (const { value } of group.members) {
      const candidate =
        value.kind === "map" && written.has(value.id) && !outputs.wanted.has(value.node);
      if (!candidate || !isPointwise(value.node) || choices.kept.has(value.node)) continue;
      if (definitionWork(value, table) > droppedWork) continue;
      const gain = dropGain(value, home, formation, reads);
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
  return chosen;
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
    for (const id of sources)
      if (!reads[number]?.has(id) && !own.has(id)) gain -= bytesOfId(table, id);
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
