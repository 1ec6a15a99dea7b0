// What a name stands for, in words: the head of its declaration and its documentation.

import type { Block } from "../../grammar/ast.ts";
import { intrinsics } from "../elaborate/intrinsics/index.ts";
import type { Meaning } from "./names.ts";

/** The head of a block as it is written, without its body. */
export function headOf({ span, body, model, name }: Block): string {
  const from = span.file.text.indexOf(model ? "model" : "block", span.start);
  const start = from >= 0 && from < name.span.start ? from : name.span.start;
  const head = span.file.text.slice(start, body.span.start);
  return head.replace(/[\s={]+$/, "").trim();
}

/** Code of the declaration, and its documentation as Markdown. */
export function describeMeaning(meaning: Meaning): {
  readonly code: string;
  readonly doc?: string;
} {
  const { declaration, text, what } = meaning;
  if (declaration?.kind === "block") {
    return { code: headOf(declaration), ...docOf(declaration.doc) };
  }
  if (declaration) {
    const { file, start, end } = declaration.span;
    const [line = ""] = file.text
      .slice(start, end)
      .replace(/^(\/\/\/.*\n\s*)*/, "")
      .split("\n");
    return { code: line.replace(/\s*\{\s*$/, ""), ...docOf(declaration.doc) };
  }
  if (what === "library") {
    const found = intrinsics.find(({ name }) => name === text);
    if (found) {
      const settings = found.settings.map(({ name }) => `${name} = …`).join(", ");
      const inputs = [...found.inputs, ...(found.variadic ? ["…"] : [])].join(", ");
      const lists = [settings, inputs].filter((part) => part !== "").map((part) => `(${part})`);
      return { code: `${text}${lists.join("")}`, doc: "Built in." };
    }
    return { code: text, doc: "Built in." };
  }
  return { code: `${what} ${text}` };
}

function docOf(doc: string | undefined): { readonly doc?: string } {
  return doc === undefined ? {} : { doc: doc.trim() };
}
