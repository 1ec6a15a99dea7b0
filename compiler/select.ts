// Which outputs a program keeps, under which names. Model results, losses and metrics may bear the same name, so in
// programs metrics are `metric:<name>` and gradients `gradient:<path>`.

import type { Graph, Output } from "./ir/graph.ts";

/** The graph with the outputs of these roles alone, renamed; its inputs are cut to those still needed by the stages. */
export function selectOutputs(graph: Graph, roles: readonly Output["role"][]): Graph {
  const outputs = graph.outputs
    .filter((output) => roles.includes(output.role))
    .map((output) =>
      output.role === "metric" ? { ...output, name: `metric:${output.name}` } : output,
    );
  return { inputs: graph.inputs, outputs };
}
