// Four neighbouring sums of a loop at once, where lanes run along what is summed: a matrix times a vector. What the four
// rows have in common, the vector, is loaded once, and what follows the sums (a bias, an activation) works on four of them
// as lanes. Each sum is added up as it would be alone.

import { axisIndex, offsetIndex } from "../../schedule/index-form.ts";
import type { Accumulator, Axis, Loop } from "../../schedule/kernel.ts";
import { createScalars } from "../../schedule/scalars.ts";
import { createRewriter } from "./flatten.ts";

/** The axis of the sums that are taken four at a time; undefined where that does not fit. */
export function fourAxis(kernel: Loop, lanes: Axis | undefined): Axis | undefined {
  const [pass, ...more] = kernel.passes;
  const axis = kernel.parallel.at(-1);
  if (!lanes || !pass || !axis || more.length > 0 || !kernel.inner.includes(lanes))
    return undefined;
  const isSum = pass.accumulators.every(({ kind, dtype }) => kind === "sum" && dtype === "f32");
  const fits = axis.extent >= 4 && axis.extent % 4 === 0;
  return isSum && fits && pass.accumulators.length === 1 && pass.stores.length === 0
    ? axis
    : undefined;
}

/** The sum of each of four rows, from the one that `axis` is bound to. */
export function fourSums(sum: Accumulator, axis: Axis): Accumulator[] {
  const scalars = createScalars();
  const { text } = axisIndex(axis);
  return [0, 1, 2, 3].map((row) => {
    const shift = createRewriter(
      (at) => (at.text === text ? offsetIndex(at, row) : at),
      undefined,
      scalars,
    );
    return { ...sum, slot: row, value: shift.scalar(sum.value) };
  });
}
