// What stands where an item of a file, a body or a declaration should start, and is none.

import { tokenMatcher } from "chevrotain";
import { nearestName } from "./diagnostic.ts";
import { isControlWord, startingWordHelp } from "./foreign-words.ts";
import type { Context, TokenRow } from "./recovery.ts";
import { endOf, spanOf } from "./to-ast.ts";
import { describe, isReserved, syntaxProblem, type Problem } from "./syntax-problem.ts";
import { Infix, NumberLiteral, Prefix, StringLiteral } from "./tokens.ts";

interface Words {
  /** What may stand here. */
  readonly items: string;
  /** What may stand behind an item. */
  readonly next: string;
  /** Words that start an item, for misspelt ones. */
  readonly starts: readonly string[];
  /** What to do with an expression that stands alone. */
  readonly alone: string;
}

const setting = "a setting is written `name = value`";

const wordsOf: Readonly<Record<Context, Words>> = {
  file: {
    items: "a declaration",
    next: "a new declaration",
    starts: ["import", "let", "block", "model", "data", "train", "decode"],
    alone: "a value gets a name with `let`",
  },
  body: {
    items: "a statement",
    next: "a new statement",
    starts: ["let", "param", "state", "update", "if", "return"],
    alone: "a result needs `return`, or a name with `let`",
  },
  data: {
    items: "a `field`, a `let` or a setting",
    next: "a new item",
    starts: ["field", "let"],
    alone: `${setting}, a field \`field name: type = value\``,
  },
  train: {
    items: "a setting, a `let` or a `phase`",
    next: "a new setting",
    starts: ["phase", "let"],
    alone: setting,
  },
  phase: { items: "a setting", next: "a new setting", starts: [], alone: setting },
  decode: {
    items: "a setting or a `let`",
    next: "a new setting",
    starts: ["let"],
    alone: setting,
  },
};

/** Where words that start an item belong. */
const homes: ReadonlyMap<string, string> = new Map([
  ["param", "`param` stands in the body of a block"],
  ["state", "`state` stands in the body of a block"],
  ["update", "`update` stands in the body of a block"],
  ["return", "`return` stands in the body of a block"],
  ["field", "`field` stands in the braces of `data`"],
  ["phase", "`phase` stands in the braces of `train`"],
  ["import", "`import` stands outside of all braces"],
  ["block", "a block is declared outside of all braces"],
  ["model", "a model is declared outside of all braces"],
  ["data", "data are declared outside of all braces"],
  ["train", "a training is declared outside of all braces"],
  ["decode", "a decoding is declared outside of all braces"],
  ["if", "a statement `if` stands in the body of a block; a value is `if c then a else b`"],
  ["else", "an `else` follows the `}` of its `if`"],
  ["let", "`let` stands outside of a phase, in the braces of `train`"],
]);

/** `at` is the stray token, `next` the index at which reading goes on. */
export function strayProblem(row: TokenRow, at: number, next: number, context: Context): Problem {
  const text = row.text(at);
  const words = wordsOf[context];
  const token = row.tokens[at];
  const home = homes.get(text);
  // Behind a whole item on its line: the item goes on in a way that it cannot.
  const goesOn = at > 0 && row.text(at - 1) !== "{" && !row.startsLine(at);
  if (token === undefined || (goesOn && (home === undefined || text === "if" || text === "else"))) {
    return syntaxProblem(row, at, at, `an operator or ${words.next}`);
  }
  const span = spanOf(row.file, token);
  const args = { found: describe(token), expected: words.items };
  const syntax = (details: Problem["details"]): Problem => ({
    code: "syntax",
    span,
    args,
    details,
  });

  if (row.isName(at)) {
    const named = nameProblem(row, at, context);
    if (named !== undefined) return named;
    const foreign = foreignWord(row, at);
    if (foreign !== undefined) {
      return { code: "foreign-syntax", span, args: { text }, details: { help: foreign } };
    }
    const meant = row.isName(at + 1) ? nearestName(text, words.starts) : undefined;
    if (meant !== undefined) {
      return syntax({ fix: { message: `\`${meant}\``, span, replacement: meant } });
    }
  }
  if (home !== undefined && (isReserved(text) || !continues(row, at + 1))) {
    return syntax({ help: home });
  }
  if (startsExpression(row, at)) {
    const last = lastOnLine(row, at, next);
    const whole = { ...span, end: endOf(row.tokens[last] ?? token) };
    return { code: "bare-expression", span: whole, args: {}, details: { help: words.alone } };
  }
  return syntax({ help: startHelp(words) });
}

