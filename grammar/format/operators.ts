// Rows of operators. Lines that the author broke before an operator stay broken: in a pipeline they say what belongs
// together. Where a line is too long, it breaks before the last operator that fits.

import { builders, utils } from "prettier/doc";
import type { Expr } from "../ast.ts";
import { infixLevels } from "../operators.ts";
import type { Doc, Row } from "./row.ts";

const { fill, group, hardline, indent, line } = builders;

type Operation = Extract<Expr, { kind: "pipe" | "binary" }>;

function levelOf(expr: Operation): number {
  return infixLevels[expr.kind === "pipe" ? "|>" : expr.operator][0];
}

/** A row of operators that bind equally. */
export function printOperation(row: Row, expr: Operation, print: (expr: Expr) => Doc): Doc {
  const level = levelOf(expr);
  const items: Doc[] = [];
  const gaps: Doc[] = [];
  let current: Doc = "";
  /** Continued lines are indented; what stands on the first line is not. */
  let isContinued = false;

  function read(node: Expr): void {
    const isPart = (node.kind === "pipe" || node.kind === "binary") && levelOf(node) === level;
    if (!isPart || row.wraps(node.span)) {
      current = print(node);
      return;
    }
    read(node.left);
    const breaks = row.isOnNewLine || row.breaksAfterNext;
    const hasComments = row.hasComments;
    const gap = row.gap(breaks ? hardline : line);
    const piece = [row.take(), row.gap(" "), print(node.right)];
    // Next to what takes several lines, a line ends only where the author ended it.
    if (!breaks && !hasComments && (utils.willBreak(current) || utils.willBreak(piece))) {
      current = [current, " ", piece];
      return;
    }
    items.push(isContinued ? indent(current) : current);
    gaps.push(indent(gap));
    isContinued = true;
    current = piece;
  }

  read(expr);
  if (items.length === 0) return current;
  items.push(indent(current));
  const parts = items.flatMap((item, index) =>
    index === 0 ? [item] : [gaps[index - 1] ?? "", item],
  );
  return group(fill(parts));
}
