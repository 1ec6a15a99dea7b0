// The call of a reader: a name of the catalogue and arguments known while compiling.

import type { Expr } from "../../grammar/ast.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { Span } from "../../grammar/source.ts";
import type {
  Argument,
  ParameterType,
  ReaderCatalogue,
  ReaderInfo,
} from "../../runtime/data/spec.ts";
import { readTokenKind, tokenKindsText } from "../../runtime/data/text/tokens.ts";
import { report, type Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { counted, describeValue, parametersHelp } from "./text.ts";
import { knownNumber, type Value } from "./values.ts";

export interface ReaderCall {
  readonly reader: string;
  readonly arguments: Readonly<Record<string, Argument>>;
  readonly span: Span;
  /** What is known of its columns; undefined where the files are not there. */
  readonly info: ReaderInfo | undefined;
}

export function readReader(
  ctx: Context,
  expr: Expr,
  scope: Scope,
  readers: ReaderCatalogue,
): ReaderCall | undefined {
  const callee = expr.kind === "call" ? expr.callee : expr;
  if (callee.kind === "error") return undefined;
  if (callee.kind !== "name") {
    report(ctx, "wrong-kind", callee.span, {
      what: "what stands after `data … =`",
      wanted: "a reader or another declaration",
      found: "an expression",
    });
    return undefined;
  }
  const reader = callee.name;
  const parameters = readers.parameters(reader);
  if (!parameters) {
    report(
      ctx,
      "unknown-reader",
      callee.span,
      { name: reader },
      suggest(reader, callee.span, readers.names, `the readers are ${readers.names.join(", ")}`),
    );
    return undefined;
  }
  const given: Record<string, Argument> = {};
  const free = parameters.map((parameter) => parameter.name);
  for (const argument of expr.kind === "call" ? expr.arguments : []) {
    const name = argument.name?.text ?? free.find((text) => !(text in given));
    const parameter = parameters.find((p) => p.name === name);
    if (name === undefined) {
      const wanted = counted(parameters.length, "argument");
      report(ctx, "too-many-arguments", argument.span, {
        block: reader,
        wanted,
        found: expr.kind === "call" ? expr.arguments.length : 0,
      });
      return undefined;
    }
    if (!parameter) {
      const at = argument.name?.span ?? argument.span;
      const help = suggest(name, at, free, parametersHelp(reader, free));
      report(ctx, "unknown-argument", at, { name, block: reader }, help);
      return undefined;
    }
    if (name in given) {
      report(ctx, "repeated-argument", argument.span, { name });
      return undefined;
    }
    const value = evaluateForced(ctx, argument.value, scope);
    const plain = value.kind === "error" ? undefined : toArgument(value);
    if (value.kind === "error") return undefined;
    if (
      plain === undefined ||
      !fits(plain, parameter.type) ||
      (parameter.choices && !(typeof plain === "string" && parameter.choices.includes(plain)))
    ) {
      const wanted = parameter.choices
        ? parameter.choices.map((c) => JSON.stringify(c)).join(" or ")
        : describeType(parameter.type);
      report(ctx, "wrong-kind", argument.value.span, {
        what: `\`${name}\` of \`${reader}\``,
        wanted,
        found: describeValue(value),
      });
      return undefined;
    }
    const wants = parameter.wants?.(plain);
    if (wants !== undefined) {
      report(ctx, "value-out-of-range", argument.value.span, {
        what: `\`${name}\` of \`${reader}\``,
        value: JSON.stringify(plain),
        expected: wants,
      });
      return undefined;
    }
    given[name] = plain;
  }
  const missing = parameters
    .filter((p) => p.default === undefined && !(p.name in given))
    .map((p) => `\`${p.name}\``);
  if (missing.length > 0) {
    report(ctx, "missing-argument", expr.span, { names: missing.join(", "), block: reader });
    return undefined;
  }
  return { reader, arguments: given, span: expr.span, info: readers.info(reader, given) };
}

/** A value as plain data, or undefined if it is none. */
function toArgument(value: Value): Argument | undefined {
  switch (value.kind) {
    case "int":
    case "float":
      return knownNumber(value);
    case "bool":
    case "string":
      return value.value;
    case "none":
      return null;
    case "list":
    case "tuple": {
      const items = value.items.map(toArgument);
      return items.every((item) => item !== undefined) ? items : undefined;
    }
    case "record": {
      const entries = [...value.entries].map(
        ([key, entry]) => [key, toArgument(entry.value)] as const,
      );
      const plain: Record<string, Argument> = {};
      for (const [key, entry] of entries) {
        if (entry === undefined) return undefined;
        plain[key] = entry;
      }
      return plain;
    }
    case "bpe":
      return { bpe: value.rule };
    default:
      return undefined;
  }
}

function fits(value: Argument, type: ParameterType): boolean {
  switch (type) {
    case "string":
      return typeof value === "string";
    case "int":
      return typeof value === "number" && Number.isSafeInteger(value) && value >= 0;
    case "bool":
      return typeof value === "boolean";
    case "texts":
      return Array.isArray(value) && value.every((item) => typeof item === "string");
    case "record":
      return typeof value === "object" && value !== null && !Array.isArray(value);
    case "tokens":
      return readTokenKind(value) !== undefined;
    default:
      return type satisfies never;
  }
}

function describeType(type: ParameterType): string {
  const words: Readonly<Record<ParameterType, string>> = {
    string: "a text in quotes",
    int: "a whole number, 0 or more",
    bool: "true or false",
    texts: "a list of texts",
    record: "a record",
    tokens: tokenKindsText,
  };
  return words[type];
}
