// The static memory plan: order of kernels, lifetimes, updates in place, offsets. Everything is known before a run.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Named, Persistent, Step } from "../../runtime/artifact.ts";
import { accessOf } from "./access.ts";
import { align } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type {
  Buffer,
  ContractLayout,
  Kernel,
  LayOutContract,
  Place,
  Plan,
  Repeated,
  ValueId,
} from "./kernel.ts";
import { densePlace, layOut, pick, type Layout } from "./layout.ts";
import { kernelOrders } from "./order.ts";
import { inputName, type Outputs } from "./outputs.ts";
import { formUnits, withSources } from "./units.ts";
import { planUpdates } from "./updates.ts";
import { bytesOf, valueOf } from "./values.ts";

export interface MemoryRequest {
  readonly kernels: readonly Kernel[];
  readonly table: ValueTable;
  readonly outputs: Outputs;
  readonly persistent: Persistent;
  readonly inPlace: boolean;
  readonly layOutContract: LayOutContract;
  /** Contractions have no scratch memory where this is given. */
  readonly segmentBytes: number | undefined;
}

export function planMemory(request: MemoryRequest): Plan {
  const { table, outputs, persistent, inPlace, segmentBytes } = request;
  const tensors = new Map(persistent.tensors.map((tensor) => [tensor.name, tensor]));
  const accesses = request.kernels.map(accessOf);
  const { kernels } = request;
  const {
    units,
    edges,
    accesses: ofUnits,
  } = formUnits({
    accesses,
    table,
    loops: outputs.loops.loops,
  });
  const { homes, copies } = planUpdates({
    table,
    outputs,
    kernels: units.map((unit) => (unit.loop ? undefined : kernels[unit.kernels[0] ?? 0])),
    accesses: ofUnits,
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
  const copied = copies.map((copy) => copy.from);
  const orders = kernelOrders({
    edges,
    accesses: ofUnits.map((access) => withSources(access, table)),
    bytes: (id) => (homes.has(id) ? 0 : bytesOf(valueOf(table.byId, id))),
    kept: new Set([...resultIds, ...copied]),
  });
  let best: Layout | undefined;
  for (const order of orders) {
    const layout = layOut({
      units: pick(units, order),
      kernels,
      accesses,
      table,
      homes,
      copied,
      results: resultIds,
      inPlace,
      cuts:
        segmentBytes === undefined ? undefined : { start: align(persistent.bytes), segmentBytes },
    });
    if (!best || layout.bytes < best.bytes) best = layout;
  }
  if (!best) throw new InternalError("there is no order of kernels");
  return assemble(request, best, homes, copies, results);
}

/** Puts the persistent region, the scratch and the arena one after the other. */
function assemble(
  { table, persistent, layOutContract }: MemoryRequest,
  layout: Layout,
  homes: ReadonlyMap<ValueId, Named>,
  copies: readonly { readonly from: ValueId; readonly to: Named }[],
  results: Plan["outputs"],
): Plan {
  const base = align(persistent.bytes);
  const homePlaces = new Map(
    [...homes].map(([id, { offset }]) => [id, densePlace(0, offset, valueOf(table.byId, id))]),
  );
  const layouts = new Map<Kernel, ContractLayout>();
  const strides = new Map([...homePlaces, ...layout.places]);
  const loops = repeatedBy(layout);
  for (const kernel of layout.kernels) {
    if (kernel.kind === "contract")
      layouts.set(kernel, layOutContract(kernel, strides, loops.get(kernel)));
  }
  const scratch = placeScratch(layouts, loops, base);
  const scratchBytes = scratch.bytes;
  const start = base + scratchBytes;
  const buffers: Buffer[] = [
    { role: "persistent", bytes: persistent.bytes, offset: 0, live: [0, layout.end] },
    { role: "scratch", bytes: scratchBytes, offset: base, live: [0, layout.end] },
  ];
  const fixed = buffers.length;
  for (const buffer of layout.buffers) buffers.push({ ...buffer, offset: start + buffer.offset });
  const places = new Map<ValueId, Place>(homePlaces);
  for (const [id, place] of layout.places) {
    places.set(id, { ...place, buffer: place.buffer + fixed, offset: start + place.offset });
  }
  const inputs = [...table.byId.values()].filter(
    (value) => value.kind === "input" && layout.places.has(value.id),
  );
  return {
    kernels: layout.kernels,
    layouts,
    buffers,
    places,
    steps: [...layout.steps, ...copySteps(copies, places, table)],
    inputs: inputs.map((value) => ({ name: inputName(value.node) ?? "", value: value.id })),
    outputs: results,
    base,
    arenaBytes: scratchBytes + layout.bytes,
    scratch: { offset: base, bytes: scratchBytes },
    kept: scratch.kept,
    wholes: new Map(
      [...table.parts].flatMap(([whole, parts]) => parts.map((part) => [part, whole] as const)),
    ),
    rows: table.rows.map(({ moving, fixed }) => [...moving, ...fixed].map(({ id }) => id)),
    sources: table.sources,
    peak: { kernel: layout.peak.kernel, bytes: layout.peak.bytes + scratchBytes },
  };
}

/** For kernels inside loops, the loop. */
function repeatedBy({ kernels, steps }: Layout): ReadonlyMap<Kernel, Repeated> {
  const loops = new Map<Kernel, Repeated>();
  for (const step of steps) {
    if (step.kind !== "loop") continue;
    const body = step.body.flatMap((each) =>
      each.kind === "kernel" ? pick(kernels, [each.kernel]) : [],
    );
    const written = new Set(body.flatMap((kernel) => [...accessOf(kernel).writes]));
    const repeated = { first: step.reverse ? step.count - 1 : 0, written };
    for (const kernel of body) loops.set(kernel, repeated);
  }
  return loops;
}

/** The scratch that kernels use one after the other, and behind it what those of one loop keep side by side. */
function placeScratch(
  layouts: ReadonlyMap<Kernel, ContractLayout>,
  loops: ReadonlyMap<Kernel, Repeated>,
  base: number,
): { readonly bytes: number; readonly kept: ReadonlyMap<Kernel, number> } {
  const passing = align(Math.max(0, ...[...layouts.values()].map((each) => each.scratchBytes)));
  const kept = new Map<Kernel, number>();
  const ends = new Map<Repeated, number>();
  for (const [kernel, { keptBytes = 0 }] of layouts) {
    const loop = loops.get(kernel);
    if (!loop || keptBytes === 0) continue;
    const offset = ends.get(loop) ?? passing;
    kept.set(kernel, base + offset);
    ends.set(loop, offset + align(keptBytes));
  }
  return { bytes: Math.max(passing, ...ends.values()), kept };
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
      bytes: bytesOf(valueOf(table.byId, from)),
    };
  });
}
