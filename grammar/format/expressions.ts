// Expressions.

import { builders } from "prettier/doc";
import type { Argument, Expr, Slice } from "../ast.ts";
import { printBody } from "./bodies.ts";
import { printList } from "./lists.ts";
import { printOperation } from "./operators.ts";
import type { Doc, Row } from "./row.ts";
import { printPattern } from "./types.ts";

const { group, hardline, indent, line, softline } = builders;

export function printExpr(row: Row, expr: Expr): Doc {
  if (row.wraps(expr.span)) return printParentheses(row, expr);
  switch (expr.kind) {
    case "number":
    case "string":
    case "bool":
    case "none":
    case "name":
    case "error":
      return row.take();
    case "tuple":
      return printList(row, expr.items, (item) => printExpr(row, item), {
        open: "(",
        close: ")",
        onlyComma: true,
        hugs,
      });
    case "list":
      return printList(
        row,
        expr.items,
        ({ spread, value }) => [spread ? row.take("...") : "", printExpr(row, value)],
        {
          open: "[",
          close: "]",
          keepsLines: true,
          packed: expr.items.every(({ spread, value }) => !spread && isNumber(value)),
          hugs: ({ value }) => expr.items.length === 1 && hugs(value),
        },
      );
    case "record":
      return printList(
        row,
        expr.entries,
        ({ value }) => [
          row.take(),
          row.gap(" "),
          row.take("="),
          row.gap(" "),
          printExpr(row, value),
        ],
        { open: "{", close: "}", padded: true, keepsLines: true },
      );
    case "if":
      return printConditional(row, expr, indent);
    case "lambda": {
      const head = [printPattern(row, expr.pattern), row.gap(" "), row.take("=>"), row.gap(" ")];
      const [result] = expr.body.statements;
      if (!expr.body.braces && result?.kind === "return") {
        return [head, printExpr(row, result.value)];
      }
      return [head, group(printBody(row, expr.body))];
    }
    case "pipe":
    case "binary":
      return printOperation(row, expr, (part) => printExpr(row, part));
    case "unary":
      return [
        row.take(),
        row.gap(expr.operator === "not" ? " " : ""),
        printExpr(row, expr.operand),
      ];
    case "call":
      return [printExpr(row, expr.callee), row.gap(""), printArguments(row, expr.arguments)];
    case "index":
      return [
        printExpr(row, expr.target),
        printList(row, expr.slices, (slice) => printSlice(row, slice), { open: "[", close: "]" }),
      ];
    case "member":
      return [printExpr(row, expr.target), row.take("."), row.take()];
    default:
      return expr satisfies never;
  }
}

/** Parentheses that the author wrote stay, doubled ones become one pair. */
function printParentheses(row: Row, expr: Expr): Doc {
  if (row.isDoubled) {
    row.skip();
    const inner = printExpr(row, expr);
    row.skip();
    return inner;
  }
  const open = row.take("(");
  const before = row.gap(softline);
  const inner = printExpr(row, expr);
  const { inner: remarks, outer } = row.closingGap(softline);
  const close = row.take(")");
  const hasComments = before !== softline || outer !== softline;
  if (hugs(expr) && !hasComments) return [open, inner, close];
  return group([open, indent([before, inner, remarks]), outer, close]);
}

/** `continued` is what the lines after the first are in: indented, or not where the first begins a line as they do. */
export function printConditional(
  row: Row,
  expr: Extract<Expr, { kind: "if" }>,
  continued: (doc: Doc) => Doc,
): Doc {
  const parts: Doc[] = [];
  let branch: Expr = expr;
  while (branch.kind === "if" && !row.wraps(branch.span)) {
    const lead: Doc[] = [row.take("if"), row.gap(" "), printExpr(row, branch.condition)];
    const then = [row.gap(" "), row.take("then"), row.gap(" "), printExpr(row, branch.then)];
    const breaks = row.isOnNewLine;
    const gap = row.gap(breaks ? hardline : line);
    const otherwise = [row.take("else"), row.gap(" ")];
    // What stands on the first line is not indented, as in a row of operators.
    parts.push(parts.length === 0 ? [lead, then] : continued([lead, then]));
    parts.push(continued([gap, otherwise]));
    branch = branch.else;
  }
  parts.push(continued(printExpr(row, branch)));
  return group(parts);
}

function printArguments(row: Row, items: readonly Argument[]): Doc {
  return printList(
    row,
    items,
    ({ name, value }) => [
      name === undefined ? "" : [row.take(), row.gap(" "), row.take("="), row.gap(" ")],
      printExpr(row, value),
    ],
    { open: "(", close: ")", hugs: ({ value }) => hugs(value) },
  );
}

function printSlice(row: Row, slice: Slice): Doc {
  if (slice.kind === "rest") return row.take("...");
  if (slice.kind === "at") return printExpr(row, slice.value);
  const parts: Doc[] = [];
  if (slice.from !== undefined) parts.push(printExpr(row, slice.from));
  parts.push(row.take(":"));
  if (slice.to !== undefined) parts.push(printExpr(row, slice.to));
  if (slice.step !== undefined) parts.push(row.take(":"), printExpr(row, slice.step));
  return parts;
}

/** What reads well directly within brackets where it takes several lines. */
function hugs(expr: Expr): boolean {
  return ["list", "record", "tuple", "lambda", "call"].includes(expr.kind);
}

function isNumber(expr: Expr): boolean {
  return expr.kind === "number" || (expr.kind === "unary" && expr.operand.kind === "number");
}
