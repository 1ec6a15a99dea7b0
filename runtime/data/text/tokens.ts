// Text to tokens. Characters are Unicode code points of the text in its composed form (NFC), so that "é" is one token
// however it was typed, and the same in every engine; grapheme clusters differ from one Unicode version to the next.

/** How text becomes tokens, as written in a data declaration. */
export interface TextRule {
  readonly tokens: TokenKind;
  readonly lower: boolean;
  /** A character class, `[a-z ]`: what does not match becomes a space, if that matches, or falls away. */
  readonly keep?: string;
}

export type TokenKind = "char" | "word";

export const tokenKinds: readonly TokenKind[] = ["char", "word"];

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

/** Tokens of a text in order. */
export function tokenize(text: string, rule: TextRule): string[] {
  const clean = cleanText(text, rule);
  return rule.tokens === "char" ? Array.from(clean) : (clean.match(wordPattern) ?? []);
}

/** Tokens as text again: words with spaces between them, none before closing punctuation. */
export function joinTokens(tokens: readonly string[], kind: TokenKind): string {
  if (kind === "char") return tokens.join("");
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
