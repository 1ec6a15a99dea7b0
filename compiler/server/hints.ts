// The shape after every step of a pipeline, at the end of the step.

import type { InlayHint, Range } from "vscode-languageserver-types";

import type { Analysis } from "./analysis.ts";
import { offsetOf, positionOf } from "./positions.ts";
import { allNodes, isExpr } from "./tree.ts";

export function hintsOf(analysis: Analysis, range?: Range): InlayHint[] {
  const { file, module, observed } = analysis;
  const from = range ? offsetOf(file, range.start) : 0;
  const to = range ? offsetOf(file, range.end) : file.text.length;
  const hints = new Map<number, InlayHint>();
  for (const node of allNodes(module)) {
    const { start, end } = node.span;
    if (end < from || start > to) continue;
    const expr =
      node.kind === "pipe" && isExpr(node)
        ? node
        : node.kind === "let" && "value" in node
          ? (node.value as typeof node)
          : undefined;
    if (!expr || !isExpr(expr)) continue;
    const found = observed.get(expr) ?? [];
    const [first, ...others] = found.flatMap(({ shape }) => shape ?? []);
    if (first === undefined) continue;
    const at = expr.span.end;
    hints.set(at, {
      position: positionOf(file, at),
      label: others.length === 0 ? first : `${first} …`,
      kind: 1,
      paddingLeft: true,
      ...(others.length === 0 ? {} : { tooltip: `several uses: ${[first, ...others].join(", ")}` }),
    });
  }
  return [...hints.entries()].sort(([a], [b]) => a - b).map(([, hint]) => hint);
}
