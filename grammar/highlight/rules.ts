// How a text is coloured without being parsed: one list of patterns, each with the scopes of what it matches. TextMate
// grammars are made of it (VS Code and many others), and the playground's editor runs it as it is. It comes from the
// table of tokens, so that one more word or operator is coloured everywhere.
//
// Patterns hold in JavaScript (flag `u`) and in Oniguruma, and none looks beyond its line.

import { namePartSource, nameSource } from "../names.ts";
import {
  assignments,
  contextualWords,
  Doc,
  elementTypes,
  mistakes,
  NumberLiteral,
  reservedWords,
  settingTypes,
  symbolTexts,
} from "../tokens.ts";

/** A scope by TextMate's naming, without the language at its end. */
export type Scope = string;

export interface HighlightRule {
  readonly pattern: string;
  /** One scope for the match, or one for each group; the groups make up the match. */
  readonly scopes: Scope | readonly (Scope | null)[];
  /** What is told apart within the match. */
  readonly inside?: readonly HighlightRule[];
}

const wordEnd = `(?!${namePartSource})`;
const oneOf = (words: readonly string[]): string => `(?:${words.join("|")})${wordEnd}`;
/** A name that is no reserved word. */
const name = `(?!${oneOf(reservedWords)})${nameSource}`;
const types = oneOf([...new Set([...settingTypes, ...elementTypes])]);

type ReservedWord = (typeof reservedWords)[number];

/** Every reserved word has one; a test holds this to the token table. */
const reservedScopes: readonly (readonly [Scope, readonly ReservedWord[]])[] = [
  ["keyword.declaration", ["let"]],
  ["keyword.control", ["return", "if", "then", "else"]],
  ["keyword.operator.word", ["and", "or", "not"]],
  ["constant.language", ["true", "false", "none"]],
  ["storage.type", ["list"]],
];

type ContextualWord = (typeof contextualWords)[number];

/** What a word that starts a declaration gives a name to. */
const declared: Readonly<Partial<Record<ContextualWord, Scope>>> = {
  block: "entity.name.function",
  model: "entity.name.type",
  data: "entity.name.type",
  decode: "entity.name.type",
  phase: "entity.name.type",
  field: "variable.other.member",
  param: "variable.other.member",
  state: "variable.other.member",
  update: "variable.other.member",
};

/** What must follow the other words, else they are names. */
const followed: Readonly<Partial<Record<ContextualWord, string>>> = {
  import: String.raw`(?=\s*\{)`,
  from: String.raw`(?=\s*")`,
  // In `train run = train on digits` the second one is a name.
  train: String.raw`(?=\s+(?!on\s)${name})`,
};

const symbolScopes: Readonly<Partial<Record<keyof typeof symbolTexts, Scope>>> = {
  LeftParen: "punctuation.section.parens.begin",
  RightParen: "punctuation.section.parens.end",
  LeftBracket: "punctuation.section.brackets.begin",
  RightBracket: "punctuation.section.brackets.end",
  LeftBrace: "punctuation.section.braces.begin",
  RightBrace: "punctuation.section.braces.end",
  Comma: "punctuation.separator",
  Colon: "punctuation.separator",
  Dot: "punctuation.accessor",
  Pipe: "keyword.operator.arrow",
  Arrow: "keyword.operator.arrow",
  FatArrow: "keyword.operator.arrow",
  Equals: "keyword.operator.assignment",
};

const contextual = contextualWords.filter((word) => declared[word] === undefined);

export const highlightRules: readonly HighlightRule[] = [
  { pattern: sourceOf(Doc.PATTERN), scopes: "comment.line.documentation" },
  { pattern: "//.*", scopes: "comment.line.double-slash" },
  ...mistakes.flatMap(({ pattern }) =>
    typeof pattern === "string"
      ? []
      : [{ pattern: sourceOf(pattern), scopes: "invalid.illegal" as const }],
  ),
  {
    pattern: String.raw`"(?:[^"\\]|\\.)*"?`,
    scopes: "string.quoted.double",
    inside: [
      {
        pattern: String.raw`\\(?:[nt"\\]|u\{[0-9A-Fa-f]+\})`,
        scopes: "constant.character.escape",
      },
      { pattern: String.raw`\\.`, scopes: "invalid.illegal" },
    ],
  },
  { pattern: sourceOf(NumberLiteral.PATTERN), scopes: "constant.numeric" },

  // A name behind a dot is never a word.
  {
    pattern: String.raw`(\.)(${nameSource})(?=\s*\()`,
    scopes: ["punctuation.accessor", "entity.name.function"],
  },
  {
    pattern: String.raw`(\.)(${nameSource})`,
    scopes: ["punctuation.accessor", "variable.other.property"],
  },

  ...Object.entries(declared).map(([word, scope]) => ({
    pattern: String.raw`(${word})(\s+)(${name})`,
    scopes: ["keyword.declaration", null, scope],
  })),
  {
    pattern: String.raw`(train)(\s+)(${name})(?=\s*=)`,
    scopes: ["keyword.declaration", null, "entity.name.type"],
  },
  {
    pattern: String.raw`(let)(\s+)(${name})`,
    scopes: ["keyword.declaration", null, "variable.other.constant"],
  },
  ...contextual.map((word) => ({
    pattern: word + wordEnd + (followed[word] ?? String.raw`(?=\s+${name})`),
    scopes: "keyword.declaration",
  })),
  ...reservedScopes.map(([scope, words]) => ({ pattern: oneOf(words), scopes: scope })),

  // A parameter's type, before a default value, too; elsewhere these words may be names of one's own.
  {
    pattern: String.raw`(:)(\s+)(${types})`,
    scopes: ["punctuation.separator", null, "support.type"],
  },
  { pattern: String.raw`${types}(?!\s*[(=:.])`, scopes: "support.type" },
  { pattern: String.raw`${nameSource}(?=\s*\()`, scopes: "entity.name.function" },
  { pattern: String.raw`${nameSource}(?=\s*(?:=(?![=>])|:\s))`, scopes: "variable.parameter" },
  { pattern: nameSource, scopes: "variable.other" },

  ...[
    ...Object.entries(symbolTexts).map(([key, text]) => ({
      text,
      scope: symbolScopes[key as keyof typeof symbolTexts] ?? "keyword.operator",
    })),
    ...[...assignments, ...mistakes.map(({ pattern }) => pattern)].flatMap((text) =>
      typeof text === "string" ? [{ text, scope: "invalid.illegal" }] : [],
    ),
  ]
    // Where one starts another, the longer is tried first, as in the lexer.
    .sort((a, b) => b.text.length - a.text.length)
    .map(({ text, scope }) => ({ pattern: literal(text), scopes: scope })),
];

/** A token's pattern, within one line. */
function sourceOf(pattern: unknown): string {
  if (!(pattern instanceof RegExp)) throw new TypeError("this token has no pattern of its own");
  // Oniguruma has no `[^]`; a slash needs no escape outside of a literal.
  return pattern.source.replaceAll("[^]", ".").replaceAll(String.raw`\/`, "/");
}

/** A pattern of exactly this text. */
function literal(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`).replaceAll(String.raw`\/`, "/");
}
