// Text columns and streams as ids of tokens: vocabularies fitted on the training split, texts cut, framed and padded.

import { UserError } from "../../errors.ts";
import { columnOf, numberError } from "../column-errors.ts";
import type { DataSpec, TokenSource } from "../spec.ts";
import type { DatasetColumn } from "../columns.ts";
import { piecesOf } from "../store.ts";
import type { Table, TableColumn, TextColumn } from "../table.ts";
import { cutWords, trainBpe, type Bpe } from "./bpe.ts";
import { cleanText, tokenize, type TextRule } from "./tokens.ts";
import {
  createVocabulary,
  firstId,
  fitTokens,
  specialIds,
  type Counts,
  type SavedVocabulary,
  type Vocabulary,
} from "./vocabulary.ts";

/** What is known of vocabularies before the texts are looked at. */
export interface KnownTokens {
  /** By vocabulary, from an earlier run. */
  readonly tokens?: ReadonlyMap<string, SavedVocabulary> | undefined;
  /** Tokenisers by vocabulary that need not be trained. */
  readonly bpes?: ReadonlyMap<string, Bpe>;
}

/** Every vocabulary of the declaration; what is known is taken as it is, the others are fitted on the training split. */
export function bindVocabularies(
  spec: DataSpec,
  table: Table,
  train: Int32Array,
  { tokens: saved, bpes }: KnownTokens = {},
): ReadonlyMap<string, Vocabulary> {
  const vocabularies = new Map<string, Vocabulary>();
  for (const [name, rule] of Object.entries(spec.vocabularies ?? {})) {
    const uses = usesOf(spec, name);
    const [first] = uses;
    if (first === undefined) continue; // no field that is read wants it
    const cut = ruleOf(first, columnOf(spec, table, first.name), spec);
    if (cut.tokens === "bpe") {
      if (rule.minCount > 1 || rule.maxSize !== undefined) throw sizedTwice(name, spec);
      const column = columnOf(spec, table, first.name);
      const bpe =
        (column.kind === "stream" ? column.bpe : bpes?.get(name)) ??
        trainBpe(countTokens(spec, table, train, uses), Number(cut.bpe) - firstId);
      vocabularies.set(name, createVocabulary(bpe.tokens, cut, bpe));
      continue;
    }
    const known = saved?.get(name);
    if (known !== undefined && !Array.isArray(known)) throw otherCut(name, spec);
    const tokens: readonly string[] =
      known ?? fitTokens(countTokens(spec, table, train, uses), rule);
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

function sizedTwice(name: string, spec: DataSpec): UserError {
  return new UserError(`the vocabulary \`${name}\` has its size by \`bpe\``, {
    place: spec.place,
    help: "write `vocab()`: no token of bytes is rare, and none is unknown",
  });
}

function otherCut(name: string, spec: DataSpec): UserError {
  return new UserError(`the run's vocabulary \`${name}\` is one of bytes, the file's is none`, {
    place: spec.place,
    help: "use the file that the run was trained with",
  });
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
        for (const token of countedParts(column.values[code] ?? "", rule)) add(token, n);
      }
    }
  }
  return counts;
}

/** Tokens, or the words that bytes are merged in. */
function countedParts(text: string, rule: TextRule): string[] {
  return rule.tokens === "bpe" ? cutWords(cleanText(text, rule)) : tokenize(text, rule);
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
    const ids = tokenize(text, rule, vocabulary.bpe).map((token) => vocabulary.idOf(token));
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
