// What the tests of the grammar share.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import type { Module } from "../../grammar/ast.ts";
import { Reporter, type Diagnostic } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import { lex } from "../../grammar/lexer.ts";
import { printAst } from "../../grammar/print.ts";
import type { SourceFile } from "../../grammar/source.ts";

const folder = path.join(import.meta.dirname, "samples");

/** Our own programs without mistakes, by name. */
export const samples: readonly SourceFile[] = readdirSync(folder)
  .sort()
  .map((name) => ({ path: name, text: readFileSync(path.join(folder, name), "utf8") }));

export interface Parsed {
  readonly module: Module;
  readonly diagnostics: readonly Diagnostic[];
}

export function parseText(text: string, name = "test.dlm"): Parsed {
  const reporter = new Reporter();
  const module = parse({ path: name, text }, reporter);
  return { module, diagnostics: reporter.diagnostics };
}

/** The tree of a text without mistakes, as text without spans. */
export function tree(text: string): string {
  const { module, diagnostics } = parseText(text);
  const [first] = diagnostics;
  if (first !== undefined) throw new Error(`${first.message}\n${text.slice(first.span.start)}`);
  return printAst(module);
}

/** The tokens of a text as they are spelt. */
export function spellings(text: string): string[] {
  return lex({ path: "test.dlm", text }, new Reporter()).tokens.map((token) => token.image);
}

/** The text with blanks in place of comments and docs. */
export function withoutComments(text: string): string {
  const { comments } = lex({ path: "test.dlm", text }, new Reporter());
  let bare = text;
  for (const { startOffset, image } of comments) {
    const end = startOffset + image.length;
    bare = bare.slice(0, startOffset) + " ".repeat(image.length) + bare.slice(end);
  }
  return bare;
}

/** `code` of each diagnostic with its place: `syntax 2:7`. */
export function places({ diagnostics }: Parsed): string[] {
  return diagnostics.map(({ code, span }) => {
    const before = span.file.text.slice(0, span.start).split("\n");
    return `${code} ${before.length}:${(before[before.length - 1] ?? "").length + 1}`;
  });
}
