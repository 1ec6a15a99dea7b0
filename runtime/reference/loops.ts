// Loops over time, step by step. Which nodes a loop repeats is told by its markers: compiler/ops/scan.ts.

import type { ReferenceNode } from "../artifact.ts";
import { sizeOf, type Tensor } from "../types.ts";
import { storage } from "./tensor.ts";

export interface Loop {
  readonly name: string;
  readonly length: number;
  readonly reverse: boolean;
  /** Nodes that are repeated, in order. */
  readonly body: readonly number[];
  /** By slot: the node that reads the carry, and the one that it becomes. */
  readonly carries: readonly { readonly carry: number | undefined; readonly next: number }[];
  /** Stacks and last carries, each with the node of the body that it gives. */
  readonly stacks: readonly { readonly node: number; readonly of: number }[];
  readonly lasts: readonly { readonly node: number; readonly slot: number }[];
}

export interface Loops {
  /** The loops that each node is repeated by. */
  readonly open: readonly ReadonlySet<string>[];
  readonly byName: ReadonlyMap<string, Loop>;
}

export function isLoopOutput({ op }: ReferenceNode): boolean {
  return op === "scan_stack" || op === "scan_last";
}

/** The name of the loop that a marker belongs to. */
export function loopName({ op, attrs }: ReferenceNode): string | undefined {
  return op.startsWith("scan_") ? String(attrs["loop"]) : undefined;
}

export function findLoops(nodes: readonly ReferenceNode[]): Loops {
  const names = new Set(nodes.map(loopName).filter((name) => name !== undefined));
  const open = openLoops(nodes);
  const numbered = nodes.map((node, number) => ({ node, number }));
  const byName = new Map<string, Loop>();
  for (const name of names) {
    const own = numbered.filter(({ node }) => loopName(node) === name);
    const end = own.find(({ node }) => node.op === "scan_end");
    if (!end) throw new Error(`the loop ${name} has no end`);
    const carryOf = (slot: number): number | undefined =>
      own.find(({ node }) => node.op === "scan_carry" && node.attrs["slot"] === slot)?.number;
    byName.set(name, {
      name,
      length: Number(end.node.attrs["length"]),
      reverse: end.node.attrs["reverse"] === true,
      body: numbered.filter(({ number }) => open[number]?.has(name)).map(({ number }) => number),
      carries: end.node.inputs.map((next, slot) => ({ carry: carryOf(slot), next })),
      stacks: own
        .filter(({ node }) => node.op === "scan_stack")
        .map(({ node, number }) => ({ node: number, of: node.inputs[0] ?? -1 })),
      lasts: own
        .filter(({ node }) => node.op === "scan_last")
        .map(({ node, number }) => ({ node: number, slot: Number(node.attrs["slot"]) })),
    });
  }
  return { open, byName };
}

/** A loop stands as a whole inside another one if anything of it does. */
function openLoops(nodes: readonly ReferenceNode[]): ReadonlySet<string>[] {
  const around = new Map<string, ReadonlySet<string>>();
  for (;;) {
    const open: ReadonlySet<string>[] = [];
    let grew = false;
    for (const node of nodes) {
      const found = new Set(node.inputs.flatMap((i) => [...(open[i] ?? [])]));
      const own = loopName(node);
      if (own !== undefined) {
        for (const loop of around.get(own) ?? []) found.add(loop);
        found.delete(own);
        if (node.op === "scan_end" || isLoopOutput(node)) {
          const known = around.get(own) ?? new Set();
          const all = new Set([...known, ...found]);
          if (all.size > known.size) grew = true;
          around.set(own, all);
        }
        if (!isLoopOutput(node)) found.add(own);
      }
      open.push(found);
    }
    if (!grew) return open;
  }
}

/**
 * Runs a loop whose operands are among `values`, and enters its stacks and last carries there. `step` computes the
 * nodes of a list that are no markers of this loop.
 */
export function runLoop(
  loop: Loop,
  nodes: readonly ReferenceNode[],
  values: (Tensor | undefined)[],
  step: (list: readonly number[]) => void,
): void {
  const valueOf = (node: number | undefined): Tensor => {
    const value = node === undefined ? undefined : values[node];
    if (!value) throw new Error("a loop reads what is not computed");
    return value;
  };
  const markers = new Set(["scan_row", "scan_carry", "scan_end"]);
  const isOwn = (node: ReferenceNode): boolean =>
    markers.has(node.op) && loopName(node) === loop.name;
  const own = loop.body.filter((number) => isOwn(nodes[number] ?? none));
  const rest = loop.body.filter((number) => !isOwn(nodes[number] ?? none));
  for (const { carry } of loop.carries)
    if (carry !== undefined) values[carry] = valueOf(nodes[carry]?.inputs[0]);
  const stacks = loop.stacks.map(({ node, of }) => {
    const { dtype, shape } = nodes[node] ?? none;
    return { node, of, whole: { dtype, shape, data: storage(dtype, sizeOf(shape)) } };
  });
  let last = loop.carries.map(({ carry, next }) => values[carry ?? next]);
  for (let i = 0; i < loop.length; i++) {
    const t = loop.reverse ? loop.length - 1 - i : i;
    for (const number of own) {
      const node = nodes[number] ?? none;
      if (node.op === "scan_row") values[number] = rowOf(valueOf(node.inputs[0]), node, t);
    }
    step(rest);
    for (const { of, whole } of stacks) {
      const { data } = valueOf(of);
      whole.data.set(data, t * data.length);
    }
    last = loop.carries.map(({ next }) => valueOf(next));
    loop.carries.forEach(({ carry }, slot) => {
      if (carry !== undefined) values[carry] = last[slot];
    });
  }
  for (const { node, whole } of stacks) values[node] = whole;
  for (const { node, slot } of loop.lasts) values[node] = last[slot];
}

const none: ReferenceNode = { op: "", inputs: [], attrs: {}, dtype: "f32", shape: [], place: "" };

function rowOf(whole: Tensor, { dtype, shape }: ReferenceNode, t: number): Tensor {
  const size = sizeOf(shape);
  return { dtype, shape, data: whole.data.subarray(t * size, (t + 1) * size) };
}
