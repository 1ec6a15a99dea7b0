// From what the parser wanted and what it found to a diagnostic that a person can act on.

import {
  EOF,
  tokenMatcher,
  type IParserErrorMessageProvider,
  type IToken,
  type TokenType,
} from "chevrotain";
import type { Code, DiagnosticArguments } from "./diagnostic-table.ts";
import type { DiagnosticDetails } from "./diagnostic.ts";
import type { TokenRow } from "./recovery.ts";
import type { Span } from "./source.ts";
import { endOf, spanOf } from "./to-ast.ts";
import { Name, NumberLiteral, StringLiteral } from "./tokens.ts";

export interface Problem<C extends Code = Code> {
  readonly code: C;
  readonly span: Span;
  readonly args: DiagnosticArguments<C>;
  readonly details: DiagnosticDetails;
}

/** Chevrotain asks for messages here; they are only the words for what was expected. */
export const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => describeType(expected),
  buildNotAllInputParsedMessage: () => "the end of the file",
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
};

export function syntaxProblem(
  row: TokenRow,
  at: number,
  _start: number,
  expected: string,
): Problem<"syntax"> {
  const token = row.tokens[at];
  const previous = row.tokens[at - 1];
  const found = token === undefined ? "the end of the file" : describeToken(token);
  const here =
    token !== undefined && (previous === undefined || !row.startsLine(at))
      ? spanOf(row.file, token)
      : after(row, previous);
  return { code: "syntax", span: here, args: { found, expected }, details: {} };
}

function after(row: TokenRow, previous: IToken | undefined): Span {
  const end = previous === undefined ? 0 : endOf(previous);
  return { file: row.file, start: end, end };
}

export function describeToken(token: IToken): string {
  if (token.tokenType === EOF) return "the end of the file";
  if (tokenMatcher(token, StringLiteral)) return "a string";
  return `\`${token.image}\``;
}

function describeType(type: TokenType): string {
  if (type === Name) return "a name";
  if (type === StringLiteral) return "a string";
  if (type === NumberLiteral) return "a number";
  return `\`${typeof type.PATTERN === "string" ? type.PATTERN : type.name}\``;
}
