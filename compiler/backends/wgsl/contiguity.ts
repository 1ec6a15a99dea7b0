// Along which axis accesses lie next to each other in memory: neighbouring invocations should read and write neighbouring
// addresses, which a GPU then does at once.

import { loadsIn, rootsOf, storesOf } from "../../schedule/access.ts";
import type { Axis, Index, IndexAtom, Kernel, Place, ValueId } from "../../schedule/kernel.ts";

export interface MemoryAccess {
  readonly value: ValueId;
  readonly at: readonly Index[];
}

type Places = ReadonlyMap<ValueId, Place>;

export function loadsOf(kernel: Kernel): MemoryAccess[] {
  return loadsIn(rootsOf(kernel)).map(({ from, at }) => ({ value: from, at }));
}

export function accessesOf(kernel: Kernel): MemoryAccess[] {
  return [...storesOf(kernel).map(({ to, at }) => ({ value: to, at })), ...loadsOf(kernel)];
}

/** How many of the accesses move by one element along the axis. */
export function contiguousAlong(
  { name }: Axis,
  accesses: readonly MemoryAccess[],
  places: Places,
): number {
  return accesses.filter(({ value, at }) => {
    const strides = places.get(value)?.strides ?? [];
    let stride = 0;
    for (const [d, index] of at.entries()) {
      for (const { atom, coefficient } of index.terms) {
        if (atom.kind === "axis" && atom.name === name) stride += coefficient * (strides[d] ?? 0);
        // Quotients and remainders of a flat number mostly move along with it.
        else if (atom.kind === "mod" && mentions(atom.of, name)) {
          stride += coefficient * (strides[d] ?? 0) * coefficientOf(atom.of, name);
        }
      }
    }
    return Math.abs(stride) === 1;
  }).length;
}

function coefficientOf(index: Index, name: string): number {
  const isAxis = (atom: IndexAtom): boolean => atom.kind === "axis" && atom.name === name;
  return index.terms.find(({ atom }) => isAxis(atom))?.coefficient ?? 0;
}

function mentions(index: Index, name: string): boolean {
  return coefficientOf(index, name) !== 0;
}

/** The same axes, the one last along which most accesses are contiguous; where several are equal, the last of them. */
export function contiguousLast(
  axes: readonly Axis[],
  accesses: readonly MemoryAccess[],
  places: Places,
): readonly Axis[] {
  let best = axes.length - 1;
  let most = 0;
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d];
    if (!axis || axis.extent === 1) continue;
    const count = contiguousAlong(axis, accesses, places);
    if (count > most) [best, most] = [d, count];
  }
  const chosen = axes[best];
  return chosen ? [...axes.filter((axis) => axis !== chosen), chosen] : axes;
}
