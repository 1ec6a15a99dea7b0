// Cuts long sums of products with few results into parts that are independent of each other, and adds these up ("split-K"):
// the weight gradient of a convolution has some hundred results and sums over every pixel of a batch, so that threads
// would otherwise have no results to share. How a sum is cut depends on its sizes alone, so results do not depend on
// the number of threads.
//
//   %0: f32[6, 25] = contract(%a, %b) { sizes: [6, 25, 65536], out: [0, 1], … }
//                                               →
//   %0: f32[16, 6, 25] = contract(%a, %b) { sizes: [6, 25, 4096, 16], out: [3, 0, 1], … }
//   %1: f32[6, 25] = reduce(%0) { kind: "sum", axes: [0] }
//
// A sum of one of the operands over the same axes (the bias's gradient beside the weight's) is cut in the same way, so
// that it may still be computed along with the products.

import type { Builder } from "../ir/build.ts";
import { graphNodes, type Form, type Graph, type Node } from "../ir/graph.ts";
import { copyNode, rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import { formsAsAttr, makeReshape, makeSum } from "../ops/make.ts";
import { dimsAttr, formsAttr, knownDim, knownShape, numbersAttr } from "../ops/shapes.ts";
import { operandOf } from "./facts.ts";
import type { Pass } from "./pass.ts";

/** Results up to which there are too few of them to share out between two barriers. */
const fewResults = 4096;

/** Products of a sum from which cutting pays: a part then is longer than a block of any backend. */
const longSum = 8192;

/** A sum is cut into as many parts as possible of these. */
const mostParts = 16;
const fewestParts = 8;

export const splitSums: Pass = {
  name: "split-sums",
  summary: "cuts long sums of products with few results into parts",
  run: (graph) => {
    const beside = sumsBeside(graph);
    return rewriteGraph(graph, infer, (node, inputs, builder) => {
      const cut = cutOf(node);
      if (cut) return splitContraction(node, inputs, cut, builder);
      const sum = beside.get(node);
      return sum ? splitReduction(node, inputs, sum, builder) : copyNode(node, inputs, builder);
    });
  },
};

function splitContraction(node: Node, inputs: readonly Node[], cut: Cut, builder: Builder): Node {
  const sizes = dimsAttr(node.attrs, "sizes").map(knownDim);
  const part = sizes.length;
  const within = (sizes[cut.axis] ?? 1) / cut.parts;
  const forms = (name: "a" | "b"): Form[] =>
    formsAttr(node.attrs, name).map((form) => splitAxis(form, cut.axis, part, within));
  const parts = builder.node("contract", inputs, {
    sizes: [...sizes.with(cut.axis, within), cut.parts],
    out: [part, ...numbersAttr(node.attrs, "out")],
    a: formsAsAttr(forms("a")),
    b: formsAsAttr(forms("b")),
  });
  return makeSum(builder, parts, [0]);
}

/** `cut.axis` is a dimension of what is summed. */
function splitReduction(
  node: Node,
  inputs: readonly Node[],
  { axis, parts }: Cut,
  builder: Builder,
): Node {
  const operand = operandOf({ ...node, inputs });
  const shape = knownShape(operand.type);
  const within = (shape[axis] ?? 1) / parts;
  const split = makeReshape(builder, operand, shape.toSpliced(axis, 1, parts, within));
  const axes = numbersAttr(node.attrs, "axes");
  const sums = makeSum(
    builder,
    split,
    axes.map((d) => (d < axis ? d : d + 1)),
  );
  return makeSum(builder, sums, [axis - axes.filter((d) => d < axis).length]);
}

interface Cut {
  readonly axis: number;
  readonly parts: number;
}

/** Where a contraction is cut: the outermost of its summed axes that divides evenly. */
function cutOf(node: Node): Cut | undefined {
  if (node.op !== "contract") return undefined;
  const sizes = dimsAttr(node.attrs, "sizes").map(knownDim);
  const out = numbersAttr(node.attrs, "out");
  const product = (axes: readonly number[]): number =>
    axes.reduce((size, axis) => size * (sizes[axis] ?? 1), 1);
  const summed = sizes.map((_, axis) => axis).filter((axis) => !out.includes(axis));
  if (product(out) > fewResults || product(summed) < longSum) return undefined;
  for (const axis of summed) {
    const size = sizes[axis] ?? 1;
    for (let parts = mostParts; parts >= fewestParts; parts--)
      if (size % parts === 0) return { axis, parts };
  }
  return undefined;
}

/** axis = part · within + the rest, which keeps the axis's number. */
function splitAxis(form: Form, axis: number, part: number, within: number): Form {
  const terms = form.terms.flatMap((term) =>
    term.axis === axis ? [term, { axis: part, coefficient: term.coefficient * within }] : [term],
  );
  return { ...form, terms };
}

/** Sums of an operand of a contraction that is cut, over the axes that this sums, and where they are cut. */
function sumsBeside(graph: Graph): ReadonlyMap<Node, Cut> {
  const nodes = graphNodes(graph);
  /** By source and by the source's dimensions that are summed. */
  const cuts = new Map<Node, Map<string, Cut>>();
  for (const node of nodes) {
    const cut = cutOf(node);
    if (!cut) continue;
    const sizes = dimsAttr(node.attrs, "sizes").map(knownDim);
    const out = numbersAttr(node.attrs, "out");
    const summed = sizes.flatMap((size, axis) => (size === 1 || out.includes(axis) ? [] : [axis]));
    (["a", "b"] as const).forEach((side, position) => {
      const { source, dimensions } = sourceOf(operandOf(node, position));
      const axes = formsAttr(node.attrs, side).map(plainAxis);
      const at = (axis: number): number => dimensions[axes.indexOf(axis)] ?? -1;
      const found = summed.map(at);
      if (found.includes(-1)) return;
      const known = cuts.get(source) ?? new Map<string, Cut>();
      known.set(keyOf(found), { axis: at(cut.axis), parts: cut.parts });
      cuts.set(source, known);
    });
  }
  const beside = new Map<Node, Cut>();
  for (const node of nodes) {
    if (node.op !== "reduce" || node.attrs["kind"] !== "sum") continue;
    const { source, dimensions } = sourceOf(operandOf(node));
    const shape = knownShape(source.type);
    const summed = numbersAttr(node.attrs, "axes")
      .map((d) => dimensions[d] ?? -1)
      .filter((d) => shape[d] !== 1);
    const cut = cuts.get(source)?.get(keyOf(summed));
    if (cut) beside.set(node, { ...cut, axis: dimensions.indexOf(cut.axis) });
  }
  return beside;
}

function keyOf(dimensions: readonly number[]): string {
  return dimensions.toSorted((a, b) => a - b).join();
}

/** What a node is a transposition of, and for each dimension of the node the source's. */
function sourceOf(node: Node): { readonly source: Node; readonly dimensions: readonly number[] } {
  const own = knownShape(node.type).map((_, d) => d);
  if (node.op !== "view") return { source: node, dimensions: own };
  const axes = formsAttr(node.attrs, "forms").map(plainAxis);
  const inner = sourceOf(operandOf(node));
  const isTransposition =
    axes.length === own.length &&
    own.every((d) => {
      const from = axes.indexOf(d);
      return from >= 0 && knownShape(operandOf(node).type)[from] === knownShape(node.type)[d];
    });
  return isTransposition
    ? { source: inner.source, dimensions: own.map((d) => inner.dimensions[axes.indexOf(d)] ?? -1) }
    : { source: node, dimensions: own };
}

/** The axis that a form names and nothing else. */
function plainAxis({ terms, offset, divisor }: Form): number | undefined {
  const [term] = terms;
  const isPlain = terms.length === 1 && term?.coefficient === 1 && offset === 0 && divisor === 1;
  return isPlain ? term.axis : undefined;
}
