// The gradient of a loop over time: a loop in the other direction. Its carries are the gradients of the forward carries;
// what its steps need of the forward steps is read from stacks; what belongs to something outside (a weight) is summed
// over all steps after it, as one large product where it is one.

import type { Attrs, Node } from "../ir/graph.ts";
import { loopOf, type GraphLoop } from "../ir/loops.ts";
import { makeLike } from "../ops/make.ts";
import type { Reversal } from "./reverse.ts";
import { backOf, createResiduals, createSums, substitute } from "./rows.ts";

/** Contributes to what a loop reads from what was contributed to its stacks and last carries. */
export function reverseLoop(reversal: Reversal, loop: GraphLoop, depth: number): void {
  const { builder: b, relevant } = reversal;
  const incoming = new Map<Node, Node>();
  for (const output of loop.outputs) {
    b.at({ ...output.origin, role: "backward" });
    const cotangent = reversal.take(output);
    if (cotangent) incoming.set(output, cotangent);
  }
  if (incoming.size === 0) return;
  const attrs: Attrs = { loop: backOf(loop.loop), length: loop.length, reverse: !loop.reverse };

  // The gradient of a carry before the last step is what came from outside.
  const slots = loop.carries.flatMap(({ carry, next }, slot) =>
    relevant.has(next) ? [{ carry, next, slot }] : [],
  );
  const carries = slots.map(({ next, slot }, i) => {
    const last = loop.outputs.find(
      (node) => node.op === "scan_last" && node.attrs["slot"] === slot,
    );
    const init = (last && incoming.get(last)) ?? makeLike(b, next, 0);
    return b.node("scan_carry", [init], { ...attrs, slot: i });
  });

  const body = new Set(loop.body);
  const rows = new Map<Node, Node>();
  const handed: Node[] = [];
  const outside = reversal.apart(body, () => {
    for (const [i, { next }] of slots.entries()) {
      const carry = carries[i];
      if (carry) reversal.contribute(next, carry);
    }
    for (const [output, cotangent] of incoming) {
      const [value] = output.inputs;
      if (output.op === "scan_stack" && value)
        reversal.contribute(value, b.node("scan_row", [cotangent], attrs));
    }
    reversal.walk(loop.body, depth + 1);
    for (const node of loop.body) {
      const cotangent = loopOf(node) === loop.loop ? reversal.take(node) : undefined;
      if (cotangent && node.op === "scan_row") rows.set(node, cotangent);
    }
    for (const { carry, next } of slots)
      handed.push((carry && reversal.take(carry)) ?? makeLike(b, next, 0));
  });

  const residuals = createResiduals(b, loop, attrs);
  const change = substitute(b, loop, residuals);
  const end = b.node("scan_end", handed.map(change), attrs);
  const sums = createSums(b, end, attrs);
  for (const [row, cotangent] of rows) {
    const [source] = row.inputs;
    b.at({ ...row.origin, role: "backward" });
    if (source) reversal.contribute(source, sums.stack(change(cotangent)));
  }
  slots.forEach(({ carry }, i) => {
    const init = carry?.inputs[0];
    const next = end.inputs[i];
    if (init && next)
      reversal.contribute(init, b.node("scan_last", [next, end], { ...attrs, slot: i }));
  });
  for (const [node, cotangents] of outside) {
    b.at({ ...node.origin, role: "backward" });
    for (const cotangent of cotangents) reversal.contribute(node, sums.total(change(cotangent)));
  }
}
