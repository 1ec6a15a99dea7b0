// Memory for one order of kernels: lifetimes, shared buffers, offsets, places.

import type { Named } from "../../runtime/artifact.ts";
import type { Access } from "./access.ts";
import { assignOffsets, peakOf } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type { Buffer, Kernel, Place, ValueId } from "./kernel.ts";
import { liveness, type Interval, type Work } from "./liveness.ts";
import { shareBuffers } from "./share.ts";
import { denseStrides, valueOf, type Value } from "./values.ts";

export interface LayoutRequest {
  /** In order. */
  readonly kernels: readonly Kernel[];
  readonly accesses: readonly Access[];
  readonly table: ValueTable;
  /** Values in the persistent region. */
  readonly homes: ReadonlyMap<ValueId, Named>;
  /** Sources of copies to persistent tensors after the last kernel. */
  readonly copied: readonly ValueId[];
  readonly results: ReadonlySet<ValueId>;
  readonly inPlace: boolean;
}

export interface Layout {
  readonly kernels: readonly Kernel[];
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
  const { kernels, accesses, table, results } = request;
  const work: Work[] = accesses.map(({ reads, writes }) => ({ kind: "once", reads, writes }));
  for (const from of request.copied) work.push({ kind: "once", reads: [from], writes: [] });
  const end = Math.max(0, work.length - 1);
  const intervals = temporaries(liveness(work), request, end);
  const kept = new Set([...results, ...request.copied]);
  const blocks = shareBuffers({
    intervals,
    table,
    kernels,
    accesses,
    inPlace: request.inPlace,
    kept,
  });
  const { offsets, bytes } = assignOffsets(blocks);
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
    for (const { id, shift, strides } of values) {
      const dense = densePlace(buffers.length, offset + shift, valueOf(table.byId, id));
      places.set(id, strides ? { ...dense, strides } : dense);
    }
    buffers.push({ role, bytes: size, offset, live: [first, last] });
  });
  const peak = peakOf(blocks, Math.max(1, work.length));
  const kernel = Math.min(peak.position, Math.max(0, kernels.length - 1));
  return { kernels, bytes, peak: { kernel, bytes: peak.bytes }, end, buffers, places };
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
  // A concatenation that only the caller reads is touched by no kernel under its own name.
  for (const id of results) {
    if (table.parts.has(id) && !found.has(id)) found.set(id, { first: end, last: end });
  }
  return found;
}

export function densePlace(buffer: number, offset: number, value: Value): Place {
  const { dtype, shape } = value;
  return { buffer, offset, dtype, shape, strides: denseStrides(shape) };
}
