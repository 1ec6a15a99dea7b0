// How the contraction template cuts its work: tile and block sizes and the scratch memory they need.

import type { Axis, Contract } from "../../schedule/kernel.ts";

/** Rows and columns of the register tile. */
export const tileRows = 4;
export const tileColumns = 4;

/** A block of k that is packed at once holds at most this many elements a row, so that panels stay in the caches. */
const longestBlock = 2048;

export interface Blocking {
  readonly m: number;
  readonly n: number;
  /** Outer k axes, looped over; the sums are kept in scratch between the blocks when there are any. */
  readonly outer: readonly Axis[];
  readonly inner: readonly Axis[];
  readonly block: number;
  /** Offsets in doubles from the start of the scratch: packed a, packed b, sums. */
  readonly packedA: number;
  readonly packedB: number;
  readonly sums: number;
  readonly doubles: number;
}

export function extent(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

export function blocking(kernel: Contract): Blocking {
  const m = extent(kernel.m);
  const n = extent(kernel.n);
  let split = 0;
  while (split < kernel.k.length - 1 && extent(kernel.k.slice(split)) > longestBlock) split += 1;
  const outer = kernel.k.slice(0, split);
  const inner = kernel.k.slice(split);
  const block = extent(inner);
  const paddedColumns = Math.ceil(n / tileColumns) * tileColumns;
  const packedB = tileRows * block;
  const sums = packedB + paddedColumns * block;
  const kept = outer.length > 0 ? m * n : 0;
  return { m, n, outer, inner, block, packedA: 0, packedB, sums, doubles: sums + kept };
}

/** Scratch bytes of a contraction in JavaScript: panels and sums are doubles. */
export function packingBytes(kernel: Contract): number {
  return blocking(kernel).doubles * 8;
}
