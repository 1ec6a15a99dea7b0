// A vocabulary: the tokens of the training split and their ids. Ids 0 to 3 are padding, unknown, begin and end.

import { UserError } from "../../errors.ts";
import type { TypedArray } from "../../types.ts";
import { checkTables, toBytes, type Bpe, type BpeTables } from "./bpe.ts";
import { joinTokens, tokenize, type TextRule } from "./tokens.ts";

export const specialIds = { padding: 0, unknown: 1, begin: 2, end: 3 } as const;

/** The first id of a token of the text. */
export const firstId = 4;

/** Shown for an id that stands for no token of the text. */
const specialNames: readonly string[] = ["⟨pad⟩", "⟨unk⟩", "⟨begin⟩", "⟨end⟩"];

/** `vocab(min_count = 2, max_size = 10000)`. */
export interface VocabularyRule {
  /** Rarer tokens are unknown. */
  readonly minCount: number;
  /** Ids in all, the four special ones among them. */
  readonly maxSize?: number;
}

export interface Vocabulary {
  readonly rule: TextRule;
  /** Of a rule that merges bytes. */
  readonly bpe?: Bpe;
  /** By id from `firstId` on: the most frequent first, of equally frequent ones in the order of their code units;
   *  those of bytes in the order in which they were made. */
  readonly tokens: readonly string[];
  /** Ids in all. */
  readonly size: number;
  /** The token's id, or that of unknown ones. */
  idOf(token: string): number;
  /** Ids of a text's tokens, cut as the training's text was, and the tokens that are unknown, each once. */
  encode(text: string): { readonly ids: Int32Array; readonly unknown: readonly string[] };
  /** The text of ids; special ids fall away. */
  decode(ids: ArrayLike<number>): string;
  /** The token of one id as it is shown, special ones in angle brackets. */
  show(id: number): string;
}

/** Tokens by how often they occur. */
export type Counts = Map<string, number>;

export function fitTokens(counts: Counts, { minCount, maxSize }: VocabularyRule): string[] {
  const frequent = [...counts].filter(([, count]) => count >= minCount);
  frequent.sort(([a, m], [b, n]) => n - m || (a < b ? -1 : 1));
  const most = maxSize === undefined ? frequent.length : maxSize - firstId;
  return frequent.slice(0, most).map(([token]) => token);
}

export function createVocabulary(tokens: readonly string[], rule: TextRule, bpe?: Bpe): Vocabulary {
  const ids = new Map(tokens.map((token, i) => [token, firstId + i]));
  const idOf = (token: string): number => ids.get(token) ?? specialIds.unknown;
  return {
    rule,
    ...(bpe ? { bpe } : {}),
    tokens,
    size: firstId + tokens.length,
    idOf,
    encode(text) {
      const found = tokenize(text, rule, bpe);
      return {
        ids: Int32Array.from(found, idOf),
        unknown: [...new Set(found.filter((token) => !ids.has(token)))],
      };
    },
    decode: (given) =>
      joinTokens(
        Array.from(given).flatMap((id) => tokens[id - firstId] ?? []),
        rule.tokens,
      ),
    show(id) {
      const token = tokens[id - firstId];
      if (token === undefined) return specialNames[id] ?? `⟨${id}⟩`;
      return bpe ? shownBytes(token) : token;
    },
  };
}

/** Bytes as the text that they are, or where they are none, as numbers. */
function shownBytes(token: string): string {
  const bytes = toBytes(token);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    const digits = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0"));
    return `⟨${digits.join(" ")}⟩`;
  }
}

/** A vocabulary as a run keeps it: its tokens, or the tables of one that merges bytes. */
export type SavedVocabulary = readonly string[] | BpeTables;

/** The tokens as bytes, for a checkpoint: JSON in UTF-8. */
export function saveTokens({ tokens, bpe }: Vocabulary): Uint8Array {
  const saved: SavedVocabulary = bpe ? { tokens, merges: bpe.merges } : tokens;
  return new TextEncoder().encode(JSON.stringify(saved));
}

export function loadTokens(bytes: TypedArray, name: string): SavedVocabulary {
  const what = `the saved vocabulary \`${name}\``;
  let saved: unknown;
  try {
    saved = JSON.parse(new TextDecoder("utf-8", { fatal: true }).decode(Uint8Array.from(bytes)));
  } catch {
    throw new UserError(`${what} is damaged`);
  }
  if (!Array.isArray(saved)) return checkTables(saved, what);
  if (saved.every((token) => typeof token === "string")) return saved;
  throw new UserError(`${what} is damaged`);
}
