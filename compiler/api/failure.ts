// A program that does not compile, as an error that carries its diagnostics.

import type { Diagnostic } from "../../grammar/diagnostic.ts";
import { formatSpan } from "../../grammar/source.ts";
import { UserError } from "../../runtime/errors.ts";

/** Thrown when something is asked of a file with mistakes; the command line prints the diagnostics. */
export class ProgramError extends UserError {
  readonly diagnostics: readonly Diagnostic[];

  constructor(diagnostics: readonly Diagnostic[]) {
    const first = diagnostics.find((d) => d.severity === "error") ?? diagnostics[0];
    super(
      first?.message ?? "the program has mistakes",
      first ? { place: formatSpan(first.span) } : {},
    );
    this.diagnostics = diagnostics;
  }
}

export function failOn(diagnostics: readonly Diagnostic[]): ProgramError {
  return new ProgramError(diagnostics);
}
