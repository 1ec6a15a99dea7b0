// `stop_gradient` is the identity once gradients have been taken.
//
//   %0: f32[3] = stop_gradient(%x)
//   %1: f32[3] = exp(%0)                →   %0: f32[3] = exp(%x)

import { copyNode, rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

export const dropStopGradients: Pass = {
  name: "drop-stop-gradients",
  summary: "takes away what only mattered to differentiation",
  run: (graph) =>
    rewriteGraph(graph, infer, (node, inputs, builder) => {
      const [x] = inputs;
      return node.op === "stop_gradient" && x ? x : copyNode(node, inputs, builder);
    }),
};
