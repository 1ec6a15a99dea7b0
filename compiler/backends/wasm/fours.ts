// Four neighbouring sums of a loop at once, where lanes run along what is summed: a matrix times a vector. What the four
// rows have in common, the vector, is loaded once, and what follows the sums (a bias, an activation) works on four of them
// as lanes. Each sum is added up as it would be alone.

import { axisIndex, offsetIndex } from "../../schedule/index-form.ts";
import type { Accumulator, Axis, Loop, Pass, Scalar } from "../../schedule/kernel.ts";
import { createScalars } from "../../schedule/scalars.ts";
import { walkScalars } from "../../schedule/values.ts";
import { createRewriter } from "./flatten.ts";

/** Sums of one row that a pass holds at most: more would not fit the registers. */
const mostSums = 2;

/** The axis of the sums that are taken four at a time; undefined where that does not fit. */
export function fourAxis(kernel: Loop, lanes: Axis | undefined): Axis | undefined {
  const axis = kernel.parallel.at(-1);
  if (!lanes || !axis || !kernel.inner.includes(lanes)) return undefined;
  const isSums = ({ accumulators, stores }: Pass): boolean =>
    stores.length === 0 &&
    accumulators.length > 0 &&
    accumulators.length <= mostSums &&
    accumulators.every(({ kind, dtype }) => kind === "sum" && dtype === "f32");
  const usesNone = kernel.passes
    .flatMap((pass) => pass.accumulators)
    .every(({ value }) => !hasAccumulator(value));
  const fits = axis.extent >= 4 && axis.extent % 4 === 0 && kernel.passes.length > 0;
  return fits && usesNone && kernel.passes.every(isSums) ? axis : undefined;
}

/** Sums that need those of an earlier pass are not taken four at a time. */
function hasAccumulator(value: Scalar): boolean {
  let found = false;
  walkScalars([value], ({ kind }) => void (found ||= kind === "accumulator"));
  return found;
}

/** The sums of each of four rows, from the one that `axis` is bound to: four for the first, then for the next. */
export function fourSums(sums: readonly Accumulator[], axis: Axis): Accumulator[] {
  const scalars = createScalars();
  const { text } = axisIndex(axis);
  const shifts = [0, 1, 2, 3].map((row) =>
    createRewriter((at) => (at.text === text ? offsetIndex(at, row) : at), undefined, scalars),
  );
  return sums.flatMap((sum, i) =>
    shifts.map((shift, row) => ({ ...sum, slot: 4 * i + row, value: shift.scalar(sum.value) })),
  );
}
