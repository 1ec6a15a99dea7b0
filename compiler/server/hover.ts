// What stands under the pointer: its type or shape, what it costs, what it is.

import type { Hover } from "vscode-languageserver-types";

import type { Expr } from "../../grammar/ast.ts";
import type { Analysis } from "./analysis.ts";
import { describeMeaning } from "./describe.ts";
import { rangeOf } from "./positions.ts";
import { isExpr, nodesAt } from "./tree.ts";

export function hoverAt(analysis: Analysis, offset: number): Hover | undefined {
  const { names, module, observed } = analysis;
  const found = names.at(offset);
  const around = nodesAt(module, offset);
  const parts: string[] = [];
  if (found) {
    const { code, doc } = describeMeaning(found.meaning);
    parts.push(`\`\`\`dlm\n${code}\n\`\`\``);
    const own = around.find(isExpr) ?? boundValue(around, found.meaning.text);
    const values = own && isExpr(own) ? (observed.get(own) ?? []) : [];
    const types = values.flatMap(({ shape, text }) => (shape === undefined ? [] : [text]));
    if (types.length > 0) parts.push(`here: ${types.map(code_).join(", ")}`);
    if (doc !== undefined) parts.push(doc);
  }
  const step = stepAround(around);
  if (step) {
    const shapes = (observed.get(step) ?? []).flatMap(({ shape, text }) =>
      shape === undefined ? [] : [text],
    );
    if (shapes.length > 0) parts.push(`gives ${shapes.map(code_).join(", ")}`);
    parts.push(...costs(analysis, step));
  }
  if (parts.length === 0) {
    const expr = around.find(isExpr);
    const values = expr ? (observed.get(expr) ?? []) : [];
    if (!expr || values.length === 0) return undefined;
    return answer(values.map(({ text }) => text).join(", "), expr);
  }
  return {
    contents: { kind: "markdown", value: parts.join("\n\n") },
    ...(found ? { range: rangeOf(found.span) } : {}),
  };
}

function answer(text: string, { span }: Expr): Hover {
  return { contents: { kind: "markdown", value: text }, range: rangeOf(span) };
}

function code_(text: string): string {
  return `\`${text}\``;
}

/** The value of the `let` around, where the pointer is on the name that it gives. */
function boundValue(around: ReturnType<typeof nodesAt>, text: string): Expr | undefined {
  const statement = around.find(({ kind }) => kind === "let");
  if (!statement || !("value" in statement) || !("pattern" in statement)) return undefined;
  const { pattern, value } = statement as { pattern: { name?: { text: string } }; value: Expr };
  return pattern.name?.text === text ? value : undefined;
}

/** The step of a pipeline, or the call, that the pointer is in. */
function stepAround(around: ReturnType<typeof nodesAt>): Expr | undefined {
  const [inner, outer] = around;
  if (!inner || !isExpr(inner)) return undefined;
  const call =
    outer && isExpr(outer) && outer.kind === "call" && outer.callee === inner ? outer : inner;
  const at = around.indexOf(call);
  const pipe = around[at + 1];
  if (pipe && isExpr(pipe) && pipe.kind === "pipe" && pipe.right === call) return pipe;
  return call.kind === "call" ? call : undefined;
}

/** Parameters and operations of the layers that a step applies. */
function costs({ layersAt }: Analysis, step: Expr): string[] {
  const place = step.kind === "pipe" ? step.right.span : step.span;
  const layers = layersAt(place);
  const parameters = layers.reduce((sum, layer) => sum + layer.parameters, 0);
  const flops = layers.reduce((sum, layer) => sum + layer.flops, 0);
  const [first] = layers;
  if (!first || parameters + flops === 0) return [];
  const several = layers.length > 1 ? `${layers.length} layers, ` : "";
  const counts = [
    ...(parameters > 0 ? [`${parameters.toLocaleString("en-US")} parameters`] : []),
    ...(flops > 0 ? [`${flops.toLocaleString("en-US")} FLOPs an example`] : []),
  ];
  return [`${several}${counts.join(", ")} (\`${first.path}\`)`];
}
