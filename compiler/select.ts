// Which outputs a program keeps, under which names. Model results, losses and metrics may bear the same name, so in
// programs metrics are `metric:<name>` and gradients `gradient:<path>`.

import { topological, type Graph, type Output } from "./ir/graph.ts";

/** The graph with the outputs of these roles alone, renamed. */
export function selectOutputs(graph: Graph, roles: readonly Output["role"][]): Graph {
  const outputs = graph.outputs
    .filter((output) => roles.includes(output.role))
    .map((output) =>
      output.role === "metric" ? { ...output, name: `metric:${output.name}` } : output,
    );
  return { inputs: graph.inputs, outputs };
}

/** The graph without inputs that no output reads: a prediction needs no label. */
export function dropUnusedInputs(graph: Graph): Graph {
  const needed = new Set(topological(graph.outputs.map((output) => output.node)));
  return { ...graph, inputs: graph.inputs.filter((input) => needed.has(input)) };
}

/** The graph with one of its outputs alone. */
export function selectOutput(graph: Graph, name: string): Graph {
  const outputs = graph.outputs.filter((output) => output.name === name);
  return dropUnusedInputs({ inputs: graph.inputs, outputs });
}
