// Runs the rules of highlighting over a line. It knows nothing of the token table, so that a page can carry the rules as
// plain data.

import type { HighlightRule, Scope } from "./rules.ts";

/** A piece of a line; a scope of null for blanks and what no rule knows. */
export interface ScopedPiece {
  readonly start: number;
  readonly end: number;
  readonly scope: Scope | null;
}

export type LineScanner = (line: string, from?: number) => ScopedPiece[];

/** Makes a scanner: it cuts a line, from an offset on, into pieces that follow each other without a gap. */
export function lineScanner(rules: readonly HighlightRule[]): LineScanner {
  const compiled = rules.map(({ pattern, scopes, inside }) => ({
    pattern: new RegExp(pattern, "uyd"),
    scopes,
    inside: inside && lineScanner(inside),
  }));
  return (line, from = 0) => {
    const pieces: ScopedPiece[] = [];
    const add = (start: number, end: number, scope: Scope | null): void => {
      const last = pieces.at(-1);
      if (last?.scope === null && scope === null) pieces.splice(-1, 1, { ...last, end });
      else if (end > start) pieces.push({ start, end, scope });
    };
    let at = from;
    while (at < line.length) {
      const found = matchAt(line, at);
      if (found === undefined) {
        // A character beyond the first plane counts two.
        const end = at + ((line.codePointAt(at) ?? 0) > 0xffff ? 2 : 1);
        add(at, end, null);
        at = end;
        continue;
      }
      const { rule, match } = found;
      const end = at + match[0].length;
      if (typeof rule.scopes !== "string") {
        rule.scopes.forEach((scope, i) => {
          const range = match.indices?.[i + 1];
          if (range) add(range[0], range[1], scope);
        });
      } else if (rule.inside) {
        for (const piece of rule.inside(line.slice(0, end), at)) {
          add(piece.start, piece.end, piece.scope ?? rule.scopes);
        }
      } else add(at, end, rule.scopes);
      at = end;
    }
    return pieces;
  };

  function matchAt(line: string, at: number) {
    for (const rule of compiled) {
      rule.pattern.lastIndex = at;
      const match = rule.pattern.exec(line);
      if (match && match[0] !== "") return { rule, match };
    }
    return undefined;
  }
}
