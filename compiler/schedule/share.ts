// Which values lie in one buffer: a result over an operand that is read for the last time, parts inside their
// concatenation.

import { mayOverwrite } from "./in-place.ts";
import type { Access } from "./access.ts";
import type { Request } from "./arena.ts";
import type { ValueTable } from "./groups.ts";
import type { Kernel, Place, ValueId } from "./kernel.ts";
import type { Interval } from "./liveness.ts";
import { placeParts } from "./parts.ts";
import { bytesOf, valueOf } from "./values.ts";

/** One buffer: its size, its time and what lies in it, each at `shift` bytes from its start. */
export interface Block extends Request {
  readonly values: readonly Lodger[];
}

export interface Lodger {
  readonly id: ValueId;
  readonly shift: number;
  /** Where they are not row-major. */
  readonly strides?: readonly number[];
  readonly row?: NonNullable<Place["row"]>;
}

/** The round of a loop in which a kernel runs. */
export interface Round {
  /** What the round writes. */
  readonly written: ReadonlySet<ValueId>;
}

export interface ShareRequest {
  /** Lifetimes of all values of the arena, in positions of `kernels`. */
  readonly intervals: ReadonlyMap<ValueId, Interval>;
  readonly table: ValueTable;
  readonly kernels: readonly Kernel[];
  readonly accesses: readonly Access[];
  /** For kernels in loops. */
  readonly rounds: readonly (Round | undefined)[];
  readonly inPlace: boolean;
  /** Values that are needed after the last kernel. */
  readonly kept: ReadonlySet<ValueId>;
}

interface Draft {
  values: Lodger[];
  bytes: number;
  first: number;
  last: number;
}

export function shareBuffers(request: ShareRequest): Block[] {
  const { intervals, table } = request;
  const drafts = new Map<ValueId, Draft>();
  const inParts = new Set([...table.parts].flatMap(([whole, parts]) => [whole, ...parts]));
  for (const { moving, fixed } of table.rows)
    for (const { id } of [...moving, ...fixed]) inParts.add(id);
  for (const [id, { first, last }] of intervals) {
    if (inParts.has(id)) continue;
    drafts.set(id, {
      values: [{ id, shift: 0 }],
      bytes: bytesOf(valueOf(table.byId, id)),
      first,
      last,
    });
  }
  for (const draft of placeParts(table, intervals)) {
    for (const { id } of draft.values) drafts.set(id, draft);
  }
  for (const draft of placeRows(table, intervals)) {
    for (const { id } of draft.values) drafts.set(id, draft);
  }
  if (request.inPlace) overlay(request, drafts, inParts);
  return [...new Set(drafts.values())];
}

/** A buffer for the rows of each carry and stack. */
function placeRows(table: ValueTable, intervals: ReadonlyMap<ValueId, Interval>): Draft[] {
  return table.rows.map(({ stride, bytes, moving, fixed }) => {
    const values: Lodger[] = [
      ...moving.map(({ id, add, ring }) => ({ id, shift: 0, row: { stride, add, ring } })),
      ...fixed.map(({ id, row }) => ({ id, shift: row * stride })),
    ];
    const times = values.map(({ id }) => intervals.get(id)).filter((time) => time !== undefined);
    return {
      values,
      bytes,
      first: Math.min(...times.map((time) => time.first)),
      last: Math.max(...times.map((time) => time.last)),
    };
  });
}

/** Puts results over operands that die in the kernel that writes them. */
function overlay(
  request: ShareRequest,
  drafts: Map<ValueId, Draft>,
  inParts: ReadonlySet<ValueId>,
): void {
  const { table, kernels, accesses, intervals, kept } = request;
  kernels.forEach((kernel, position) => {
    const access = accesses[position];
    const taken = new Set<Draft>();
    for (const id of access?.writes ?? []) {
      const own = drafts.get(id);
      if (!own || inParts.has(id)) continue;
      for (const operand of access?.reads ?? []) {
        const under = drafts.get(operand);
        if (
          !under ||
          taken.has(under) ||
          inParts.has(operand) ||
          kept.has(operand) ||
          under === own
        )
          continue;
        // What comes from before the round is needed in the next one again.
        const round = request.rounds[position];
        if (round && !round.written.has(operand)) continue;
        const dies = intervals.get(operand)?.last === position && under.last === position;
        if (!dies || under.bytes !== own.bytes) continue;
        if (!mayOverwrite(kernel, valueOf(table.byId, id), valueOf(table.byId, operand))) continue;
        under.values.push(...own.values);
        under.last = own.last;
        drafts.set(id, under);
        taken.add(under);
        break;
      }
    }
  });
}
