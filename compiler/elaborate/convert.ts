// Settings to their declared types, with the silent conversions of the language: int to float, one value to a tuple or
// list of it, a number to the block that always returns it.

import type { Type } from "../../grammar/ast.ts";
import { nearestName } from "../../grammar/diagnostic.ts";
import type { Span } from "../../grammar/source.ts";
import { isOpen } from "../ir/dim.ts";
import { report, type Context } from "./context.ts";
import { force } from "./force.ts";
import { describeValue, sourceText } from "./text.ts";
import { errorValue, float, isCallable, isNumber, list, tuple, type Value } from "./values.ts";

/** The value as the type wants it; an error value after reporting. */
export function convert(ctx: Context, given: Value, type: Type, what: string, span: Span): Value {
  const value =
    type.kind === "named" && type.name.text === "block" ? given : force(ctx, given, span);
  if (value.kind === "error" || type.kind === "error") return errorValue;
  if (type.optional && value.kind === "none") return value;
  const converted = fit(ctx, value, type, what, span);
  if (converted) return converted;
  const help =
    value.kind === "tensor"
      ? { help: "settings are known while compiling; a tensor is an input" }
      : {};
  return report(
    ctx,
    "wrong-kind",
    span,
    { what, wanted: describeType(type), found: describeValue(value) },
    help,
  );
}

function fit(ctx: Context, value: Value, type: Type, what: string, span: Span): Value | undefined {
  switch (type.kind) {
    case "named":
      return fitNamed(value, type.name.text);
    case "choice": {
      if (value.kind !== "string") return undefined;
      if (type.options.some((option) => option.text === value.value)) return value;
      const near = nearestName(
        value.value,
        type.options.map((option) => option.text),
      );
      return report(
        ctx,
        "wrong-kind",
        span,
        { what, wanted: describeType(type), found: describeValue(value) },
        near === undefined ? {} : { help: `is ${JSON.stringify(near)} meant?` },
      );
    }
    case "list": {
      const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
      if (value.kind === "fitted") return value;
      const single = value.kind !== "list" && value.kind !== "tuple";
      if (single && !fitsOne(value, type.of)) return undefined;
      const parts = items.map((item, i) =>
        convert(ctx, item, type.of, single ? what : `element ${i} of ${what}`, span),
      );
      return parts.some((part) => part.kind === "error") ? errorValue : list(parts);
    }
    case "tuple": {
      const parts = type.items;
      const items = value.kind === "tuple" || value.kind === "list" ? value.items : undefined;
      if (items && items.length !== parts.length) return undefined;
      const converted = parts.map((part, i) =>
        convert(ctx, items?.[i] ?? value, part.type, items ? `part ${i} of ${what}` : what, span),
      );
      return converted.some((part) => part.kind === "error") ? errorValue : tuple(converted);
    }
    default:
      return value;
  }
}

/** A single value for a list: only where it is plainly an element. */
function fitsOne(value: Value, type: Type): boolean {
  if (type.kind === "named") return fitNamed(value, type.name.text) !== undefined;
  return type.kind === "tuple" ? isNumber(value) : false;
}

function fitNamed(value: Value, type: string): Value | undefined {
  switch (type) {
    case "int":
      return value.kind === "int" ? value : undefined;
    case "float":
      if (value.kind === "int") return isOpen(value.value) ? value : float(value.value);
      return value.kind === "float" ? value : undefined;
    case "bool":
      return value.kind === "bool" ? value : undefined;
    case "string":
      return value.kind === "string" ? value : undefined;
    case "dtype":
      if (value.kind === "intrinsic" && value.intrinsic.dtype)
        return { kind: "dtype", dtype: value.intrinsic.dtype };
      return value.kind === "dtype" ? value : undefined;
    case "block":
      if (isNumber(value)) return { kind: "constant", value };
      return isCallable(value) ? value : undefined;
    default:
      return value;
  }
}

function describeType(type: Type): string {
  switch (type.kind) {
    case "named": {
      const name = type.name.text;
      return name === "int"
        ? "an int"
        : name === "float"
          ? "a number"
          : name === "bool"
            ? "true or false"
            : `a ${name}`;
    }
    case "choice":
      return type.options.map((option) => JSON.stringify(option.text)).join(" or ");
    case "tuple":
      return `a tuple \`${sourceText(type)}\``;
    case "list":
      return `a \`${sourceText(type)}\``;
    default:
      return `\`${sourceText(type)}\``;
  }
}

/** The type that a default gives where none is written; undefined takes anything. */
export function convertLike(
  ctx: Context,
  value: Value,
  like: Value,
  what: string,
  span: Span,
): Value {
  const wanted =
    like.kind === "int" || like.kind === "float" || like.kind === "bool" || like.kind === "string"
      ? like.kind
      : isCallable(like)
        ? "block"
        : undefined;
  if (wanted === undefined) return value;
  const place = { text: wanted, span };
  return convert(ctx, value, { kind: "named", name: place, optional: false, span }, what, span);
}
