// From what the parser wanted and what it found to a diagnostic that a person can act on.

import { tokenMatcher, type IParserErrorMessageProvider, type IToken } from "chevrotain";
import type { Code, DiagnosticArguments } from "./diagnostic-table.ts";
import type { DiagnosticDetails } from "./diagnostic.ts";
import { insideWordHelp } from "./foreign-words.ts";
import type { TokenRow } from "./recovery.ts";
import type { Span } from "./source.ts";
import { endOf, spanOf } from "./to-ast.ts";
import { Infix, Name, NumberLiteral, reservedWords, StringLiteral, tokenLabel } from "./tokens.ts";

/** What to report. The table of diagnostics checks the arguments where a problem is made. */
export interface Problem<C extends Code = Code> {
  readonly code: C;
  readonly span: Span;
  readonly args: DiagnosticArguments<C>;
  readonly details: DiagnosticDetails;
}

/** Chevrotain asks for messages here; they are only the words for what was expected. */
export const messages: IParserErrorMessageProvider = {
  buildMismatchTokenMessage: ({ expected }) => tokenLabel(expected),
  buildNotAllInputParsedMessage: () => "the end of the file",
  buildNoViableAltMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
  buildEarlyExitMessage: ({ customUserDescription }) => customUserDescription ?? "something else",
};

/** Where a rule of the grammar failed. */
interface Place {
  readonly row: TokenRow;
  /** Index of the token that was found. */
  readonly at: number;
  /** What the rule gave as expected; of a list `an argument…)`: what stands in it and what ends it. */
  readonly expected: string;
  readonly item: string;
  readonly closer: string;
  readonly text: string;
  readonly before: string;
  readonly sameLine: boolean;
}

/** `start` is the index at which the broken item starts. */
export function syntaxProblem(
  row: TokenRow,
  at: number,
  start: number,
  expected: string,
): Problem<"syntax" | "reserved-word" | "needs-parentheses"> {
  const [item = "", closer = ""] = expected.split("…");
  const text = row.text(at);
  const before = row.text(at - 1);
  const place: Place = {
    row,
    at,
    expected,
    item,
    closer,
    text,
    before,
    sameLine: at > 0 && at < row.tokens.length && !row.startsLine(at),
  };
  const span = placeOf(row, at);
  if (/^(a|the) (name|parameter)/.test(expected) && place.sameLine && isReserved(text)) {
    const help = `choose another name, such as \`${text}_\``;
    return { code: "reserved-word", span, args: { word: text }, details: { help } };
  }
  const previous = row.tokens[at - 1];
  if (text === "if" && previous !== undefined && tokenMatcher(previous, Infix)) {
    const help = "write `(if … then … else …)`";
    const what = "`if … then … else …`";
    return { code: "needs-parentheses", span, args: { what }, details: { help } };
  }
  const found = describe(row.tokens[at]);
  const details = { ...stillOpen(place, start), ...advice(place) };
  return { code: "syntax", span, args: { found, expected: wanted(place) }, details };
}

/** The found token; where it stands on a later line, the place before it where something is missing. */
export function placeOf(row: TokenRow, at: number): Span {
  const token = row.tokens[at];
  const previous = row.tokens[at - 1];
  if (token !== undefined && (previous === undefined || !row.startsLine(at))) {
    return spanOf(row.file, token);
  }
  const end = previous === undefined ? 0 : endOf(previous);
  return { file: row.file, start: end, end };
}

export function describe(token: IToken | undefined): string {
  if (token === undefined) return "the end of the file";
  return tokenMatcher(token, StringLiteral) ? "a string" : `\`${token.image}\``;
}

export function isReserved(text: string): boolean {
  return (reservedWords as readonly string[]).includes(text);
}

/** Plain words for what was expected. */
function wanted({ expected, item, closer, before }: Place): string {
  if (closer === "") return expected;
  return before === "," || "([{".includes(before)
    ? `${item} or \`${closer}\``
    : `\`,\` or \`${closer}\``;
}

/** Points at the bracket that lacks its end, where the mistake shows only later. */
function stillOpen(place: Place, start: number): DiagnosticDetails {
  const { row, at, expected, closer, text, sameLine } = place;
  if (closer === "" && expected !== "`}`" && expected !== "`]`") return {};
  if (sameLine && !")]}".includes(text)) return {};
  const open = row.tokens[row.unclosedBracket(start, at)];
  if (open === undefined) return {};
  return {
    notes: [{ message: `this \`${open.image}\` is still open`, span: spanOf(row.file, open) }],
  };
}

/** The first piece of advice that fits. */
function advice(place: Place): DiagnosticDetails {
  for (const rule of rules) {
    const found = rule(place);
    if (found !== undefined) return typeof found === "string" ? { help: found } : found;
  }
  return {};
}

type Rule = (place: Place) => string | DiagnosticDetails | undefined;

