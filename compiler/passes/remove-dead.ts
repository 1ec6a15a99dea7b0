// Leaves out what nobody would notice. Nodes that no output needs are no part of a graph anyway; what remains are
// inputs that nothing reads and updates that write a value back to where it came from.
//
//   input parameter w: f32[3]
//   input field unused: f32[5]          →   input parameter w: f32[3]
//   output result y = %w                    output result y = %w
//   output update w = %w

import { topological, type Graph, type Output } from "../ir/graph.ts";
import { inputName, isPersistent } from "../ir/input.ts";
import type { Pass } from "./pass.ts";

export const removeDead: Pass = {
  name: "remove-dead",
  summary: "leaves out inputs that nothing reads and updates that change nothing",
  run: (graph): Graph => {
    const outputs = graph.outputs.filter((output) => !changesNothing(output));
    const needed = new Set(topological(outputs.map((output) => output.node)));
    return { inputs: graph.inputs.filter((input) => needed.has(input)), outputs };
  },
};

function changesNothing({ role, name, node }: Output): boolean {
  if (role !== "update" || node.op !== "input") return false;
  return inputName(node) === name && isPersistent(node);
}
