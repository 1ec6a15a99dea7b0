// Types, dimensions and patterns.

import { builders } from "prettier/doc";
import type { DimExpr, Expr, Pattern, Type } from "../ast.ts";
import { printList } from "./lists.ts";
import type { Doc, Row } from "./row.ts";

const { group, indent, line } = builders;

type PrintExpr = (row: Row, expr: Expr) => Doc;

export function printType(row: Row, type: Type, print: PrintExpr): Doc {
  const core = row.wraps(type.span)
    ? [row.take("("), printType(row, type, print), row.take(")")]
    : printPlainType(row, type, print);
  return row.at("?") ? [core, row.take("?")] : core;
}

function printPlainType(row: Row, type: Type, print: PrintExpr): Doc {
  switch (type.kind) {
    case "tensor":
      return [
        type.element === undefined ? "" : row.take(),
        printList(row, type.shape, (dim) => printDim(row, dim, print), { open: "[", close: "]" }),
      ];
    case "choice": {
      const options: Doc[] = [row.take()];
      while (row.at("|")) options.push([row.gap(line), row.take("|"), row.gap(" "), row.take()]);
      return group(indent(options));
    }
    case "list":
      return [row.take("list"), row.take("["), printType(row, type.of, print), row.take("]")];
    case "tuple":
      return printList(
        row,
        type.items,
        ({ name, type: part }) => [
          name === undefined ? "" : [row.take(), row.take(":"), row.gap(" ")],
          printType(row, part, print),
        ],
        {
          open: "(",
          close: ")",
          onlyComma: type.items[0]?.name === undefined,
        },
      );
    case "named":
    case "error":
      return row.take();
    default:
      return type satisfies never;
  }
}

function printDim(row: Row, dim: DimExpr, print: PrintExpr): Doc {
  if (dim.kind === "dim") return print(row, dim.value);
  return [row.take("..."), dim.name === undefined ? "" : row.take()];
}

export function printPattern(row: Row, pattern: Pattern): Doc {
  if (row.wraps(pattern.span)) {
    return [row.take("("), printPattern(row, pattern), row.take(")")];
  }
  if (pattern.kind === "name") return row.take();
  return printList(row, pattern.items, (item) => printPattern(row, item), {
    open: "(",
    close: ")",
    onlyComma: true,
  });
}
