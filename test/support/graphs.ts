// Small graphs for tests and measurements.

import { newBuilder } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import type { Builder } from "../../compiler/ir/build.ts";
import type { Graph, InputRole, Node, Origin } from "../../compiler/ir/graph.ts";
import type { DType } from "../../runtime/types.ts";

const file = { path: "graph.dlm", text: "\n" };
const origin: Origin = { span: { file, start: 0, end: 0 }, blocks: [], role: "forward" };

export interface GraphBuilder extends Builder {
  input(name: string, dtype: DType, shape: readonly number[], role?: InputRole): Node;
}

/** A graph of primitives with these results. */
export function buildGraph(define: (b: GraphBuilder) => Readonly<Record<string, Node>>): Graph {
  const builder = newBuilder(origin);
  const inputs: Node[] = [];
  const outputs = define({
    ...builder,
    get origin() {
      return builder.origin;
    },
    input(name, dtype, shape, role = "field") {
      const node = builder.node("input", [], { name, role }, { dtype, shape });
      inputs.push(node);
      return node;
    },
  });
  return lower({
    inputs,
    outputs: Object.entries(outputs).map(([name, node]) => ({ name, role: "result", node })),
  });
}
