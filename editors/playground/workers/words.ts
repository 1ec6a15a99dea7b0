// The names that a model may use, with their heads and documentation: for completion, and for looking a name up.

import { loadLibrary } from "../../../compiler/check/load.ts";
import { globalNames } from "../../../compiler/elaborate/index.ts";
import type { Block, Declaration } from "../../../grammar/ast.ts";
import { Reporter } from "../../../grammar/diagnostic.ts";
import { parse } from "../../../grammar/index.ts";
import type { Word } from "../protocol.ts";
import { modelPath } from "./text.ts";

/** The library's blocks, and what is built in. */
export function libraryWords(): readonly Word[] {
  const library = loadLibrary();
  const blocks = library.flatMap(({ module }) => module.declarations.flatMap(wordOf));
  const told = new Set(blocks.map(({ name }) => name));
  const builtin = [...globalNames(library)].filter((name) => !told.has(name));
  return [...blocks, ...builtin.map((name) => ({ name, head: name, doc: "Built in." }))];
}

/** What a text declares itself, as far as it can be read. */
export function ownWords(text: string): readonly Word[] {
  const { declarations } = parse({ path: modelPath, text }, new Reporter());
  return declarations.flatMap(wordOf);
}

function wordOf(declaration: Declaration): readonly Word[] {
  if (declaration.kind !== "block") return [];
  const { name, doc } = declaration;
  const told = doc === undefined ? {} : { doc: doc.trim() };
  return name.text.startsWith("_") ? [] : [{ name: name.text, head: headOf(declaration), ...told }];
}

/** As it is written, without its body: `dense(units: int)(x: [...s, n]) -> [...s, units]`. */
function headOf({ span, body, name }: Block): string {
  return span.file.text
    .slice(name.span.start, body.span.start)
    .replace(/[\s={]+$/, "")
    .replace(/\s+/g, " ");
}
