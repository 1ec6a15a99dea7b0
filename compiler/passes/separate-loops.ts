// Gives what a loop over time carries or stacks a value of its own, so that each can lie where the loop's rows lie: the
// start of a carry, what it becomes in a step, and what is stacked, where that is a row, a carry or nothing of the loop.
//
//   %1: f32[4] = scan_carry(%x) { loop: "l", … slot: 0 }
//   %2: i32[] = scan_end(%1) { loop: "l", … }
//                                               →
//   %1: f32[4] = stop_gradient(%x) { copy: "l start 0" }
//   %2: f32[4] = scan_carry(%1) { loop: "l", … slot: 0 }
//   %3: f32[4] = stop_gradient(%2) { copy: "l next 0" }
//   %4: i32[] = scan_end(%3) { loop: "l", … }

import type { Builder } from "../ir/build.ts";
import { graphNodes, type Node } from "../ir/graph.ts";
import { findLoops, isLoopOutput, loopOf, openLoops, slotOf } from "../ir/loops.ts";
import { rewriteGraph } from "../ir/rewrite.ts";
import { infer } from "../ops/index.ts";
import type { Pass } from "./pass.ts";

export const separateLoops: Pass = {
  name: "separate-loops",
  summary: "gives what loops carry and stack values of their own",
  run(graph) {
    const order = graphNodes(graph);
    const open = openLoops(order);
    const loops = findLoops(order, open);
    if (loops.size === 0) return graph;

    const copy = (b: Builder, node: Node, text: string): Node =>
      b.node("stop_gradient", [node], { copy: text });
    /** Whether a loop computes a value in its body, and nobody else has a claim to it. */
    const isOwn = (node: Node, loop: string): boolean =>
      (open.get(node)?.has(loop) ?? false) && !node.op.startsWith("scan_");
    const nextsOf = (loop: string): readonly Node[] => loops.get(loop)?.end.inputs ?? [];

    return rewriteGraph(graph, infer, (node, inputs, b) => {
      const loop = loopOf(node);
      const [first] = inputs;
      const [old] = node.inputs;
      const made = (given: readonly Node[]): Node => b.node(node.op, given, node.attrs, node.type);
      if (loop === undefined || !first || !old) return made(inputs);
      if (node.op === "scan_carry") return made([copy(b, first, `${loop} start ${slotOf(node)}`)]);
      const next = (slot: number, own: Node, rewritten: Node): Node => {
        const isFirst = nextsOf(loop).indexOf(own) === slot;
        return isFirst && isOwn(own, loop) ? rewritten : copy(b, rewritten, `${loop} next ${slot}`);
      };
      if (node.op === "scan_end")
        return made(inputs.map((input, slot) => next(slot, node.inputs[slot] ?? input, input)));
      if (!isLoopOutput(node)) return made(inputs);
      const [, end = first] = inputs;
      if (node.op === "scan_last") return made([next(slotOf(node), old, first), end]);
      const isCarry = old.op === "scan_carry" && loopOf(old) === loop;
      const slot = nextsOf(loop).indexOf(old);
      if (slot >= 0 && !isCarry) return made([next(slot, old, first), end]);
      return made([
        isCarry || isOwn(old, loop) ? first : copy(b, first, `${loop} stack ${old.id}`),
        end,
      ]);
    });
  },
};
