// The graph as the reference device reads it: a list of nodes with known sizes. No operator is named here.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Code, ReferenceNode } from "../../runtime/artifact.ts";
import { isOpen, type Dim } from "../ir/dim.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { orderWithLoops } from "../ir/loops.ts";
import { formatOrigin } from "../ir/origin.ts";

/** Named operators are welcome as long as every dimension is a number; an open one is an InternalError. */
export function emitReference(graph: Graph): Extract<Code, { readonly target: "reference" }> {
  const order = orderWithLoops([...graph.inputs, ...graph.outputs.map(({ node }) => node)]);
  const numbers = new Map<Node, number>(order.map((node, number) => [node, number]));
  const numberOf = (node: Node): number => {
    const number = numbers.get(node);
    if (number === undefined) throw new InternalError(`a node of ${node.op} is not in its graph`);
    return number;
  };
  const inputs: Record<string, number> = {};
  for (const node of order) {
    const { name, role } = node.attrs;
    if (node.inputs.length === 0 && typeof name === "string" && typeof role === "string")
      inputs[name] = numberOf(node);
  }
  return {
    target: "reference",
    nodes: order.map((node) => describe(node, numberOf)),
    inputs,
    outputs: graph.outputs.map(({ name, role, node }) => ({
      name,
      node: numberOf(node),
      persistent: role === "update",
    })),
  };
}

function describe(node: Node, numberOf: (node: Node) => number): ReferenceNode {
  return {
    op: node.op,
    inputs: node.inputs.map(numberOf),
    attrs: node.attrs,
    dtype: node.type.dtype,
    shape: node.type.shape.map((size) => known(size, node)),
    place: formatOrigin(node.origin),
  };
}

function known(size: Dim, node: Node): number {
  if (isOpen(size))
    throw new InternalError(`${size.text} is still open at ${formatOrigin(node.origin)}`);
  return size;
}
