// The columns that a declaration reads, bound to a table: open dimensions get numbers, texts become categories.

import { UserError } from "../errors.ts";
import { sizeOf, type DType } from "../types.ts";
import type { Column, DataSpec } from "./spec.ts";
import { columnOf, numberError, textError } from "./column-errors.ts";
import { bindTokens } from "./text/columns.ts";
import type { Vocabulary } from "./text/vocabulary.ts";
import { piecesOf, readStored, type Piece, type StoredColumn } from "./store.ts";
import type { NumberColumn, Table, TableColumn, TextColumn } from "./table.ts";

export interface DatasetColumn extends StoredColumn {
  /** By row, how many ids are no padding, where the column's length is that of its longest text. */
  readonly lengths?: Int32Array;
  /** Names of the categories that a scalar counts, or of what stands along the last axis. */
  readonly labels?: readonly string[];
  /** The categories of each column of names, where they stand side by side as zeros and ones. */
  readonly categories?: readonly { readonly name: string; readonly values: readonly string[] }[];
}

/** Binds every column of the spec; categories come from the training rows alone. */
export function bindColumns(
  spec: DataSpec,
  table: Table,
  train: Int32Array,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): {
  readonly columns: ReadonlyMap<string, DatasetColumn>;
  readonly dims: Readonly<Record<string, number>>;
} {
  const columns = new Map<string, DatasetColumn>();
  const dims = new Map<string, number>();
  for (const [name, { size }] of vocabularies) dims.set(`${spec.name}.${name}.size`, size);
  for (const wanted of spec.columns) {
    const column = bindColumn(spec, wanted, table, train, vocabularies);
    bindShape(spec, wanted, column.shape, dims);
    columns.set(wanted.input, column);
  }
  return { columns, dims: Object.fromEntries(dims) };
}

function bindColumn(
  spec: DataSpec,
  wanted: Column,
  table: Table,
  train: Int32Array,
  vocabularies: ReadonlyMap<string, Vocabulary>,
): DatasetColumn {
  const { source } = wanted;
  switch (source.kind) {
    case "column": {
      const column = columnOf(spec, table, source.name);
      if (column.kind === "text") throw textError(column, spec, table);
      if (column.kind === "stream") throw new Error("a stream is read through a vocabulary");
      if (wanted.dtype === "i32" && column.dtype === "f32") return wholeNumbers(column, table);
      return convert(column, wanted, spec);
    }
    case "numbers":
      return sideBySide(spec, table, source.except);
    case "one_hot":
      return oneHot(textColumns(spec, table, source.columns, source.except), train);
    case "category": {
      const column = columnOf(spec, table, source.name);
      if (column.kind !== "text") throw numberError(column, spec);
      return category(column, train);
    }
    case "tokens": {
      const vocabulary = vocabularies.get(source.vocabulary);
      if (vocabulary === undefined) throw new Error(`no vocabulary ${source.vocabulary}`);
      return bindTokens(columnOf(spec, table, source.name), source, vocabulary, spec);
    }
    default:
      return source satisfies never;
  }
}

/** The column in the element type that the graph reads; anything may widen, nothing narrow. */
function convert(column: NumberColumn, wanted: Column, spec: DataSpec): DatasetColumn {
  const { dtype, shape, store, labels } = column;
  const order: readonly DType[] = ["bool", "u8", "i32", "f16", "f32"];
  const isNarrower = order.indexOf(dtype) > order.indexOf(wanted.dtype);
  const changesBits = dtype !== wanted.dtype && [dtype, wanted.dtype].includes("f16");
  if (isNarrower || changesBits) {
    throw new UserError(`column \`${column.name}\` holds ${dtype}, not ${wanted.dtype}`, {
      place: spec.place,
    });
  }
  return { dtype: wanted.dtype, shape, store, ...(labels ? { labels } : {}) };
}

/** A column of numbers as whole ones: classes, counts. */
function wholeNumbers(column: NumberColumn, table: Table): DatasetColumn {
  const rows = Int32Array.from({ length: table.count }, (_, row) => row);
  const read = readStored(column, rows);
  const odd = read.findIndex((value) => !Number.isInteger(value) || Math.abs(value) > 2 ** 24);
  if (odd >= 0) {
    const size = sizeOf(column.shape);
    throw new UserError(
      `column \`${column.name}\` holds ${read[odd]} where a whole number is wanted`,
      { place: table.place(Math.floor(odd / size)), help: "declare the field without `i32`" },
    );
  }
  const pieces = piecesOf(sizeOf(column.shape), [Int32Array.from(read)]);
  return { dtype: "i32", shape: column.shape, store: { kind: "arrays", pieces } };
}

