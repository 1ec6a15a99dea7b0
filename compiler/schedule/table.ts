// The table of stored values of a graph: kinds, spaces and reads.

import type { Node } from "../ir/graph.ts";
import { classify, worthPacking, type Classification } from "./classify.ts";
import type { ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import type { Outputs } from "./outputs.ts";
import { layOutRows } from "./loops.ts";
import { chooseStored, headKind, type Choices, type Expansion } from "./storage.ts";
import { describeValue, loadsOf, type Load, type Value } from "./values.ts";

/** What was found about a value; it holds as long as the value's definition reads the same stored nodes. */
interface Known {
  readonly reads: ReadonlySet<Node>;
  readonly classification?: Classification;
  readonly loads: readonly Load[];
}

/** Tables of one graph for different choices share what does not change. */
export type TableMemory = Map<Node, Known>;

export function tabulate(
  outputs: Outputs,
  fuse: boolean,
  choices: Choices,
  memory: TableMemory = new Map(),
): ValueTable {
  const { order, wanted, users, loops } = outputs;
  const { stored, expansions, placed } = chooseStored({
    order,
    users,
    wanted,
    fuse,
    loops,
    choices,
  });
  const byNode = new Map<Node, Value>();
  const byId = new Map<ValueId, Value>();
  const enter = (value: Value): void => {
    byNode.set(value.node, value);
    byId.set(value.id, value);
  };
  // Numbers of values are positions of their nodes, so that they mean the same in every table of a graph.
  order.forEach((node, id) => {
    if (stored.has(node))
      enter(describeValue(id, node, placed.has(node) ? "parts" : (headKind(node) ?? "map")));
  });
  const classifications = new Map<ValueId, Classification>();
  const loads = new Map<ValueId, readonly Load[]>();
  for (const value of byId.values()) {
    if (value.kind === "input" || value.kind === "rows") continue;
    const known = recall(value, memory, expansions, byNode);
    loads.set(value.id, known.loads);
    if (!known.classification) continue;
    classifications.set(value.id, known.classification);
    if (!worthPacking(known.classification)) enter({ ...value, kind: "product" });
  }
  const computed = [...byId.values()].filter(
    (value) => value.kind !== "input" && value.kind !== "rows",
  );
  const parts = new Map<ValueId, readonly ValueId[]>();
  for (const node of placed) {
    const ids = node.inputs.map((input) => byNode.get(input)?.id).filter((id) => id !== undefined);
    const whole = byNode.get(node);
    if (whole) parts.set(whole.id, ids);
  }
  const loopOf = new Map<ValueId, string>();
  for (const { id, node } of byId.values()) {
    const loop = loops.loopOf(node);
    if (loop !== undefined) loopOf.set(id, loop);
  }
  const table = {
    byNode,
    byId,
    computed,
    loads,
    parts,
    expansions,
    users,
    classifications,
    loopOf,
  };
  const rows = layOutRows(order, table);
  return { ...table, rows, sources: new Map(rows.flatMap(({ sources }) => [...sources])) };
}

function recall(
  value: Value,
  memory: TableMemory,
  expansions: ReadonlyMap<Node, Expansion>,
  byNode: ReadonlyMap<Node, Value>,
): Known {
  const reads = new Set<Node>();
  for (const input of value.node.inputs)
    for (const read of expansions.get(input)?.reads ?? []) reads.add(read);
  const known = memory.get(value.node);
  if (known && known.reads.size === reads.size && [...reads].every((read) => known.reads.has(read)))
    return known;
  const found: Known = {
    reads,
    loads: loadsOf(value, byNode),
    ...(value.kind === "contract" ? { classification: classify(value, byNode) } : {}),
  };
  memory.set(value.node, found);
  return found;
}
