// From a name to where it is bound, to everywhere it is used, and to another name.

import type { Location, Range, TextEdit } from "vscode-languageserver-types";

import { isName } from "../../grammar/names.ts";
import { reservedWords } from "../../grammar/tokens.ts";
import type { SourceFile } from "../../grammar/source.ts";
import type { Analysis } from "./analysis.ts";
import { rangeOf } from "./positions.ts";

type UriOf = (file: SourceFile) => string | undefined;

export function definitionAt(
  { names, module, modules }: Analysis,
  offset: number,
  uriOf: UriOf,
): Location | undefined {
  const found = names.at(offset);
  const span = found?.meaning.span;
  if (span) {
    const uri = uriOf(span.file);
    return uri === undefined ? undefined : { uri, range: rangeOf(span) };
  }
  // The path of an import leads to its file.
  const [main] = modules;
  for (const declaration of module.declarations) {
    if (declaration.kind !== "import") continue;
    const { from } = declaration;
    if (offset < from.span.start || offset > from.span.end) continue;
    const file = main?.imports.get(declaration)?.file;
    const uri = file && uriOf(file);
    if (file && uri !== undefined) return { uri, range: rangeOf({ file, start: 0, end: 0 }) };
  }
  return undefined;
}

export function referencesAt(
  { names }: Analysis,
  offset: number,
  uri: string,
  withDeclaration: boolean,
): Location[] {
  const found = names.at(offset);
  if (!found) return [];
  const { span: own } = found.meaning;
  return names
    .of(found.meaning)
    .filter(({ span }) => withDeclaration || span.start !== own?.start || span.file !== own.file)
    .map(({ span }) => ({ uri, range: rangeOf(span) }));
}

/** The range of a name that may be renamed; a text says why it may not. */
export function renameRangeAt({ names, file }: Analysis, offset: number): Range | string {
  const found = names.at(offset);
  if (!found) return "there is no name here";
  const { meaning, span } = found;
  if (meaning.what === "library") return `\`${meaning.text}\` is part of the standard library`;
  if (meaning.span?.file !== file) return `\`${meaning.text}\` is declared in another file`;
  return rangeOf(span);
}

export function renameAt(analysis: Analysis, offset: number, to: string): TextEdit[] | string {
  const range = renameRangeAt(analysis, offset);
  if (typeof range === "string") return range;
  if (!isName(to) || (reservedWords as readonly string[]).includes(to)) {
    return `\`${to}\` is no name of the language`;
  }
  const found = analysis.names.at(offset);
  if (!found) return "there is no name here";
  return analysis.names
    .of(found.meaning)
    .map(({ span }) => ({ range: rangeOf(span), newText: to }));
}
