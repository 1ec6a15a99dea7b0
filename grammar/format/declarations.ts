// Declarations of a file.

import { builders, printer, utils } from "prettier/doc";
import type { Block, Declaration, Import, Param } from "../ast.ts";
import { printBody, printItems, printLines, printTyped, printValue } from "./bodies.ts";
import { printConditional, printExpr } from "./expressions.ts";
import { printList } from "./lists.ts";
import type { Doc, Row } from "./row.ts";
import { lineWidth } from "./style.ts";
import { printType } from "./types.ts";

const { breakParent, group, hardline, indent, line } = builders;

/** A whole file. */
export function printFile(row: Row, declarations: readonly Declaration[]): Doc {
  const body = printLines(row, declarations);
  const remarks = row.remarksBefore();
  const isEmpty = declarations.length === 0 && !utils.willBreak(remarks);
  return [body, remarks, isEmpty ? "" : hardline];
}

export function printDeclaration(row: Row, item: Exclude<Declaration, { kind: "let" }>): Doc {
  switch (item.kind) {
    case "import":
      return printImport(row, item);
    case "block":
      return printBlock(row, item);
    case "data": {
      const head = [row.take("data"), row.gap(" "), row.take(), printValue(row, item.reader)];
      return row.at("{") ? group([head, row.gap(" "), printItems(row, item.items)]) : head;
    }
    case "train":
      return group([
        row.take("train"),
        row.gap(" "),
        item.name === undefined ? "" : [row.take(), row.gap(" "), row.take("="), row.gap(" ")],
        printExpr(row, item.model),
        row.gap(" "),
        row.take("on"),
        row.gap(" "),
        printExpr(row, item.data),
        row.gap(" "),
        printItems(row, item.items),
      ]);
    case "decode":
      return group([
        row.take("decode"),
        row.gap(" "),
        row.take(),
        printValue(row, item.training),
        row.gap(" "),
        printItems(row, item.items),
      ]);
    default:
      return item satisfies never;
  }
}

function printImport(row: Row, item: Import): Doc {
  return [
    row.take("import"),
    row.gap(" "),
    printList(
      row,
      item.names,
      () => [
        row.take(),
        row.at("as") && !row.at("as", "}") && !row.at("as", ",")
          ? [row.gap(" "), row.take("as"), row.gap(" "), row.take()]
          : "",
      ],
      { open: "{", close: "}", padded: true },
    ),
    row.gap(" "),
    row.take("from"),
    row.gap(" "),
    row.take(),
  ];
}

/**
 * The signature stands on one line if it fits, else the inputs begin a line of their own. Only a list too long for a
 * line has a line for each parameter.
 */
function printBlock(row: Row, item: Block): Doc {
  const lead = [row.take(), row.gap(" "), row.take()];
  let isParted = false;
  const lists = item.lists.map((list, index) => {
    isParted ||= index > 0 && row.hasComments;
    return [row.gap(""), printParams(row, list)];
  });
  const result: Doc =
    item.result === undefined
      ? ""
      : [row.gap(line), row.take("->"), row.gap(" "), printType(row, item.result, printExpr)];
  const opener = row.at("{") ? " {" : " =";
  // A comment between the lists has ended the line.
  const head = isParted
    ? [lead, lists[0] ?? "", indent([lists[1] ?? "", group(result)])]
    : printHead(lead, lists, result, opener);
  return [head, printBlockBody(row, item)];
}

function printHead(lead: Doc, lists: readonly Doc[], result: Doc, opener: string): Doc {
  const [first = "", second = ""] = lists;
  const fits = (...docs: Doc[]): boolean => columns(docs) <= lineWidth;
  if (fits(lead, first, second, result, opener)) return [lead, first, second, group(result)];
  if (!fits(lead, first)) return [lead, first, group([second, indent(result)])];
  // `result` begins with a gap that may break, so a line of its own comes by the group around it.
  if (lists.length < 2) return group([lead, first, indent(result)]);
  if (fits("  ", second, result, opener))
    return [lead, first, indent([hardline, second, group(result)])];
  if (fits(lead, first, second) && fits("  ", result, opener))
    return group([lead, first, second, indent([breakParent, result])]);
  return [lead, first, indent([hardline, group([second, result])])];
}

function printBlockBody(row: Row, { body }: Block): Doc {
  if (body.braces) return group([row.gap(" "), printBody(row, body)]);
  const equals = [row.gap(" "), row.take("=")];
  const [statement] = body.statements;
  if (statement?.kind !== "return") return equals;
  const { value } = statement;
  if (["lambda", "record", "list"].includes(value.kind) && !row.isOnNewLine) {
    return [equals, row.gap(" "), printExpr(row, value)];
  }
  const gap = row.gap(row.isOnNewLine ? hardline : line);
  const isConditional = value.kind === "if" && !row.wraps(value.span);
  const result = isConditional ? printConditional(row, value, (doc) => doc) : printExpr(row, value);
  return [equals, group(indent([gap, result]))];
}

function printParams(row: Row, list: readonly Param[]): Doc {
  return printList(row, list, (param) => [printTyped(row, param), printValue(row, param.default)], {
    open: "(",
    close: ")",
  });
}

/** Columns on a single line; endless where there must be several. */
function columns(doc: Doc): number {
  if (utils.willBreak(doc)) return Infinity;
  return printer.printDocToString(group(doc), { printWidth: 1e6, tabWidth: 2 }).formatted.length;
}
