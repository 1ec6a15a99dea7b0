// Where the values of a column lie, as plain data: whoever has it, this thread or another, can read any rows of it.

import { UserError } from "../errors.ts";
import { fitPlanes, planesOf, type Picture } from "./fit-image.ts";
import { pathAt, type PathList } from "./path-list.ts";
import { placeKey, uniformAt } from "../random.ts";
import { allocate, sizeOf, type DType, type TypedArray } from "../types.ts";

/** Some rows that follow one another: row `r` of them lies at `offset + r * stride`. */
export interface Piece {
  readonly values: TypedArray;
  readonly rows: number;
  readonly stride: number;
  readonly offset: number;
}

/** Codes of texts, and for every code its place among the categories of the training split, or -1. */
export interface Coded {
  readonly codes: Int32Array;
  readonly placeOfCode: Int32Array;
}

export type Store =
  /** Numbers of every example side by side; several pieces (files) follow one another. */
  | { readonly kind: "arrays"; readonly pieces: readonly Piece[] }
  /** Several columns of one number each, side by side. */
  | { readonly kind: "beside"; readonly columns: readonly (readonly Piece[])[] }
  /** A block of zeros and a one a column; a value without a place is all zeros. */
  | { readonly kind: "one_hot"; readonly columns: readonly (Coded & { readonly width: number })[] }
  /** The category's index; -1 where it is missing or not in the training rows. */
  | { readonly kind: "category"; readonly column: Coded }
  /** Files that are decoded when they are read: all of one shape `[channels, height, width]`, or fitted to it. */
  | {
      readonly kind: "pictures";
      readonly paths: PathList;
      readonly shape: readonly [number, number, number];
      readonly fits: boolean;
      /** Of the first file. */
      readonly pixels: number;
    }
  /** Windows of a stream: `size` numbers from a row's start on, in training moved by an epoch's offset below the row's. */
  | {
      readonly kind: "windows";
      readonly values: Int32Array;
      readonly starts: Int32Array;
      readonly offsets: Int32Array;
    };

/** A pass of training, by which windows of a stream are moved. */
export interface TrainingPass {
  readonly seed: number;
  readonly epoch: number;
}

/** Decodes a picture file. */
export type ReadPicture = (path: string) => Picture;

export interface StoredColumn {
  readonly dtype: DType;
  /** Per example. */
  readonly shape: readonly number[];
  readonly store: Store;
}

/** Pieces over arrays of `size` numbers an example. */
export function piecesOf(size: number, arrays: readonly TypedArray[]): Piece[] {
  return arrays.map((values) => ({
    values,
    rows: size === 0 ? 0 : values.length / size,
    stride: size,
    offset: 0,
  }));
}

/** The values of the given rows, one example after the other, in the column's type; into `into`, where it is given. */
export function readStored(
  { dtype, shape, store }: StoredColumn,
  rows: ArrayLike<number>,
  into?: TypedArray,
  {
    readPicture,
    pass,
  }: {
    readonly readPicture?: ReadPicture | undefined;
    readonly pass?: TrainingPass | undefined;
  } = {},
): TypedArray {
  const size = sizeOf(shape);
  const out = into ?? allocate(dtype, rows.length * size);
  switch (store.kind) {
    case "arrays":
      readPieces(store.pieces, size, rows, out, 0, size);
      break;
    case "beside":
      store.columns.forEach((pieces, j) => readPieces(pieces, 1, rows, out, j, size));
      break;
    case "one_hot":
      out.fill(0);
      for (let i = 0; i < rows.length; i++) {
        let start = i * size;
        for (const { codes, placeOfCode, width } of store.columns) {
          const place = placeOfCode[codes[rows[i] ?? 0] ?? -1] ?? -1;
          if (place >= 0) out[start + place] = 1;
          start += width;
        }
      }
      break;
    case "category": {
      const { codes, placeOfCode } = store.column;
      for (let i = 0; i < rows.length; i++) {
        out[i] = placeOfCode[codes[rows[i] ?? 0] ?? -1] ?? -1;
      }
      break;
    }
    case "pictures":
      if (readPicture === undefined) throw new Error("this host reads no pictures");
      for (let i = 0; i < rows.length; i++) {
        out.set(pixelsOf(store, pathAt(store.paths, rows[i] ?? 0), readPicture), i * size);
      }
      break;
    case "windows": {
      const { values, starts, offsets } = store;
      const share = pass === undefined ? 0 : uniformAt(0, ...windowKey, pass.seed, pass.epoch);
      for (let i = 0; i < rows.length; i++) {
        const row = rows[i] ?? 0;
        const start = (starts[row] ?? 0) + Math.floor(share * (offsets[row] ?? 1));
        out.set(values.subarray(start, start + size), i * size);
      }
      break;
    }
    default:
      store satisfies never;
  }
  return out;
}

