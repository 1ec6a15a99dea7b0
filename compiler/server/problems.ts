// Mistakes as an editor shows them, and the fixes that they carry.

import type { CodeAction, Diagnostic, Range } from "vscode-languageserver-types";

import type { Diagnostic as Found } from "../../grammar/diagnostic.ts";
import type { SourceFile } from "../../grammar/source.ts";
import type { Analysis } from "./analysis.ts";
import { rangeOf } from "./positions.ts";

/** `uriOf` gives the address of a file that a note points to. */
export function problemsOf(
  { diagnostics }: Analysis,
  uriOf: (file: SourceFile) => string | undefined,
): Diagnostic[] {
  return diagnostics.map((found) => ({
    range: rangeOf(found.span),
    severity: found.severity === "error" ? 1 : 2,
    code: found.code,
    source: "dlm",
    message: messageOf(found),
    relatedInformation: found.notes.flatMap(({ message, span }) => {
      const uri = span && uriOf(span.file);
      return span && uri !== undefined
        ? [{ message, location: { uri, range: rangeOf(span) } }]
        : [];
    }),
  }));
}

function messageOf({ message, label, help, notes }: Found): string {
  const lines = [message];
  if (label !== undefined && label !== message) lines.push(label);
  for (const note of notes) if (!note.span) lines.push(note.message);
  if (help !== undefined) lines.push(`help: ${help}`);
  return lines.join("\n");
}

/** Fixes of the mistakes that touch a range. */
export function actionsOf({ diagnostics }: Analysis, range: Range, uri: string): CodeAction[] {
  return diagnostics.flatMap((found): CodeAction[] => {
    const { fix, span, code } = found;
    const own = rangeOf(span);
    const touches = own.start.line <= range.end.line && range.start.line <= own.end.line;
    if (!fix || !touches || fix.span.file !== span.file) return [];
    const edit = { range: rangeOf(fix.span), newText: fix.replacement };
    return [
      {
        title: fix.message,
        kind: "quickfix",
        isPreferred: true,
        diagnostics: [{ range: own, code, source: "dlm", message: messageOf(found) }],
        edit: { changes: { [uri]: [edit] } },
      },
    ];
  });
}
