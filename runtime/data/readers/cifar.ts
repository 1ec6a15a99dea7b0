// `cifar(name)`: CIFAR-10 or CIFAR-100 in the binary layout of its authors (A. Krizhevsky, "Learning Multiple Layers of
// Features from Tiny Images", 2009, https://www.cs.toronto.edu/~kriz/cifar.html): a record is a byte for the class (two
// in CIFAR-100, the coarse one first), then 1,024 red, 1,024 green and 1,024 blue values, row by row.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { sha256 } from "../bytes.ts";
import type { ReaderInfo } from "../spec.ts";
import { shareArray, type Store } from "../store.ts";
import type { DataFile, NumberColumn, Part, Table } from "../table.ts";
import {
  missingFile,
  textArgument,
  type Arguments,
  type OpenContext,
  type Reader,
} from "./reader.ts";

export const cifar: Reader = {
  name: "cifar",
  parameters: [{ name: "name", type: "string" }],
  info: describe,
  open,
};

const imageShape = [3, 32, 32] as const;
const pixels = 3 * 32 * 32;

/** How the files of a set are called, and what a record's first bytes mean. */
interface Layout {
  readonly train: RegExp;
  readonly test: RegExp;
  /** Columns by the place of their byte, with the file that names the classes. */
  readonly labels: readonly { readonly column: string; readonly names: string }[];
}

const cifar10: Layout = {
  train: /^data_batch.*\.bin$/,
  test: /^test_batch.*\.bin$/,
  labels: [{ column: "label", names: "batches.meta.txt" }],
};

const cifar100: Layout = {
  train: /^train.*\.bin$/,
  test: /^test.*\.bin$/,
  labels: [
    { column: "coarse", names: "coarse_label_names.txt" },
    { column: "label", names: "fine_label_names.txt" },
  ],
};

/** The files that are there, of the layout that they follow. */
interface Found {
  readonly layout: Layout;
  readonly train: readonly string[];
  readonly test: readonly string[];
}

function find(host: DataHost, name: string): Found | undefined {
  const files = host.list(name);
  for (const layout of [cifar10, cifar100]) {
    const matching = (pattern: RegExp): string[] =>
      (files ?? []).filter((file) => pattern.test(file)).map((file) => `${trimmed(name)}/${file}`);
    const train = matching(layout.train);
    if (train.length > 0) return { layout, train, test: matching(layout.test) };
  }
  return undefined;
}

function trimmed(name: string): string {
  return name.replace(/\/+$/, "");
}

function describe(args: Arguments, host: DataHost): ReaderInfo {
  const found = find(host, textArgument(args, "name"));
  const layout = found?.layout ?? cifar10;
  const labels = layout.labels.map(({ column }) => ({
    name: column,
    type: "i32" as const,
    shape: [],
  }));
  return {
    columns: [{ name: "image", type: "u8", shape: imageShape }, ...labels],
    complete: found !== undefined,
  };
}

async function open(args: Arguments, host: DataHost, context: OpenContext): Promise<Table> {
  const name = textArgument(args, "name");
  const found = find(host, name);
  if (found === undefined) {
    throw missingFile(
      `${trimmed(name)}/data_batch_1.bin`,
      host,
      context.place,
      "\nthe files are published, packed, at\n" +
        "  https://www.cs.toronto.edu/~kriz/cifar-10-binary.tar.gz (170052171 bytes)\n" +
        "  https://www.cs.toronto.edu/~kriz/cifar-100-binary.tar.gz",
    );
  }
  const { layout } = found;
  const record = layout.labels.length + pixels;
  const files: (DataFile & { readonly values: Uint8Array; readonly start: number })[] = [];
  const parts: Part[] = [];
  let count = 0;
  for (const [part, names] of [
    ["train", found.train],
    ["test", found.test],
  ] as const) {
    const start = count;
    for (const each of names) {
      const path = host.find(each);
      if (path === undefined) throw missingFile(each, host, context.place);
      const bytes = await host.read(path);
      checkLength(bytes.length, record, path);
      const file = { path, bytes: bytes.length, sha256: await sha256(bytes) };
      files.push({ ...file, values: shareArray(bytes), start: count });
      count += bytes.length / record;
    }
    if (count > start) parts.push({ name: part, start, end: count });
  }
  /** What every record has from `offset` on. */
  const store = (offset: number): Store => ({
    kind: "arrays",
    pieces: files.map(({ values }) => ({
      values,
      rows: values.length / record,
      stride: record,
      offset,
    })),
  });
  const columns = new Map<string, NumberColumn>();
  columns.set("image", {
    kind: "numbers",
    name: "image",
    dtype: "u8",
    shape: imageShape,
    store: store(layout.labels.length),
  });
  for (const [byte, { column, names }] of layout.labels.entries()) {
    const labels = await classNames(host, `${trimmed(name)}/${names}`);
    columns.set(column, {
      kind: "numbers",
      name: column,
      dtype: "i32",
      shape: [],
      ...(labels ? { labels } : {}),
      store: store(byte),
    });
  }
  return {
    count,
    parts,
    columns,
    files: files.map(({ path, bytes, sha256 }) => ({ path, bytes, sha256 })),
    place: (row) => {
      const file = files.findLast(({ start }) => row >= start);
      return file === undefined ? `example ${row}` : `${file.path}, example ${row - file.start}`;
    },
  };
}

function checkLength(bytes: number, record: number, path: string): void {
  if (bytes > 0 && bytes % record === 0) return;
  throw new UserError(
    bytes === 0
      ? "the file is empty"
      : `its ${bytes} bytes are no whole number of records of ${record} bytes: it is cut off, or no CIFAR file`,
    { place: path, help: "unpack the published archive again" },
  );
}

/** One name a line, in the order of the classes; undefined where the set comes without. */
async function classNames(host: DataHost, file: string): Promise<readonly string[] | undefined> {
  const path = host.find(file);
  if (path === undefined) return undefined;
  const text = new TextDecoder().decode(await host.read(path));
  const names = text.split(/\r?\n/).map((line) => line.trim());
  const kept = names.filter((line) => line !== "");
  return kept.length === 0 ? undefined : kept;
}
