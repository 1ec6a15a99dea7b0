// Small steps from tokens to nodes that the parser's rules share.

import type { IToken } from "chevrotain";
import type { Expr, Name, Pattern, Type } from "./ast.ts";
import { normalizeName } from "./names.ts";
import type { Part } from "./operators.ts";
import type { SourceFile, Span } from "./source.ts";

export function spanOf(file: SourceFile, token: IToken): Span {
  return { file, start: token.startOffset, end: endOf(token) };
}

/** The lexer keeps start offsets only. */
export function endOf(token: IToken): number {
  return token.startOffset + token.image.length;
}

export function toName(file: SourceFile, token: IToken): Name {
  return { text: normalizeName(token.image), span: spanOf(file, token) };
}

export function toInfix(file: SourceFile, token: IToken): Part {
  // The token's category says that it is one of the operators; a corrected mistake bears another image.
  const operator = token.tokenType.PATTERN as Extract<Part, { kind: "infix" }>["operator"];
  return { kind: "infix", operator, span: spanOf(file, token) };
}

export function toPrefix(file: SourceFile, token: IToken): Part {
  const operator = token.tokenType.PATTERN as Extract<Part, { kind: "prefix" }>["operator"];
  return { kind: "prefix", operator, span: spanOf(file, token) };
}

/** The pattern that was read as an expression before `=>` came in sight; undefined if it is none. */
export function toPattern(expr: Expr): Pattern | undefined {
  if (expr.kind === "name") {
    return { kind: "name", name: { text: expr.name, span: expr.span }, span: expr.span };
  }
  if (expr.kind !== "tuple") return undefined;
  const items: Pattern[] = [];
  for (const item of expr.items) {
    const pattern = toPattern(item);
    if (pattern === undefined) return undefined;
    items.push(pattern);
  }
  return { kind: "tuple", items, span: expr.span };
}

/** `(a)` is `a`, `(a,)` and `()` are tuples. */
export function toTuple(items: readonly Expr[], comma: boolean, span: Span): Expr {
  const [only] = items;
  return only !== undefined && items.length === 1 && !comma ? only : { kind: "tuple", items, span };
}

/** The same for types, where a part with a name is always part of a tuple. */
export function toTupleType(
  items: Extract<Type, { kind: "tuple" }>["items"],
  comma: boolean,
  span: Span,
): Type {
  const [only] = items;
  if (only !== undefined && items.length === 1 && !comma && only.name === undefined) {
    return only.type;
  }
  return { kind: "tuple", items, optional: false, span };
}

/** The entries of a record that have a value: optional fields are left out, never set to undefined. */
export function defined<T extends object>(
  values: T,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as {
    [K in keyof T]?: Exclude<T[K], undefined>;
  };
}
