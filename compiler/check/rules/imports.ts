// An import names declarations of the other file.

import { suggest } from "../../../grammar/suggest.ts";
import { declaredNames, type Rule } from "../rule.ts";

export const imports: Rule = {
  name: "imports",
  summary: "imported names exist in the other file",
  run({ loaded, reporter }) {
    for (const [declaration, target] of loaded.imports) {
      const there = new Set(
        target.module.declarations.flatMap(declaredNames).map((name) => name.text),
      );
      for (const { name } of declaration.names) {
        if (there.has(name.text)) continue;
        const list = [...there].map((text) => `\`${text}\``).join(", ");
        reporter.report(
          "missing-export",
          name.span,
          { name: name.text, path: target.file.path },
          suggest(name.text, name.span, there, list === "" ? undefined : `it declares ${list}`),
        );
      }
    }
  },
};
