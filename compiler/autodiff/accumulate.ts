// Gradients over several batches: added up batch by batch, weighted by their examples, and applied in one step.

import type { Builder } from "../ir/build.ts";
import type { Graph, Node, Origin, Output } from "../ir/graph.ts";
import { newBuilder } from "../ops/index.ts";
import { makeConstant, makeLike, makeSpread } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";
import { unusedParameter, updateAll, type Target, type UpdateOptions } from "./index.ts";

/** The state that holds a parameter's gradient between batches. */
export function gradientPath(parameter: string): string {
  return `gradient.${parameter}`;
}

/** sum = (0 in the step's first batch, else sum) + examples · g. What an earlier step left is never read as a number. */
export function addUp(
  b: Builder,
  targets: readonly Target[],
  examples: number,
  inputs: Map<string, Node>,
): readonly Output[] {
  const part = scalar(b, "$part", inputs);
  const isFirst = b.node("eq", [part, makeConstant(b, "i32", 0)]);
  return targets.map(({ path, gradient }): Output => {
    const before = sumOf(b, path, gradient, inputs);
    const start = b.node("select", [spread(b, isFirst, before), makeLike(b, before, 0), before]);
    const weighted = b.node("mul", [gradient, makeLike(b, gradient, examples)]);
    const node = b.node("add", [start, weighted]);
    return { name: gradientPath(path), role: "update", node };
  });
}

/** The step that the sums make: g = sum / examples, then clipping and optimizers as after a single batch. */
export function applyGradients(
  options: Pick<UpdateOptions, "optimizers" | "clip" | "norm" | "lossScale">,
  origin: Origin,
): Graph {
  const b = newBuilder({ ...origin, role: "update" });
  const inputs = new Map<string, Node>();
  const examples = b.node("cast", [scalar(b, "$examples", inputs)], { dtype: "f32" });
  const trained = [...options.optimizers].filter(([, optimizer]) => optimizer !== "none");
  const targets = trained.map(([path]): Target => {
    const parameter = unusedParameter(b, path, options);
    inputs.set(path, parameter);
    const sum = sumOf(b, path, parameter, inputs);
    return { path, parameter, gradient: b.node("div", [sum, spread(b, examples, sum)]) };
  });
  const outputs = updateAll(b, targets, options, inputs);
  return { inputs: [...inputs.values()], outputs };
}

function sumOf(b: Builder, path: string, like: Node, inputs: Map<string, Node>): Node {
  const name = gradientPath(path);
  const node = b.node("input", [], { name, role: "optimizer" }, like.type);
  inputs.set(name, node);
  return node;
}

function scalar(b: Builder, name: string, inputs: Map<string, Node>): Node {
  const type = { dtype: "i32", shape: [] } as const;
  const node = inputs.get(name) ?? b.node("input", [], { name, role: "scalar" }, type);
  inputs.set(name, node);
  return node;
}

function spread(b: Builder, node: Node, like: Node): Node {
  const shape = knownShape(like.type);
  return makeSpread(
    b,
    node,
    shape,
    shape.map((_, axis) => axis),
  );
}
