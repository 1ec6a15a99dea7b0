// The static memory plan: order of kernels, lifetimes, updates in place, offsets. Everything is known before a run.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Named, Persistent, Step } from "../../runtime/artifact.ts";
import { accessOf, type Access } from "./access.ts";
import { align, assignOffsets, peakOf } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type { Buffer, Contract, Kernel, Place, Plan, ValueId } from "./kernel.ts";
import { liveness, type Interval, type Work } from "./liveness.ts";
import { addEdge, emptyDependencies, orderKernels, type Dependencies } from "./order.ts";
import { inputName, type Outputs } from "./outputs.ts";
import { shareBuffers } from "./share.ts";
import { planUpdates } from "./updates.ts";
import { bytesOf, type Value } from "./values.ts";

export interface MemoryRequest {
  readonly kernels: readonly Kernel[];
  readonly table: ValueTable;
  readonly outputs: Outputs;
  readonly persistent: Persistent;
  readonly inPlace: boolean;
  readonly packingBytes: (kernel: Contract) => number;
}

export function planMemory(request: MemoryRequest): Plan {
  const { table, outputs, persistent, inPlace } = request;
  const tensors = new Map(persistent.tensors.map((tensor) => [tensor.name, tensor]));
  const unordered = request.kernels.map(accessOf);
  const edges = dataEdges(unordered, table);
  const { homes, copies } = planUpdates({
    table,
    outputs,
    kernels: request.kernels,
    accesses: unordered,
    edges,
    tensors,
    inPlace,
  });
  const results = outputs.results.map(({ name, node }) => {
    const value = table.byNode.get(node);
    if (!value) throw new InternalError(`the output ${name} is not stored`);
    return { name, value: value.id };
  });
  const resultIds = new Set(results.map((result) => result.value));
  const kept = new Set([...resultIds, ...copies.map((copy) => copy.from)]);
  const bytes = (id: ValueId): number => (homes.has(id) ? 0 : bytesOf(valueOf(table, id)));
  const order = orderKernels({
    edges,
    accesses: unordered.map((a) => withParts(a, table)),
    bytes,
    kept,
  });
  const kernels = pick(request.kernels, order);
  const accesses = pick(unordered, order);

  const work: Work[] = accesses.map(({ reads, writes }) => ({ kind: "once", reads, writes }));
  for (const { from } of copies) work.push({ kind: "once", reads: [from], writes: [] });
  const end = Math.max(0, work.length - 1);
  const intervals = temporaries(liveness(work), { table, homes, resultIds, end });
  const blocks = shareBuffers({ intervals, table, kernels, accesses, inPlace, kept });

  const base = align(persistent.bytes);
  const scratchBytes = align(
    kernels.reduce(
      (most, k) => (k.kind === "contract" ? Math.max(most, request.packingBytes(k)) : most),
      0,
    ),
  );
  const { offsets, bytes: arena } = assignOffsets(blocks);
  const buffers: Buffer[] = [
    { role: "persistent", bytes: persistent.bytes, offset: 0, live: [0, end] },
    { role: "scratch", bytes: scratchBytes, offset: base, live: [0, end] },
  ];
  const places = new Map<ValueId, Place>();
  for (const [id, tensor] of homes)
    places.set(id, densePlace(0, tensor.offset, valueOf(table, id)));
  blocks.forEach(({ values, bytes: size, first, last }, i) => {
    const offset = base + scratchBytes + (offsets[i] ?? 0);
    const buffer = buffers.length;
    const isInput = values.some(({ id }) => valueOf(table, id).kind === "input");
    const role = values.some(({ id }) => resultIds.has(id))
      ? "output"
      : isInput
        ? "input"
        : "temporary";
    buffers.push({ role, bytes: size, offset, live: [first, last] });
    for (const { id, shift, strides } of values) {
      const dense = densePlace(buffer, offset + shift, valueOf(table, id));
      places.set(id, strides ? { ...dense, strides } : dense);
    }
  });

  const peak = peakOf(blocks, Math.max(1, work.length));
  const inputs = [...table.byId.values()].filter(
    (value) => value.kind === "input" && intervals.has(value.id),
  );
  return {
    kernels,
    buffers,
    places,
    steps: [
      ...kernels.map((_, kernel): Step => ({ kind: "kernel", kernel })),
      ...copySteps(copies, places, table),
    ],
    inputs: inputs.map((value) => ({ name: inputName(value.node) ?? "", value: value.id })),
    outputs: results,
    base,
    arenaBytes: scratchBytes + arena,
    scratch: { offset: base, bytes: scratchBytes },
    wholes: new Map(
      [...table.parts].flatMap(([whole, parts]) => parts.map((part) => [part, whole])),
    ),
    peak: {
      kernel: Math.min(peak.position, Math.max(0, kernels.length - 1)),
      bytes: peak.bytes + scratchBytes,
    },
  };
}

