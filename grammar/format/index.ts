/**
 * The formatter, as a plugin of prettier: `{ "plugins": ["dlm/prettier"] }` makes editors format `.dlm` files on saving.
 *
 * The tree says where lines may break, the tokens and comments are taken from the text one by one, so the printed file
 * has the same tokens in the same order but for commas before a closing bracket and doubled parentheses.
 */
import type { AstPath, Parser, ParserOptions, Plugin, Printer } from "prettier";
import type { Module } from "../ast.ts";
import { Reporter } from "../diagnostic.ts";
import { parse } from "../index.ts";
import { positionAt } from "../source.ts";
import { printFile } from "./declarations.ts";
import { Row } from "./row.ts";
import { indentation, lineWidth } from "./style.ts";

/** The place of a mistake as prettier wants it: lines and columns from 1. */
export class SyntaxMistake extends SyntaxError {
  override readonly name = "SyntaxMistake";
  readonly loc: { readonly start: { readonly line: number; readonly column: number } };

  constructor(message: string, start: { readonly line: number; readonly column: number }) {
    super(message);
    this.loc = { start };
  }
}

function parseText(text: string, options: ParserOptions<Module>): Module {
  const reporter = new Reporter();
  const file = { path: options.filepath ?? "text.dlm", text };
  const module = parse(file, reporter);
  const found = reporter.diagnostics.find(({ severity }) => severity === "error");
  if (found !== undefined) {
    throw new SyntaxMistake(found.message, positionAt(file, found.span.start));
  }
  // Prettier lays the document out with these same options.
  options.printWidth = lineWidth;
  options.tabWidth = indentation;
  options.useTabs = false;
  return module;
}

const parser: Parser<Module> = {
  parse: parseText,
  astFormat: "dlm",
  locStart: () => 0,
  locEnd: ({ file }) => file.text.length,
};

const printer: Printer<Module> = {
  // The whole file at once: comments are taken with the tokens, so prettier need not attach them to nodes.
  print: ({ node }: AstPath<Module>) => printFile(new Row(node.file), node.declarations),
  getVisitorKeys: () => [],
};

export const languages: NonNullable<Plugin["languages"]> = [
  { name: "dlm", parsers: ["dlm"], extensions: [".dlm"], vscodeLanguageIds: ["dlm"] },
];
export const parsers: Record<string, Parser> = { dlm: parser };
export const printers: Record<string, Printer> = { dlm: printer as Printer };
