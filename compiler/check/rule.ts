// What a rule of the checker is: it sees one module and reports.

import type { Declaration, Pattern } from "../../grammar/ast.ts";
import type { Name } from "../../grammar/ast.ts";
import type { Reporter } from "../../grammar/diagnostic.ts";
import type { LoadedModule } from "./load.ts";

export interface RuleContext {
  readonly loaded: LoadedModule;
  readonly reporter: Reporter;
  /** Names in scope everywhere: standard library and intrinsics. */
  readonly globals: ReadonlySet<string>;
}

export interface Rule {
  readonly name: string;
  readonly summary: string;
  readonly run: (context: RuleContext) => void;
}

/** Names that a pattern binds. */
export function patternNames(pattern: Pattern): Name[] {
  return pattern.kind === "name" ? [pattern.name] : pattern.items.flatMap(patternNames);
}

/** Names that a declaration brings into its file. */
export function declaredNames(declaration: Declaration): Name[] {
  switch (declaration.kind) {
    case "import":
      return declaration.names.map(({ alias }) => alias);
    case "let":
      return patternNames(declaration.pattern);
    case "block":
    case "data":
    case "decode":
      return [declaration.name];
    case "train":
      return declaration.name ? [declaration.name] : [];
    default:
      return declaration satisfies never;
  }
}
