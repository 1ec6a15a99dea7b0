// What kernels read and write.

import type {
  Accumulator,
  Axis,
  Contract,
  Index,
  Kernel,
  OperandSum,
  Pass,
  Scalar,
  Store,
  ValueId,
} from "./kernel.ts";
import { walkScalars } from "./values.ts";

export function storesOf(kernel: Kernel): readonly Store[] {
  switch (kernel.kind) {
    case "loop":
      return [...kernel.passes.flatMap((pass): readonly Store[] => pass.stores), ...kernel.after];
    case "contract":
      return [...kernel.after, ...kernel.sums.flatMap((sum): readonly Store[] => sum.after)];
    case "scatter":
      return [{ to: kernel.to, at: kernel.at, value: kernel.value }];
    default:
      return kernel satisfies never;
  }
}

/** All scalars that a kernel evaluates. */
export function rootsOf(kernel: Kernel): readonly Scalar[] {
  switch (kernel.kind) {
    case "loop":
      return [
        ...kernel.passes.flatMap(passRoots),
        ...kernel.after.map((store): Scalar => store.value),
      ];
    case "contract":
      return [kernel.a, kernel.b, ...storesOf(kernel).map((store): Scalar => store.value)];
    case "scatter":
      return [kernel.row, kernel.value];
    default:
      return kernel satisfies never;
  }
}

function passRoots(pass: Pass): readonly Scalar[] {
  return [
    ...pass.accumulators.map((accumulator: Accumulator) => accumulator.value),
    ...pass.stores.map((store) => store.value),
  ];
}

export function axesOfKernel(kernel: Kernel): readonly Axis[] {
  switch (kernel.kind) {
    case "loop":
      return [...kernel.parallel, ...kernel.inner];
    case "contract":
      return [...kernel.batch, ...kernel.m, ...kernel.n, ...kernel.k];
    case "scatter":
      return [...kernel.parallel, ...kernel.ordered];
    default:
      return kernel satisfies never;
  }
}

/** Axes over which the rows of a contraction's operand lie. */
export function rowAxes(kernel: Contract, of: OperandSum["of"]): readonly Axis[] {
  return [...kernel.batch, ...(of === "a" ? kernel.m : kernel.n)];
}

/** Every load inside some scalars, each once. */
export function loadsIn(roots: readonly Scalar[]): { from: ValueId; at: readonly Index[] }[] {
  const loads: { from: ValueId; at: readonly Index[] }[] = [];
  walkScalars(roots, (scalar) => {
    if (scalar.kind === "load") loads.push(scalar);
  });
  return loads;
}

export interface Access {
  readonly reads: ReadonlySet<ValueId>;
  readonly writes: ReadonlySet<ValueId>;
}

export function accessOf(kernel: Kernel): Access {
  const loads = loadsIn(rootsOf(kernel));
  for (const store of storesOf(kernel)) {
    walkStoreIndices(store.at, (scalar) => loads.push(...loadsIn([scalar])));
  }
  return {
    reads: new Set(loads.map((load) => load.from)),
    writes: new Set(storesOf(kernel).map((store) => store.to)),
  };
}

function walkStoreIndices(at: readonly Index[], visit: (scalar: Scalar) => void): void {
  for (const index of at) {
    for (const { atom } of index.terms) {
      if (atom.kind === "value") visit(atom.of);
      else if (atom.kind !== "axis") walkStoreIndices([atom.of], visit);
    }
  }
}
