// Cases in .ir files: a headline with what is shown and the pass, the graph before, the graph after.
//
//   === x·1 = x | simplify-algebra
//   input field x: f32[3]
//   …
//   ---
//   …

import { readFileSync, readdirSync, writeFileSync } from "node:fs";
import path from "node:path";

export interface IrCase {
  readonly title: string;
  readonly pass: string;
  readonly before: string;
  readonly after: string;
}

/** With DLM_UPDATE=1 the graphs after the passes are written anew; look at the difference before committing. */
export const updating = process.env["DLM_UPDATE"] === "1";

export function irFiles(folder: string): string[] {
  return readdirSync(folder)
    .filter((name) => name.endsWith(".ir"))
    .sort()
    .map((name) => path.join(folder, name));
}

/** The comment at the top of a file, and its cases. */
export function readIrCases(file: string): { readonly head: string; readonly cases: IrCase[] } {
  const [head = "", ...sections] = readFileSync(file, "utf8").split(/^=== /m);
  const cases = sections.map((section): IrCase => {
    const lineEnd = section.indexOf("\n");
    const [title = "", pass = ""] = section.slice(0, lineEnd).split("|");
    const [before = "", after = ""] = section.slice(lineEnd + 1).split(/^---\n/m);
    return { title: title.trim(), pass: pass.trim(), before: before.trim(), after: after.trim() };
  });
  return { head, cases };
}

export function writeIrCases(file: string, head: string, cases: readonly IrCase[]): void {
  const sections = cases.map(
    ({ title, pass, before, after }) => `=== ${title} | ${pass}\n${before}\n---\n${after}\n`,
  );
  writeFileSync(file, head + sections.join("\n"));
}
