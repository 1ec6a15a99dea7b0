// A diagnostic as plain data for other programs: `--format json`, editors, tests.

import type { Diagnostic } from "./diagnostic.ts";
import { columnAt, lineAt } from "./lines.ts";
import type { Span } from "./source.ts";

/** Lines and columns count from 1, columns in UTF-16 units; the end is exclusive. */
export interface PlaceJson {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly endLine: number;
  readonly endColumn: number;
}

export interface DiagnosticJson extends PlaceJson {
  readonly code: string;
  readonly severity: "error" | "warning";
  readonly message: string;
  readonly label?: string;
  readonly notes: readonly ({ readonly message: string } & Partial<PlaceJson>)[];
  readonly help?: string;
  readonly fix?: { readonly message: string; readonly replacement: string } & PlaceJson;
}

export function diagnosticJson(found: Diagnostic): DiagnosticJson {
  const { code, severity, message, label, span, notes, help, fix } = found;
  return {
    code,
    severity,
    message,
    ...(label === undefined ? {} : { label }),
    ...place(span),
    notes: notes.map((note) => ({
      message: note.message,
      ...(note.span === undefined ? {} : place(note.span)),
    })),
    ...(help === undefined ? {} : { help }),
    ...(fix === undefined
      ? {}
      : { fix: { message: fix.message, replacement: fix.replacement, ...place(fix.span) } }),
  };
}

function place({ file, start, end }: Span): PlaceJson {
  return {
    file: file.path,
    line: lineAt(file, start) + 1,
    column: columnAt(file, start) + 1,
    endLine: lineAt(file, end) + 1,
    endColumn: columnAt(file, end) + 1,
  };
}