function copySteps(
  copies: readonly { readonly from: ValueId; readonly to: Named }[],
  places: ReadonlyMap<ValueId, Place>,
  table: ValueTable,
): Step[] {
  return copies.map(({ from, to }) => {
    const place = places.get(from);
    if (!place) throw new InternalError("a copy without a source");
    return {
      kind: "copy",
      from: place.offset,
      to: to.offset,
      bytes: bytesOf(valueOf(table, from)),
    };
  });
}

/** Lifetimes of what lies in the arena: inputs from the start, results to the end. */
function temporaries(
  intervals: ReadonlyMap<ValueId, Interval>,
  context: {
    readonly table: ValueTable;
    readonly homes: ReadonlyMap<ValueId, Named>;
    readonly resultIds: ReadonlySet<ValueId>;
    readonly end: number;
  },
): Map<ValueId, Interval> {
  const { table, homes, resultIds, end } = context;
  const result = new Map<ValueId, Interval>();
  for (const [id, { first, last }] of intervals) {
    if (homes.has(id)) continue;
    const isInput = valueOf(table, id).kind === "input";
    result.set(id, { first: isInput ? 0 : first, last: resultIds.has(id) ? end : last });
  }
  // A concatenation that only the caller reads is touched by no kernel under its own name.
  for (const id of resultIds)
    if (table.parts.has(id) && !result.has(id)) result.set(id, { first: end, last: end });
  return result;
}

/** A reader of a concatenation reads its parts. */
function withParts({ reads, writes }: Access, table: ValueTable): Access {
  return { reads: new Set([...reads].flatMap((id) => table.parts.get(id) ?? [id])), writes };
}

function pick<T>(items: readonly T[], order: readonly number[]): T[] {
  return order
    .map((i) => items[i])
    .filter((item): item is T & NonNullable<T> => item !== undefined);
}

export function valueOf(table: ValueTable, id: ValueId): Value {
  const value = table.byId.get(id);
  if (!value) throw new InternalError(`there is no value ${id}`);
  return value;
}

/** Each reader after the writers of what it reads. */
function dataEdges(accesses: readonly Access[], table: ValueTable): Dependencies {
  const edges = emptyDependencies(accesses.length);
  const writers = new Map<ValueId, number>();
  accesses.forEach(({ writes }, kernel) => {
    for (const id of writes) writers.set(id, kernel);
  });
  const link = (id: ValueId, reader: number): void => {
    const writer = writers.get(id);
    if (writer !== undefined) addEdge(edges, writer, reader);
    for (const part of table.parts.get(id) ?? []) link(part, reader);
  };
  accesses.forEach(({ reads }, kernel) => {
    for (const id of reads) link(id, kernel);
  });
  return edges;
}

function densePlace(buffer: number, offset: number, value: Value): Place {
  const { dtype, shape } = value;
  return { buffer, offset, dtype, shape, strides: denseStrides(shape) };
}

/** Row-major distances in elements. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides: number[] = shape.map(() => 1);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] ?? 1;
  }
  return strides;
}
