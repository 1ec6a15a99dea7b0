// How tightly operators bind, and how a flat row of operands and operators becomes a tree. The parser
// reads the row without knowing this table: that keeps its rules few and its recursion shallow.

import type { BinaryOperator, Expr } from "./ast.ts";
import { InternalError } from "./diagnostic.ts";
import { joinSpans, type Span } from "./source.ts";

type Side = "left" | "right" | "none";

/** Infix operators, from the loosest. A unary minus stands between `*` and `**`, `not` above `and`. */
export const infixLevels = {
  "|>": [1, "left"],
  or: [2, "left"],
  and: [3, "left"],
  "==": [5, "none"],
  "!=": [5, "none"],
  "<": [5, "none"],
  "<=": [5, "none"],
  ">": [5, "none"],
  ">=": [5, "none"],
  "+": [6, "left"],
  "-": [6, "left"],
  "*": [7, "left"],
  "/": [7, "left"],
  "%": [7, "left"],
  "@": [7, "left"],
  "**": [9, "right"],
} as const satisfies Record<BinaryOperator | "|>", readonly [number, Side]>;

export const prefixLevels = { not: 4, "-": 8 } as const;

/** Level of the grammar's rule `sum`, which is what a dimension is. */
export const sumLevel = 6;

type InfixOperator = keyof typeof infixLevels;
type PrefixOperator = keyof typeof prefixLevels;

/** A part of the row. The span of an operand covers the parentheses around it, unlike its node's. */
export type Part =
  | { readonly kind: "operand"; readonly expr: Expr; readonly span: Span }
  | { readonly kind: "prefix"; readonly operator: PrefixOperator; readonly span: Span }
  | { readonly kind: "infix"; readonly operator: InfixOperator; readonly span: Span };

/** What can be wrong with a row whose parts alternate as they should. */
export interface OperatorProblem {
  readonly kind: "chained" | "not-inside" | "too-loose" | "too-deep";
  readonly span: Span;
  readonly operator: string;
}

/** How often a right-hand side may open another: `- - - x`, `2 ** 2 ** 2`. */
const recursionLimit = 200;

/** An expression, and the text it takes up together with parentheses around it. */
export interface Located {
  readonly expr: Expr;
  readonly span: Span;
}

/** Builds the tree of a row. Operators looser than `loosest` are a problem, and so are chained comparisons. */
export function resolveOperators(
  parts: readonly Part[],
  problem: (found: OperatorProblem) => void,
  loosest = 1,
): Located {
  let next = 0;
  let chained = false;
  return operation(loosest, 0);

  function operation(level: number, nesting: number): Located {
    if (nesting > recursionLimit) return abandon();
    let left = prefixed(level, nesting);
    for (;;) {
      const part = parts[next];
      if (part?.kind !== "infix") return left;
      const [own, side] = infixLevels[part.operator];
      if (own < level) {
        if (nesting > 0) return left;
        problem({ kind: "too-loose", span: part.span, operator: part.operator });
      }
      next += 1;
      const right = operation(side === "right" ? prefixLevels["-"] : own + 1, nesting + 1);
      left = join(left, part.operator, right);
      const after = parts[next];
      if (side === "none" && after?.kind === "infix" && !chained) {
        if (infixLevels[after.operator][0] === own) {
          problem({ kind: "chained", span: after.span, operator: after.operator });
          chained = true;
        }
      }
    }
  }

  function prefixed(level: number, nesting: number): Located {
    const part = parts[next];
    next += 1;
    if (part?.kind === "operand") return part;
    if (part?.kind !== "prefix")
      throw new InternalError("a row of operators starts with an operand");
    const own = prefixLevels[part.operator];
    if (own < level) problem({ kind: "not-inside", span: part.span, operator: part.operator });
    const operand = operation(own, nesting + 1);
    const span = joinSpans(part.span, operand.span);
    return { expr: { kind: "unary", operator: part.operator, operand: operand.expr, span }, span };
  }

  /** The rest of the row becomes one error node: going on would overflow the stack. */
  function abandon(): Located {
    const first = parts[next] ?? parts[0];
    const last = parts[parts.length - 1];
    if (first === undefined || last === undefined) throw new InternalError("an empty row");
    const span = joinSpans(first.span, last.span);
    problem({ kind: "too-deep", span: first.span, operator: "" });
    next = parts.length;
    return { expr: { kind: "error", span }, span };
  }
}

function join(left: Located, operator: InfixOperator, right: Located): Located {
  const span = joinSpans(left.span, right.span);
  const both = { left: left.expr, right: right.expr, span };
  const expr: Expr =
    operator === "|>" ? { kind: "pipe", ...both } : { kind: "binary", operator, ...both };
  return { expr, span };
}
