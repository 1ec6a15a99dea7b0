// Settings stand in the first list, inputs in the second; a single list holds one of the two.

import type { Block, Param, Type } from "../../../grammar/ast.ts";
import type { Reporter } from "../../../grammar/diagnostic.ts";
import { elementTypes, settingTypes } from "../../../grammar/tokens.ts";
import type { Rule } from "../rule.ts";

const settings: ReadonlySet<string> = new Set(settingTypes);
const elements: ReadonlySet<string> = new Set(elementTypes);

export const parameterLists: Rule = {
  name: "parameter-lists",
  summary: "a list holds settings or inputs, not both; types are known",
  run({ loaded: { module }, reporter }) {
    for (const declaration of module.declarations) {
      if (declaration.kind !== "block") continue;
      for (const param of declaration.lists.flat()) if (param.type) checkType(param.type, reporter);
      if (declaration.result) checkType(declaration.result, reporter);
      checkLists(declaration, reporter);
    }
  },
};

/** Inputs are tensors and tuples of them; everything else is a setting (rule 8). */
export function isInput(param: Param): boolean {
  return param.type !== undefined && isTensorType(param.type);
}

function isTensorType(type: Type): boolean {
  if (type.kind === "tensor") return true;
  return (
    type.kind === "tuple" &&
    type.items.length > 0 &&
    type.items.every((item) => isTensorType(item.type))
  );
}

function checkLists(block: Block, reporter: Reporter): void {
  const { name, lists } = block;
  for (const list of lists) {
    const setting = list.find((param) => !isInput(param));
    const input = list.find(isInput);
    if (setting && input) {
      const later = list.indexOf(setting) > list.indexOf(input) ? setting : input;
      reporter.report("mixed-parameters", later.span, {
        block: name.text,
        setting: setting.name.text,
        input: input.name.text,
      });
      return;
    }
  }
  const [first, second] = lists;
  if (!first || !second) return;
  const wrong = first.find(isInput);
  if (wrong) {
    reporter.report("parameter-lists", wrong.span, {
      block: name.text,
      found: "an input",
      place: "first",
    });
    return;
  }
  const late = second.find((param) => !isInput(param));
  if (late) {
    reporter.report("parameter-lists", late.span, {
      block: name.text,
      found: "a setting",
      place: "second",
    });
  }
}

/** Names of types are known. */
export function checkType(written: Type, reporter: Reporter): void {
  switch (written.kind) {
    case "named":
      if (!settings.has(written.name.text)) {
        const asTensor = elements.has(written.name.text);
        const help = asTensor
          ? { help: `a tensor has a shape: \`${written.name.text}[]\` is a scalar` }
          : {};
        reporter.report("unknown-type", written.name.span, { name: written.name.text }, help);
      }
      break;
    case "tensor":
      if (
        written.element &&
        !elements.has(written.element.text) &&
        written.element.text !== "string"
      ) {
        reporter.report("unknown-type", written.element.span, { name: written.element.text });
      }
      break;
    case "list":
      checkType(written.of, reporter);
      break;
    case "tuple":
      for (const item of written.items) checkType(item.type, reporter);
      break;
    case "choice":
    case "error":
      break;
    default:
      written satisfies never;
  }
}
