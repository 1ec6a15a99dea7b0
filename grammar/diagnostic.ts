// Diagnostics are data. Stages collect them in a `Reporter`; only the command line and the editor render them.

import { diagnosticTable, type Code, type DiagnosticArguments } from "./diagnostic-table.ts";
import type { Span } from "./source.ts";

export interface Note {
  readonly message: string;
  readonly span?: Span;
}

export interface Fix {
  readonly message: string;
  readonly span: Span;
  readonly replacement: string;
}

export interface Diagnostic {
  readonly code: Code;
  readonly severity: "error" | "warning";
  readonly message: string;
  /** Short text under the exact span. */
  readonly label?: string;
  readonly span: Span;
  readonly notes: readonly Note[];
  readonly help?: string;
  readonly fix?: Fix;
}

export interface DiagnosticDetails {
  readonly label?: string;
  readonly notes?: readonly Note[];
  readonly help?: string;
  readonly fix?: Fix;
}

/** Builds one diagnostic from its table row. */
export function diagnostic<C extends Code>(
  code: C,
  span: Span,
  args: DiagnosticArguments<C>,
  details: DiagnosticDetails = {},
): Diagnostic {
  const row = diagnosticTable[code];
  const message = (row.message as (args: DiagnosticArguments<C>) => string)(args);
  return { code, severity: row.severity, message, span, ...details, notes: details.notes ?? [] };
}

/** Collects diagnostics; a second one with the same code at the same place is dropped. */
export class Reporter {
  readonly diagnostics: Diagnostic[] = [];

  report<C extends Code>(
    code: C,
    span: Span,
    args: DiagnosticArguments<C>,
    details?: DiagnosticDetails,
  ): void {
    this.add(diagnostic(code, span, args, details));
  }

  add(found: Diagnostic): void {
    const known = this.diagnostics.some(
      (d) =>
        d.code === found.code &&
        d.span.file === found.span.file &&
        d.span.start === found.span.start,
    );
    if (!known) this.diagnostics.push(found);
  }

  /** Nothing more is kept: what is costly to tell need not be worked out. */
  get full(): boolean {
    return false;
  }

  get failed(): boolean {
    return this.diagnostics.some((d) => d.severity === "error");
  }
}

/** A mistake in the compiler itself, never in the user's program. */
export class InternalError extends Error {
  override readonly name = "InternalError";
}

/** The candidate nearest to a misspelt name (Damerau-Levenshtein distance at most a third of its length), if any.
 *  A name of one or two letters resembles too many. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  let best: string | undefined;
  const folded = fold(name);
  let bestDistance = Math.max(name.length > 2 ? 1 : 0, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    // `ReLU`, `BatchNorm` and `relu`, `batch_norm` differ in many letters, but not to a reader.
    if (name.length > 2 && fold(candidate) === folded && candidate !== name) return candidate;
    const distance = editDistance(name, candidate, bestDistance);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

function fold(name: string): string {
  return name.toLowerCase().replaceAll("_", "");
}

function editDistance(a: string, b: string, limit: number): number {
  if (Math.abs(a.length - b.length) >= limit) return limit;
  const rows: number[][] = [Array.from({ length: b.length + 1 }, (_, j) => j)];
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const substitute = at(rows, i - 1, j - 1) + (a[i - 1] === b[j - 1] ? 0 : 1);
      let best = Math.min(at(rows, i - 1, j) + 1, (row[j - 1] ?? 0) + 1, substitute);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1]) {
        best = Math.min(best, at(rows, i - 2, j - 2) + 1);
      }
      row.push(best);
    }
    rows.push(row);
  }
  return at(rows, a.length, b.length);
}

function at(rows: readonly (readonly number[])[], i: number, j: number): number {
  return rows[i]?.[j] ?? 0;
}
