// What a user writes as a prompt, as the model takes it: tokens that go on, or the text that other inputs are made of.

import { bindTokens } from "../../runtime/data/text/columns.ts";
import type { Column, TokenSource } from "../../runtime/data/spec.ts";
import { cleanText } from "../../runtime/data/text/tokens.ts";
import type { Vocabulary } from "../../runtime/data/text/vocabulary.ts";
import { UserError } from "../../runtime/errors.ts";
import type { TypedArray } from "../../runtime/types.ts";
import type { DataUnit, DecodeUnit } from "../elaborate/unit.ts";
import { inputName, topological } from "../ir/graph.ts";
import type { OpenedData } from "./data.ts";

/** A prompt as ids and inputs of the model. */
export interface Prompt {
  /** Of the growing input: a begin token, where the data set one, and the prompt's own where it is what goes on. */
  readonly ids: readonly number[];
  /** The model's other inputs. */
  readonly fields: Readonly<Record<string, TypedArray>>;
  /** Tokens that the vocabulary lacks, each once. */
  readonly unknown: readonly string[];
  /** Characters that the data do not keep, each once. */
  readonly dropped: readonly string[];
  /** Tokens of the prompt, and how many of them the model can take in at once. */
  readonly tokens: number;
  readonly room: number;
}

/** How prompts of a declaration are read. */
export interface PromptReader {
  /** `prefix`: the model goes on from it. `source`: it is the text of another column, which the model reads. */
  readonly kind: "prefix" | "source";
  /** The column of a source. */
  readonly column?: string;
  /** Ids that every text begins with. */
  readonly start: readonly number[];
  /** Fields that hold the ids of a source as they are, with their vocabularies. */
  readonly shows: readonly { readonly field: string; readonly vocabulary: Vocabulary }[];
  read(text: string): Prompt;
}

type TokenColumn = Column & { readonly source: TokenSource };

/** Reads prompts for a decode declaration; what cannot be prompted with text is a UserError. */
export function promptReader(
  decode: DecodeUnit,
  data: DataUnit,
  opened: OpenedData,
  window: number,
): PromptReader {
  const start = startOf(decode, data);
  if (decode.inputs.length === 0) return prefixReader(decode, opened, { start, window });
  return sourceReader(decode, data, opened, start);
}

/** Ids that every text begins with. */
export function startOf(decode: DecodeUnit, data: DataUnit): readonly number[] {
  const grown = columnsOf(data, [decode.grows]).filter(isTokens);
  return grown.find(({ source }) => source.vocabulary === decode.vocabulary)?.source.before ?? [];
}

/** The column of text that a decoding's other inputs are made of; what cannot be written as a prompt is a UserError. */
export function sourceColumns(decode: DecodeUnit, data: DataUnit): readonly TokenColumn[] {
  const names = decode.inputs.map((input) => input.name);
  const columns = columnsOf(data, names);
  const texts = columns.filter(isTokens).filter(({ source }) => source.rule !== undefined);
  const [first] = texts;
  const isOne = texts.every(({ source }) => source.name === first?.source.name);
  if (!first || !isOne || texts.length < columns.length) {
    const list = names.map((name) => `\`${name}\``).join(", ");
    throw new UserError(`a prompt cannot give ${list} of ${data.name}`, {
      place: data.spec.place,
      help: "only inputs that are made of one column of text can be written as a prompt",
    });
  }
  if (startOf(decode, data).length === 0) {
    throw new UserError(
      `\`${decode.grows}\` begins with no token of its own, so nothing can go on from it`,
      {
        place: data.spec.place,
        help: "let the field begin with one: `… |> begin |> end |> pad(…)`",
      },
    );
  }
  return texts;
}

function prefixReader(
  decode: DecodeUnit,
  opened: OpenedData,
  { start, window }: { readonly start: readonly number[]; readonly window: number },
): PromptReader {
  const vocabulary = vocabularyOf(opened, decode.vocabulary);
  return {
    kind: "prefix",
    start,
    shows: [],
    read(text) {
      const { ids, unknown } = vocabulary.encode(text);
      if (ids.length + start.length === 0) throw emptyPrompt(text, vocabulary);
      const room = window - start.length;
      const dropped = droppedOf(text, vocabulary);
      return { ids: [...start, ...ids], fields: {}, unknown, dropped, tokens: ids.length, room };
    },
  };
}

