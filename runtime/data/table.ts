// What a reader gives: columns in memory, as compact as in the file, read by lists of rows.

import { UserError } from "../errors.ts";
import { sizeOf, type DType, type TypedArray } from "../types.ts";
import { piecesOf, shareArray, type StoredColumn } from "./store.ts";
import type { Bpe } from "./text/bpe.ts";
import type { TextRule } from "./text/tokens.ts";

/** Numbers of every example; the stored values may be narrower than the column's type. */
export interface NumberColumn extends StoredColumn {
  readonly kind: "numbers";
  readonly name: string;
  /** Names of the classes that the values count, where the reader knows them. */
  readonly labels?: readonly string[];
}

/** Text as codes of a dictionary. */
export interface TextColumn {
  readonly kind: "text";
  readonly name: string;
  /** Index into `values` by row; -1 where the value is missing. */
  readonly codes: Int32Array;
  readonly values: readonly string[];
  /** The first value that is there and no number; `isMeant` if nearly all others are numbers, so that it looks like a
   *  mistake. */
  readonly notNumber?: { readonly row: number; readonly text: string; readonly isMeant: boolean };
}

/** Tokens of a text that are read in windows: one window an example. */
export interface StreamColumn {
  readonly kind: "stream";
  readonly name: string;
  readonly rule: TextRule;
  /** Of a rule that merges bytes. */
  readonly bpe?: Bpe;
  readonly window: number;
  /** Index into `values` by token, for all parts one after the other. */
  readonly codes: Int32Array;
  readonly values: readonly string[];
  /** The token that a row's window begins with. */
  readonly starts: Int32Array;
  /** By row: an epoch of training moves the windows by less than this, the same for all. */
  readonly offsets: Int32Array;
  /** Tokens that the vocabulary is fitted on. */
  readonly train: { readonly start: number; readonly end: number };
}

export type TableColumn = NumberColumn | TextColumn | StreamColumn;

/** A run of rows that belong together by nature: a file, a folder. `test` is a reader's own test split. */
export interface Part {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

export interface DataFile {
  readonly path: string;
  readonly bytes: number;
  /** In hexadecimal digits. */
  readonly sha256: string;
  /** Files below, where it is a folder. */
  readonly files?: number;
}

export interface Table {
  readonly count: number;
  readonly parts: readonly Part[];
  /** The reader has made the splits itself, each a part of this name. */
  readonly isSplit?: true;
  /** In the order of the file. */
  readonly columns: ReadonlyMap<string, TableColumn>;
  /** What was read; empty where the program makes the examples itself. */
  readonly files: readonly DataFile[];
  /** Draws of an example depend on its row and this seed alone, not on the training. */
  readonly rowSeed?: number;
  /** Where an example stands, for errors: `houses.csv, line 14`. */
  place(row: number): string;
}

/** A column over arrays of `shape` numbers an example; several arrays (files) follow one another without being joined. */
export function numberColumn(
  name: string,
  dtype: DType,
  shape: readonly number[],
  ...arrays: readonly TypedArray[]
): NumberColumn {
  const pieces = piecesOf(sizeOf(shape), arrays.map(shareArray));
  return { kind: "numbers", name, dtype, shape, store: { kind: "arrays", pieces } };
}

/** Copies rows of `size` numbers each into `out`, one after the other. */
export function gatherRows(
  values: TypedArray,
  size: number,
  rows: ArrayLike<number>,
  out: TypedArray,
): void {
  for (let i = 0; i < rows.length; i++) {
    const at = (rows[i] ?? 0) * size;
    if (size === 1) out[i] = values[at] ?? 0;
    else out.set(values.subarray(at, at + size), i * size);
  }
}

/** The error for text in a column of numbers. */
export function notANumber(column: string, text: string, place: string): UserError {
  return new UserError(
    `column \`${column}\` holds ${JSON.stringify(text)} where a number is wanted`,
    {
      place,
      help: `mend the row, name the text in \`missing\`, or read the column as text: types = { ${column} = "string" }`,
    },
  );
}
