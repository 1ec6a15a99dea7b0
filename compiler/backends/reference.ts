// The graph as the reference device reads it: a list of nodes with known sizes. No operator is named here.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Code, ReferenceLoop, ReferenceNode } from "../../runtime/artifact.ts";
import { isOpen, type Dim } from "../ir/dim.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { findLoops, openLoops, orderWithLoops, slotOf, type GraphLoop } from "../ir/loops.ts";
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
    ...nest(order, numberOf),
    inputs,
    outputs: graph.outputs.map(({ name, role, node }) => ({
      name,
      node: numberOf(node),
      persistent: role === "update",
    })),
  };
}

/** Which nodes are computed once, and which by loops. */
function nest(
  order: readonly Node[],
  numberOf: (node: Node) => number,
): { readonly order: readonly number[]; readonly loops: readonly ReferenceLoop[] } {
  const open = openLoops(order);
  const found = [...findLoops(order, open).values()];
  const depth = (node: Node): number => open.get(node)?.size ?? 0;
  const computed = (nodes: readonly Node[], at: number): number[] =>
    nodes.filter((node) => depth(node) === at && !isMarker(node)).map(numberOf);
  const describeLoop = (loop: GraphLoop): ReferenceLoop => ({
    at: Math.min(...loop.outputs.map(numberOf)),
    length: known(loop.length, loop.end),
    reverse: loop.reverse,
    rows: loop.rows.map(numberOf),
    carries: loop.carries.map(({ carry, next }) => ({
      next: numberOf(next),
      ...(carry ? { carry: numberOf(carry) } : {}),
    })),
    body: computed(loop.body, depth(loop.end)),
    stacks: loop.outputs
      .filter(({ op }) => op === "scan_stack")
      .map((node) => ({ node: numberOf(node), of: numberOf(node.inputs[0] ?? node) })),
    lasts: loop.outputs
      .filter(({ op }) => op === "scan_last")
      .map((node) => ({ node: numberOf(node), slot: slotOf(node) })),
  });
  return { order: computed(order, 0), loops: found.map(describeLoop) };
}

/** What a loop gives its body itself. */
function isMarker({ op }: Node): boolean {
  return op === "scan_row" || op === "scan_carry" || op === "scan_end";
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
