// Text to tokens. Characters are Unicode code points of the text in its composed form (NFC), so that "é" is one token
// however it was typed, and the same in every engine; grapheme clusters differ from one Unicode version to the next.

import { fromByteText, type Bpe } from "./bpe.ts";

/** How text becomes tokens, as written in a data declaration. */
export interface TextRule {
  readonly tokens: TokenKind;
  readonly lower: boolean;
  /** A character class, `[a-z ]`: what does not match becomes a space, if that matches, or falls away. */
  readonly keep?: string;
  /** Of `bpe`: how many ids there are in all, special ones and single bytes among them, or the file of a tokeniser. */
  readonly bpe?: number | string;
}

export type TokenKind = "char" | "word" | "bpe";

/** Those that a text names; `bpe(n)` is a call. */
export const tokenKinds: readonly TokenKind[] = ["char", "word"];

/** For messages. */
export const tokenKindsText = `${tokenKinds.map((kind) => JSON.stringify(kind)).join(", ")} or bpe(n)`;

/** The argument `tokens` of a reader, or the setting of `tokenize`: a kind, or what `bpe(…)` says. */
export function readTokenKind(value: unknown): Pick<TextRule, "tokens" | "bpe"> | undefined {
  const named = tokenKinds.find((kind) => kind === value);
  if (named) return { tokens: named };
  if (typeof value !== "object" || value === null || !("bpe" in value)) return undefined;
  const { bpe } = value;
  return typeof bpe === "number" || typeof bpe === "string" ? { tokens: "bpe", bpe } : undefined;
}

/** Letters, marks and digits, with single apostrophes or hyphens inside. Han and kana have no
 *  spaces between words: each is a token, as is any other sign. */
const wordPattern =
  /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]|(?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}_])+(?:['’-](?:(?![\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}])[\p{L}\p{M}\p{N}_])+)*|\S/gu;

/** The text that is cut into tokens: composed, with one kind of line end, lowered and cleaned as the rule says. */
export function cleanText(text: string, { lower, keep }: TextRule): string {
  let clean = text.replace(/\r\n?/g, "\n").normalize("NFC");
  // Lowering may take a letter apart (İ), so it is composed again.
  if (lower) clean = clean.toLowerCase().normalize("NFC");
  if (keep === undefined) return clean;
  const kept = new RegExp(keep, "u");
  const others = new RegExp(`(?!${keep})[^]`, "gu");
  if (!kept.test(" ")) return clean.replace(others, "");
  return clean.replace(others, " ").replace(/ {2,}/g, " ");
}

/** Tokens of a text in order; `bpe` is that of the rule, where it has one. */
export function tokenize(text: string, rule: TextRule, bpe?: Bpe): string[] {
  const clean = cleanText(text, rule);
  switch (rule.tokens) {
    case "char":
      return Array.from(clean);
    case "word":
      return clean.match(wordPattern) ?? [];
    case "bpe":
      if (!bpe) throw new Error("the tokeniser is not trained yet");
      return bpe.encode(clean);
    default:
      return rule.tokens satisfies never;
  }
}

/** Tokens as text again: words with spaces between them, none before closing punctuation. */
export function joinTokens(tokens: readonly string[], kind: TokenKind): string {
  if (kind === "char") return tokens.join("");
  if (kind === "bpe") return fromByteText(tokens.join(""));
  return tokens.join(" ").replace(/ (?=[.,;:!?%)\]}…»。，！？](?: |$))/gu, "");
}

/** What is wrong with a character class, or undefined. */
export function mistakeInClass(keep: string): string | undefined {
  if (!/^\[(?:\\.|[^\]\\[])+\]$/su.test(keep)) return "it must be one class in brackets";
  try {
    new RegExp(keep, "u");
    return undefined;
  } catch {
    return "it is no valid class";
  }
}
