// Computes equal terms once. The builder already makes equal nodes one; here operands whose order does not matter
// come into one order first: by their place in the graph, repeated numbers last.
//
//   %0: f32[3] = mul(%b, %a)
//   %1: f32[3] = mul(%a, %b)            →   %0: f32[3] = mul(%a, %b)
//   %2: f32[3] = add(%0, %1)                %1: f32[3] = add(%0, %0)

import type { Node } from "../ir/graph.ts";
import { rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import { splatValue } from "./facts.ts";
import type { Pass } from "./pass.ts";

/** Also in floating point: a + b and b + a are the same number. */
export const commutative: ReadonlySet<string> = new Set([
  "add",
  "mul",
  "max",
  "min",
  "eq",
  "ne",
  "and",
  "or",
]);

export const mergeCommon: Pass = {
  name: "merge-common",
  summary: "computes equal terms once",
  run: (graph) =>
    rewriteGraph(graph, infer, (node, inputs, builder) =>
      builder.node(
        node.op,
        commutative.has(node.op) ? inOrder(inputs) : inputs,
        node.attrs,
        node.type,
      ),
    ),
};

function inOrder(inputs: readonly Node[]): readonly Node[] {
  const rank = (node: Node): number => (splatValue(node) === undefined ? 0 : 1);
  return [...inputs].sort((a, b) => rank(a) - rank(b) || a.id - b.id);
}
