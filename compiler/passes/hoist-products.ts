// Computes products of rows alone for all rows at once, before their loop: in a recurrent cell W_ih x_t + b_ih needs no
// state, and one large product over all steps is many times faster than a small one in each. Done before differentiation,
// so that the gradient of the weight is one large product as well.
//
//   %0: f32[2, 3] = scan_row(%x) { loop: "rnn", length: 5, … }
//   %1: f32[2, 4] = contract(%0, %w) …
//                                               →
//   %0: f32[5, 2, 4] = contract(%x, %w) …
//   %1: f32[2, 4] = scan_row(%0) { loop: "rnn", length: 5, … }

import { graphNodes, type Graph, type Node } from "../ir/graph.ts";
import { findLoops, loopOf, openLoops, orderWithLoops, type GraphLoop } from "../ir/loops.ts";
import { copyNode, rewriteGraph } from "../ir/rewrite.ts";
import type { Builder } from "../ir/build.ts";
import { infer, operatorNamed } from "../ops/index.ts";
import { liftNode, type Lifted } from "../ops/lift.ts";
import { dimsAttr, knownDim, numbersAttr } from "../ops/shapes.ts";
import type { Pass } from "./pass.ts";

export const hoistProducts: Pass = {
  name: "hoist-products",
  summary: "computes products of rows alone for all rows of a loop at once",
  run: (graph) => {
    let current = graph;
    // A product that leaves an inner loop may leave the outer one too.
    for (;;) {
      const next = hoistOnce(current);
      if (!next) return current;
      current = next;
    }
  },
};

/** The graph with every product that needs no carry put before one loop; undefined if there is none. */
function hoistOnce(graph: Graph): Graph | undefined {
  if (!graphNodes(graph).some(({ op }) => op === "scan_end")) return undefined;
  const order = orderWithLoops([...graph.inputs, ...graph.outputs.map(({ node }) => node)]);
  const open = openLoops(order);
  const loops = findLoops(order, open);
  const users = countUsers(order);
  const made = new Map<Node, Node>();
  const lifts = new Map<GraphLoop, (b: Builder, node: Node) => Lifted | undefined>();
  /** Nodes that were put before their loop, with the loop. */
  const hoisted = new Map<Node, GraphLoop>();

  const rewritten = rewriteGraph(graph, infer, (node, inputs, b) => {
    for (const name of open.get(node) ?? []) {
      const loop = loops.get(name);
      if (!loop || !(isProduct(node) || isFollower(node, loop))) continue;
      let lift = lifts.get(loop);
      if (!lift) lifts.set(loop, (lift = createLift(loop, open, made)));
      const rows = lift(b, node);
      if (!rows) continue;
      hoisted.set(node, loop);
      const { length, reverse } = loop;
      return remember(node, b.node("scan_row", [rows.node], { loop: name, length, reverse }));
    }
    return remember(node, copyNode(node, inputs, b));
  });

  /** Arithmetic on a hoisted product that nothing else reads, such as a bias added to it, goes with it. */
  function isFollower(node: Node, loop: GraphLoop): boolean {
    const record = operatorNamed(node.op);
    if (record.level !== "primitive" || !record.pointwise) return false;
    return node.inputs.some((input) => hoisted.get(input) === loop && users.get(input) === 1);
  }

  function remember(node: Node, replacement: Node): Node {
    made.set(node, replacement);
    return replacement;
  }

  return hoisted.size === 0 ? undefined : rewritten;
}

/** A contraction that sums: one without a sum gains nothing, and its result may be far larger than its operands. */
function isProduct({ op, attrs }: Node): boolean {
  return op === "contract" && dimsAttr(attrs, "sizes").length > numbersAttr(attrs, "out").length;
}

function countUsers(order: readonly Node[]): ReadonlyMap<Node, number> {
  const users = new Map<Node, number>();
  for (const node of order)
    for (const input of node.inputs) users.set(input, (users.get(input) ?? 0) + 1);
  return users;
}

/** A value of the loop's body for all rows, outside; undefined where it needs a carry or an inner loop. */
function createLift(
  loop: GraphLoop,
  open: ReadonlyMap<Node, ReadonlySet<string>>,
  made: ReadonlyMap<Node, Node>,
): (b: Builder, node: Node) => Lifted | undefined {
  const known = new Map<Node, Lifted | undefined>();
  const make = (b: Builder, node: Node): Lifted | undefined => {
    if (!open.get(node)?.has(loop.loop)) {
      const outside = made.get(node);
      return outside && { node: outside, hasRows: false };
    }
    if (node.op === "scan_row" && loopOf(node) === loop.loop) {
      const rows = node.inputs[0] && made.get(node.inputs[0]);
      return rows && { node: rows, hasRows: true };
    }
    if (node.op.startsWith("scan_")) return undefined;
    const operands: Lifted[] = [];
    for (const input of node.inputs) {
      const operand = lift(b, input);
      if (!operand) return undefined;
      operands.push(operand);
    }
    const rows = liftNode(b, node, operands, knownDim(loop.length));
    return rows && { node: rows, hasRows: true };
  };
  const lift = (b: Builder, node: Node): Lifted | undefined => {
    if (!known.has(node)) known.set(node, make(b, node));
    return known.get(node);
  };
  return lift;
}
