// The order of kernels: any topological order is right; the one with the lowest peak of several is taken.

import type { Access } from "./access.ts";
import type { ValueId } from "./kernel.ts";
import { InternalError } from "../../grammar/diagnostic.ts";

/** Edges between kernels: `after[k]` must come after k. */
export interface Dependencies {
  readonly after: Set<number>[];
  readonly before: Set<number>[];
}

export function emptyDependencies(count: number): Dependencies {
  const sets = (): Set<number>[] => Array.from({ length: count }, () => new Set<number>());
  return { after: sets(), before: sets() };
}

export function addEdge(edges: Dependencies, from: number, to: number): void {
  if (from === to) return;
  edges.after[from]?.add(to);
  edges.before[to]?.add(from);
}

/** Whether one of `targets` must come after `from`. */
export function reaches(edges: Dependencies, from: number, targets: ReadonlySet<number>): boolean {
  const seen = new Set([from]);
  const stack = [from];
  for (let kernel = stack.pop(); kernel !== undefined; kernel = stack.pop()) {
    for (const next of edges.after[kernel] ?? []) {
      if (targets.has(next)) return true;
      if (seen.has(next)) continue;
      seen.add(next);
      stack.push(next);
    }
  }
  return false;
}

export interface OrderRequest {
  readonly edges: Dependencies;
  readonly accesses: readonly Access[];
  /** Arena bytes of a value; 0 for what lies elsewhere. */
  readonly bytes: (id: ValueId) => number;
  /** Values that stay needed after the last kernel. */
  readonly kept: ReadonlySet<ValueId>;
}

/** Orders worth trying: as the graph stands, greedily by live bytes, depth first from the results. */
export function kernelOrders(request: OrderRequest): number[][] {
  return [
    listOrder(request, () => 0),
    listOrder(request, (change) => change),
    depthFirstOrder(request.edges),
  ];
}

/** Each kernel as late as its first reader needs it. */
function depthFirstOrder({ before, after }: Dependencies): number[] {
  const order: number[] = [];
  const entered = new Set<number>();
  const stack: { kernel: number; done: boolean }[] = [];
  for (let kernel = after.length - 1; kernel >= 0; kernel--) {
    if (after[kernel]?.size === 0) stack.push({ kernel, done: false });
  }
  for (let task = stack.pop(); task; task = stack.pop()) {
    const { kernel, done } = task;
    if (done) {
      order.push(kernel);
      continue;
    }
    if (entered.has(kernel)) continue;
    entered.add(kernel);
    stack.push({ kernel, done: true });
    const needed = [...(before[kernel] ?? [])].sort((a, b) => b - a);
    for (const other of needed) if (!entered.has(other)) stack.push({ kernel: other, done: false });
  }
  return order;
}

/** Takes ready kernels one at a time: smallest `rank` of the change in live bytes first, then the earliest. */
function listOrder(
  { edges, accesses, bytes, kept }: OrderRequest,
  rank: (change: number) => number,
): number[] {
  const waiting = edges.before.map((before) => before.size);
  const readers = new Map<ValueId, number>();
  const alive = new Set<ValueId>();
  for (const { reads } of accesses)
    for (const id of reads) readers.set(id, (readers.get(id) ?? 0) + 1);
  const change = (kernel: number): number => {
    const access = accesses[kernel];
    let sum = 0;
    for (const id of access?.writes ?? []) if (!alive.has(id)) sum += bytes(id);
    for (const id of access?.reads ?? [])
      if (readers.get(id) === 1 && !kept.has(id)) sum -= bytes(id);
    return sum;
  };
  const ready = new Set(waiting.flatMap((count, kernel) => (count === 0 ? [kernel] : [])));
  const order: number[] = [];
  while (ready.size > 0) {
    let chosen = -1;
    let lowest = Infinity;
    for (const kernel of ready) {
      const value = rank(change(kernel));
      if (value < lowest || (value === lowest && kernel < chosen)) {
        lowest = value;
        chosen = kernel;
      }
    }
    ready.delete(chosen);
    order.push(chosen);
    for (const id of accesses[chosen]?.writes ?? []) alive.add(id);
    for (const id of accesses[chosen]?.reads ?? []) readers.set(id, (readers.get(id) ?? 0) - 1);
    for (const next of edges.after[chosen] ?? []) {
      waiting[next] = (waiting[next] ?? 0) - 1;
      if (waiting[next] === 0) ready.add(next);
    }
  }
  if (order.length !== accesses.length)
    throw new InternalError("the kernels depend on each other in a circle");
  return order;
}