/** All columns of numbers, each of one number an example, side by side; missing values are NaN. */
function sideBySide(spec: DataSpec, table: Table, except: readonly string[]): DatasetColumn {
  const names: string[] = [];
  const columns: (readonly Piece[])[] = [];
  for (const column of remaining(spec, table, except)) {
    if (column.kind !== "numbers" || column.shape.length > 0) continue;
    if (column.store.kind !== "arrays") continue;
    names.push(column.name);
    columns.push(column.store.pieces);
  }
  if (names.length === 0)
    throw new UserError("the data have no columns of numbers", { place: spec.place });
  return { dtype: "f32", shape: [names.length], labels: names, store: { kind: "beside", columns } };
}

function remaining(spec: DataSpec, table: Table, except: readonly string[]): TableColumn[] {
  for (const name of except) columnOf(spec, table, name);
  const columns = [...table.columns.values()].filter((column) => !except.includes(column.name));
  // Left alone, one bad value would turn numbers into hundreds of categories.
  for (const column of columns) {
    if (column.kind === "text" && column.notNumber?.isMeant) throw textError(column, spec, table);
  }
  return columns;
}

function textColumns(
  spec: DataSpec,
  table: Table,
  names: readonly string[] | "text",
  except: readonly string[],
): readonly TextColumn[] {
  const chosen: TextColumn[] = [];
  if (names === "text") {
    for (const column of remaining(spec, table, except)) {
      if (column.kind === "text") chosen.push(column);
    }
    if (chosen.length === 0) {
      throw new UserError("the data have no columns of text", { place: spec.place });
    }
    return chosen;
  }
  for (const name of names) {
    const column = columnOf(spec, table, name);
    if (column.kind !== "text") throw numberError(column, spec);
    chosen.push(column);
  }
  return chosen;
}

/** Categories that occur in the training rows, in the order of their code units, and their place by code. */
function fitCategories(
  column: TextColumn,
  train: Int32Array,
): { readonly values: readonly string[]; readonly placeOfCode: Int32Array } {
  const seen = new Set<number>();
  for (const row of train) {
    const code = column.codes[row] ?? -1;
    if (code >= 0) seen.add(code);
  }
  const text = (code: number): string => column.values[code] ?? "";
  const sorted = [...seen].sort((a, b) => (text(a) < text(b) ? -1 : 1));
  const placeOfCode = new Int32Array(column.values.length).fill(-1);
  sorted.forEach((code, place) => (placeOfCode[code] = place));
  return { values: sorted.map(text), placeOfCode };
}

/** One block of zeros and a one a column; a value that is missing or new is all zeros. */
function oneHot(chosen: readonly TextColumn[], train: Int32Array): DatasetColumn {
  const fitted = chosen.map((column) => ({ column, ...fitCategories(column, train) }));
  const width = fitted.reduce((sum, { values }) => sum + values.length, 0);
  return {
    dtype: "f32",
    shape: [width],
    labels: fitted.flatMap(({ column, values }) => values.map((v) => `${column.name}=${v}`)),
    categories: fitted.map(({ column, values }) => ({ name: column.name, values })),
    store: {
      kind: "one_hot",
      columns: fitted.map(({ column: { codes }, placeOfCode, values }) => ({
        codes,
        placeOfCode,
        width: values.length,
      })),
    },
  };
}

/** The category's index; -1 where it is missing or not in the training rows. */
function category(column: TextColumn, train: Int32Array): DatasetColumn {
  const { values, placeOfCode } = fitCategories(column, train);
  return {
    dtype: "i32",
    shape: [],
    labels: values,
    store: { kind: "category", column: { codes: column.codes, placeOfCode } },
  };
}

function bindShape(
  spec: DataSpec,
  wanted: Column,
  found: readonly number[],
  dims: Map<string, number>,
): void {
  const told = wanted.shape.join(", ");
  const mismatch = (): UserError =>
    new UserError(`\`${wanted.input}\` is [${found.join(", ")}] an example, not [${told}]`, {
      place: spec.place,
    });
  if (wanted.shape.length !== found.length) throw mismatch();
  wanted.shape.forEach((dim, axis) => {
    const n = found[axis] ?? 0;
    if (typeof dim === "number") {
      if (dim !== n) throw mismatch();
      return;
    }
    const before = dims.get(dim);
    if (before !== undefined && before !== n) throw mismatch();
    dims.set(dim, n);
  });
}
