// Opens a data declaration: reads the table, splits it, binds open dimensions, fits categories on the training split.

import { UserError } from "../errors.ts";
import type { DataHost } from "../host.ts";
import { permutation } from "../random.ts";
import type { TypedArray } from "../types.ts";
import { sha256 } from "./bytes.ts";
import { bindColumns, type DatasetColumn } from "./columns.ts";
import { readers } from "./readers/index.ts";
import { withDefaults } from "./readers/reader.ts";
import type { DataSpec } from "./spec.ts";
import { readStored, type TrainingPass } from "./store.ts";
import { splitRows } from "./split.ts";
import type { DataFile, Table } from "./table.ts";
import { bindVocabularies } from "./text/columns.ts";
import { bpesOf } from "./text/bpe-rules.ts";
import type { SavedVocabulary, Vocabulary } from "./text/vocabulary.ts";

export interface Split {
  readonly count: number;
  /** Rows of the table, ascending: the natural order. */
  readonly rows: Int32Array;
}

export interface OpenOptions {
  /** Seed of the training: draws the splits and the order of every epoch. */
  readonly seed: number;
  /** With `kfold(k)`: the part that validates, from 0 on; absent, everything trains. */
  readonly fold?: number;
  /** Tokens of vocabularies by name, as an earlier run saved them: nothing is fitted anew. */
  readonly tokens?: ReadonlyMap<string, SavedVocabulary>;
}

export interface Dataset {
  readonly spec: DataSpec;
  readonly count: number;
  /** `train`, and `validation` and `test` where there are such. */
  readonly splits: Readonly<Record<string, Split>>;
  /** Numbers for the open dimensions of the spec's columns. */
  readonly dims: Readonly<Record<string, number>>;
  /** By the name of the graph's input. */
  readonly columns: ReadonlyMap<string, DatasetColumn>;
  readonly files: readonly DataFile[];
  /** SHA-256 of all that was read, or of reader and arguments where nothing was. */
  readonly fingerprint: string;
  /** Fields draw by row and this seed, the same in every epoch and training. */
  readonly rowSeed?: number;
  /** By their name in the declaration. */
  readonly vocabularies: ReadonlyMap<string, Vocabulary>;
  /** The column's values of the given rows, one example after the other; into `into`, where it is given. `pass` is that
   *  of a training, which moves windows of a stream. */
  read(input: string, rows: ArrayLike<number>, into?: TypedArray, pass?: TrainingPass): TypedArray;
  /** Where an example stands, for errors. */
  place(row: number): string;
}

/** Reads and splits the data; the same seed gives the same splits. Troubles with the data are UserErrors. */
export async function openData(
  spec: DataSpec,
  host: DataHost,
  options: OpenOptions,
): Promise<Dataset> {
  const reader = readers.get(spec.reader);
  if (reader === undefined) {
    throw new UserError(`there is no reader \`${spec.reader}\``, { place: spec.place });
  }
  const args = withDefaults(reader, spec.arguments);
  const parts = spec.split.kind === "given" ? spec.split.parts : {};
  const { place, split } = spec;
  const bpes = await bpesOf(spec, host, options.tokens);
  const table = await reader.open(args, host, { place, parts, split, bpe: bpes.stream });
  const splits = splitRows(spec, table, options);
  const train = splits["train"]?.rows ?? new Int32Array(0);
  const vocabularies = bindVocabularies(spec, table, train, {
    tokens: options.tokens,
    bpes: bpes.columns,
  });
  const { columns, dims } = bindColumns(spec, table, train, vocabularies);
  return {
    spec,
    count: table.count,
    splits,
    dims,
    vocabularies,
    columns,
    files: table.files,
    fingerprint: await fingerprintOf(spec, args, table),
    ...(table.rowSeed === undefined ? {} : { rowSeed: table.rowSeed }),
    read: (input, rows, into, pass) => {
      const column = columns.get(input);
      if (column === undefined) throw new Error(`the data have no column input ${input}`);
      return readStored(column, rows, into, { readPicture: host.readPicture, pass });
    },
    place: (row) => table.place(row),
  };
}

/** The split's rows in the order of an epoch's training. The same seed and epoch give the same order. */
export function epochOrder(split: Split, seed: number, epoch: number): Int32Array {
  const order = permutation(split.count, "shuffle", seed, epoch);
  for (let i = 0; i < order.length; i++) order[i] = split.rows[order[i] ?? 0] ?? 0;
  return order;
}

async function fingerprintOf(spec: DataSpec, args: object, table: Table): Promise<string> {
  const told = table.files.map((file) => file.sha256).join("\n");
  const text = told === "" ? JSON.stringify([spec.reader, args]) : told;
  return sha256(new TextEncoder().encode(text));
}
