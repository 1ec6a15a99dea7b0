// Graph → plan: what is stored, which values share a kernel, in which order kernels run and where every byte lies.

import type { Persistent } from "../../runtime/artifact.ts";
import type { Graph } from "../ir/graph.ts";
import { emitKernel } from "./emit.ts";
import { formKernels } from "./formation.ts";
import type { LayOutContract, Plan } from "./kernel.ts";
import { planMemory } from "./memory.ts";
import { resolveOutputs } from "./outputs.ts";

export interface ScheduleOptions {
  /** Byte offsets of parameters and states of every kind by path: [0, bytes) of the memory. */
  readonly persistent: Persistent;
  /** Updates overwrite what they read where that is safe; false: always through a copy. Default true. */
  readonly inPlace?: boolean;
  /** Values share kernels and cheap ones are computed again; false: a kernel for every operator. Default true. */
  readonly fuse?: boolean;
  /** How a backend lays contractions out; without one they have no scratch memory. */
  readonly layOutContract?: LayOutContract;
  /** The memory is cut into segments of so many bytes, and no buffer lies across a cut; not together with `layOutContract`. */
  readonly segmentBytes?: number;
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
    segmentBytes: options.segmentBytes,
    layOutContract: options.layOutContract ?? (() => ({ scratchBytes: 0, text: "" })),
  });
}