function sourceReader(
  decode: DecodeUnit,
  data: DataUnit,
  opened: OpenedData,
  start: readonly number[],
): PromptReader {
  const names = decode.inputs.map((input) => input.name);
  const texts = sourceColumns(decode, data);
  const [first] = texts;
  return {
    kind: "source",
    ...(first ? { column: first.source.name } : {}),
    start,
    shows: opened.fields.flatMap(({ name, column }) => {
      const text = names.includes(name) && texts.find(({ input }) => input === column);
      return text
        ? [{ field: name, vocabulary: vocabularyOf(opened, text.source.vocabulary) }]
        : [];
    }),
    read(text) {
      const given: Record<string, TypedArray> = {};
      const unknown = new Set<string>();
      const dropped = new Set<string>();
      let tokens = 0;
      let room = Infinity;
      for (const { input, source } of texts) {
        const vocabulary = vocabularyOf(opened, source.vocabulary);
        const encoded = vocabulary.encode(text);
        if (encoded.ids.length === 0) throw emptyPrompt(text, vocabulary);
        for (const token of encoded.unknown) unknown.add(token);
        for (const sign of droppedOf(text, vocabulary)) dropped.add(sign);
        tokens = Math.max(tokens, encoded.ids.length);
        const framed = source.before.length + source.after.length;
        // Where the length is open, a prompt may be as long as the longest example.
        const length = source.length ?? opened.dataset.columns.get(input)?.shape[0] ?? 1;
        room = Math.min(room, length - framed);
        given[input] = framedText(text, { ...source, length }, vocabulary, opened);
      }
      const values = opened.fieldsOf(given);
      const own = opened.fields.filter((field) => names.includes(field.name));
      const fields = own.map(({ name, column }): [string, TypedArray] => [
        name,
        (column === undefined ? values[name] : given[column])?.slice() ?? new Int32Array(0),
      ]);
      return {
        ids: start,
        fields: Object.fromEntries(fields),
        unknown: [...unknown],
        dropped: [...dropped],
        tokens,
        room,
      };
    },
  };
}

export function vocabularyOf({ dataset }: OpenedData, name: string): Vocabulary {
  const found = dataset.vocabularies.get(name);
  if (!found) throw new Error(`the data have no vocabulary ${name}`);
  return found;
}

/** The text as the column's ids, framed and padded as the data declaration does it. */
function framedText(
  text: string,
  source: TokenSource,
  vocabulary: Vocabulary,
  { dataset }: OpenedData,
): TypedArray {
  const { name } = source;
  const column = { kind: "text", name, codes: Int32Array.of(0), values: [text] } as const;
  const { store } = bindTokens(column, source, vocabulary, dataset.spec);
  const piece = store.kind === "arrays" ? store.pieces[0] : undefined;
  if (!piece) throw new Error(`the column ${source.name} has no values`);
  return piece.values;
}

function emptyPrompt(text: string, { rule }: Vocabulary): UserError {
  if (text === "" || cleanText(text, { tokens: "char", lower: false }).trim() === "")
    return new UserError("the prompt is empty", { help: 'give it a beginning: --prompt "…"' });
  const keep = rule.keep === undefined ? "" : `: the data keep ${rule.keep} alone`;
  return new UserError(`nothing is left of the prompt ${JSON.stringify(text)}${keep}`);
}

/** Characters of a text that its rule does not keep. */
export function droppedOf(text: string, { rule: { keep, ...rule } }: Vocabulary): string[] {
  if (keep === undefined) return [];
  const kept = new RegExp(keep, "u");
  return [...new Set(cleanText(text, rule))].filter((sign) => !kept.test(sign));
}

/** The columns that these fields are made of in evaluation. */
function columnsOf(data: DataUnit, fields: readonly string[]): Column[] {
  const nodes = data.evaluation.outputs.filter((o) => fields.includes(o.name)).map((o) => o.node);
  const inputs = topological(nodes).filter(
    (node) => node.op === "input" && node.attrs["role"] === "field",
  );
  return inputs.flatMap((node) => {
    const found = data.spec.columns.find((column) => column.input === inputName(node));
    return found ? [found] : [];
  });
}

function isTokens(column: Column): column is TokenColumn {
  return column.source.kind === "tokens";
}