/** One mistake each. */
const rules: readonly Rule[] = [
  ({ row, at }) => {
    const [number, name] = [row.tokens[at - 1], row.tokens[at]];
    if (number?.tokenType !== NumberLiteral || name === undefined) return undefined;
    if (!tokenMatcher(name, Name) || endOf(number) !== name.startOffset) return undefined;
    if (number.image === "0" && /^[xbo]/i.test(name.image)) return "numbers are written in decimal";
    const replacement = `${number.image} * ${name.image}`;
    const span = { file: row.file, start: number.startOffset, end: endOf(name) };
    return {
      help: "a product needs `*`",
      fix: { message: `\`${replacement}\``, span, replacement },
    };
  },
  ({ row, at, expected, closer, text, before }) => {
    if (text !== ":") return undefined;
    const named = closer === ")" && row.isName(at - 1) && ["(", ","].includes(row.text(at - 2));
    if (expected !== "`=`" && !named) return undefined;
    return replace(row, at, "=", `a value is given with \`=\`: \`${before} = …\``);
  },
  ({ expected, text, before, row, at }) => {
    if (expected !== "`:`" || !["=", "["].includes(text)) return undefined;
    return `a shape follows the name: \`${row.text(at - 2)} ${before}: [n] = …\``;
  },
  ({ row, at, text, expected }) =>
    text === "==" && expected.includes("`=`")
      ? replace(row, at, "=", "`=` gives a value, `==` compares")
      : undefined,
  ({ row, at, text, expected }) =>
    text === "=" && ["`{`", "`then`"].includes(expected)
      ? replace(row, at, "==", "`=` gives a value, `==` compares")
      : undefined,
  ({ row, at, text, item, expected }) =>
    text === "->" && (/^an (arg|el|expr)/.test(item) || expected.startsWith("an operator"))
      ? replace(row, at, "=>", "a lambda is written `x => …`")
      : undefined,
  ({ row, at, text, expected }) =>
    text === "=>" && expected.includes("`{`")
      ? replace(row, at, "->", "the type of the result follows `->`")
      : undefined,
  ({ text, expected, before, closer }) => {
    const choice = "a choice is written `if c then a else b`";
    if ((text === "else" && expected === "`{`") || text === "?") return choice;
    return text === "if" && closer !== "" && before !== "," ? choice : undefined;
  },
  ({ text, expected }) => {
    if (expected === "`then`" && text === "{") {
      return "a value is chosen with `if c then a else b`; braces belong to the statement";
    }
    if (expected === "`{`" && text === "then") {
      return "a statement has braces: `if c { … }`; a value needs `let` or `return` before it";
    }
    if (expected === "`{`" && (text === "return" || text === "let")) {
      return "a branch stands in braces: `if c { return x }`";
    }
    return expected === "`else`" ? "a value needs both branches: `if c then a else b`" : undefined;
  },
  ({ row, at, before, text, sameLine }) => {
    if (!sameLine) return undefined;
    if (before === "lambda" && row.isName(at)) return insideWordHelp("lambda");
    return row.isName(at) ? insideWordHelp(text) : undefined;
  },
  ({ text, sameLine }) =>
    text === "|" && sameLine ? "`|>` hands a value on, `or` joins conditions" : undefined,
  ({ row, at, text, before }) => {
    if (text === "." && isNumber(row.tokens[at + 1])) return "write a `0` before the point";
    if (before === "." && isNumber(row.tokens[at - 2])) return "write a `0` behind the point";
    return undefined;
  },
  ({ text, item }) =>
    (text === "*" || text === "**") && item === "an argument"
      ? "lists are spread in lists only: `[...xs, x]`"
      : undefined,
  ({ text, expected }) =>
    text === "{" && expected.startsWith("a body")
      ? "braces hold statements, of which the last is `return`, or a record `{ name = value }`"
      : undefined,
  ({ text, closer }) =>
    closer === "}" && (text === "let" || text === "return")
      ? "in a body a name is bound with `let`: `{ let y = x  return y }`"
      : undefined,
  ({ text, expected }) =>
    text === "," && expected.startsWith("an operator")
      ? "leave it out: no separator is needed"
      : undefined,
  ({ before, expected, sameLine, text }) =>
    before === "return" && expected === "an expression" && (!sameLine || text === "}")
      ? "a body always gives a value: `return x`"
      : undefined,
  ({ text, closer }) =>
    text === "=" && closer === ")" ? "only a plain name may stand before `=` here" : undefined,
  ({ row, at, expected }) =>
    expected === "a type" && isNumber(row.tokens[at]) && row.text(at - 1) === "("
      ? "a shape stands in brackets: `[3, 4]`"
      : undefined,
  ({ row, at, closer, before, text, sameLine, item }) => {
    if (closer === "" || !sameLine || before === "," || text === "") return undefined;
    const token = row.tokens[at];
    const startsValue =
      row.isName(at) ||
      isNumber(token) ||
      (token !== undefined && tokenMatcher(token, StringLiteral));
    return startsValue ? `a \`,\` stands before ${item.replace(/^an? /, "the next ")}` : undefined;
  },
];

function isNumber(token: IToken | undefined): boolean {
  return token?.tokenType === NumberLiteral;
}

function replace(row: TokenRow, at: number, text: string, help: string): DiagnosticDetails {
  const token = row.tokens[at];
  if (token === undefined) return { help };
  const span = spanOf(row.file, token);
  return { help, fix: { message: `\`${text}\``, span, replacement: text } };
}
