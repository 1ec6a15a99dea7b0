// Graph → plan: what is stored, which values share a kernel, in which order kernels run and where every byte lies.

import type { Persistent } from "../../runtime/artifact.ts";
import type { Graph } from "../ir/graph.ts";
import { emitKernel } from "./emit.ts";
import { formKernels } from "./formation.ts";
import type { Contract, Plan } from "./kernel.ts";
import { planMemory } from "./memory.ts";
import { resolveOutputs } from "./outputs.ts";

export interface ScheduleOptions {
  /** Byte offsets of parameters and states of every kind by path: [0, bytes) of the memory. */
  readonly persistent: Persistent;
  /** Updates overwrite what they read where that is safe; false: always through a copy. Default true. */
  readonly inPlace?: boolean;
  /** Values share kernels and cheap ones are computed again; false: a kernel for every operator. Default true. */
  readonly fuse?: boolean;
  /** Scratch bytes that a backend needs for a contraction. */
  readonly packingBytes?: (kernel: Contract) => number;
}

/** Plans an optimised graph of primitives whose dimensions are all numbers. */
export function schedule(graph: Graph, options: ScheduleOptions): Plan {
  const fuse = options.fuse ?? true;
  const outputs = resolveOutputs(graph);
  const { table, groups, written } = formKernels(outputs, fuse);
  const kernels = groups.map((group) => emitKernel(group, table, written));
  return planMemory({
    kernels,
    table,
    outputs,
    persistent: options.persistent,
    inPlace: options.inPlace ?? true,
    packingBytes: options.packingBytes ?? reservedBytes,
  });
}

/** Room for a packed b and four rows of a, when no backend says what it needs. */
function reservedBytes(kernel: Contract): number {
  const extent = (axes: Contract["k"]): number =>
    axes.reduce((size, axis) => size * axis.extent, 1);
  return (extent(kernel.k) * extent(kernel.n) + extent(kernel.k) * 4) * 4;
}
