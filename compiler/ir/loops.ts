// The loops of a graph: which nodes each repeats. See compiler/ops/scan.ts for the markers.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Dim } from "./dim.ts";
import { topological, type Attrs, type Node } from "./graph.ts";

export interface LoopRange {
  readonly loop: string;
  readonly length: Dim;
  /** The last row comes first. */
  readonly reverse: boolean;
}

/** A loop with its body, every list in the order of the graph. */
export interface GraphLoop extends LoopRange {
  readonly end: Node;
  /** By slot: the carry, and what it becomes in a step. */
  readonly carries: readonly { readonly carry: Node | undefined; readonly next: Node }[];
  readonly rows: readonly Node[];
  /** Everything that is repeated: markers, and what needs one of them. Not `end`. */
  readonly body: readonly Node[];
  /** Stacks and last carries. */
  readonly outputs: readonly Node[];
}

export function isLoopOutput(node: Node): boolean {
  return node.op === "scan_stack" || node.op === "scan_last";
}

/** The loop that a marker belongs to; undefined for other nodes. */
export function loopOf(node: Node): string | undefined {
  return node.op.startsWith("scan_") ? rangeOf(node.attrs).loop : undefined;
}

export function rangeOf(attrs: Attrs): LoopRange {
  const { loop, length, reverse } = attrs;
  if (typeof loop !== "string") throw new InternalError("a marker of a loop has no name");
  return { loop, length: length as Dim, reverse: reverse === true };
}

export function slotOf(node: Node): number {
  return Number(node.attrs["slot"] ?? 0);
}

/**
 * The loops that each node is repeated by; nodes must come after their inputs. The end of a loop belongs to it, its
 * stacks and last carries do not. A loop stands as a whole inside another one if anything of it does.
 */
export function openLoops(order: readonly Node[]): ReadonlyMap<Node, ReadonlySet<string>> {
  const around = new Map<string, ReadonlySet<string>>();
  for (;;) {
    const open = new Map<Node, ReadonlySet<string>>();
    let grew = false;
    for (const node of order) {
      const found = new Set(node.inputs.flatMap((input) => [...(open.get(input) ?? [])]));
      const own = loopOf(node);
      if (own !== undefined) {
        for (const loop of around.get(own) ?? []) found.add(loop);
        found.delete(own);
        // What a loop's end and outputs read stands in the loop itself, in none of those that it holds.
        if (node.op === "scan_end" || isLoopOutput(node)) {
          const known = around.get(own) ?? new Set();
          const all = new Set([...known, ...found]);
          if (all.size > known.size) grew = true;
          around.set(own, all);
        }
        if (!isLoopOutput(node)) found.add(own);
      }
      open.set(node, found);
    }
    if (!grew) return open;
  }
}

/** The loops of a graph by name. Nodes must come after their inputs. */
export function findLoops(
  order: readonly Node[],
  open: ReadonlyMap<Node, ReadonlySet<string>> = openLoops(order),
): ReadonlyMap<string, GraphLoop> {
  const loops = new Map<string, GraphLoop>();
  for (const end of order) {
    if (end.op !== "scan_end") continue;
    const range = rangeOf(end.attrs);
    const { loop } = range;
    if (loops.has(loop)) throw new InternalError(`the loop ${loop} has two ends`);
    const body = order.filter((node) => node !== end && open.get(node)?.has(loop));
    const rows = body.filter((node) => node.op === "scan_row" && loopOf(node) === loop);
    const carry = (slot: number): Node | undefined =>
      body.find(
        (node) => node.op === "scan_carry" && loopOf(node) === loop && slotOf(node) === slot,
      );
    const carries = end.inputs.map((next, slot) => ({ carry: carry(slot), next }));
    const outputs = order.filter((node) => isLoopOutput(node) && loopOf(node) === loop);
    loops.set(loop, { ...range, end, carries, rows, body, outputs });
  }
  return loops;
}

/**
 * The nodes that roots need, each after its inputs, and no stack or last carry of a loop before all of the loop's body:
 * a loop runs as a whole.
 */
export function orderWithLoops(roots: readonly Node[]): Node[] {
  const plain = topological(roots);
  const needed = new Map<string, Node[]>();
  for (const node of plain) {
    if (!isLoopOutput(node)) continue;
    const { loop } = rangeOf(node.attrs);
    needed.set(loop, [...(needed.get(loop) ?? []), ...node.inputs]);
  }
  if (needed.size === 0) return plain;
  return topological(roots, (node) =>
    isLoopOutput(node) ? (needed.get(rangeOf(node.attrs).loop) ?? node.inputs) : node.inputs,
  );
}
