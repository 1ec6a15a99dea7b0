// The declarations of a file as a tree, and what may be folded.

import type { DocumentSymbol, FoldingRange } from "vscode-languageserver-types";

import type { Declaration, Name } from "../../grammar/ast.ts";
import { lex } from "../../grammar/lexer.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { lineAt } from "../../grammar/lines.ts";
import type { Span } from "../../grammar/source.ts";
import { declaredNames } from "../check/rule.ts";
import type { Analysis } from "./analysis.ts";
import { calledName } from "./names.ts";
import { rangeOf } from "./positions.ts";
import { allNodes } from "./tree.ts";

/** Kinds of the protocol: module, class, function, variable, field, struct, event. */
const kinds = {
  import: 2,
  block: 12,
  model: 5,
  let: 13,
  data: 23,
  train: 24,
  decode: 24,
  field: 8,
} as const;

export function symbolsOf({ module }: Analysis): DocumentSymbol[] {
  return module.declarations.flatMap((declaration): DocumentSymbol[] => {
    if (declaration.kind === "import") return [];
    const kind =
      declaration.kind === "block" && declaration.model ? kinds.model : kinds[declaration.kind];
    const children = childrenOf(declaration);
    const symbol = (name: Name): DocumentSymbol => ({
      name: name.text,
      detail: declaration.kind === "block" && declaration.model ? "model" : declaration.kind,
      kind,
      range: rangeOf(covering(declaration.span, name.span)),
      selectionRange: rangeOf(name.span),
      children,
    });
    if (declaration.kind === "train" && !declaration.name) {
      const { span } = declaration.model;
      return [symbol({ text: calledName(declaration.model) || "train", span })];
    }
    return declaredNames(declaration).map(symbol);
  });
}

function childrenOf(declaration: Declaration): DocumentSymbol[] {
  const named = (
    name: Name,
    span: Span,
    detail: string,
    kind: DocumentSymbol["kind"],
  ): DocumentSymbol => ({
    name: name.text,
    detail,
    kind,
    range: rangeOf(covering(span, name.span)),
    selectionRange: rangeOf(name.span),
  });
  switch (declaration.kind) {
    case "data":
      return declaration.items.flatMap((item) =>
        item.kind === "field" ? [named(item.name, item.span, "field", kinds.field)] : [],
      );
    case "train":
      return declaration.items.flatMap((item) =>
        item.kind === "phase" ? [named(item.name, item.span, "phase", kinds.train)] : [],
      );
    case "block":
      return declaration.body.statements.flatMap((statement) =>
        statement.kind === "param" || statement.kind === "state"
          ? [named(statement.name, statement.span, statement.kind, kinds.let)]
          : [],
      );
    default:
      return [];
  }
}

/** The protocol wants the name within the range; a broken declaration may end before it. */
function covering(span: Span, name: Span): Span {
  return { ...span, start: Math.min(span.start, name.start), end: Math.max(span.end, name.end) };
}

/** What takes several lines: declarations and what stands in braces, runs of comments. */
export function foldsOf({ module, file }: Analysis): FoldingRange[] {
  const folds = new Map<number, FoldingRange>();
  const add = (start: number, end: number, kind?: "comment"): void => {
    const startLine = lineAt(file, start);
    const endLine = lineAt(file, Math.max(start, end - 1));
    if (endLine <= startLine || folds.has(startLine)) return;
    folds.set(startLine, { startLine, endLine, ...(kind ? { kind } : {}) });
  };
  for (const { kind, span } of allNodes(module)) {
    if (kind === undefined || kind === "pipe" || kind === "binary") continue;
    const start = file.text.slice(span.start, span.end).search(/^(?!\s*\/\/)\s*\S/m);
    add(span.start + Math.max(0, start), span.end);
  }
  const { comments } = lex(file, new Reporter());
  for (let i = 0; i < comments.length; i++) {
    const first = comments[i];
    let last = first;
    for (let next = comments[i + 1]; next && last; next = comments[i + 1]) {
      if (lineAt(file, next.startOffset) !== lineAt(file, last.startOffset) + 1) break;
      last = next;
      i++;
    }
    if (first && last) add(first.startOffset, last.startOffset + last.image.length, "comment");
  }
  return [...folds.values()].sort((a, b) => a.startLine - b.startLine);
}
