// How deep a tree is. Brackets are limited while parsing, but a row such as `a + b + c + …` makes a deep
// tree without any; later stages walk trees by recursion and must never overflow.

import type { Declaration } from "./ast.ts";
import type { Span } from "./source.ts";

/** A chain of five hundred blocks is longer than any published network writes down. */
export const depthLimit = 500;

/** The place where a declaration goes too deep, if it does. */
export function tooDeep(declaration: Declaration): Span | undefined {
  // By hand, since the recursion that this check saves others would overflow here.
  const waiting: { readonly value: object; readonly depth: number; readonly span: Span }[] = [
    { value: declaration, depth: 1, span: declaration.span },
  ];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (next.depth > depthLimit) return next.span;
    const span = spanOf(next.value) ?? next.span;
    for (const [name, value] of Object.entries(next.value) as [string, unknown][]) {
      if (typeof value !== "object" || value === null || name === "span") continue;
      // A list is no level of its own.
      const depth = Array.isArray(next.value) ? next.depth : next.depth + 1;
      waiting.push({ value, depth, span });
    }
  }
  return undefined;
}

function spanOf(value: object): Span | undefined {
  return "span" in value ? (value.span as Span) : undefined;
}
