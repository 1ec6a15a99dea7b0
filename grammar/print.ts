// Exact text of a tree or of the tokens, for `--emit ast`, `--emit tokens` and tests. Spans are left out,
// so two texts with the same meaning print the same.

import type { Module } from "./ast.ts";
import { Reporter } from "./diagnostic.ts";
import { lex } from "./lexer.ts";
import { columnAt, lineAt } from "./lines.ts";
import type { SourceFile } from "./source.ts";
import { isName } from "./names.ts";
import { quoteString } from "./strings.ts";

const width = 100;

/** Fields that say where something stands, not what it is. */
const places = new Set(["span", "file"]);

/** A tree as nested `(kind field: value …)`. */
export function printAst(module: Module): string {
  return module.declarations.map((declaration) => `${print(declaration).join("\n")}\n`).join("");
}

/** Lines of any value made of nodes, lists and plain data. */
function print(value: unknown): string[] {
  if (typeof value === "string") return [quoteString(value)];
  if (Array.isArray(value)) return wrap("[", value.map(print), "]");
  if (typeof value !== "object" || value === null) return [String(value)];
  if (isNameNode(value)) return [isName(value.text) ? value.text : quoteString(value.text)];
  const { kind, ...fields } = value as { readonly kind?: string };
  const parts = Object.entries(fields)
    .filter(([name, field]) => !places.has(name) && field !== undefined)
    .map(([name, field]) => prefix(`${name}: `, print(field)));
  return wrap(kind === undefined ? "(" : parts.length > 0 ? `(${kind} ` : `(${kind}`, parts, ")");
}

function isNameNode(value: object): value is { readonly text: string } {
  return "text" in value && Object.keys(value).every((key) => key === "text" || key === "span");
}

function prefix(text: string, [first = "", ...rest]: readonly string[]): string[] {
  return [text + first, ...rest];
}

/** One line where all parts fit, else one part a line. */
function wrap(open: string, parts: readonly string[][], close: string): string[] {
  const length = parts.reduce((sum, part) => sum + (part[0]?.length ?? 0) + 1, open.length);
  if (parts.every((part) => part.length === 1) && length <= width) {
    return [`${open}${parts.map((part) => part[0]).join(" ")}${close}`];
  }
  const lines = [open.trimEnd()];
  for (const part of parts) for (const line of part) lines.push(`  ${line}`);
  lines[lines.length - 1] += close;
  return lines;
}

/** One token a line: where it starts, what it is, how it is spelt. */
export function printTokens(file: SourceFile): string {
  const { tokens, comments } = lex(file, new Reporter());
  return [...tokens, ...comments]
    .sort((a, b) => a.startOffset - b.startOffset)
    .map((token) => {
      const line = lineAt(file, token.startOffset) + 1;
      const column = columnAt(file, token.startOffset) + 1;
      const place = `${line}:${column}`;
      return `${place.padEnd(8)}${token.tokenType.name.padEnd(14)}${token.image}\n`;
    })
    .join("");
}
