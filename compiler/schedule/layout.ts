// Memory for one order of kernels: lifetimes, shared buffers, offsets, places.

import type { Named, Step } from "../../runtime/artifact.ts";
import type { Access } from "./access.ts";
import { assignOffsets, peakOf, type Cuts } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type { Buffer, Kernel, Place, ValueId } from "./kernel.ts";
import { liveness, type Interval, type Work } from "./liveness.ts";
import { shareBuffers, type Round } from "./share.ts";
import type { Unit } from "./units.ts";
import { denseStrides, valueOf, type Value } from "./values.ts";

export interface LayoutRequest {
  /** In order. */
  readonly units: readonly Unit[];
  /** By number. */
  readonly kernels: readonly Kernel[];
  readonly accesses: readonly Access[];
  readonly table: ValueTable;
  /** Values in the persistent region. */
  readonly homes: ReadonlyMap<ValueId, Named>;
  /** Sources of copies to persistent tensors after the last kernel. */
  readonly copied: readonly ValueId[];
  readonly results: ReadonlySet<ValueId>;
  readonly inPlace: boolean;
  /** Where the memory is cut, if it is. */
  readonly cuts: Cuts | undefined;
}

export interface Layout {
  /** In the order in which they run first. */
  readonly kernels: readonly Kernel[];
  readonly steps: readonly Step[];
  /** Bytes of inputs, results and temporaries; offsets start at 0. */
  readonly bytes: number;
  readonly peak: { readonly kernel: number; readonly bytes: number };
  /** Last position of the order of work. */
  readonly end: number;
  /** Buffers of the arena and places in it; buffer numbers are positions in this list. */
  readonly buffers: readonly Buffer[];
  readonly places: ReadonlyMap<ValueId, Place>;
}

export function layOut(request: LayoutRequest): Layout {
  const { units, table, results } = request;
  const order = units.flatMap((unit) => unit.kernels);
  const kernels = pick(request.kernels, order);
  const accesses = pick(request.accesses, order);
  const work: Work[] = [];
  const steps: Step[] = [];
  const rounds: (Round | undefined)[] = [];
  for (const unit of units) {
    const start = rounds.length;
    const end = start + unit.kernels.length - 1;
    const own = accesses.slice(start, end + 1);
    const body = own.map(({ reads, writes }): Work => ({ kind: "once", reads, writes }));
    const inner = own.map((_, i): Step => ({ kind: "kernel", kernel: start + i }));
    const { loop } = unit;
    work.push(...(loop ? [{ kind: "loop", body } as const] : body));
    if (loop) steps.push({ kind: "loop", count: loop.count, reverse: loop.reverse, body: inner });
    else steps.push(...inner);
    const written = new Set(own.flatMap(({ writes }) => [...writes]));
    for (const _ of own) rounds.push(loop ? { written } : undefined);
  }
  for (const from of request.copied) work.push({ kind: "once", reads: [from], writes: [] });
  const rows = new Set(table.rows.flatMap(({ moving }) => moving.map(({ id }) => id)));
  const positions = order.length + request.copied.length;
  const end = Math.max(0, positions - 1);
  const intervals = temporaries(liveness(work, rows), request, end);
  const kept = new Set([...results, ...request.copied]);
  const blocks = shareBuffers({
    intervals,
    table,
    kernels,
    accesses,
    rounds,
    inPlace: request.inPlace,
    kept,
  });
  const { offsets, bytes } = assignOffsets(blocks, request.cuts);
  const buffers: Buffer[] = [];
  const places = new Map<ValueId, Place>();
  blocks.forEach(({ values, bytes: size, first, last }, i) => {
    const offset = offsets[i] ?? 0;
    const isInput = values.some(({ id }) => valueOf(table.byId, id).kind === "input");
    const role = values.some(({ id }) => results.has(id))
      ? "output"
      : isInput
        ? "input"
        : "temporary";
    for (const { id, shift, strides, row } of values) {
      const dense = densePlace(buffers.length, offset + shift, valueOf(table.byId, id));
      places.set(id, { ...dense, ...(strides ? { strides } : {}), ...(row ? { row } : {}) });
    }
    buffers.push({ role, bytes: size, offset, live: [first, last] });
  });
  const peak = peakOf(blocks, Math.max(1, positions));
  const kernel = Math.min(peak.position, Math.max(0, kernels.length - 1));
  return { kernels, steps, bytes, peak: { kernel, bytes: peak.bytes }, end, buffers, places };
}

/** Lifetimes of what lies in the arena: inputs from the start, results to the end. */
function temporaries(
  intervals: ReadonlyMap<ValueId, Interval>,
  { table, homes, results }: LayoutRequest,
  end: number,
): Map<ValueId, Interval> {
  const found = new Map<ValueId, Interval>();
  for (const [id, { first, last }] of intervals) {
    if (homes.has(id)) continue;
    const isInput = valueOf(table.byId, id).kind === "input";
    found.set(id, { first: isInput ? 0 : first, last: results.has(id) ? end : last });
  }
  // What only the caller reads of a concatenation, or of a loop, is touched by no kernel under its own name.
  for (const id of results) {
    if ((table.parts.has(id) || table.sources.has(id)) && !found.has(id))
      found.set(id, { first: end, last: end });
  }
  return found;
}

export function densePlace(buffer: number, offset: number, value: Value): Place {
  const { dtype, shape } = value;
  return { buffer, offset, dtype, shape, strides: denseStrides(shape) };
}

export function pick<T>(items: readonly T[], order: readonly number[]): T[] {
  return order.flatMap((i) => {
    const item = items[i];
    return item === undefined ? [] : [item];
  });
}
