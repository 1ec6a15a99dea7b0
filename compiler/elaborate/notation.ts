// The notation of einsum and rearrange: names of axes, groups in parentheses, `1` and `...`, with the place of each.

import type { Span } from "../../grammar/source.ts";
import { report, step, type Context } from "./context.ts";
import type { StringValue } from "./values.ts";

export interface AxisName {
  readonly kind: "axis";
  readonly name: string;
  readonly span: Span;
}

export type Term =
  | AxisName
  | { readonly kind: "one"; readonly span: Span }
  | { readonly kind: "rest"; readonly span: Span }
  | { readonly kind: "group"; readonly items: readonly AxisName[]; readonly span: Span };

export interface Notation {
  /** One list of terms an operand. */
  readonly left: readonly (readonly Term[])[];
  readonly right: readonly Term[];
  readonly span: Span;
}

interface Token {
  readonly text: string;
  readonly span: Span;
}

/** Reads `a b, c -> d`; undefined after reporting inside the string. */
export function readNotation(
  ctx: Context,
  value: StringValue,
  fallback: Span,
): Notation | undefined {
  step(ctx, fallback, value.value.length);
  const spanOf = spanFinder(value, fallback);
  const problem = (message: string, span: Span): undefined => {
    report(ctx, "bad-notation", span, { problem: message });
    return undefined;
  };
  const tokens: Token[] = [];
  const pattern = /\s+|->|\.\.\.|[(),]|1(?![\p{L}\p{N}_])|[\p{L}_][\p{L}\p{N}_]*/uy;
  for (let at = 0; at < value.value.length;) {
    pattern.lastIndex = at;
    const [text] = pattern.exec(value.value) ?? [];
    if (text === undefined)
      return problem(
        `\`${String.fromCodePoint(value.value.codePointAt(at) ?? 32)}\` has no meaning in this notation`,
        spanOf(at, at + 1),
      );
    if (text.trim() !== "") tokens.push({ text, span: spanOf(at, at + text.length) });
    at += text.length;
  }
  const whole = value.literal ?? fallback;
  const arrow = tokens.findIndex((token) => token.text === "->");
  if (arrow < 0)
    return problem("this notation needs `->` between what comes in and what goes out", whole);
  const second = tokens.slice(arrow + 1).find((token) => token.text === "->" || token.text === ",");
  if (second) return problem(`\`${second.text}\` cannot stand after \`->\``, second.span);

  const left: Term[][] = [];
  let start = 0;
  for (let i = 0; i <= arrow; i++) {
    if (i < arrow && tokens[i]?.text !== ",") continue;
    const terms = readTerms(tokens.slice(start, i), problem);
    if (!terms) return undefined;
    left.push(terms);
    start = i + 1;
  }
  const right = readTerms(tokens.slice(arrow + 1), problem);
  return right && { left, right, span: whole };
}

function readTerms(
  tokens: readonly Token[],
  problem: (message: string, span: Span) => undefined,
): Term[] | undefined {
  const terms: Term[] = [];
  let group: AxisName[] | undefined;
  let opened: Token | undefined;
  for (const token of tokens) {
    const { text, span } = token;
    if (text === "(") {
      if (group) return problem("a group cannot stand inside a group", span);
      group = [];
      opened = token;
    } else if (text === ")") {
      if (!group || !opened) return problem("this `)` closes nothing", span);
      terms.push({ kind: "group", items: group, span: { ...opened.span, end: span.end } });
      group = undefined;
      opened = undefined;
    } else if (text === "..." || text === "1") {
      if (group) return problem(`\`${text}\` cannot stand in a group`, span);
      if (text === "..." && terms.some((term) => term.kind === "rest"))
        return problem("`...` stands here twice", span);
      terms.push(text === "1" ? { kind: "one", span } : { kind: "rest", span });
    } else {
      (group ?? terms).push({ kind: "axis", name: text, span });
    }
  }
  return opened ? problem("this `(` is not closed", opened.span) : terms;
}

/** Places inside the literal, if the string was written as it is (no escapes); else the whole. */
function spanFinder(value: StringValue, fallback: Span): (start: number, end: number) => Span {
  const { literal } = value;
  if (!literal || literal.end - literal.start !== value.value.length + 2)
    return () => literal ?? fallback;
  return (start, end) => ({
    file: literal.file,
    start: literal.start + 1 + start,
    end: literal.start + 1 + end,
  });
}

/** All names of axes, in order. */
export function axisNames(terms: readonly Term[]): AxisName[] {
  return terms.flatMap((term) =>
    term.kind === "axis" ? [term] : term.kind === "group" ? term.items : [],
  );
}
