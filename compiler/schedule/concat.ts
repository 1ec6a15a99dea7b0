// Concatenations by placement: where every operand is computed into memory of its own anyway, and lies in no other
// concatenation, the operands are written side by side and the concatenation costs nothing.

import type { Node } from "../ir/graph.ts";
import type { LoopTable } from "./loops.ts";
import { headKind } from "./storage.ts";

/** Concatenations whose operands can be written in place. */
export function placedConcats(
  order: readonly Node[],
  stored: ReadonlySet<Node>,
  wanted: ReadonlySet<Node>,
  loops: LoopTable,
): Set<Node> {
  const placed = new Set<Node>();
  const taken = new Set<Node>();
  for (const node of order) {
    if (node.op !== "concat" || loops.stored.has(node)) continue;
    const operands = new Set(node.inputs);
    const fits = (operand: Node): boolean =>
      stored.has(operand) &&
      !wanted.has(operand) &&
      !taken.has(operand) &&
      operand.op !== "concat" &&
      headKind(operand) !== "rows" &&
      loops.loopOf(operand) === loops.loopOf(node) &&
      operand.op !== "input" &&
      headKind(operand) !== "scatter";
    if (operands.size !== node.inputs.length || ![...operands].every(fits)) continue;
    placed.add(node);
    for (const operand of operands) taken.add(operand);
  }
  return placed;
}
