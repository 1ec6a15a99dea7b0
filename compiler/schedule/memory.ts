// The static memory plan: order of kernels, lifetimes, updates in place, offsets. Everything is known before a run.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Named, Persistent, Step } from "../../runtime/artifact.ts";
import { elementBytes, sizeOf } from "../../runtime/types.ts";
import { accessOf, type Access } from "./access.ts";
import { align, assignOffsets, peakOf, type Request } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type { Buffer, Contract, Kernel, Place, Plan, ValueId } from "./kernel.ts";
import { liveness, type Work } from "./liveness.ts";
import { addEdge, emptyDependencies, orderKernels, type Dependencies } from "./order.ts";
import { inputName, type Outputs } from "./outputs.ts";
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
  const { table, outputs, persistent } = request;
  const tensors = new Map(persistent.tensors.map((tensor) => [tensor.name, tensor]));
  const accesses = request.kernels.map(accessOf);
  const edges = dataEdges(accesses);
  const homes = persistentHomes(table, tensors);
  const copies: { from: ValueId; to: Named }[] = [];
  for (const { path, node } of outputs.updates) {
    const value = table.byNode.get(node);
    if (!value) throw new InternalError(`the update of ${path} is not stored`);
    copies.push({ from: value.id, to: persistentTensor(tensors, path, value) });
  }
  const results = outputs.results.map(({ name, node }) => {
    const value = table.byNode.get(node);
    if (!value) throw new InternalError(`the output ${name} is not stored`);
    return { name, value: value.id };
  });
  const kept = new Set([
    ...results.map((result) => result.value),
    ...copies.map((copy) => copy.from),
  ]);
  const bytes = (id: ValueId): number => (homes.has(id) ? 0 : bytesOf(valueOf(table, id)));
  const order = orderKernels({ edges, accesses, bytes, kept });
  const kernels = order.map((k) => request.kernels[k]).filter((kernel) => kernel !== undefined);
  const ordered = order.map((k) => accesses[k]).filter((access) => access !== undefined);

  const work: Work[] = ordered.map(({ reads, writes }) => ({ kind: "once", reads, writes }));
  for (const { from } of copies) work.push({ kind: "once", reads: [from], writes: [] });
  const end = Math.max(0, work.length - 1);
  const intervals = liveness(work);
  const touched = [...intervals].filter(([id]) => !homes.has(id));
  const isInput = (id: ValueId): boolean => valueOf(table, id).kind === "input";
  const resultIds = new Set(results.map((result) => result.value));
  const requests: Request[] = touched.map(([id, { first, last }]) => ({
    bytes: bytesOf(valueOf(table, id)),
    first: isInput(id) ? 0 : first,
    last: resultIds.has(id) ? end : last,
  }));

  const base = align(persistent.bytes);
  const scratchBytes = align(
    kernels.reduce(
      (most, k) => (k.kind === "contract" ? Math.max(most, request.packingBytes(k)) : most),
      0,
    ),
  );
  const { offsets, bytes: arena } = assignOffsets(requests);
  const arenaStart = base + scratchBytes;
  const buffers: Buffer[] = [
    { role: "persistent", bytes: persistent.bytes, offset: 0, live: [0, end] },
    { role: "scratch", bytes: scratchBytes, offset: base, live: [0, end] },
  ];
  const places = new Map<ValueId, Place>();
  for (const [id, tensor] of homes) {
    places.set(id, densePlace(0, tensor.offset, valueOf(table, id)));
  }
  touched.forEach(([id], i) => {
    const value = valueOf(table, id);
    const offset = arenaStart + (offsets[i] ?? 0);
    const { first, last } = requests[i] ?? { first: 0, last: end };
    const role = isInput(id) ? "input" : resultIds.has(id) ? "output" : "temporary";
    places.set(id, densePlace(buffers.length, offset, value));
    buffers.push({ role, bytes: bytesOf(value), offset, live: [first, last] });
  });

  const steps: Step[] = kernels.map((_, kernel) => ({ kind: "kernel", kernel }));
  for (const { from, to } of copies) {
    const place = places.get(from);
    if (!place) throw new InternalError("a copy without a source");
    steps.push({
      kind: "copy",
      from: place.offset,
      to: to.offset,
      bytes: bytesOf(valueOf(table, from)),
    });
  }
  const peak = peakOf(requests, Math.max(1, work.length));
  return {
    kernels,
    buffers,
    places,
    steps,
    inputs: [...table.byId.values()]
      .filter((value) => value.kind === "input" && intervals.has(value.id) && !homes.has(value.id))
      .map((value) => ({ name: inputName(value.node) ?? "", value: value.id })),
    outputs: results,
    base,
    arenaBytes: scratchBytes + arena,
    scratch: { offset: base, bytes: scratchBytes },
    peak: {
      kernel: Math.min(peak.position, Math.max(0, kernels.length - 1)),
      bytes: peak.bytes + scratchBytes,
    },
  };
}

function valueOf(table: ValueTable, id: ValueId): Value {
  const value = table.byId.get(id);
  if (!value) throw new InternalError(`there is no value ${id}`);
  return value;
}

/** Each reader after the writers of what it reads. */
function dataEdges(accesses: readonly Access[]): Dependencies {
  const edges = emptyDependencies(accesses.length);
  const writers = new Map<ValueId, number>();
  accesses.forEach(({ writes }, kernel) => {
    for (const id of writes) writers.set(id, kernel);
  });
  accesses.forEach(({ reads }, kernel) => {
    for (const id of reads) {
      const writer = writers.get(id);
      if (writer !== undefined) addEdge(edges, writer, kernel);
    }
  });
  return edges;
}

const persistentRoles: ReadonlySet<unknown> = new Set([
  "parameter",
  "state",
  "optimizer",
  "metric",
  "fitted",
]);

/** Values that lie in the persistent region from the start. */
function persistentHomes(
  table: ValueTable,
  tensors: ReadonlyMap<string, Named>,
): Map<ValueId, Named> {
  const homes = new Map<ValueId, Named>();
  for (const value of table.byId.values()) {
    if (value.kind !== "input" || !persistentRoles.has(value.node.attrs["role"])) continue;
    homes.set(value.id, persistentTensor(tensors, inputName(value.node) ?? "", value));
  }
  return homes;
}

function persistentTensor(tensors: ReadonlyMap<string, Named>, path: string, value: Value): Named {
  const tensor = tensors.get(path);
  if (!tensor) throw new InternalError(`${path} has no place among the persistent tensors`);
  const same = tensor.dtype === value.dtype && tensor.shape.join() === value.shape.join();
  if (!same)
    throw new InternalError(
      `${path} is ${tensor.dtype}[${tensor.shape.join()}], not ${value.dtype}[${value.shape.join()}]`,
    );
  return tensor;
}

export function densePlace(
  buffer: number,
  offset: number,
  value: Pick<Value, "dtype" | "shape">,
): Place {
  const strides: number[] = [];
  let stride = 1;
  for (let d = value.shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= value.shape[d] ?? 1;
  }
  return { buffer, offset, dtype: value.dtype, shape: value.shape, strides };
}

/** Bytes of a dense value in a place. */
export function placeBytes(place: Place): number {
  return sizeOf(place.shape) * elementBytes[place.dtype];
}
