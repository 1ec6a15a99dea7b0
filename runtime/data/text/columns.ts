// Text columns and streams as ids of tokens: vocabularies fitted on the training split, texts cut, framed and padded.

import { UserError } from "../../errors.ts";
import { columnOf, numberError } from "../column-errors.ts";
import type { DataSpec, TokenSource } from "../spec.ts";
import type { DatasetColumn } from "../columns.ts";
import { piecesOf } from "../store.ts";
import type { Table, TableColumn, TextColumn } from "../table.ts";
import { tokenize, type TextRule } from "./tokens.ts";
import {
  createVocabulary,
  fitTokens,
  specialIds,
  type Counts,
  type Vocabulary,
} from "./vocabulary.ts";

/** Every vocabulary of the declaration; those that `saved` holds are taken from there. */
export function bindVocabularies(
  spec: DataSpec,
  table: Table,
  train: Int32Array,
  saved: ReadonlyMap<string, readonly string[]> = new Map(),
): ReadonlyMap<string, Vocabulary> {
  const vocabularies = new Map<string, Vocabulary>();
  for (const [name, rule] of Object.entries(spec.vocabularies ?? {})) {
    const uses = usesOf(spec, name);
    const [first] = uses;
    if (first === undefined) continue; // no field that is read wants it
    const cut = ruleOf(first, columnOf(spec, table, first.name), spec);
    const known = saved.get(name);
    const tokens = known ?? fitTokens(countTokens(spec, table, train, uses), rule);
    if (tokens.length === 0) {
      throw new UserError(`the vocabulary \`${name}\` is empty: the training split has no token`, {
        place: spec.place,
        ...(rule.minCount > 1 ? { help: `or none that occurs ${rule.minCount} times` } : {}),
      });
    }
    vocabularies.set(name, createVocabulary(tokens, cut));
  }
  return vocabularies;
}

/** Columns that use a vocabulary, each column and way of cutting once: a text is not counted twice. */
function usesOf(spec: DataSpec, name: string): TokenSource[] {
  const uses = new Map<string, TokenSource>();
  for (const { source } of spec.columns) {
    if (source.kind !== "tokens" || source.vocabulary !== name) continue;
    uses.set(JSON.stringify([source.name, source.rule]), source);
  }
  return [...uses.values()];
}

function ruleOf(source: TokenSource, column: TableColumn, spec: DataSpec): TextRule {
  if (column.kind === "stream") return column.rule;
  if (column.kind === "numbers") throw numberError(column, spec);
  if (source.rule === undefined) throw new Error(`the column ${source.name} is not cut`);
  return source.rule;
}

function countTokens(
  spec: DataSpec,
  table: Table,
  train: Int32Array,
  uses: readonly TokenSource[],
): Counts {
  const counts: Counts = new Map();
  const add = (token: string, n: number): void => {
    counts.set(token, (counts.get(token) ?? 0) + n);
  };
  for (const source of uses) {
    const column = columnOf(spec, table, source.name);
    const rule = ruleOf(source, column, spec);
    if (column.kind === "stream") {
      const { start, end } = column.train;
      const times = new Int32Array(column.values.length);
      for (const code of column.codes.subarray(start, end)) times[code] = (times[code] ?? 0) + 1;
      for (const [code, n] of times.entries()) if (n > 0) add(column.values[code] ?? "", n);
    } else if (column.kind === "text") {
      const times = new Int32Array(column.values.length);
      for (const row of train) {
        const code = column.codes[row] ?? -1;
        if (code >= 0) times[code] = (times[code] ?? 0) + 1;
      }
      for (const [code, n] of times.entries()) {
        if (n === 0) continue;
        for (const token of tokenize(column.values[code] ?? "", rule)) add(token, n);
      }
    }
  }
  return counts;
}

/** The column as ids of its vocabulary. */
export function bindTokens(
  column: TableColumn,
  source: TokenSource,
  vocabulary: Vocabulary,
  spec: DataSpec,
): DatasetColumn {
  if (column.kind === "numbers") throw numberError(column, spec);
  if (column.kind === "text") return framedTexts(column, source, vocabulary);
  const { values, codes, starts, offsets, window } = column;
  const ids = values.map((token) => vocabulary.idOf(token));
  return {
    dtype: "i32",
    shape: [window],
    store: { kind: "windows", values: codes.map((code) => ids[code] ?? 0), starts, offsets },
  };
}

/** Each text as `length` ids, or as many as the longest has. A text that is missing has no tokens. */
function framedTexts(
  { codes, values }: TextColumn,
  { rule, before, after, length }: TokenSource,
  vocabulary: Vocabulary,
): DatasetColumn {
  if (rule === undefined) throw new Error("the texts are not cut");
  const framed = values.map((text) => {
    const ids = tokenize(text, rule).map((token) => vocabulary.idOf(token));
    return Int32Array.from([...before, ...ids, ...after].slice(0, length));
  });
  const empty = Int32Array.from([...before, ...after].slice(0, length));
  const rows = Array.from(codes, (code) => framed[code] ?? empty);
  const size = length ?? rows.reduce((most, ids) => Math.max(most, ids.length), 1);
  const all = new Int32Array(codes.length * size).fill(specialIds.padding);
  rows.forEach((ids, row) => all.set(ids, row * size));
  return {
    dtype: "i32",
    shape: [size],
    store: { kind: "arrays", pieces: piecesOf(size, [all]) },
    ...(length === undefined ? { lengths: Int32Array.from(rows, (ids) => ids.length) } : {}),
  };
}
