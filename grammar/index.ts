// Text to tree: the one way in.

import type { Module } from "./ast.ts";
import { Reporter } from "./diagnostic.ts";
import { lex } from "./lexer.ts";
import { Parser } from "./parser.ts";
import type { SourceFile } from "./source.ts";

let parser: Parser | undefined;

/** Parses a file. Mistakes go to the reporter; what could be read comes back in any case. */
export function parse(file: SourceFile, reporter: Reporter): Module {
  parser ??= new Parser();
  return parser.parse(file, lex(file, reporter), reporter);
}
