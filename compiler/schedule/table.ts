// The table of stored values of a graph: kinds, spaces and reads.

import type { Node } from "../ir/graph.ts";
import { classify, worthPacking } from "./classify.ts";
import type { ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import type { Outputs } from "./outputs.ts";
import { chooseStored, headKind } from "./storage.ts";
import { describeValue, loadsOf, type Load, type Value } from "./values.ts";

export function tabulate(
  outputs: Outputs,
  fuse: boolean,
  dropped: ReadonlySet<Node> = new Set(),
): ValueTable {
  const { order, wanted } = outputs;
  const stored = chooseStored({ order, users: usersOf(order), wanted, fuse, dropped });
  const byNode = new Map<Node, Value>();
  const byId = new Map<ValueId, Value>();
  for (const node of order) {
    if (!stored.has(node)) continue;
    const value = describeValue(byId.size, node, headKind(node) ?? "map");
    byNode.set(node, value);
    byId.set(value.id, value);
  }
  for (const value of byId.values()) {
    if (value.kind !== "contract" || worthPacking(classify(value, byNode))) continue;
    const loop: Value = { ...value, kind: "product" };
    byNode.set(value.node, loop);
    byId.set(value.id, loop);
  }
  const computed = [...byId.values()].filter((value) => value.kind !== "input");
  const loads = new Map<ValueId, readonly Load[]>(
    computed.map((value) => [value.id, loadsOf(value, byNode)]),
  );
  return { byNode, byId, computed, loads, parts: new Map() };
}

/** Readers of each node, each once. */
export function usersOf(order: readonly Node[]): Map<Node, Node[]> {
  const users = new Map<Node, Node[]>();
  for (const node of order) {
    for (const input of new Set(node.inputs)) {
      const known = users.get(input);
      if (known) known.push(node);
      else users.set(input, [node]);
    }
  }
  return users;
}
