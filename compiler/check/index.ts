// What can be known of a file without elaborating it: one rule a file, one list.

import type { Reporter } from "../../grammar/diagnostic.ts";
import type { LoadedModule } from "./load.ts";
import type { Rule } from "./rule.ts";
import { entries } from "./rules/entries.ts";
import { imports } from "./rules/imports.ts";
import { names } from "./rules/names.ts";
import { parameterLists } from "./rules/parameter-lists.ts";
import { recursion } from "./rules/recursion.ts";
import { returns } from "./rules/returns.ts";
import { types } from "./rules/types.ts";
import { uniqueNames } from "./rules/unique-names.ts";
import { updates } from "./rules/updates.ts";

export const rules: readonly Rule[] = [
  uniqueNames,
  parameterLists,
  types,
  imports,
  names,
  updates,
  returns,
  entries,
  recursion,
];

/** Runs every rule over every module. `globals` are the names in scope everywhere: library and intrinsics. */
export function check(
  modules: readonly LoadedModule[],
  options: { readonly reporter: Reporter; readonly globals: ReadonlySet<string> },
): void {
  for (const loaded of modules) for (const rule of rules) rule.run({ loaded, ...options });
}
