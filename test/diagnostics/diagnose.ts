// The front of the compiler as the annotated programs see it: everything that is found without running.

import { Reporter, type Diagnostic } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";

/** All diagnostics of a program. */
export function diagnose(path: string, text: string): readonly Diagnostic[] {
  const reporter = new Reporter();
  parse({ path, text }, reporter);
  return reporter.diagnostics;
}
