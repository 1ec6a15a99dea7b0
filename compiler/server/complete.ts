// What may be written at a place: names in scope, settings of the block that is called, entries of a declaration, outputs
// and fields of a training.

import type { CompletionItem } from "vscode-languageserver-types";

import type { Declaration } from "../../grammar/ast.ts";
import { contextualWords, reservedWords } from "../../grammar/tokens.ts";
import { dataEntries, decodeEntries, phaseEntries, trainEntries } from "../check/rules/entries.ts";
import type { Analysis } from "./analysis.ts";
import { describeMeaning } from "./describe.ts";
import { membersOfTraining, type Meaning } from "./names.ts";
import { callAround } from "./signature.ts";

/** Kinds of the protocol. */
const kinds = { function: 3, variable: 6, class: 7, property: 10, keyword: 14, field: 5 } as const;

export function completionsAt(analysis: Analysis, offset: number): CompletionItem[] {
  const { file, names } = analysis;
  const before = file.text.slice(0, offset);
  const line = before.slice(before.lastIndexOf("\n") + 1);
  if (isInWords(line)) return [];
  const word = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(before)?.[0] ?? "";
  const start = offset - word.length;
  const around = declarationAt(analysis, start);
  const beforeWord = file.text.slice(0, start).trimEnd();
  if (beforeWord.endsWith(".") && !beforeWord.endsWith("...")) {
    return members(analysis, beforeWord.slice(0, -1));
  }
  if (!around) {
    return ["model", "block", "data", "train", "decode", "let", "import"].map(keyword);
  }
  const isEntry = /[{\n]\s*$|[\p{L}\p{N})\]}"]\s{2,}$/u.test(file.text.slice(0, start));
  const entries = isEntry ? entriesOf(around, start) : [];
  const call = callAround(analysis, start);
  const settings = call && isArgumentStart(beforeWord) ? settingsOf(call.meaning) : [];
  const local = names.bound.filter(({ span }) => isVisible(span, around, start));
  const trained =
    around.kind === "train" ? membersOfTraining(analysis.module, around.model, around.data) : [];
  const seen = new Set<string>();
  const items: CompletionItem[] = [];
  const add = (item: CompletionItem): void => {
    if (seen.has(item.label)) return;
    seen.add(item.label);
    items.push(item);
  };
  for (const name of entries)
    add({ label: name, kind: kinds.property, sortText: `0${name}`, insertText: `${name} = ` });
  for (const setting of settings) add(setting);
  for (const meaning of [...trained, ...local])
    add({ ...itemOf(meaning), sortText: `2${meaning.text}` });
  for (const meaning of names.globals.values())
    add({ ...itemOf(meaning), sortText: `3${meaning.text}` });
  for (const text of reservedWords) add(keyword(text));
  if (isEntry) for (const text of contextualWords) add(keyword(text));
  return items;
}

function keyword(label: string): CompletionItem {
  return { label, kind: kinds.keyword, sortText: `4${label}` };
}

/** In a comment, or in a string. */
function isInWords(line: string): boolean {
  const code = line.replace(/"(?:[^"\\]|\\.)*"/g, "");
  return code.includes("//") || code.includes('"');
}

function declarationAt({ module }: Analysis, offset: number): Declaration | undefined {
  return module.declarations.find(({ span }, i) => {
    const next = module.declarations[i + 1];
    // What is being written at the end of a declaration belongs to it while it is not closed.
    const end = Math.min(next?.span.start ?? Infinity, span.end + 1);
    const isOpen = !span.file.text.slice(span.start, span.end).trimEnd().endsWith("}");
    return (
      span.start <= offset && (offset < end || (isOpen && offset < (next?.span.start ?? Infinity)))
    );
  });
}

function entriesOf(around: Declaration, offset: number): readonly string[] {
  switch (around.kind) {
    case "train": {
      const inPhase = around.items.some(
        ({ kind, span }) => kind === "phase" && span.start < offset && offset < span.end,
      );
      return inPhase ? phaseEntries : trainEntries;
    }
    case "decode":
      return decodeEntries;
    case "data":
      return dataEntries;
    default:
      return [];
  }
}

function isArgumentStart(beforeWord: string): boolean {
  return beforeWord.endsWith("(") || beforeWord.endsWith(",");
}

function settingsOf({ declaration }: Meaning): CompletionItem[] {
  if (declaration?.kind !== "block") return [];
  return declaration.lists.flat().map(({ name, span }) => ({
    label: name.text,
    kind: kinds.field,
    detail: span.file.text.slice(span.start, span.end),
    insertText: `${name.text} = `,
    sortText: `1${name.text}`,
  }));
}

/** Bound at the top of the file, or in the declaration around before this place. */
function isVisible(span: Meaning["span"], around: Declaration, offset: number): boolean {
  if (!span) return false;
  const isInside = around.span.start <= span.start && span.end <= around.span.end;
  return isInside ? span.start < offset : isTop(span, around);
}

function isTop(span: NonNullable<Meaning["span"]>, around: Declaration): boolean {
  if (span.file !== around.span.file) return true;
  const { text } = span.file;
  const line = text.slice(text.lastIndexOf("\n", span.start) + 1, span.start);
  return /^(let|block|model|data|train|decode|import)\b/.test(line);
}

/** Fields and fitted blocks of a data declaration. */
function members({ module }: Analysis, before: string): CompletionItem[] {
  const owner = /[\p{L}_][\p{L}\p{N}_]*$/u.exec(before)?.[0];
  const data = module.declarations.find((d) => d.kind === "data" && d.name.text === owner);
  if (data?.kind !== "data")
    return [
      { label: "size", kind: kinds.property },
      { label: "shape", kind: kinds.property },
    ];
  return data.items.flatMap((item): CompletionItem[] => {
    if (item.kind === "field") return [{ label: item.name.text, kind: kinds.field }];
    if (item.kind !== "let" || item.pattern.kind !== "name") return [];
    return [{ label: item.pattern.name.text, kind: kinds.variable }];
  });
}

function itemOf(meaning: Meaning): CompletionItem {
  const { code, doc } = describeMeaning(meaning);
  const isBlock = meaning.declaration?.kind === "block" || meaning.what === "library";
  return {
    label: meaning.text,
    kind: isBlock ? kinds.function : meaning.what === "field" ? kinds.field : kinds.variable,
    detail: code.replace(/\s+/g, " "),
    ...(doc === undefined ? {} : { documentation: { kind: "markdown", value: doc } }),
  };
}
