// Values of string tokens.

import type { IToken } from "chevrotain";
import type { Reporter } from "./diagnostic.ts";
import type { SourceFile } from "./source.ts";

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["t", "\t"],
  ['"', '"'],
  ["\\", "\\"],
]);

/** The value of a string token. What is no escape is reported and stands for itself. */
export function stringValue(file: SourceFile, token: IToken, reporter: Reporter): string {
  const { image } = token;
  const quoted = /["'”]$/.test(image) && image.length > 1;
  const inner = image.slice(1, quoted ? -1 : undefined);
  if (!inner.includes("\\")) return inner;
  return inner.replace(
    /\\(?:u\{([0-9a-fA-F]{1,6})\}|u\{[^"}]*\}?|[^]|$)/g,
    (text: string, hex: string | undefined, at: number) => {
      if (hex !== undefined && isCharacter(Number.parseInt(hex, 16))) {
        return String.fromCodePoint(Number.parseInt(hex, 16));
      }
      const known = escapes.get(text.slice(1));
      if (known !== undefined) return known;
      // A lone backslash ends an open string, which is reported already. Quotes of other languages may be escaped.
      if (text === "\\" || text === "\\'") return text.slice(1);
      const start = token.startOffset + 1 + at;
      reporter.report(
        "bad-escape",
        { file, start, end: start + text.length },
        { text },
        {
          help: text.startsWith("\\u")
            ? "a character by its number is written `\\u{1F600}`"
            : "a backslash itself is written `\\\\`",
        },
      );
      return text;
    },
  );
}

/** Writes a string as the language reads it. */
export function quoteString(value: string): string {
  const body = value.replace(/[\\"\p{Cc}\u2028\u2029]/gu, (character) => {
    if (character === "\n") return "\\n";
    if (character === "\t") return "\\t";
    if (character === '"' || character === "\\") return `\\${character}`;
    return `\\u{${character.charCodeAt(0).toString(16).toUpperCase()}}`;
  });
  return `"${body}"`;
}

function isCharacter(code: number): boolean {
  return code <= 0x10ffff && !(code >= 0xd800 && code <= 0xdfff);
}
