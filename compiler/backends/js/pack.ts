// How the contraction template cuts its work: tile and block sizes and the scratch memory they need.

import type { Axis, Contract, ContractLayout, OperandSum } from "../../schedule/kernel.ts";

/** Rows of the register tile; it has up to four columns. */
export const tileRows = 4;

/** A block of k that is packed at once holds at most this many elements a row: two panels of four rows stay in the
 *  first cache, the packed b in the second. */
const longestBlock = 1024;

export interface Blocking {
  readonly m: number;
  readonly n: number;
  /** Columns of the register tile: fewer than four where that leaves fewer of them empty. */
  readonly columns: number;
  /** Outer k axes, looped over one by one. */
  readonly outer: readonly Axis[];
  /** The k axis that is cut into chunks, if one is. */
  readonly cut: { readonly axis: Axis; readonly chunk: number } | undefined;
  /** k axes inside a block, without the one that is cut. */
  readonly inner: readonly Axis[];
  /** Whether there is one block only; if not, the sums wait in scratch between the blocks. */
  readonly whole: boolean;
  /** Elements a row of the largest block. */
  readonly block: number;
  /** Offsets in doubles from the start of the scratch: packed a, packed b, sums of tiles. */
  readonly packedA: number;
  readonly packedB: number;
  readonly sums: number;
  /** Sums of single operands, one a row. */
  readonly rowSums: Readonly<Record<OperandSum["of"], number>>;
  readonly doubles: number;
}

export function extent(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

function tiles(size: number, tile: number): number {
  return Math.ceil(size / tile);
}

/** About what a step of k costs for all columns: products of every tile, and its loads. */
function stepCost(n: number, columns: number): number {
  return tiles(n, columns) * (tileRows * columns + 3);
}

function chooseColumns(n: number): number {
  const narrower = [3, 2].filter((columns) => stepCost(n, columns) < 0.9 * stepCost(n, 4));
  narrower.sort((a, b) => stepCost(n, a) - stepCost(n, b));
  return narrower[0] ?? 4;
}

export function blocking(kernel: Contract): Blocking {
  const m = extent(kernel.m);
  const n = extent(kernel.n);
  const columns = chooseColumns(n);
  // The innermost axes that fit into a block; the next one is cut into chunks of about equal size.
  let first = kernel.k.length;
  while (first > 0 && extent(kernel.k.slice(first - 1)) <= longestBlock) first -= 1;
  const inner = kernel.k.slice(first);
  const axis = kernel.k[first - 1];
  const perStep = extent(inner);
  const chunks = axis
    ? Math.ceil(axis.extent / Math.max(1, Math.floor(longestBlock / perStep)))
    : 1;
  const cut = axis ? { axis, chunk: Math.ceil(axis.extent / chunks) } : undefined;
  const block = perStep * (cut?.chunk ?? 1);
  const packedB = tileRows * block;
  const sums = packedB + tiles(n, columns) * columns * block;
  const kept = cut ? tiles(m, tileRows) * tiles(n, columns) * tileRows * columns : 0;
  const rowSums = { a: sums + kept, b: sums + kept + m };
  return {
    m,
    n,
    columns,
    outer: kernel.k.slice(0, Math.max(0, first - 1)),
    cut,
    inner,
    whole: cut === undefined,
    block,
    packedA: 0,
    packedB,
    sums,
    rowSums,
    doubles: kernel.sums.length > 0 ? rowSums.b + n : sums + kept,
  };
}

/** Panels and sums are doubles. */
export function layOutInJs(kernel: Contract): ContractLayout {
  const { columns, whole, block, doubles } = blocking(kernel);
  const sum = whole ? "" : `, the sum in blocks of ${block}`;
  const text = `a packed by ${tileRows} rows, b whole by ${columns} columns${sum}`;
  return { scratchBytes: doubles * 8, text };
}
