// Which axis of a loop runs four points at a time: the one that makes its loads, stores and arithmetic cheapest.

import { elementBytes } from "../../../runtime/types.ts";
import type { Axis, Index, Loop, Place, Scalar, Store, ValueId } from "../../schedule/kernel.ts";
import { walkScalars } from "../../schedule/values.ts";
import { vectorsOf } from "./axes.ts";
import type { Printer } from "./expression.ts";
import { areContiguous, areEqual, areNear } from "./lane-offsets.ts";

/** About what an operation costs for four lanes, in additions. */
const operationCosts: Readonly<Record<string, number>> = {
  exp: 14, expm1: 20, log: 18, log1p: 22, sin: 24, cos: 24, tanh: 16, sigmoid: 20, erf: 20, gamma: 80, pow: 60,
  div: 6, sqrt: 6, rem: 12,
}; // prettier-ignore

const accessCosts = { contiguous: 1, uniform: 1, near: 3, strided: 5, scattered: 16 } as const;

/** Cost of one vector of a kernel's whole point, for lanes along `axis`; without an axis, of one point. */
export function pointCost(
  printer: Pick<Printer, "offsets"> | undefined,
  places: ReadonlyMap<ValueId, Place>,
  roots: readonly Scalar[],
  stores: readonly Store[],
  axis: string | undefined,
): number {
  let cost = 0;
  const access = (from: ValueId, at: readonly Index[]): number => {
    if (axis === undefined || !printer) return 1;
    const offsets = printer.offsets(at, axis);
    if (!offsets) return accessCosts.scattered;
    if (areEqual(offsets)) return accessCosts.uniform;
    const place = places.get(from);
    const narrow = place !== undefined && elementBytes[place.dtype] < 4 ? 2 : 0;
    if (areContiguous(offsets)) return accessCosts.contiguous + narrow;
    return areNear(offsets) && narrow === 0 ? accessCosts.near : accessCosts.strided;
  };
  walkScalars(roots, (scalar) => {
    if (scalar.kind === "load") cost += access(scalar.from, scalar.at);
    else if (scalar.kind === "random") cost += 40;
    else if (scalar.kind === "apply") cost += operationCosts[scalar.op] ?? 1;
    else if (scalar.kind !== "number") cost += 1;
  });
  for (const store of stores) cost += access(store.to, store.at);
  return cost;
}

/** The axis of a loop's lanes, if lanes serve it at all. */
export function chooseLanes(
  printer: Printer,
  places: ReadonlyMap<ValueId, Place>,
  kernel: Loop,
): Axis | undefined {
  const roots = kernel.passes.flatMap((pass) => [
    ...pass.accumulators.map((acc): Scalar => acc.value),
    ...pass.stores.map((store): Scalar => store.value),
  ]);
  const stores = kernel.passes.flatMap((pass): readonly Store[] => pass.stores);
  const afterRoots = kernel.after.map((store): Scalar => store.value);
  const points = kernel.parallel.reduce((size, { extent }) => size * extent, 1);
  const inner = kernel.inner.reduce((size, { extent }) => size * extent, 1);
  const accumulators = kernel.passes.flatMap((pass) => pass.accumulators);
  const ordered = accumulators.some(({ kind }) => kind === "argmax" || kind === "argmin");

  const total = (axis: Axis | undefined): number => {
    const each = pointCost(printer, places, roots, stores, axis?.name) + accumulators.length;
    const after = (name: string | undefined): number =>
      pointCost(printer, places, afterRoots, kernel.after, name);
    if (!axis) return points * (inner * each + after(undefined));
    if (kernel.parallel.includes(axis)) {
      const vectors = (points / axis.extent) * vectorsOf(axis);
      return vectors * (inner * each + after(axis.name) + 2);
    }
    const vectors = (inner / axis.extent) * vectorsOf(axis);
    const horizontal = 8 * accumulators.length;
    return points * (vectors * each + horizontal + after(undefined) + 2);
  };

  let best: Axis | undefined;
  let least = total(undefined);
  for (const axis of [...kernel.parallel, ...kernel.inner]) {
    if (axis.extent === 1) continue;
    if (ordered && kernel.inner.includes(axis) && axis !== kernel.inner.at(-1)) continue;
    const cost = total(axis);
    if (cost < least) [best, least] = [axis, cost];
  }
  return best;
}
