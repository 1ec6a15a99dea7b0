// Reverse mode: from the gradients of some values to the gradients of what they are computed from. A loop over time is
// differentiated as a whole: its gradient is a loop in the other direction (loop.ts).

import { InternalError, type Reporter } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { findLoops, isLoopOutput, openLoops, orderWithLoops, type GraphLoop } from "../ir/loops.ts";
import { operatorNamed } from "../ops/index.ts";
import { reverseLoop } from "./loop.ts";
import { sumOf } from "./sum.ts";

/** A value and its gradient. */
export interface Seed {
  readonly node: Node;
  readonly cotangent: Node;
}

/** What the walk through a graph, or through the body of a loop, shares. */
export interface Reversal {
  readonly builder: Builder;
  /** Nodes on a path of floating point from something wanted. */
  readonly relevant: ReadonlySet<Node>;
  /** Goes backwards through nodes that are repeated by so many loops, from what was contributed to them. */
  walk(nodes: readonly Node[], depth: number): void;
  /** Adds to the gradient of a node. */
  contribute(node: Node, cotangent: Node): void;
  /** Takes what was contributed to a node so far. */
  take(node: Node): Node | undefined;
  /** Runs `work` with contributions to nodes that are not among `own` put aside; gives these. */
  apart(own: ReadonlySet<Node>, work: () => void): ReadonlyMap<Node, readonly Node[]>;
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
  const order = orderWithLoops(seeds.map(({ node }) => node));
  const open = openLoops(order);
  const loops = findLoops(order, open);
  const relevant = findRelevant(order, wanted, loops);
  const gradients = new Map<Node, Node>();
  const finished = new Set<string>();
  let parts = new Map<Node, Node[]>();
  let aside: { readonly own: ReadonlySet<Node>; readonly parts: Map<Node, Node[]> } | undefined;

  const reversal: Reversal = {
    builder: b,
    relevant,
    walk,
    contribute(node, cotangent) {
      if (!relevant.has(node)) return;
      const into = aside && !aside.own.has(node) ? aside.parts : parts;
      into.set(node, [...(into.get(node) ?? []), cotangent]);
    },
    take: (node) => sumOf(b, parts.get(node) ?? []),
    apart(own, work) {
      const before = aside;
      const outside = parts;
      const found = new Map<Node, Node[]>();
      [aside, parts] = [{ own, parts: found }, new Map()];
      work();
      [aside, parts] = [before, outside];
      return found;
    },
  };

  for (const { node, cotangent } of seeds) reversal.contribute(node, cotangent);
  walk(order, 0);
  return gradients;

  function walk(nodes: readonly Node[], depth: number): void {
    for (const node of nodes.toReversed()) {
      const around = open.get(node) ?? new Set();
      if (around.size > depth) {
        // All that is outside and depends on the loop has been seen; its body is met here for the first time.
        const inner = [...around]
          .map((name) => loops.get(name))
          .find((loop) => loop && (open.get(loop.end)?.size ?? 0) === depth + 1);
        if (!inner || finished.has(inner.loop)) continue;
        finished.add(inner.loop);
        reverseLoop(reversal, inner, depth);
        continue;
      }
      if (relevant.has(node) && !isLoopOutput(node)) step(node);
    }
  }

  function step(node: Node): void {
    b.at({ ...node.origin, role: "backward" });
    const cotangent = reversal.take(node);
    if (!cotangent) return;
    if (wanted.has(node)) gradients.set(node, cotangent);
    if (!node.inputs.some((input) => relevant.has(input)) || node.op.startsWith("scan_")) return;

    const record = operatorNamed(node.op);
    if (record.level === "named")
      throw new InternalError(`${node.op} must be lowered before it is differentiated`);
    if (record.gradient === "none") {
      if (!reporter) throw new InternalError(`${node.op} has no gradient`);
      reporter.report("not-differentiable", node.origin.span, { op: node.op });
      return;
    }
    const found = record.gradient(b, node, cotangent);
    node.inputs.forEach((input, i) => {
      const part = found[i];
      if (part) reversal.contribute(input, part);
    });
  }
}

/** Nodes on a path of floating point from something wanted; through a carry the path may go round. */
function findRelevant(
  order: readonly Node[],
  wanted: ReadonlySet<Node>,
  loops: ReadonlyMap<string, GraphLoop>,
): ReadonlySet<Node> {
  const relevant = new Set<Node>();
  const carried = new Set<Node>();
  for (;;) {
    for (const node of order) {
      const float = node.type.dtype === "f32" || node.type.dtype === "f16";
      if (
        float &&
        node.op !== "stop_gradient" &&
        (wanted.has(node) || carried.has(node) || node.inputs.some((input) => relevant.has(input)))
      ) {
        relevant.add(node);
      }
    }
    const before = carried.size;
    for (const { carries } of loops.values())
      for (const { carry, next } of carries) if (carry && relevant.has(next)) carried.add(carry);
    if (carried.size === before) return relevant;
  }
}
