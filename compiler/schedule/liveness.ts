// When values are needed: the first and last position in the linear order of work. A loop step runs its body many
// times, so what crosses its border, or one of its rounds, lives for all of it.

import type { ValueId } from "./kernel.ts";

/** One piece of work in order, or a body that is repeated. */
export type Work =
  | { readonly kind: "once"; readonly reads: Iterable<ValueId>; readonly writes: Iterable<ValueId> }
  | { readonly kind: "loop"; readonly body: readonly Work[] };

export interface Interval {
  readonly first: number;
  readonly last: number;
}

/**
 * Positions are numbers of `once` items in order. `rows` are values addressed by a loop's counter: in a loop they
 * always live for all of it.
 */
export function liveness(
  work: readonly Work[],
  rows: ReadonlySet<ValueId> = new Set(),
): Map<ValueId, Interval> {
  let position = 0;
  const visit = (items: readonly Work[]): Map<ValueId, Use> => {
    const uses = new Map<ValueId, Use>();
    for (const item of items) {
      if (item.kind === "once") {
        for (const id of item.reads) touch(uses, id, position, position, true);
        for (const id of item.writes) touch(uses, id, position, position, false);
        position += 1;
        continue;
      }
      const start = position;
      const inner = visit(item.body);
      const end = Math.max(start, position - 1);
      for (const [id, use] of inner) {
        const whole = use.readFirst || rows.has(id);
        // Local to one round unless something outside touches it too, which a later merge sees.
        touch(uses, id, whole ? start : use.first, whole ? end : use.last, use.readFirst, {
          start,
          end,
        });
      }
    }
    return uses;
  };
  const result = new Map<ValueId, Interval>();
  for (const [id, { first, last }] of visit(work)) result.set(id, { first, last });
  return result;
}

interface Use {
  first: number;
  last: number;
  /** Read before it is written: it comes from outside, or from the round before. */
  readonly readFirst: boolean;
  /** The loop in which it was seen so far, and nowhere else. */
  loop: { readonly start: number; readonly end: number } | undefined;
}

function touch(
  uses: Map<ValueId, Use>,
  id: ValueId,
  first: number,
  last: number,
  readFirst: boolean,
  loop?: { readonly start: number; readonly end: number },
): void {
  const known = uses.get(id);
  if (!known) {
    uses.set(id, { first, last, readFirst, loop });
    return;
  }
  for (const side of [known.loop, loop]) {
    if (!side) continue;
    first = Math.min(first, side.start);
    last = Math.max(last, side.end);
  }
  known.first = Math.min(known.first, first);
  known.last = Math.max(known.last, last);
  known.loop = undefined;
}
