// Concatenations by placement: one buffer, into whose parts the operands' kernels write.

import { elementBytes } from "../../runtime/types.ts";
import type { ValueTable } from "./groups.ts";
import type { ValueId } from "./kernel.ts";
import type { Interval } from "./liveness.ts";
import { bytesOf, denseStrides, valueOf } from "./values.ts";

interface PlacedParts {
  values: { id: ValueId; shift: number; strides: readonly number[] }[];
  bytes: number;
  first: number;
  last: number;
}

/** A buffer for each concatenation, alive from its first part's first use to the last use of it or of a part. */
export function placeParts(
  table: ValueTable,
  intervals: ReadonlyMap<ValueId, Interval>,
): PlacedParts[] {
  const placed: PlacedParts[] = [];
  for (const [whole, parts] of table.parts) {
    const value = valueOf(table.byId, whole);
    const axis = Number(value.node.attrs["axis"] ?? 0);
    const strides = denseStrides(value.shape);
    const step = (strides[axis] ?? 1) * elementBytes[value.dtype];
    const values: PlacedParts["values"] = [{ id: whole, shift: 0, strides }];
    let start = 0;
    for (const part of parts) {
      values.push({ id: part, shift: start * step, strides });
      start += valueOf(table.byId, part).shape[axis] ?? 1;
    }
    const times = values.map(({ id }) => intervals.get(id)).filter((time) => time !== undefined);
    placed.push({
      values,
      bytes: bytesOf(value),
      first: Math.min(...times.map((time) => time.first)),
      last: Math.max(...times.map((time) => time.last)),
    });
  }
  return placed;
}
