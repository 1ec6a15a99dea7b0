// Text to tokens. Mistakes known from other languages become the token that was meant, so that one
// mistake gives one diagnostic and the parser goes on as if the right spelling stood there.

import { Lexer, tokenMatcher, type IToken } from "chevrotain";
import type { Reporter } from "./diagnostic.ts";
import { lineAt } from "./lines.ts";
import type { SourceFile, Span } from "./source.ts";
import {
  Assignment,
  Doc,
  lexerTokens,
  meantType,
  mistakeOf,
  NumberLiteral,
  OpenString,
} from "./tokens.ts";

export interface Lexed {
  readonly tokens: IToken[];
  /** Comments and `///` docs in the order of the text. */
  readonly comments: readonly IToken[];
  /** Text of the `///` run before a token, by the offset of that token. */
  readonly docs: ReadonlyMap<number, string>;
  /** Offsets of what was reported already. The parser stays silent about a statement that holds one. */
  readonly faults: readonly number[];
}

let lexer: Lexer | undefined;

/** Splits a text into tokens and reports what is none. */
export function lex(file: SourceFile, reporter: Reporter): Lexed {
  lexer ??= new Lexer([...lexerTokens], {
    positionTracking: "onlyOffset",
    ensureOptimizations: true,
  });
  const { tokens, groups, errors } = lexer.tokenize(file.text);
  const faults: number[] = [];
  const span = (start: number, length: number): Span => ({ file, start, end: start + length });

  for (const error of errors) {
    const text = file.text.slice(error.offset, error.offset + error.length);
    faults.push(error.offset);
    const help = characterHelp(text);
    reporter.report(
      "unexpected-character",
      span(error.offset, error.length),
      { text },
      help === undefined ? {} : { help },
    );
  }

  const kept = tokens.filter((token) => {
    const at = span(token.startOffset, token.image.length);
    const mistake = mistakeOf.get(token.tokenType);
    if (mistake !== undefined) {
      faults.push(token.startOffset);
      const text = firstLine(token.image);
      const fix = mistake.means === undefined || mistake.means === "string" ? "" : mistake.means;
      reporter.report(
        "foreign-syntax",
        at,
        { text },
        fix === ""
          ? { help: mistake.help }
          : { help: mistake.help, fix: { message: `\`${fix}\``, span: at, replacement: fix } },
      );
      const type = mistake.means === undefined ? undefined : meantType(mistake.means);
      if (type === undefined) return false;
      token.tokenType = type;
      token.tokenTypeIdx = type.tokenTypeIdx ?? token.tokenTypeIdx;
    } else if (token.tokenType === OpenString) {
      faults.push(token.startOffset);
      reporter.report("unterminated-string", at, {}, { help: 'write `"` where it ends' });
    } else if (token.tokenType === NumberLiteral && !isExact(token.image)) {
      faults.push(token.startOffset);
      reporter.report("number-out-of-range", at, { text: token.image });
    } else if (tokenMatcher(token, Assignment)) {
      faults.push(token.startOffset);
      reporter.report(
        "foreign-syntax",
        at,
        { text: token.image },
        { help: "no name changes its value: bind the new one with `let`, a state with `update`" },
      );
    }
    return true;
  });

  faults.sort((a, b) => a - b);
  const comments = groups["comments"] ?? [];
  return { tokens: kept, comments, docs: attachDocs(file, kept, comments), faults };
}

/** Value of a number token. */
export function numberValue(image: string): { value: number; integer: boolean } {
  return { value: Number(image.replaceAll("_", "")), integer: !/[.eE]/.test(image) };
}

function isExact(image: string): boolean {
  const { value, integer } = numberValue(image);
  return integer ? Number.isSafeInteger(value) : Number.isFinite(value);
}

function firstLine(text: string): string {
  const line = text.split(/[\r\n]/, 1)[0] ?? "";
  return line.length > 20 ? `${line.slice(0, 20)}…` : line;
}

function characterHelp(text: string): string | undefined {
  if (text.startsWith("\\")) return "leave it out: line breaks carry no meaning";
  if (text.startsWith("'") || text.startsWith("`")) return "a string stands in double quotes";
  if (/^[\u200b-\u200f\u202a-\u202e\u2060-\u2069]/.test(text)) {
    const code = text.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0");
    return `the character U+${code} cannot be seen; delete it`;
  }
  return undefined;
}

/** Joins runs of `///` lines and ties each to the next token. A blank line ends a run. */
function attachDocs(
  file: SourceFile,
  tokens: readonly IToken[],
  comments: readonly IToken[],
): ReadonlyMap<number, string> {
  const docs = new Map<number, string>();
  let next = 0;
  let run: string[] = [];
  let lastLine = -2;
  for (const comment of comments) {
    if (comment.tokenType !== Doc) continue;
    let token = tokens[next];
    while (token !== undefined && token.startOffset < comment.startOffset) {
      next += 1;
      token = tokens[next];
      run = [];
    }
    if (token === undefined) break;
    const line = lineAt(file, comment.startOffset);
    if (line !== lastLine + 1) run = [];
    lastLine = line;
    run.push(comment.image.slice(3).replace(/^ /, "").trimEnd());
    docs.set(token.startOffset, run.join("\n"));
  }
  return docs;
}
