// Mixed precision: operands of products are rounded to half precision, and so are activations and their gradients where
// a plan would store them; their readers compute in f32 again. Sums, statistics, losses, gradients of parameters and everything of an update stay
// f32. Every rounding is a conversion in the graph, so what shares a kernel changes no number, and no backend knows of it.
//
//   %0: f32[8, 4] = contract(%x, %w) …          %0: f16[8, 3] = cast(%x) { dtype: "f16" }
//   %1: f32[8, 4] = max(%0, %zeros)       →     %1: f16[3, 4] = cast(%w) { dtype: "f16" }
//                                               %2: f32[8, 4] = contract(%0, %1) …
//                                               %3: f32[8, 4] = max(%2, %zeros)
//                                               %4: f16[8, 4] = cast(%3) { dtype: "f16" }
//                                               %5: f32[8, 4] = cast(%4) { dtype: "f32" }   for its readers
//
// Micikevicius et al., 2018, "Mixed precision training".

import type { Builder } from "../../ir/build.ts";
import { graphNodes, type Graph, type Node } from "../../ir/graph.ts";
import { rewriteGraph } from "../../ir/rewrite.ts";
import { infer } from "../../ops/index.ts";
import { isFloat, textAttr } from "../../ops/shapes.ts";
import { formKernels } from "../../schedule/formation.ts";
import { resolveOutputs } from "../../schedule/outputs.ts";
import { valueOf } from "../../schedule/values.ts";
import type { Pass } from "../pass.ts";
import { classify, floatsOf, moves, type Class } from "./classes.ts";

export const storeHalves: Pass = {
  name: "store-halves",
  summary: "rounds what products read, activations and gradients to half precision",
  run: (graph) => {
    const classes = classify(graph);
    const rounded = roundingPlaces(graph, classes);
    /** By a node of the new graph that is f32: the same numbers as f16, where they are known to be such. */
    const halves = new Map<Node, Node>();

    const half = (node: Node, b: Builder): Node =>
      halves.get(node) ?? b.node("cast", [node], { dtype: "f16" });
    function single(node: Node, b: Builder): Node {
      const wide = b.node("cast", [node], { dtype: "f32" });
      halves.set(wide, node);
      return wide;
    }

    function copy(node: Node, inputs: readonly Node[], b: Builder): Node {
      const { op, attrs, type } = node;
      if (op === "contract" && readsHalves(node, classes)) {
        const operands = inputs.map((input) => half(input, b));
        return b.node(op, operands, attrs, type);
      }
      const known = inputs.map((input) => halves.get(input) ?? input);
      const areHalves = known.every(
        (input, i) => !isFloat(input.type.dtype) || input !== inputs[i],
      );
      if (!areHalves || floatsOf(node).length === 0) return b.node(op, inputs, attrs, type);
      if (moves.has(op)) return single(b.node(op, known, attrs), b);
      if (op !== "reduce") return b.node(op, inputs, attrs, type);
      const kind = textAttr(attrs, "kind");
      if (kind === "sum") return b.node(op, known, attrs, type);
      return kind === "prod"
        ? b.node(op, inputs, attrs, type)
        : single(b.node(op, known, attrs), b);
    }

    return rewriteGraph(graph, infer, (node, inputs, b) => {
      const made = copy(node, inputs, b);
      return rounded.has(node) && !halves.has(made) ? single(half(made, b), b) : made;
    });
  },
};

/** Whether the operands of a product are rounded: not where it belongs to an update or to a metric alone. */
function readsHalves(node: Node, classes: ReadonlyMap<Node, Class>): boolean {
  return classes.get(node) === "half" || node.origin.role === "backward";
}

/** Values of half precision that a plan of the graph would hold in memory, and operands of products: all that reads these
 *  reads the same numbers, so that a bias gradient is still a by-product of its weight's. */
function roundingPlaces(graph: Graph, classes: ReadonlyMap<Node, Class>): ReadonlySet<Node> {
  const nodes = graphNodes(graph);
  const readers = new Map<Node, Node[]>();
  const ofProducts = new Set<Node>();
  for (const node of nodes.toReversed()) {
    for (const input of new Set(node.inputs))
      readers.set(input, [...(readers.get(input) ?? []), node]);
    const isOperand = node.op === "contract" || (moves.has(node.op) && ofProducts.has(node));
    if (isOperand) for (const input of node.inputs) ofProducts.add(input);
  }
  const given = new Set(graph.outputs.map(({ node }) => node));
  /** Parts of a sum: they are added up before anything is rounded. */
  const isPart = (node: Node): boolean =>
    (readers.get(node) ?? []).every(({ op }) => op === "reduce");
  return new Set(
    [...storedNodes(graph), ...ofProducts].filter((node) => {
      const isHalf = classes.get(node) === "half" && !moves.has(node.op);
      return isHalf && node.type.shape.length > 0 && !given.has(node) && !isPart(node);
    }),
  );
}

function storedNodes(graph: Graph): ReadonlySet<Node> {
  const { table, written } = formKernels(resolveOutputs(graph), true);
  return new Set([...written].map((id) => valueOf(table.byId, id).node));
}
