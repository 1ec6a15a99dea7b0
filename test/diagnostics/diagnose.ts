// The front of the compiler as the annotated programs see it: everything that is found without running.

import { load } from "../../compiler/api/load.ts";
import { Reporter, type Diagnostic } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import type { Host } from "../../runtime/host.ts";

/** Files that the programs import. */
const others: Readonly<Record<string, string>> = {
  "blocks.dlm": "let width = 3\nblock twice(x: [...s]) -> [...s] = 2 * x\n",
  "circle.dlm": 'import { b } from "./other.dlm"\nlet a = b\n',
  "other.dlm": 'import { a } from "./circle.dlm"\nlet b = a\n',
};

/** All diagnostics of a program. What does not parse is not looked at further. */
export function diagnose(path: string, text: string): readonly Diagnostic[] {
  const reporter = new Reporter();
  parse({ path, text }, reporter);
  if (reporter.failed) return reporter.diagnostics;
  const host: Host = {
    readText: (name) => (name === path ? text : others[name]),
    resolve: (specifier) => {
      const name = specifier.replace(/^\.\//, "");
      return name === path || name in others ? name : undefined;
    },
  };
  return load(path, { host }).checkAll();
}
