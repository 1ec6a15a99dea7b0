// Averages of weights in a training step, and the evaluation that reads them.

import type { Graph, Node, Origin, Output } from "../ir/graph.ts";
import { inputName } from "../ir/input.ts";
import { copyNode, rewriteGraph } from "../ir/rewrite.ts";
import { infer, newBuilder } from "../ops/index.ts";
import { inlineStep, inputsByName } from "./index.ts";

/** What is known of an average here: its lowered step over `w` and `average`, and where it lies. */
export interface Average {
  readonly step: Graph;
  readonly path: string;
  readonly role: "parameter" | "state";
}

/** The training step with every average brought up to date after the parameters and states, which are named by path. */
export function addAverages(
  graph: Graph,
  averages: ReadonlyMap<string, Average>,
  origin: Origin,
): Graph {
  const b = newBuilder({ ...origin, role: "update" });
  const inputs = inputsByName(graph);
  const added: Output[] = [];
  const inputOf = (name: string, role: string, type: Node["type"]): Node => {
    const node = inputs.get(name) ?? b.node("input", [], { name, role }, type);
    inputs.set(name, node);
    return node;
  };
  for (const [name, { step, path, role }] of averages) {
    const type = inputsByName(step).get("w")?.type;
    if (!type) continue; // an average that does not look at the weights stays what it is
    const updated = graph.outputs.find((o) => o.role === "update" && o.name === name)?.node;
    const fields = new Map([
      ["w", updated ?? inputOf(name, role, type)],
      ["average", inputOf(path, "optimizer", type)],
    ]);
    added.push(...inlineStep(b, step, fields, inputs));
  }
  return { inputs: [...inputs.values()], outputs: [...graph.outputs, ...added] };
}

/** The graph reading averages in place of the parameters and states that have one. */
export function readAverages(graph: Graph, paths: ReadonlyMap<string, string>): Graph {
  return rewriteGraph(graph, infer, (node, inputs, builder) => {
    const path = node.op === "input" ? paths.get(inputName(node)) : undefined;
    if (path === undefined || node.attrs["role"] === "field")
      return copyNode(node, inputs, builder);
    return builder.node("input", [], { name: path, role: "optimizer" }, node.type);
  });
}
