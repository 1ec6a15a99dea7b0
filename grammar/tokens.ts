// The one table of tokens. It feeds the lexer, the `--emit tokens` printer, highlighting and completion.

import { createToken, Lexer, type TokenType } from "chevrotain";
import { matchName, nameStartHints } from "./names.ts";

/** The twelve words that can never be a name. */
// prettier-ignore
export const reservedWords = [
  "let", "return", "if", "then", "else", "and", "or", "not", "true", "false", "none", "list",
] as const;

/** Words with a meaning in one place each; everywhere else they are names like any other. */
// prettier-ignore
export const contextualWords = [
  "import", "from", "as", "block", "model", "data", "field", "train", "on", "phase", "decode",
  "param", "state", "update",
] as const;

/** Names of types. They are names like any other; only a type gives them this meaning. */
export const settingTypes = ["int", "float", "bool", "string", "dtype", "block"] as const;
export const elementTypes = ["f32", "f16", "i32", "u8", "bool"] as const;

/** Operators, brackets and separators, by the name of their token. */
export const symbolTexts = {
  LeftParen: "(",
  RightParen: ")",
  LeftBracket: "[",
  RightBracket: "]",
  LeftBrace: "{",
  RightBrace: "}",
  Comma: ",",
  Colon: ":",
  Dot: ".",
  Rest: "...",
  Equals: "=",
  Pipe: "|>",
  Bar: "|",
  Arrow: "->",
  FatArrow: "=>",
  Question: "?",
  EqualTo: "==",
  NotEqual: "!=",
  Less: "<",
  LessEqual: "<=",
  Greater: ">",
  GreaterEqual: ">=",
  Plus: "+",
  Minus: "-",
  Star: "*",
  Slash: "/",
  Percent: "%",
  At: "@",
  Power: "**",
} as const;

type SymbolName = keyof typeof symbolTexts;

/** Symbols that stand between two operands. `and` and `or` do so too. */
// prettier-ignore
const infixSymbols = new Set<string>([
  "|>", "==", "!=", "<", "<=", ">", ">=", "+", "-", "*", "/", "%", "@", "**",
]);

/** What people bring along from other languages: reported with the spelling that is meant here. */
export interface Mistake {
  readonly pattern: string | RegExp;
  /** Spelling of the token to go on with; `"string"` for a string; without it the text is left out. */
  readonly means?: string;
  readonly help: string;
}

// prettier-ignore
export const mistakes: readonly Mistake[] = [
  { pattern: "&&", means: "and", help: "write `and`" },
  { pattern: "||", means: "or", help: "write `or`" },
  { pattern: "!==", means: "!=", help: "write `!=`" },
  { pattern: "!", means: "not", help: "write `not`" },
  { pattern: "===", means: "==", help: "write `==`" },
  { pattern: ":=", means: "=", help: "write `=`" },
  { pattern: "^", means: "**", help: "a power is written `**`" },
  { pattern: "≤", means: "<=", help: "write `<=`" },
  { pattern: "≥", means: ">=", help: "write `>=`" },
  { pattern: "≠", means: "!=", help: "write `!=`" },
  { pattern: "×", means: "*", help: "write `*`" },
  { pattern: "−", means: "-", help: "write the ASCII minus `-`" },
  { pattern: "→", means: "->", help: "write `->`" },
  { pattern: "⇒", means: "=>", help: "write `=>`" },
  { pattern: ";", help: "leave it out: statements need no separator" },
  { pattern: /#[^\r\n]*/, help: "a comment starts with `//`" },
  { pattern: /\/\*[^]*?\*\//, help: "a comment starts with `//` and ends with the line" },
  { pattern: /'(?:[^'\\\r\n]|\\.)*'/, means: "string", help: "a string stands in double quotes" },
  { pattern: /“[^”\r\n]*”/, means: "string", help: "a string stands in straight double quotes" },
];

/** Operators that would change a value in place. Nothing is changed in place, so they end a statement. */
export const assignments = ["+=", "-=", "*=", "/=", "%=", "@=", "**=", "++"] as const;

// ---- token types

/** Every word that may stand where a name is wanted. */
export const Name: TokenType = createToken({
  name: "Name",
  pattern: { exec: matchName },
  line_breaks: false,
  start_chars_hint: nameStartHints,
});

export const Infix = createToken({ name: "Infix", pattern: Lexer.NA });
export const Prefix = createToken({ name: "Prefix", pattern: Lexer.NA });

export const NumberLiteral = createToken({
  name: "Number",
  pattern: /\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?/,
});
export const StringLiteral = createToken({ name: "String", pattern: /"(?:[^"\\\r\n]|\\.)*"/ });
/** A string that the line ends before its closing quote. */
export const OpenString = createToken({
  name: "OpenString",
  pattern: /"(?:[^"\\\r\n]|\\.)*\\?/,
  categories: StringLiteral,
});
export const Assignment = createToken({ name: "Assignment", pattern: Lexer.NA });

