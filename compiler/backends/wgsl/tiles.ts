// How a contraction is cut into tiles: which of the variants of the one template suits its shape and the adapter.

import type { WebgpuSettings } from "../../../runtime/artifact.ts";

/** A workgroup's share of the results, and how many of them, rows and columns, an invocation keeps in registers. */
export interface Tile {
  readonly rows: number;
  readonly columns: number;
  readonly each: readonly [rows: number, columns: 1 | 2 | 4];
  /** Elements of the sum that are in workgroup memory at a time, and how many invocations share them for one result. More
   *  than one only where each keeps one result. */
  readonly depth: number;
  readonly slices: number;
  /** How well it uses a GPU, as a part of the best: it grows with the results that share one read. */
  readonly worth: number;
}

export const tiles = {
  "128x64": { rows: 128, columns: 64, each: [8, 4], depth: 16, slices: 1, worth: 1 },
  "64x64": { rows: 64, columns: 64, each: [4, 4], depth: 16, slices: 1, worth: 0.85 },
  "32x32": { rows: 32, columns: 32, each: [2, 2], depth: 16, slices: 1, worth: 0.5 },
  "128x16": { rows: 128, columns: 16, each: [4, 2], depth: 16, slices: 1, worth: 0.6 },
  "16x128": { rows: 16, columns: 128, each: [2, 4], depth: 16, slices: 1, worth: 0.6 },
  "8x8": { rows: 8, columns: 8, each: [1, 1], depth: 16, slices: 1, worth: 0.2 },
  "8x8 deep": { rows: 8, columns: 8, each: [1, 1], depth: 64, slices: 4, worth: 0.18 },
} as const satisfies Record<string, Tile>;

export type TileName = keyof typeof tiles;

/** Rows and columns are one longer in workgroup memory, so that writes along the sum meet different banks. */
export function pitch(length: number): number {
  return length + 1;
}

export function sizeOfTile({ rows, columns, each: [r, c], slices }: Tile): number {
  return (rows / r) * (columns / c) * slices;
}

export interface Shape {
  readonly batch: number;
  readonly m: number;
  readonly n: number;
  readonly k: number;
}

/** Invocations that a GPU runs at once, about: with fewer, part of it is idle. */
const atOnce = 2 ** 15;

/** What an invocation for each result is worth. */
const pointWorth = 0.08;

/** Products up to which a software adapter takes longer to compile a tiled shader than to run a plain one. */
const fewProducts = 2 ** 18;

/** Nothing: an invocation for each result, without workgroup memory. `m` are the rows, `n` the columns. */
export function chooseTile(
  { batch, m, n, k }: Shape,
  settings: WebgpuSettings,
): TileName | undefined {
  const time = (groups: number, size: number, work: number, worth: number): number =>
    (Math.max(groups * size, atOnce) * work) / worth;
  if (settings.tiles === "small") return batch * m * n * k <= fewProducts ? undefined : fit("8x8");
  let best: TileName | undefined;
  let least = time(batch * m * n, 1, k, pointWorth);
  for (const name of Object.keys(tiles) as TileName[]) {
    if (fit(name) === undefined) continue;
    const tile: Tile = tiles[name];
    const groups = batch * Math.ceil(m / tile.rows) * Math.ceil(n / tile.columns);
    const deep = Math.ceil(k / tile.depth) * tile.depth;
    const own = (tile.each[0] * tile.each[1]) / tile.slices;
    const found = time(groups, sizeOfTile(tile), own * deep, tile.worth);
    if (found < least) [best, least] = [name, found];
  }
  return best;

  function fit(name: TileName): TileName | undefined {
    const tile: Tile = tiles[name];
    const words = tile.depth * (pitch(tile.rows) + pitch(tile.columns));
    const bytes = 4 * (words + (tile.slices > 1 ? sizeOfTile(tile) : 0));
    const fits = sizeOfTile(tile) <= settings.invocations && bytes <= settings.workgroupBytes;
    return fits ? name : undefined;
  }
}
