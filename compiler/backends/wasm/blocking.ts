// How the contraction template cuts its work, as far as sizes tell it: blocks of the summed axes, which operand is packed
// whole, and the scratch memory for that. Layout decisions that need addresses are in sides.ts.

import type { Axis, Contract } from "../../schedule/kernel.ts";
import { extentOf } from "./axes.ts";

/** Longest run of summed elements that is packed at once: a panel of eight columns stays in the first cache. */
const longestBlock = 320;

/** Bytes of one step of a group: four f32. */
export const groupBytes = 16;

/** Bytes of the sums of two groups that wait between blocks: four rows of four columns. */
export const sumBytes = 64;

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

/** Bytes of a packed group of four rows: the longest block, and room for a vector that overhangs. */
export function panelBytes(k: readonly Axis[]): number {
  return (Math.min(extentOf(k), longestBlock) + 4) * groupBytes;
}

/** The operand with more rows is packed a tile at a time, the other one whole. */
export function isPrivateM(m: readonly Axis[], n: readonly Axis[]): boolean {
  return extentOf(m) >= extentOf(n);
}

/** Bytes of panels that are packed whole at once: they stay in the second cache. */
const longestStretch = 512 * 1024;

/** Groups of the operand that is packed whole, at once; an even number unless these are all. */
export function groupsAtOnce(k: readonly Axis[], groups: number): number {
  const most = 2 * Math.max(1, Math.floor(longestStretch / panelBytes(k) / 2));
  return Math.min(groups, most);
}

/** Threads take whole products of a batch where there are enough of them. */
export function isSharedByBatch(batch: readonly Axis[]): boolean {
  return extentOf(batch) >= 8;
}

/** Groups of four that some axes make at most, whether groups may cross rows of the innermost axis or not. */
export function mostGroups(axes: readonly Axis[]): number {
  const inner = axes.at(-1)?.extent ?? 1;
  return (extentOf(axes) / inner) * Math.ceil(inner / 4);
}

export interface Scratch {
  /** Bytes of the operand that is packed whole; of a thread's own tile of the other; of sums that wait. */
  readonly shared: number;
  readonly tile: number;
  readonly sums: number;
  readonly bytes: number;
  /** Whether every thread has a `shared` and `sums` of its own. */
  readonly each: boolean;
}

/** The scratch that a contraction needs with some threads; bounds that hold whatever the layout is. */
export function scratchOf({ batch, m, n, k }: Contract, threads: number): Scratch {
  const panel = panelBytes(k);
  const [most, least] = isPrivateM(m, n) ? [m, n] : [n, m];
  const shared = groupsAtOnce(k, mostGroups(least)) * panel;
  const tile = 2 * panel;
  const pairs = mostGroups(most) * mostGroups(least);
  const sums = extentOf(k) > longestBlock ? pairs * sumBytes : 0;
  const each = isSharedByBatch(batch);
  const copies = each ? threads : 1;
  return { shared, tile, sums, each, bytes: copies * (shared + sums) + threads * tile };
}
