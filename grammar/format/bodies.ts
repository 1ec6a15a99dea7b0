// Items between braces, each on a line of its own; on one line where the author wrote them so and they fit.

import { builders } from "prettier/doc";
import type { Body, Declaration, Entry, Expr, Field, Param, Phase, Statement } from "../ast.ts";
import { columnsOf } from "../width.ts";
import { printDeclaration } from "./declarations.ts";
import { printExpr } from "./expressions.ts";
import type { Doc, Row } from "./row.ts";
import { printPattern, printType } from "./types.ts";

const { group, hardline, ifBreak, indent, join, line, literalline } = builders;

export type Item = Statement | Declaration | Field | Entry | Phase;

export function printBody(row: Row, body: Body): Doc {
  return printItems(row, body.statements);
}

/** `{` items `}`, without a group of its own: the bodies of an `if` break together. */
export function printItems(row: Row, items: readonly Item[]): Doc {
  const open = row.take("{");
  const isInline = mayStandInline(items) && !row.isOnNewLine && !row.hasComments;
  const body = isInline ? printInline(row, items) : printLines(row, items);
  if (row.hasComments) {
    const remarks = row.remarksBefore();
    return [open, indent([body, remarks]), hardline, row.take("}")];
  }
  return [open, indent(body), items.length === 0 ? "" : isInline ? line : hardline, row.take("}")];
}

/** One item, or settings of which none is a body itself. */
function mayStandInline(items: readonly Item[]): boolean {
  return items.length === 1 || (items.length > 1 && items.every(({ kind }) => kind === "entry"));
}

/** Items one below the other, with the author's blank lines and comments between them. */
export function printLines(row: Row, items: readonly Item[]): Doc {
  const widths = alignment(row, items, true);
  return items.map((item, index) => {
    const isIgnored = row.asksToIgnore;
    const gap = row.itemGap(index === 0);
    if (isIgnored) return [gap, join(literalline, [...row.asWritten(item.span)])];
    return [gap, printItem(row, item, widths[index] ?? 0)];
  });
}

/** Statements in a row stand one blank apart, entries two. */
function printInline(row: Row, items: readonly Item[]): Doc {
  const widths = alignment(row, items, false);
  return items.map((item, index) => {
    const isEntry = item.kind === "entry" || item.kind === "phase";
    const gap = [index > 0 && isEntry ? ifBreak("", " ") : "", line];
    return [row.gap(gap), printItem(row, item, widths[index] ?? 0)];
  });
}

/** For each entry the columns of the longest name in its run: the equals signs of a run stand below each other. Blank
 *  lines end a run where they are kept. */
function alignment(row: Row, items: readonly Item[], keepsBlanks: boolean): readonly number[] {
  const widths = items.map(() => 0);
  let run: number[] = [];
  for (const [index, item] of items.entries()) {
    const before = items[index - 1];
    const isApart =
      keepsBlanks && before !== undefined && row.isBlankBetween(before.span.end, item.span.start);
    if (item.kind !== "entry" || isApart) run = [];
    if (item.kind !== "entry") continue;
    run.push(index);
    const longest = Math.max(columnsOf(item.name.text), widths[run[0] ?? index] ?? 0);
    for (const member of run) widths[member] = longest;
  }
  return widths;
}

function printItem(row: Row, item: Item, width: number): Doc {
  switch (item.kind) {
    case "let":
      return [
        row.take("let"),
        row.gap(" "),
        printPattern(row, item.pattern),
        item.type === undefined
          ? ""
          : [row.take(":"), row.gap(" "), printType(row, item.type, printExpr)],
        printValue(row, item.value),
      ];
    case "param":
    case "state":
    case "field":
      return [
        row.take(item.kind),
        row.gap(" "),
        printTyped(row, item),
        printValue(row, item.kind === "field" ? item.value : item.init),
      ];
    case "update":
      return [row.take("update"), row.gap(" "), row.take(), printValue(row, item.value)];
    case "entry": {
      const missing = width - columnsOf(item.name.text);
      const padding = missing > 0 ? ifBreak(" ".repeat(missing), "") : "";
      return [row.take(), padding, printValue(row, item.value)];
    }
    case "if":
      return group(printBranches(row, item));
    case "return":
      return [row.take("return"), row.gap(" "), printExpr(row, item.value)];
    case "phase":
      return group([
        row.take("phase"),
        row.gap(" "),
        row.take(),
        row.gap(" "),
        printItems(row, item.entries),
      ]);
    default:
      return printDeclaration(row, item);
  }
}

/** ` = value`, or nothing. */
export function printValue(row: Row, value: Expr | undefined): Doc {
  if (value === undefined) return "";
  return [row.gap(" "), row.take("="), row.gap(" "), printExpr(row, value)];
}

/** `name: type`, or the name alone. */
export function printTyped(row: Row, { type }: Pick<Param, "type">): Doc {
  const name = row.take();
  if (type === undefined) return name;
  return [name, row.take(":"), row.gap(" "), printType(row, type, printExpr)];
}

function printBranches(row: Row, item: Extract<Statement, { kind: "if" }>): Doc {
  const head: Doc[] = [row.take("if"), row.gap(" "), printExpr(row, item.condition), row.gap(" ")];
  const then = printBody(row, item.then);
  if (item.else === undefined) return [head, then];
  const otherwise = [row.gap(" "), row.take("else"), row.gap(" ")];
  const [inner] = item.else.statements;
  if (!item.else.braces && inner?.kind === "if") {
    return [head, then, otherwise, printBranches(row, inner)];
  }
  return [head, then, otherwise, printBody(row, item.else)];
}
