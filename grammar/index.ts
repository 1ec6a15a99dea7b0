// Text to tree: the one way in.

import type { Module } from "./ast.ts";
import { tooDeep } from "./depth.ts";
import { Reporter, type Diagnostic } from "./diagnostic.ts";
import { lex } from "./lexer.ts";
import { Parser } from "./parser.ts";
import type { SourceFile } from "./source.ts";

/** So many mistakes are worth reading. A file with more is not in this language. */
const reportLimit = 100;

/** Keeps the first mistakes and lets the others go, so that no file makes reporting slow. */
class LimitedReporter extends Reporter {
  override add(found: Diagnostic): void {
    if (this.diagnostics.length < reportLimit) super.add(found);
  }
}

/** Making a parser takes some milliseconds, so there is one, made when first wanted. */
let parser: Parser | undefined;

/**
 * Parses a file. Mistakes go to the reporter in the order of the text. What could be read comes back in
 * any case; a declaration whose tree is too deep for recursion is left out.
 */
export function parse(file: SourceFile, reporter: Reporter): Module {
  const lexing = new LimitedReporter();
  const parsing = new LimitedReporter();
  const lexed = lex(file, lexing);
  parser ??= new Parser();
  const { declarations } = parser.parse(file, lexed, parsing);
  const kept = declarations.filter((declaration) => {
    const span = tooDeep(declaration);
    if (span !== undefined) {
      const help = "give parts of it a name with `let`";
      parsing.report("too-deep", span, { what: "this chain" }, { help });
    }
    return span === undefined;
  });
  const found = [...lexing.diagnostics, ...parsing.diagnostics];
  found.sort((a, b) => a.span.start - b.span.start);
  for (const each of found.slice(0, reportLimit)) reporter.add(each);
  return { file, declarations: kept };
}
