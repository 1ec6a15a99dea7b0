// What a graph gives: values that the caller reads, and values that take the place of persistent tensors.

import { textOf } from "./attributes.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { orderWithLoops } from "../ir/loops.ts";
import { tabulateLoops, type LoopTable } from "./loops.ts";

export interface Outputs {
  readonly results: readonly { readonly name: string; readonly node: Node }[];
  /** By path, each path once. */
  readonly updates: readonly { readonly path: string; readonly node: Node }[];
  /** Nodes of both, and what loops carry and stack: these are stored. */
  readonly wanted: ReadonlySet<Node>;
  /** Every node that they need, each after its inputs, and a loop's body before what the loop gives. */
  readonly order: readonly Node[];
  readonly loops: LoopTable;
  /** Readers of each node, each once. */
  readonly users: ReadonlyMap<Node, readonly Node[]>;
}

/**
 * An output that is an input gets a copy of its own, so that it is read as it was at the start of the run; an update
 * of a tensor by itself is none.
 */
export function resolveOutputs(graph: Graph): Outputs {
  const copies = new Map<Node, Node>();
  const owned = (node: Node): Node => {
    const source = withoutIdentities(node);
    if (source.op !== "input") return source;
    const copy = copies.get(source) ?? copyOf(source);
    copies.set(source, copy);
    return copy;
  };
  const results = graph.outputs
    .filter((output) => output.role !== "update")
    .map(({ name, node }) => ({ name, node: owned(node) }));
  const updates = graph.outputs
    .filter(
      (output) =>
        output.role === "update" && inputName(withoutIdentities(output.node)) !== output.name,
    )
    .map(({ name, node }) => ({ path: name, node: owned(node) }));
  const roots = [...results, ...updates].map((output): Node => output.node);
  const order = orderWithLoops(roots);
  const loops = tabulateLoops(order);
  const wanted = new Set([...roots, ...loops.stored]);
  return { results, updates, wanted, order, loops, users: usersOf(order) };
}

function usersOf(order: readonly Node[]): Map<Node, Node[]> {
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

function withoutIdentities(node: Node): Node {
  let at = node;
  while (at.op === "stop_gradient") {
    const [source] = at.inputs;
    if (!source) break;
    at = source;
  }
  return at;
}

/** The name of an input; undefined for other nodes. */
export function inputName(node: Node): string | undefined {
  return node.op === "input" ? textOf(node.attrs["name"]) : undefined;
}

function copyOf(node: Node): Node {
  return {
    id: -1,
    op: "stop_gradient",
    inputs: [node],
    attrs: {},
    type: node.type,
    origin: node.origin,
  };
}
