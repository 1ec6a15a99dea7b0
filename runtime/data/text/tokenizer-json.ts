// `tokenizer.json`, the file of Hugging Face's tokenizers: byte-level byte-pair encodings, as GPT-2 has one.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import { byteTokens, createBpe, type Bpe } from "./bpe.ts";

interface TokenizerFile {
  readonly normalizer?: { readonly type?: string } | null;
  readonly pre_tokenizer?: {
    readonly type?: string;
    readonly add_prefix_space?: boolean;
    readonly use_regex?: boolean;
  } | null;
  readonly model?: {
    readonly type?: string;
    readonly vocab?: Readonly<Record<string, number>>;
    readonly merges?: readonly (string | readonly string[])[];
    readonly continuing_subword_prefix?: string | null;
    readonly end_of_word_suffix?: string | null;
    readonly byte_fallback?: boolean;
    readonly ignore_merges?: boolean;
  };
  readonly added_tokens?: readonly { readonly content?: string }[];
}

/** Reads a tokeniser from a file that the data host finds. */
export async function readTokenizer(name: string, host: DataHost, place: string): Promise<Bpe> {
  const path = host.find(name);
  if (path === undefined) {
    const looked = host.places.map((folder) => `\n  ${folder}`).join("");
    throw new UserError(`there is no tokeniser ${name}`, {
      place,
      help: `put it, by that name, into one of these folders:${looked}`,
    });
  }
  const bytes = await host.read(path);
  let file: unknown;
  try {
    file = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(bytes));
  } catch (cause) {
    throw new UserError("the tokeniser is no JSON", { place: path, cause });
  }
  return parseTokenizer(file, path);
}

/** The encoding that the contents of a `tokenizer.json` describe. What they ask for beyond GPT-2's way is a UserError. */
export function parseTokenizer(contents: unknown, place: string): Bpe {
  const refuse = (what: string): UserError =>
    new UserError(`the tokeniser ${what}`, {
      place,
      help: "what is read are byte-level BPE tokenisers that cut words as GPT-2's does",
    });
  if (typeof contents !== "object" || contents === null) throw refuse("is no object");
  const {
    normalizer,
    pre_tokenizer: before,
    model,
    added_tokens: added,
  } = contents as TokenizerFile;
  if (model?.type !== "BPE") throw refuse(`has a model of type ${String(model?.type)}, not BPE`);
  if (normalizer && normalizer.type !== "NFC")
    throw refuse(`changes the text first (a normalizer of type ${String(normalizer.type)})`);
  if (before?.type !== "ByteLevel" || before.use_regex === false)
    throw refuse(`cuts words in its own way (a pre_tokenizer of type ${String(before?.type)})`);
  if (before.add_prefix_space === true) throw refuse("sets a space before every text");
  if (model.continuing_subword_prefix || model.end_of_word_suffix || model.byte_fallback)
    throw refuse("marks the parts of words, as byte-level ones do not");
  if (model.ignore_merges) throw refuse("takes whole words before it merges");
  const { vocab, merges } = model;
  if (typeof vocab !== "object" || vocab === null || !Array.isArray(merges))
    throw refuse("has no vocabulary or no merges");
  const special = new Set(added?.map(({ content }) => content));
  const tokens = Object.entries(vocab)
    .filter(([token]) => !special.has(token))
    .toSorted(([, a], [, b]) => a - b)
    .map(([token]) => token);
  const known = new Set(tokens);
  const missing = byteTokens.filter((token) => !known.has(token));
  if (missing.length > 0) throw refuse(`lacks ${missing.length} of the 256 bytes`);
  const pairs = merges.map((merge: string | readonly string[]): [string, string] => {
    const [a, b, ...more] = typeof merge === "string" ? merge.split(" ") : merge;
    if (a === undefined || b === undefined || more.length > 0 || !known.has(a + b))
      throw refuse(`has a merge that makes no token: ${JSON.stringify(merge)}`);
    return [a, b];
  });
  return createBpe({ tokens, merges: pairs });
}

/** The contents of a `tokenizer.json` for an encoding: others read it as Hugging Face's library does. */
export function tokenizerJson({ tokens, merges }: Bpe): object {
  const byteLevel = {
    type: "ByteLevel",
    add_prefix_space: false,
    trim_offsets: true,
    use_regex: true,
  };
  return {
    version: "1.0",
    truncation: null,
    padding: null,
    added_tokens: [],
    normalizer: { type: "NFC" },
    pre_tokenizer: byteLevel,
    post_processor: null,
    decoder: byteLevel,
    model: {
      type: "BPE",
      dropout: null,
      unk_token: null,
      continuing_subword_prefix: null,
      end_of_word_suffix: null,
      fuse_unk: false,
      byte_fallback: false,
      ignore_merges: false,
      vocab: Object.fromEntries(tokens.map((token, id) => [token, id])),
      merges,
    },
  };
}
