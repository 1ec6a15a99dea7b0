// Where an index lies in each lane, counted from the first. Lanes are four neighbouring points of an axis, and the
// first of them is a multiple of four.

import type { Index, IndexAtom, Scalar } from "../../schedule/kernel.ts";

const width = 4;

/** One number a lane, the first of them 0. */
export type Offsets = readonly [number, number, number, number];

const none: Offsets = [0, 0, 0, 0];

/** What is added in each lane; undefined where that is not the same everywhere. `varies` tells whether a stored
 *  integer depends on one of the axes. */
export function laneOffsets(
  at: Index,
  axes: ReadonlySet<string>,
  varies: (value: Scalar) => boolean,
): Offsets | undefined {
  let sum = none;
  for (const { atom, coefficient } of at.terms) {
    const own = atomOffsets(atom, axes, varies);
    if (!own) return undefined;
    sum = combine(sum, own, (total, offset) => total + coefficient * offset);
  }
  return sum;
}

function combine(a: Offsets, b: Offsets, how: (a: number, b: number) => number): Offsets {
  return [how(a[0], b[0]), how(a[1], b[1]), how(a[2], b[2]), how(a[3], b[3])];
}

function atomOffsets(
  atom: IndexAtom,
  axes: ReadonlySet<string>,
  varies: (value: Scalar) => boolean,
): Offsets | undefined {
  switch (atom.kind) {
    case "axis":
      return axes.has(atom.name) ? [0, 1, 2, 3] : none;
    case "value":
      return varies(atom.of) ? undefined : none;
    case "div":
    case "mod": {
      const { by, kind } = atom;
      const of = laneOffsets(atom.of, axes, varies);
      if (!of || areEqual(of)) return of && none;
      // From a multiple of four, lanes go through whole parts of four, or stay within a multiple of four.
      const divides = by % width === 0 || width % by === 0;
      const inside = of.every((offset) => offset >= 0 && offset < width);
      if (!divides || !inside || !startsAligned(atom.of, axes)) return undefined;
      return combine(of, none, (x) => (kind === "div" ? Math.floor(x / by) : x % by));
    }
    default:
      return atom satisfies never;
  }
}

/** Whether all lanes read the same place. */
export function areEqual(offsets: Offsets): boolean {
  return offsets.every((offset) => offset === 0);
}

/** Whether lanes follow each other without gaps. */
export function areContiguous(offsets: Offsets): boolean {
  return offsets.every((offset, lane) => offset === lane);
}

/** Whether lanes lie so near that one or two vectors hold them all. */
export function areNear(offsets: Offsets): boolean {
  return offsets.every((offset) => offset >= 0 && offset < 2 * width);
}

/** Whether the index of the first lane is a multiple of four. */
function startsAligned(at: Index, axes: ReadonlySet<string>): boolean {
  return (
    at.offset % width === 0 &&
    at.terms.every(
      ({ atom, coefficient }) =>
        coefficient % width === 0 || (atom.kind === "axis" && axes.has(atom.name)),
    )
  );
}
