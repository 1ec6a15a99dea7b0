// Values, types and shapes as a person reads them in a message.

import type { DimExpr, Expr, Type } from "../../grammar/ast.ts";
import { formatDim, type Dim } from "../ir/dim.ts";
import type { TensorType } from "../ir/graph.ts";
import { callableName, type Value } from "./values.ts";

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}

export function formatType(type: TensorType): string {
  return `${type.dtype}${formatShape(type.shape)}`;
}

/** "a list", "the block `dense`", "f32[batch, 10]". */
export function describeValue(value: Value): string {
  switch (value.kind) {
    case "int":
      return `the int ${formatDim(value.value)}`;
    case "float":
      return `the float ${value.value}`;
    case "bool":
      return `${value.value}`;
    case "string":
      return `the string ${JSON.stringify(shorten(value.value))}`;
    case "none":
      return "none";
    case "hole":
      return "`_`";
    case "tuple":
      return `a tuple of ${value.items.length}`;
    case "list":
      return `a list of ${value.items.length}`;
    case "record":
      return "a record";
    case "dtype":
      return `the element type ${value.dtype}`;
    case "tensor":
      return formatType(value.node.type);
    case "layer":
      return `the layer \`${callableName(value)}\``;
    case "lambda":
      return "a lambda";
    case "composition":
      return "a composition of blocks";
    case "block":
    case "intrinsic":
      return `the block \`${callableName(value)}\``;
    case "constant":
      return "a number as a block";
    case "text-columns":
      return "text columns";
    case "bpe":
      return "a tokeniser";
    case "tokens":
      return "tokens";
    case "token-ids":
      return "ids of tokens, of no fixed length";
    case "entry":
      return `\`${value.tag}(…)\``;
    case "data":
      return `the data \`${value.name}\``;
    case "training":
      return `the training \`${value.name}\``;
    case "fitted":
      return `\`${value.path}\``;
    case "error":
      return "an error";
    default:
      return value satisfies never;
  }
}

function shorten(text: string): string {
  return text.length > 40 ? `${text.slice(0, 39)}…` : text;
}

/** The source text of an expression or type, on one line. */
export function sourceText(node: Expr | DimExpr | Type): string {
  return node.span.file.text.slice(node.span.start, node.span.end).replace(/\s+/g, " ");
}

/** "`dropout` has `p`, `x`". */
export function parametersHelp(block: string, names: readonly string[]): string {
  const list = names.map((name) => `\`${name}\``).join(", ");
  return `\`${block}\` has ${list === "" ? "no parameters" : list}`;
}

/** `1 setting`, `2 settings and 1 input`. */
export function counted(count: number, noun: string): string {
  return `${count === 0 ? "no" : count} ${noun}${count === 1 ? "" : "s"}`;
}
