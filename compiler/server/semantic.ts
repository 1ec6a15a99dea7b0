// Names coloured by what they stand for; everything else is coloured by the grammar alone.

import type { Analysis } from "./analysis.ts";
import { positionOf } from "./positions.ts";

export const tokenTypes = [
  "function",
  "class",
  "variable",
  "parameter",
  "property",
  "type",
] as const;
export const tokenModifiers = ["defaultLibrary", "declaration"] as const;

type TokenType = (typeof tokenTypes)[number];

const byWhat: Readonly<Record<string, TokenType>> = {
  library: "function",
  block: "function",
  argument: "parameter",
  setting: "parameter",
  input: "parameter",
  dimension: "type",
  field: "property",
  output: "property",
  param: "property",
  state: "property",
  data: "class",
  train: "class",
  decode: "class",
};

/** Five numbers a token, as the protocol counts them: lines and columns from the token before. */
export function semanticTokensOf({ names, file }: Analysis): number[] {
  const data: number[] = [];
  let before = { line: 0, character: 0 };
  for (const { span, meaning } of names.occurrences) {
    const position = positionOf(file, span.start);
    const isModel = meaning.declaration?.kind === "block" && meaning.declaration.model;
    const type = isModel ? "class" : (byWhat[meaning.what] ?? "variable");
    const isBound = meaning.span?.file === span.file && meaning.span.start === span.start;
    const modifiers = (meaning.what === "library" ? 1 : 0) | (isBound ? 2 : 0);
    data.push(
      position.line - before.line,
      position.line === before.line ? position.character - before.character : position.character,
      span.end - span.start,
      tokenTypes.indexOf(type),
      modifiers,
    );
    before = position;
  }
  return data;
}
