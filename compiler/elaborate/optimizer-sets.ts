// `--set optimizer.lr=0.1` configures the optimizers further; `--set lr=0.1` does, where no `let` and no entry has this name.

import type { Expr } from "../../grammar/ast.ts";
import { report, type Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import type { Value } from "./values.ts";

const prefix = "optimizer.";

/** Under this name a setting of the optimizers stands among the entries that are given from outside. */
export function optimizerKey(name: string): string {
  return name.startsWith(prefix) ? name : prefix + name;
}

/** The optimizer, or the record of them, with the settings given from outside, where a block has them; a later value
 *  wins, so that they take the place of what is written. Names that were of use are added to `used`. */
export function overrideOptimizers(
  ctx: Context,
  value: Value,
  sets: ReadonlyMap<string, Expr>,
  scope: Scope,
  used: Set<string>,
): Value {
  let result = value;
  for (const [key, expr] of sets) {
    if (!key.startsWith(prefix)) continue;
    const given = { value: evaluateForced(ctx, expr, scope), span: expr.span };
    result = configure(result, key.slice(prefix.length), given, () => used.add(key));
  }
  return result;
}

function configure(
  value: Value,
  name: string,
  given: { readonly value: Value; readonly span: Expr["span"] },
  onUse: () => void,
): Value {
  if (value.kind === "record") {
    const entries = [...value.entries].map(
      ([pattern, entry]) =>
        [pattern, { ...entry, value: configure(entry.value, name, given, onUse) }] as const,
    );
    return { ...value, entries: new Map(entries) };
  }
  if (value.kind !== "block") return value;
  if (!value.definition.settings.some((setting) => setting.name.text === name)) return value;
  onUse();
  return { ...value, given: new Map([...value.given, [name, given]]) };
}

/** A setting that no phase's optimizer has. True after reporting. */
export function refusesUnused(
  ctx: Context,
  sets: ReadonlyMap<string, Expr>,
  used: ReadonlySet<string>,
): boolean {
  const wrong = [...sets].filter(([key]) => key.startsWith(prefix) && !used.has(key));
  for (const [key, expr] of wrong) {
    const name = key.slice(prefix.length);
    report(
      ctx,
      "unknown-set",
      expr.span,
      { name },
      {
        help: "the optimizer has no such setting either; write the file's constants as `let name = …` to set them",
      },
    );
  }
  return wrong.length > 0;
}
