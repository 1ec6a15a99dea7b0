// Only the entries of the language stand in data, train, phase and decode declarations, and those that must be there are.

import type { Name } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import { suggest } from "../../../grammar/suggest.ts";
import type { Rule } from "../rule.ts";

/** What a phase may override. */
export const phaseEntries = ["optimizer", "clip", "batch", "accumulate", "epochs"];
export const trainEntries = [
  "loss",
  ...phaseEntries,
  "average",
  "best",
  "patience",
  "seed",
  "start",
  "metrics",
];
export const dataEntries = ["split", "bucket"];
export const decodeEntries = [
  "grows",
  "next",
  "text",
  "pick",
  "limit",
  "repetition_penalty",
  "stop",
  "seed",
  "window",
  "prompt",
];

export const entries: Rule = {
  name: "entries",
  summary: "entries of declarations are known and complete",
  run({ loaded: { module }, reporter }) {
    for (const declaration of module.declarations) {
      if (declaration.kind === "data") {
        const own = declaration.items.filter((item) => item.kind === "entry");
        known(
          own.map((e) => e.name),
          dataEntries,
          "a data declaration",
          reporter,
        );
      } else if (declaration.kind === "train") {
        const own = declaration.items.filter((item) => item.kind === "entry").map((e) => e.name);
        const phases = declaration.items.filter((item) => item.kind === "phase");
        known(own, trainEntries, "a training", reporter);
        for (const phase of phases)
          known(
            phase.entries.map((e) => e.name),
            phaseEntries,
            "a phase",
            reporter,
          );
        const lacks = (name: string): boolean =>
          !own.some((e) => e.text === name) &&
          (phases.length === 0 ||
            phases.some((phase) => !phase.entries.some((e) => e.name.text === name)));
        for (const name of ["loss", "optimizer", "epochs"]) {
          if (!lacks(name)) continue;
          reporter.report(
            "missing-entry",
            declaration.model.span,
            { name, where: "this training" },
            entryHelp(name),
          );
          break;
        }
      } else if (declaration.kind === "decode") {
        const own = declaration.items.filter((item) => item.kind === "entry");
        known(
          own.map((e) => e.name),
          decodeEntries,
          "a decode declaration",
          reporter,
        );
        const absent = ["grows", "next", "text", "limit"].find(
          (name) => !own.some((entry) => entry.name.text === name),
        );
        if (absent === undefined) continue;
        reporter.report(
          "missing-entry",
          declaration.name.span,
          { name: absent, where: "this decode declaration" },
          entryHelp(absent),
        );
      }
    }
  },
};

function entryHelp(name: string): { readonly help: string } {
  const examples: Readonly<Record<string, string>> = {
    loss: "loss = cross_entropy(logits, label)",
    optimizer: "optimizer = adam(lr = 1e-3)",
    epochs: "epochs = 10",
    grows: "grows = input",
    next: "next = logits",
    text: "text = book.chars",
    limit: "limit = 200",
  };
  return { help: `write, for example, \`${examples[name] ?? name}\`` };
}

function known(
  names: readonly Name[],
  allowed: readonly string[],
  where: string,
  reporter: Reporter,
): void {
  for (const name of names) {
    if (allowed.includes(name.text)) continue;
    reporter.report(
      "unknown-entry",
      name.span,
      { name: name.text, where },
      suggest(name.text, name.span, allowed, `there are ${allowed.join(", ")}`),
    );
  }
}
