// Two declarations of a file, parameters of a block, fields or entries of a declaration cannot bear one name.

import type { Name } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import { declaredNames, type Rule } from "../rule.ts";

const reserved: ReadonlySet<string> = new Set(["training", "examples", "_"]);

export const uniqueNames: Rule = {
  name: "unique-names",
  summary: "names of declarations, parameters, fields and entries are unique and not reserved",
  run({ loaded: { module }, reporter }) {
    distinct(module.declarations.flatMap(declaredNames), "something", reporter);
    for (const declaration of module.declarations) {
      switch (declaration.kind) {
        case "block":
          distinct(
            declaration.lists.flat().map((param) => param.name),
            "a parameter",
            reporter,
          );
          break;
        case "data":
          distinct(
            declaration.items.filter((i) => i.kind === "field").map((i) => i.name),
            "a field",
            reporter,
          );
          distinct(
            declaration.items.filter((i) => i.kind === "entry").map((i) => i.name),
            "an entry",
            reporter,
            false,
          );
          break;
        case "train": {
          distinct(
            declaration.items.filter((i) => i.kind === "entry").map((i) => i.name),
            "an entry",
            reporter,
            false,
          );
          const phases = declaration.items.filter((i) => i.kind === "phase");
          distinct(
            phases.map((phase) => phase.name),
            "a phase",
            reporter,
          );
          for (const phase of phases)
            distinct(
              phase.entries.map((e) => e.name),
              "an entry",
              reporter,
              false,
            );
          break;
        }
        case "decode":
          distinct(
            declaration.items.filter((i) => i.kind === "entry").map((i) => i.name),
            "an entry",
            reporter,
            false,
          );
          break;
        case "import":
        case "let":
          break;
        default:
          declaration satisfies never;
      }
    }
  },
};

function distinct(names: readonly Name[], what: string, reporter: Reporter, declared = true): void {
  const seen = new Map<string, Name>();
  for (const name of names) {
    const first = seen.get(name.text);
    if (first) {
      const notes = [{ message: "the first one is here", span: first.span }];
      reporter.report("duplicate-name", name.span, { name: name.text, what }, { notes });
    } else if (declared && reserved.has(name.text)) {
      if (name.text !== "_") reporter.report("reserved-name", name.span, { name: name.text });
    }
    if (!first && name.text !== "_") seen.set(name.text, name);
  }
}
