// Readers of text tables: one file, or a folder of such with `given(train = "a.csv", …)`. They differ in their separator,
// in quotes and in where the columns' names come from.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { sha256 } from "../bytes.ts";
import { decodeText, readCsv, typeColumn, type CsvOptions, type RawTable } from "../csv.ts";
import type { ReaderInfo, ReaderParameter } from "../spec.ts";
import type { DataFile, Part, Table } from "../table.ts";
import {
  missingFile,
  textArgument,
  type Arguments,
  type OpenContext,
  type Reader,
} from "./reader.ts";

/** How a reader reads a file, out of its arguments. */
type Layout = Pick<CsvOptions, "separator" | "quotes" | "header" | "names">;

export function textTable({
  name,
  parameters,
  options: layout,
}: {
  readonly name: string;
  /** Besides `path`; `missing` and `types` among them. */
  readonly parameters: readonly ReaderParameter[];
  readonly options: (args: Arguments) => Layout;
}): Reader {
  return {
    name,
    parameters: [{ name: "path", type: "string" }, ...parameters],
    info: (args, host) => describe(args, host, optionsOf(args, layout(args))),
    open: (args, host, context) => open(args, host, context, optionsOf(args, layout(args))),
  };
}

/** As much of a file as is looked at to tell its columns. */
const prefixBytes = 2 ** 18;

function optionsOf(args: Arguments, layout: Layout): CsvOptions {
  const { missing, types } = args;
  const wanted = typeof types === "object" && types !== null && !Array.isArray(types) ? types : {};
  const typed = Object.entries(wanted).map(([name, type]) => {
    if (type !== "number" && type !== "string") {
      throw new UserError(`\`types\` gives ${name} neither "number" nor "string"`);
    }
    return [name, type] as const;
  });
  return {
    missing: Array.isArray(missing) ? missing.filter((text) => typeof text === "string") : [],
    ...layout,
    types: Object.fromEntries(typed),
  };
}

function describe(args: Arguments, host: DataHost, options: CsvOptions): ReaderInfo | undefined {
  const path = host.find(textArgument(args, "path"));
  if (path === undefined) return undefined;
  const bytes = host.readPrefix(path, prefixBytes);
  const partial = bytes.length === prefixBytes;
  const table: RawTable = { columns: undefined, lines: [] };
  readCsv({ path, text: decodeText(bytes, path, partial), partial }, options, table);
  const columns = (table.columns ?? []).map((raw) => {
    const column = typeColumn(raw, options, (row) => `${path}, line ${table.lines[row] ?? 0}`);
    const isText = column.kind === "text" && column.notNumber?.isMeant !== true;
    return { name: raw.name, type: isText ? ("string" as const) : ("f32" as const), shape: [] };
  });
  return { columns, complete: true, ...(partial ? {} : { examples: table.lines.length }) };
}

async function open(
  args: Arguments,
  host: DataHost,
  context: OpenContext,
  options: CsvOptions,
): Promise<Table> {
  const name = textArgument(args, "path");
  const partNames = [...new Set(Object.values(context.parts))];
  const table: RawTable = { columns: undefined, lines: [] };
  const parts: (Part & { readonly path: string })[] = [];
  const files: DataFile[] = [];
  for (const part of partNames.length > 0 ? partNames : ["all"]) {
    const wanted = partNames.length > 0 ? `${name.replace(/\/$/, "")}/${part}` : name;
    const path = host.find(wanted);
    if (path === undefined) throw missingFile(wanted, host, context.place);
    const bytes = await host.read(path);
    files.push({ path, bytes: bytes.length, sha256: await sha256(bytes) });
    const start = table.lines.length;
    readCsv({ path, text: decodeText(bytes, path, false), partial: false }, options, table);
    parts.push({ name: part, start, end: table.lines.length, path });
    if (start === table.lines.length) {
      throw new UserError("the file holds no rows", { place: path });
    }
  }
  const place = (row: number): string => {
    const part = parts.find(({ start, end }) => row >= start && row < end);
    return `${part?.path ?? name}, line ${table.lines[row] ?? 0}`;
  };
  const raw = table.columns ?? [];
  const unknown = Object.keys(options.types).find((type) => !raw.some((c) => c.name === type));
  if (unknown !== undefined) {
    throw new UserError(`\`types\` names ${unknown}, which is no column`, { place: context.place });
  }
  const columns = raw.map((column) => [column.name, typeColumn(column, options, place)] as const);
  return { count: table.lines.length, parts, columns: new Map(columns), files, place };
}
