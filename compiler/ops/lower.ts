// Named operators → primitives. Before this a graph reads as it was written; after it, as it is differentiated.

import { InternalError } from "../../grammar/diagnostic.ts";
import { graphNodes, type Graph, type Node } from "../ir/graph.ts";
import { newBuilder, operatorNamed } from "./index.ts";
import { knownShape } from "./shapes.ts";

/** Expands until only primitives are left. New nodes bear the origin of the node that they come from. */
export function lower(graph: Graph): Graph {
  const nodes = graphNodes(graph);
  const [first] = nodes;
  if (!first) return graph;
  const builder = newBuilder(first.origin);
  const lowered = new Map<Node, Node>();

  /** The primitives of one node whose inputs are primitives already. */
  const expand = (node: Node, depth: number): Node => {
    const record = operatorNamed(node.op);
    if (record.level === "primitive") return node;
    if (depth > 16) throw new InternalError(`${node.op} expands into itself`);
    knownShape(node.type);
    const result = record.expand(builder, node.inputs, node.attrs, node.type);
    return lowerWithin(result, depth + 1);
  };

  /** What an expansion made may be named operators again. */
  const lowerWithin = (node: Node, depth: number): Node => {
    const known = lowered.get(node);
    if (known) return known;
    const inputs = node.inputs.map((input) => lowerWithin(input, depth));
    const result = expand(rebuilt(node, inputs), depth);
    lowered.set(node, result);
    return result;
  };

  const rebuilt = (node: Node, inputs: readonly Node[]): Node =>
    inputs.every((input, i) => input === node.inputs[i])
      ? node
      : builder.node(node.op, inputs, node.attrs, node.type);

  for (const node of nodes) {
    builder.at(node.origin);
    const inputs = node.inputs.map((input) => lowered.get(input) ?? input);
    const result = expand(rebuilt(node, inputs), 0);
    lowered.set(node, result);
    // The value itself needs no second look when a later expansion reads it.
    lowered.set(result, result);
  }
  return {
    inputs: graph.inputs,
    outputs: graph.outputs.map((output) => ({
      ...output,
      node: lowered.get(output.node) ?? output.node,
    })),
  };
}
