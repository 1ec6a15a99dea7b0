// Diagnostics of a program: in a file with mistakes of syntax no others are told, since they may follow from
// what could not be read; and after so many nobody reads on.

import { Reporter, type Diagnostic } from "../../grammar/diagnostic.ts";
import type { SourceFile } from "../../grammar/source.ts";

export class ProgramReporter extends Reporter {
  readonly #broken = new Set<SourceFile>();
  /** So many mistakes are worth reading. */
  readonly #limit = 200;

  /** These files have mistakes of syntax. */
  markBroken(files: Iterable<SourceFile>): void {
    for (const file of files) this.#broken.add(file);
  }

  override get full(): boolean {
    return this.diagnostics.length >= this.#limit && this.failed;
  }

  override add(found: Diagnostic): void {
    if (this.full) return;
    if (this.#follows(found)) return;
    super.add(found);
  }

  /** What could not be read is missing elsewhere in the file, and where it is imported. */
  #follows({ code, span }: Diagnostic): boolean {
    return this.#broken.has(span.file) || (code === "missing-export" && this.#broken.size > 0);
  }
}
