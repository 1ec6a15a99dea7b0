// How the contraction template cuts its work by sizes alone: blocks of the summed axes, and how much is packed at once.

import type { Axis } from "../../schedule/kernel.ts";
import { extentOf } from "./axes.ts";

/** Longest run of summed elements that is packed at once: a panel of eight columns stays in the first cache. */
const longestBlock = 320;

/** Bytes of one step of a group: four f32. */
export const groupBytes = 16;

/** Bytes of the sums of two groups that wait between blocks: four lanes a row. */
export function sumBytes(rows: number): number {
  return rows * groupBytes;
}

export interface Blocking {
  /** Outer summed axes, looped over one by one. */
  readonly outer: readonly Axis[];
  /** The summed axis that is cut into chunks, if one is. */
  readonly cut: { readonly axis: Axis; readonly chunk: number } | undefined;
  /** Summed axes inside a block, without the one that is cut. */
  readonly inner: readonly Axis[];
  /** Whether one block is the whole sum. */
  readonly whole: boolean;
}

export function blockingOf(k: readonly Axis[]): Blocking {
  let first = k.length;
  while (first > 0 && extentOf(k.slice(first - 1)) <= longestBlock) first -= 1;
  const inner = k.slice(first);
  const axis = k[first - 1];
  if (!axis) return { outer: [], cut: undefined, inner, whole: true };
  const most = Math.max(1, Math.floor(longestBlock / extentOf(inner)));
  const chunks = Math.ceil(axis.extent / most);
  // Lanes may run along the innermost axis: chunks of it begin at multiples of four.
  const even = Math.ceil(axis.extent / chunks);
  const chunk = inner.length === 0 ? Math.ceil(even / 4) * 4 : even;
  return { outer: k.slice(0, first - 1), cut: { axis, chunk }, inner, whole: false };
}

/** How many blocks the sum is cut into. */
export function blocksOf({ outer, cut }: Blocking): number {
  return cut ? extentOf(outer) * Math.ceil(cut.axis.extent / cut.chunk) : 1;
}

/** Bytes of a packed group: the longest block, and room for a vector that overhangs. */
export function panelBytes(k: readonly Axis[]): number {
  return (Math.min(extentOf(k), longestBlock) + 4) * groupBytes;
}

/** Bytes of panels that are packed whole at once: they stay in the second cache. */
const longestStretch = 512 * 1024;

/** Groups of the operand that is packed whole, at once; whole tiles of `perTile` unless these are all. */
export function groupsAtOnce(k: readonly Axis[], groups: number, perTile: number): number {
  const most = perTile * Math.max(1, Math.floor(longestStretch / panelBytes(k) / perTile));
  return Math.min(groups, most);
}
