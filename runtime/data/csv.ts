// Text tables: records become columns, kept as codes of a dictionary until it is clear whether they hold numbers.

import { parse } from "csv-parse/browser/esm/sync";
import { messageOf, UserError } from "../errors.ts";
import { notANumber, numberColumn, type TableColumn } from "./table.ts";

export interface CsvOptions {
  readonly missing: readonly string[];
  readonly header: boolean;
  readonly separator: string;
  /** Values may stand in double quotes, with separators and line ends in them. */
  readonly quotes: boolean;
  /** Names of the columns where the file has no header; empty for `column_0`, `column_1`, … */
  readonly names: readonly string[];
  /** `number` or `string` by column name, where the contents shall not decide. */
  readonly types: Readonly<Record<string, string>>;
}

/** One column while its file is read: the distinct texts, and each row's index into them. */
export interface RawColumn {
  readonly name: string;
  readonly codes: number[];
  readonly codeOf: Map<string, number>;
}

/** Columns of one or several files with the same header, growing row by row. */
export interface RawTable {
  columns: RawColumn[] | undefined;
  /** Line of the file by row, where it ends. */
  readonly lines: number[];
}

export interface CsvText {
  readonly path: string;
  readonly text: string;
  /** The text is only the beginning of the file: its last record may be cut and is left out. */
  readonly partial: boolean;
}

/** Decodes a file as UTF-8. */
export function decodeText(bytes: Uint8Array, path: string, partial: boolean): string {
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: partial });
  } catch (cause) {
    throw new UserError("the file is no UTF-8 text", {
      place: path,
      help: "save it as UTF-8",
      cause,
    });
  }
}

/** Appends the rows of one file. Rows of another length than the header's are UserErrors with their line. */
export function readCsv(source: CsvText, options: CsvOptions, table: RawTable): void {
  const { path, text, partial } = source;
  let isFirst = true;
  let pending: { record: readonly string[]; line: number } | undefined;
  const accept = (record: readonly string[], line: number): void => {
    if (isFirst) {
      isFirst = false;
      startColumns(record, options, table, path);
      if (options.header) return;
    }
    const columns = table.columns ?? [];
    if (record.length !== columns.length) {
      throw new UserError(
        `${columns.length} values are wanted in a row, there are ${record.length}`,
        {
          place: `${path}, line ${line}`,
          help: options.quotes
            ? "look for a separator inside a value: such values stand in double quotes"
            : "every line has the same number of tabs; `columns` names each column",
        },
      );
    }
    columns.forEach(({ codes, codeOf }, j) => {
      const value = record[j] ?? "";
      const code = codeOf.get(value) ?? codeOf.size;
      codeOf.set(value, code);
      codes.push(code);
    });
    table.lines.push(line);
  };
  try {
    // One kind of line end, or csv-parse counts the others twice inside quotes.
    parse(text.includes("\r") ? text.replace(/\r\n?/g, "\n") : text, {
      bom: true,
      delimiter: options.separator,
      ...(options.quotes ? {} : { quote: null }),
      skip_empty_lines: true,
      relax_column_count: true,
      // Records are taken one by one and not collected: null leaves them out of the result.
      on_record: (record: string[], context: { lines: number }): null => {
        if (pending !== undefined) accept(pending.record, pending.line);
        pending = { record, line: context.lines };
        return null;
      },
    });
  } catch (cause) {
    if (cause instanceof UserError) throw cause;
    if (!partial)
      throw new UserError(`no valid table: ${messageOf(cause)}`, { place: path, cause });
  }
  // One record is held back because the last one of a beginning may be cut.
  if (pending !== undefined && !partial) accept(pending.record, pending.line);
  if (isFirst) throw new UserError("the file is empty", { place: path });
}

function startColumns(
  record: readonly string[],
  options: CsvOptions,
  table: RawTable,
  path: string,
): void {
  if (options.names.length > 0 && options.names.length !== record.length) {
    throw new UserError(
      `${options.names.length} columns are named, the file has ${record.length}`,
      { place: `${path}, line 1`, help: "name every column of the file in `columns`" },
    );
  }
  const names = record.map((text, j) => {
    const name = options.names[j] ?? (options.header ? text.trim() : "");
    return name === "" ? `column_${j}` : name;
  });
  const twice = names.find((name, j) => names.indexOf(name) !== j);
  if (twice !== undefined) {
    throw new UserError(`two columns are called \`${twice}\``, { place: `${path}, line 1` });
  }
  if (table.columns === undefined) {
    table.columns = names.map((name) => ({ name, codes: [], codeOf: new Map() }));
    return;
  }
  const before = table.columns.map(({ name }) => name);
  if (names.join("\n") !== before.join("\n")) {
    throw new UserError(`its columns are ${names.join(", ")}, not ${before.join(", ")}`, {
      place: `${path}, line 1`,
      help: "all parts of the data must have the same columns",
    });
  }
}

const numberPattern = /^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$/;

/** Share of numbers from which on a column is taken for one of numbers with mistakes in it. */
const mostlyNumbers = 0.9;

/** Decides what a column holds: numbers if every value that is there is one, or as `types` says. */
export function typeColumn(
  { name, codes, codeOf }: RawColumn,
  options: CsvOptions,
  place: (row: number) => string,
): TableColumn {
  const texts = [...codeOf.keys()];
  const isMissing = texts.map((text) => options.missing.includes(text));
  const isNumber = texts.map((text) => numberPattern.test(text));
  const forced = Object.hasOwn(options.types, name) ? options.types[name] : undefined;
  let present = 0;
  let numbers = 0;
  let firstText = -1;
  codes.forEach((code, row) => {
    if (isMissing[code]) return;
    present++;
    if (isNumber[code]) numbers++;
    else if (firstText < 0) firstText = row;
  });
  const isText = firstText >= 0;
  if (isText && forced === "number") {
    throw notANumber(name, texts[codes[firstText] ?? 0] ?? "", place(firstText));
  }
  if (forced !== "string" && !isText) {
    const values = texts.map((text, code) => (isMissing[code] ? NaN : Number(text)));
    const data = Float32Array.from(codes, (code) => values[code] ?? NaN);
    return numberColumn(name, "f32", [], data);
  }
  const column = {
    kind: "text",
    name,
    codes: Int32Array.from(codes, (code) => (isMissing[code] ? -1 : code)),
    values: texts,
  } as const;
  if (!isText) return column;
  const text = texts[codes[firstText] ?? 0] ?? "";
  const isMeant = forced === undefined && numbers > mostlyNumbers * present;
  return { ...column, notNumber: { row: firstText, text, isMeant } };
}
