// Small graphs for tests and measurements.

import { differentiate } from "../../compiler/autodiff/index.ts";
import type { Builder } from "../../compiler/ir/build.ts";
import type { Graph, InputRole, Node, Origin, Output } from "../../compiler/ir/graph.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import type { DType } from "../../runtime/types.ts";

const file = { path: "graph.dlm", text: "\n" };
const origin: Origin = { span: { file, start: 0, end: 0 }, blocks: [], role: "forward" };

export interface GraphBuilder extends Builder {
  input(name: string, dtype: DType, shape: readonly number[], role?: InputRole): Node;
  /** A number in a shape. */
  full(value: number, shape: readonly number[], dtype?: DType): Node;
  sum(x: Node, axes: readonly number[]): Node;
}

/** A graph of primitives with these results. */
export function buildGraph(define: (b: GraphBuilder) => Readonly<Record<string, Node>>): Graph {
  return lower(graphOf(define, "result"));
}

/** The result called `loss` with its gradients by these inputs, and the other results. */
export function gradientGraph(
  wrt: readonly string[],
  define: (b: GraphBuilder) => Readonly<Record<string, Node>>,
): Graph {
  const forward = lower(graphOf(define, "loss"));
  return differentiate(forward, { optimizers: new Map(), gradients: true, wrt });
}

function graphOf(
  define: (b: GraphBuilder) => Readonly<Record<string, Node>>,
  lossRole: Output["role"],
): Graph {
  const builder = newBuilder(origin);
  const inputs: Node[] = [];
  const outputs = define({
    node: (op, of, attrs, type) => builder.node(op, of, attrs, type),
    at: (next) => builder.at(next),
    origin,
    input(name, dtype, shape, role = "field") {
      const node = builder.node("input", [], { name, role }, { dtype, shape });
      inputs.push(node);
      return node;
    },
    full: (value, shape, dtype = "f32") =>
      builder.node("broadcast", [builder.node("constant", [], { value }, { dtype, shape: [] })], {
        shape: [...shape],
      }),
    sum: (x, axes) => builder.node("reduce", [x], { kind: "sum", axes: [...axes], ties: "share" }),
  });
  return {
    inputs,
    outputs: Object.entries(outputs).map(([name, node]) => ({
      name,
      role: name === "loss" ? lossRole : "result",
      node,
    })),
  };
}