function startHelp({ starts, items }: Words): string {
  const list = starts.map((word) => `\`${word}\``);
  return list.length === 0 ? setting : `${items.replace(/,.*/, "")} starts with ${list.join(", ")}`;
}

/** What starts with a name that is meant as one. */
function nameProblem(row: TokenRow, at: number, context: Context): Problem | undefined {
  const name = row.text(at);
  const following = row.text(at + 1);
  if (wordsOf[context].starts.includes(name) && !row.isName(at + 1)) {
    return syntaxProblem(row, at + 1, at, "a name");
  }
  const declares = context === "file" || context === "body";
  if (following === ":") return colonProblem(row, at, context);
  if (!declares) {
    const misspelt = row.isName(at + 1) && nearestName(name, wordsOf[context].starts) !== undefined;
    const value =
      !misspelt && startsExpression(row, at + 1) && !["(", "[", "-"].includes(following);
    return following === "==" || (value && !homes.has(name) && foreignWord(row, at) === undefined)
      ? syntaxProblem(row, at + 1, at, "`=`")
      : undefined;
  }
  const token = row.tokens[at];
  if (following !== "=" || token === undefined) return undefined;
  const span = spanOf(row.file, token);
  const before = { ...span, end: span.start };
  const fix = { message: `\`let ${name} = …\``, span: before, replacement: "let " };
  const args = { found: describe(token), expected: wordsOf[context].items };
  return { code: "syntax", span, args, details: { help: "a name is bound with `let`", fix } };
}

/** Help for a word of another language, where it stands as that language has it. */
function foreignWord(row: TokenRow, at: number): string | undefined {
  const help = startingWordHelp(row.text(at));
  if (help === undefined) return undefined;
  const following = row.text(at + 1);
  if (following === "(") return isControlWord(row.text(at)) ? help : undefined;
  return following === "{" || !continues(row, at + 1) ? help : undefined;
}

/** Whether a token carries on an expression that the name before it starts. */
function continues(row: TokenRow, at: number): boolean {
  const token = row.tokens[at];
  if (token === undefined) return false;
  return tokenMatcher(token, Infix) || ["(", "[", ".", "=", "=>", ":"].includes(token.image);
}

/** `name: …` where no name with a type can stand. */
function colonProblem(row: TokenRow, at: number, context: Context): Problem {
  const name = row.text(at);
  const problem = syntaxProblem(row, at + 1, at, "`=`");
  if (context === "data") {
    return { ...problem, details: { help: `a field is declared with \`field ${name}: …\`` } };
  }
  if (context !== "body" && context !== "file") return problem;
  const help = `a name with a type is bound with \`let ${name}: … = …\``;
  return { ...problem, details: { help: context === "body" ? `${help}, or \`param\`` : help } };
}

function startsExpression(row: TokenRow, at: number): boolean {
  const token = row.tokens[at];
  if (token === undefined) return false;
  if (row.isName(at) || token.tokenType === NumberLiteral) return true;
  if (tokenMatcher(token, StringLiteral) || tokenMatcher(token, Prefix)) return true;
  return ["(", "[", "true", "false", "none"].includes(token.image);
}

function lastOnLine(row: TokenRow, at: number, next: number): number {
  let last = at;
  while (last + 1 < next && !row.startsLine(last + 1)) last += 1;
  return last;
}