const windowKey = placeKey("window");

function pixelsOf(
  { shape, fits }: Extract<Store, { readonly kind: "pictures" }>,
  path: string,
  readPicture: ReadPicture,
): Uint8Array {
  const [channels, height, width] = shape;
  const picture = readPicture(path);
  const planes = planesOf(picture, channels);
  const isSame = picture.height === height && picture.width === width;
  if (isSame) return planes;
  if (fits) return fitPlanes(planes, [channels, picture.height, picture.width], height);
  throw new UserError(
    `the picture is ${picture.width} × ${picture.height}, the first one ${width} × ${height}`,
    { place: path, help: "bring all to one size: images(…, size = 224)" },
  );
}

/** `size` values of each row to `at + i * step`; widens where `out` is wider. */
function readPieces(
  pieces: readonly Piece[],
  size: number,
  rows: ArrayLike<number>,
  out: TypedArray,
  at: number,
  step: number,
): void {
  for (let i = 0; i < rows.length; i++) {
    let row = rows[i] ?? 0;
    for (const { values, rows: count, stride, offset } of pieces) {
      if (row < count) {
        const from = offset + row * stride;
        if (size === 1) out[at + i * step] = values[from] ?? 0;
        else out.set(values.subarray(from, from + size), at + i * step);
        break;
      }
      row -= count;
    }
  }
}

/** The column with its arrays in memory that threads share; what lies there already is not copied. */
export function shareColumn<Column extends StoredColumn>(column: Column): Column {
  return { ...column, store: shareStore(column.store) };
}

function shareStore(store: Store): Store {
  const piece = (each: Piece): Piece => ({ ...each, values: shareArray(each.values) });
  const coded = <C extends Coded>(each: C): C => ({
    ...each,
    codes: shareArray(each.codes),
    placeOfCode: shareArray(each.placeOfCode),
  });
  switch (store.kind) {
    case "arrays":
      return { ...store, pieces: store.pieces.map(piece) };
    case "beside":
      return { ...store, columns: store.columns.map((pieces) => pieces.map(piece)) };
    case "one_hot":
      return { ...store, columns: store.columns.map(coded) };
    case "category":
      return { ...store, column: coded(store.column) };
    case "windows":
      return {
        ...store,
        values: shareArray(store.values),
        starts: shareArray(store.starts),
        offsets: shareArray(store.offsets),
      };
    case "pictures": {
      const { bytes, ends } = store.paths;
      return { ...store, paths: { bytes: shareArray(bytes), ends: shareArray(ends) } };
    }
    default:
      return store satisfies never;
  }
}

/** Node gives small arrays parts of a buffer (of 8 KiB) that others are still written into: a copy of all of it goes stale. */
const mostPooled = 2 ** 16;

/** Copies by the array they lie in, so that two columns over one file share one copy. */
const copies = new WeakMap<ArrayBufferLike, SharedArrayBuffer>();

/** The array in memory that threads share, where the engine has such. What is large is best moved there as soon as it is
 *  read: a copy made later would stand beside the model's memory. */
export function shareArray<A extends TypedArray>(array: A): A {
  const { buffer, byteOffset, length } = array;
  if (typeof SharedArrayBuffer === "undefined" || buffer instanceof SharedArrayBuffer) return array;
  const Kind = array.constructor as new (b: SharedArrayBuffer, at: number, n: number) => A;
  if (buffer.byteLength <= mostPooled) {
    const own = new Kind(new SharedArrayBuffer(array.byteLength), 0, length);
    own.set(array);
    return own;
  }
  let copy = copies.get(buffer);
  if (copy === undefined) {
    copy = new SharedArrayBuffer(buffer.byteLength);
    new Uint8Array(copy).set(new Uint8Array(buffer));
    copies.set(buffer, copy);
  }
  return new Kind(copy, byteOffset, length);
}
