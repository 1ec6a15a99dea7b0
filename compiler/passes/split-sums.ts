// Cuts long sums of products with few results into parts that are independent of each other, and adds these up ("split-K"):
// the weight gradient of a convolution has some hundred results and sums over every pixel of a batch, so that threads
// would otherwise have no results to share. How a sum is cut depends on its sizes alone, so results do not depend on
// the number of threads.
//
//   %0: f32[6, 25] = contract(%a, %b) { sizes: [6, 25, 65536], out: [0, 1], … }
//                                               →
//   %0: f32[16, 6, 25] = contract(%a, %b) { sizes: [6, 25, 4096, 16], out: [3, 0, 1], … }
//   %1: f32[6, 25] = reduce(%0) { kind: "sum", axes: [0] }

import type { Form, Node } from "../ir/graph.ts";
import { rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import { formsAsAttr, makeSum } from "../ops/make.ts";
import { dimsAttr, formsAttr, knownDim, numbersAttr } from "../ops/shapes.ts";
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
  run: (graph) =>
    rewriteGraph(graph, infer, (node, inputs, builder) => {
      const cut = cutOf(node);
      if (!cut) return builder.node(node.op, inputs, node.attrs, node.type);
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
    }),
};

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
