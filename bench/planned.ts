// Plans run on a bare memory, one row a backend, so that single kernels can be timed.

import { layOutInJs } from "../compiler/backends/js/pack.ts";
import type { WasmSettings } from "../runtime/artifact.ts";
import type { LayOutContract, Plan, ValueId } from "../compiler/schedule/kernel.ts";
import { layOutInWasm } from "../compiler/backends/wasm/index.ts";
import { kernelsInJs, memoryOf } from "../test/support/plans.ts";
import { oneThread, oneThreadRelaxed, prepareWasm } from "../test/support/run-wasm.ts";

export interface PlannedBackend {
  readonly layOutContract: LayOutContract;
  /** Compiles a plan over a memory with these values; the function given runs all its kernels once. */
  readonly prepare: (
    plan: Plan,
    given: ReadonlyMap<ValueId, ArrayLike<number>>,
    threads: number,
  ) => () => void;
}

function wasm(options: WasmSettings): PlannedBackend {
  return {
    layOutContract: layOutInWasm(options),
    prepare: (plan, given) => prepareWasm(plan, memoryOf(plan, given), options).run,
  };
}

export const plannedBackends: Readonly<Record<string, PlannedBackend>> = {
  js: {
    layOutContract: layOutInJs,
    prepare: (plan, given) => {
      const kernels = kernelsInJs(plan, memoryOf(plan, given));
      return () => {
        for (const kernel of kernels) kernel(0);
      };
    },
  },
  wasm: wasm(oneThreadRelaxed),
  "wasm-plain": wasm(oneThread),
};
