// Making a graph from a graph: node by node in a new builder, in the order of use, keeping origins. Specialising,
// lowering, the passes and inlining are this one walk with different steps.

import { InternalError } from "../../grammar/diagnostic.ts";
import { createBuilder, typeText, type Builder, type Infer } from "./build.ts";
import {
  graphNodes,
  topological,
  type Graph,
  type Node,
  type Origin,
  type Output,
} from "./graph.ts";
import { inputName } from "./input.ts";

/** What stands in the new graph for a node whose inputs have been rewritten. The builder's origin is the node's. */
export type RewriteStep = (node: Node, inputs: readonly Node[], builder: Builder) => Node;

/** The same node in another builder. Its type is copied, so the inputs must have kept theirs. */
export function copyNode(node: Node, inputs: readonly Node[], builder: Builder): Node {
  return builder.node(node.op, inputs, node.attrs, node.type);
}

/** Where inputless graphs come from: nobody reads it. */
const nowhere: Origin = {
  span: { file: { path: "<graph>", text: "" }, start: 0, end: 0 },
  blocks: [],
  role: "forward",
};

/**
 * Rewrites every node that the inputs and outputs need, each after its inputs. Equal results become one node, and
 * what no output needs any more is left behind; the list of inputs stays as it is.
 */
export function rewriteGraph<F extends { readonly failure: string }>(
  graph: Graph,
  infer: Infer<F>,
  step: RewriteStep,
): Graph {
  const builder = createBuilder(infer, nowhere);
  const rewritten = rewriteNodes(graphNodes(graph), builder, step);
  return {
    inputs: graph.inputs.map(rewritten),
    outputs: graph.outputs.map((output) => ({ ...output, node: rewritten(output.node) })),
  };
}

/**
 * Rewrites nodes, given in topological order, into a builder. Returns the lookup of what stands for each.
 * `known` holds nodes that have a counterpart already.
 */
export function rewriteNodes(
  nodes: readonly Node[],
  builder: Builder,
  step: RewriteStep,
  known: ReadonlyMap<Node, Node> = new Map(),
): (node: Node) => Node {
  const counterparts = new Map(known);
  const find = (node: Node): Node => {
    const found = counterparts.get(node);
    if (!found) throw new InternalError(`${node.op} (node ${node.id}) is read before it is made`);
    return found;
  };
  const before = builder.origin;
  for (const node of nodes) {
    if (counterparts.has(node)) continue;
    builder.at(node.origin);
    counterparts.set(node, step(node, node.inputs.map(find), builder));
  }
  builder.at(before);
  return find;
}

export interface Inlined {
  readonly outputs: readonly Output[];
  /** Inputs of the inlined graph that were not given: nodes of the builder, to become inputs of its graph. */
  readonly inputs: readonly Node[];
}

/**
 * Builds a graph's outputs inside another graph. `inputs` gives values by the names of its inputs; inputs that are
 * not named there stay inputs. `origin` may change where the new nodes come from.
 */
export function inlineGraph(
  builder: Builder,
  graph: Graph,
  inputs: Readonly<Record<string, Node>> | ReadonlyMap<string, Node>,
  origin: (of: Origin) => Origin = (of) => of,
): Inlined {
  const given = isMap(inputs) ? inputs : new Map(Object.entries(inputs));
  const known = new Map<Node, Node>();
  const open: Node[] = [];
  for (const input of graph.inputs) {
    const name = inputName(input);
    const node = given.get(name);
    if (!node) {
      open.push(input);
      continue;
    }
    if (typeText(node.type) !== typeText(input.type)) {
      throw new InternalError(
        `input ${name} is ${typeText(input.type)}, but ${typeText(node.type)} is put in its place`,
      );
    }
    known.set(input, node);
  }
  const nodes = topological([...open, ...graph.outputs.map((output) => output.node)]);
  const copy: RewriteStep = (node, operands) => {
    builder.at(origin(node.origin));
    return copyNode(node, operands, builder);
  };
  const rewritten = rewriteNodes(nodes, builder, copy, known);
  return {
    outputs: graph.outputs.map((output) => ({ ...output, node: rewritten(output.node) })),
    inputs: open.map(rewritten),
  };
}

function isMap(
  inputs: Readonly<Record<string, Node>> | ReadonlyMap<string, Node>,
): inputs is ReadonlyMap<string, Node> {
  return inputs instanceof Map;
}
