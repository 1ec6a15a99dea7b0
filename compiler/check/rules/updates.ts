// `update` gives a new value to a `state` of the same body.

import type { Body } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import { nearestName } from "../../../grammar/diagnostic.ts";
import { patternNames, type Rule } from "../rule.ts";

export const updates: Rule = {
  name: "updates",
  summary: "`update` names a state of its body",
  run({ loaded: { module }, reporter }) {
    for (const declaration of module.declarations) {
      if (declaration.kind !== "block") continue;
      const known = new Map(
        declaration.lists
          .flat()
          .map((p): [string, string] => [p.name.text, "a parameter of the block"]),
      );
      visit(declaration.body, known, reporter);
    }
  },
};

function visit(body: Body, outer: ReadonlyMap<string, string>, reporter: Reporter): void {
  const known = new Map(outer);
  for (const statement of body.statements) {
    switch (statement.kind) {
      case "let":
        for (const name of patternNames(statement.pattern)) known.set(name.text, "a `let`");
        break;
      case "param":
        known.set(statement.name.text, "a `param`");
        break;
      case "state":
        known.set(statement.name.text, "state");
        break;
      case "update": {
        const { name } = statement;
        const found = known.get(name.text);
        if (found === "state") break;
        const states = [...known].filter(([, what]) => what === "state").map(([text]) => text);
        const nearest = nearestName(name.text, states);
        const help =
          nearest === undefined
            ? `declare it: \`state ${name.text}: [] = zeros\``
            : `is \`${nearest}\` meant?`;
        reporter.report(
          "not-a-state",
          name.span,
          { name: name.text, found: found ?? "nothing that is known here" },
          { help },
        );
        break;
      }
      case "if":
        visit(statement.then, known, reporter);
        if (statement.else) visit(statement.else, known, reporter);
        break;
      case "return":
        break;
      default:
        statement satisfies never;
    }
  }
}