/** Also a byte order mark, and the blanks of other scripts that paste in unseen. */
const Blank = createToken({
  name: "Blank",
  pattern: /[ \t\r\n\f\v\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000\ufeff]+/,
  line_breaks: true,
  group: Lexer.SKIPPED,
});
export const Doc = createToken({ name: "Doc", pattern: /\/\/\/(?!\/)[^\r\n]*/, group: "comments" });
export const Comment = createToken({ name: "Comment", pattern: /\/\/[^\r\n]*/, group: "comments" });

export const word: Record<
  (typeof reservedWords)[number] | (typeof contextualWords)[number],
  TokenType
> = {
  ...words(reservedWords, (text) => {
    if (text === "not") return [Prefix];
    return text === "and" || text === "or" ? [Infix] : [];
  }),
  ...words(contextualWords, () => [Name]),
};

export const symbol = Object.fromEntries(
  Object.entries(symbolTexts).map(([name, text]) => {
    const categories: TokenType[] = [];
    if (infixSymbols.has(text)) categories.push(Infix);
    if (text === "-") categories.push(Prefix);
    return [name, createToken({ name, pattern: text, label: text, categories })];
  }),
) as Record<SymbolName, TokenType>;

/** Token types of the mistakes, with what is to be said about each. */
export const mistakeOf: ReadonlyMap<TokenType, Mistake> = new Map(
  mistakes.map((mistake, index) => [
    createToken({ name: `Mistake${index}`, pattern: mistake.pattern, line_breaks: false }),
    mistake,
  ]),
);

const assignmentTypes = assignments.map((text) =>
  createToken({ name: `Assignment${text}`, pattern: text, categories: Assignment }),
);

/** In the order in which the lexer tries them: where one text starts another, the longer stands first. */
export const lexerTokens: readonly TokenType[] = [
  Blank,
  Doc,
  Comment,
  ...[...mistakeOf.keys()].filter((type) => type.PATTERN instanceof RegExp),
  StringLiteral,
  OpenString,
  NumberLiteral,
  ...Object.values(word),
  ...[
    ...[...mistakeOf.keys()].filter((type) => typeof type.PATTERN === "string"),
    ...assignmentTypes,
    ...Object.values(symbol),
  ].sort((a, b) => spelling(b).length - spelling(a).length),
  Name,
  Infix,
  Prefix,
  Assignment,
];

/** The token type that a spelling in the table of mistakes stands for. */
export function meantType(text: string): TokenType | undefined {
  if (text === "string") return StringLiteral;
  return [...Object.values(word), ...Object.values(symbol)].find((type) => spelling(type) === text);
}

function words<W extends string>(
  list: readonly W[],
  categories: (text: W) => TokenType[],
): Record<W, TokenType> {
  return Object.fromEntries(
    list.map((text) => [
      text,
      createToken({
        name: capitalized(text),
        pattern: text,
        longer_alt: Name,
        categories: categories(text),
      }),
    ]),
  ) as Record<W, TokenType>;
}

/** How a token type with one spelling is spelt; empty for the others. */
export function spelling(type: TokenType): string {
  return typeof type.PATTERN === "string" ? type.PATTERN : "";
}

/** A token type in plain words. */
export function tokenLabel(type: TokenType): string {
  if (type === Name) return "a name";
  if (type === StringLiteral) return "a string";
  return type === NumberLiteral ? "a number" : `\`${spelling(type)}\``;
}

/** Chevrotain wants tokens and rules to differ in name, and there is a rule `let`. */
function capitalized(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
