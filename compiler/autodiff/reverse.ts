// Reverse mode: from the gradients of some values to the gradients of what they are computed from.

import { InternalError, type Reporter } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import { topological, type Node } from "../ir/graph.ts";
import { operatorNamed } from "../ops/index.ts";
import { sumOf } from "./sum.ts";

/** A value and its gradient. */
export interface Seed {
  readonly node: Node;
  readonly cotangent: Node;
}

/**
 * Gradients of Σ seeds with respect to `wanted`; a node is missing where no path leads to it. Everything must be
 * primitive. New nodes bear the span and the blocks of the node whose gradient they belong to, with the role
 * `backward`. An operator without a gradient on the way is reported; without a reporter it is an InternalError.
 */
export function reverse(
  b: Builder,
  seeds: readonly Seed[],
  wanted: ReadonlySet<Node>,
  reporter?: Reporter,
): ReadonlyMap<Node, Node> {
  const order = topological(seeds.map(({ node }) => node));
  const relevant = findRelevant(order, wanted);
  const parts = new Map<Node, Node[]>();
  const contribute = (node: Node, cotangent: Node): void => {
    const known = parts.get(node);
    if (known) known.push(cotangent);
    else parts.set(node, [cotangent]);
  };
  for (const { node, cotangent } of seeds) if (relevant.has(node)) contribute(node, cotangent);

  const gradients = new Map<Node, Node>();
  for (const node of order.toReversed()) {
    if (!relevant.has(node)) continue;
    b.at({ ...node.origin, role: "backward" });
    const cotangent = sumOf(b, parts.get(node) ?? []);
    if (!cotangent) continue;
    if (wanted.has(node)) gradients.set(node, cotangent);
    if (!node.inputs.some((input) => relevant.has(input))) continue;

    const record = operatorNamed(node.op);
    if (record.level === "named")
      throw new InternalError(`${node.op} must be lowered before it is differentiated`);
    if (record.gradient === "none") {
      if (!reporter) throw new InternalError(`${node.op} has no gradient`);
      reporter.report("not-differentiable", node.origin.span, { op: node.op });
      continue;
    }
    const found = record.gradient(b, node, cotangent);
    node.inputs.forEach((input, i) => {
      const part = found[i];
      if (part && relevant.has(input)) contribute(input, part);
    });
  }
  return gradients;
}

/** Nodes on a path of floating point from something wanted. */
function findRelevant(order: readonly Node[], wanted: ReadonlySet<Node>): ReadonlySet<Node> {
  const relevant = new Set<Node>();
  for (const node of order) {
    const float = node.type.dtype === "f32" || node.type.dtype === "f16";
    if (
      float &&
      node.op !== "stop_gradient" &&
      (wanted.has(node) || node.inputs.some((input) => relevant.has(input)))
    ) {
      relevant.add(node);
    }
  }
  return relevant;
}
