// Loss and metrics of a training: one loss, or one for each of several parts of the model.

import type { Entry, Expr } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { typeText } from "../ir/build.ts";
import { topological, type Node } from "../ir/graph.ts";
import { emit, report, type Context } from "./context.ts";
import { matchPatterns } from "./match.ts";
import { castNode } from "./tensors.ts";
import type { TensorSpec } from "./unit.ts";

/** The value of an expression as a tensor, with the layer that owns its states. */
export type Score = (path: string, expr: Expr, span: Span) => Node | undefined;

export interface Scored {
  readonly name: string;
  readonly node: Node;
}

export interface Loss {
  /** What is shown as the loss: the only one, or the sum of the parts. */
  readonly sum: Node;
  /** By pattern of the parameters that it reaches; empty for a single loss. Its name is `loss[pattern]`. */
  readonly parts: readonly (Scored & { readonly pattern: string; readonly key: Span })[];
  readonly span: Span;
}

/** `loss = …`, or a record of losses by parameter path. Undefined after reporting. */
export function readLoss(ctx: Context, expr: Expr, entry: Span, score: Score): Loss | undefined {
  const { span } = expr;
  if (expr.kind !== "record") {
    const sum = scalarLoss(ctx, expr, entry, score);
    return sum && { sum, parts: [], span };
  }
  const parts: Loss["parts"][number][] = [];
  let sum: Node | undefined;
  for (const { key, value } of expr.entries) {
    const node = scalarLoss(ctx, value, key.span, score);
    if (!node) return undefined;
    sum = sum ? emit(ctx, span, "add", [sum, node]) : node;
    parts.push({ name: `loss[${key.text}]`, pattern: key.text, key: key.span, node });
  }
  if (sum) return { sum, parts, span };
  const found = "an empty record";
  report(ctx, "wrong-kind", span, { what: "`loss`", wanted: "a loss for each part", found });
  return undefined;
}

function scalarLoss(ctx: Context, expr: Expr, span: Span, score: Score): Node | undefined {
  const loss = score("loss", expr, span);
  if (!loss || (loss.type.shape.length === 0 && loss.type.dtype === "f32")) return loss;
  report(
    ctx,
    "loss-not-scalar",
    expr.span,
    { found: typeText(loss.type) },
    { help: "`mean(…)` or `sum(…)` makes one number of it" },
  );
  return undefined;
}

/** The name of the loss that each parameter follows; empty for a single loss. Undefined after reporting. */
export function lossesByPath(
  ctx: Context,
  loss: Loss,
  parameters: readonly TensorSpec[],
): ReadonlyMap<string, string> | undefined {
  if (loss.parts.length === 0) return new Map();
  const patterns = loss.parts.map(({ pattern, key }) => ({ pattern, key }));
  const help =
    'every parameter follows one of the losses; `"*" = …` at the end fits whatever is left';
  const chosen = matchPatterns(ctx, patterns, parameters, { span: loss.span, help });
  return chosen && new Map([...chosen].map(([path, pattern]) => [path, `loss[${pattern}]`]));
}

export function readMetrics(
  ctx: Context,
  entry: Entry | undefined,
  score: Score,
): Scored[] | undefined {
  if (!entry) return [];
  if (entry.value.kind !== "record") {
    report(ctx, "wrong-kind", entry.value.span, {
      what: "`metrics`",
      wanted: "a record: `{ accuracy = accuracy(logits, label) }`",
      found: "something else",
    });
    return undefined;
  }
  const metrics: Scored[] = [];
  for (const { key, value } of entry.value.entries) {
    const scored = score(key.text, value, key.span);
    const node = scored && castNode(ctx, value.span, scored, "f32");
    if (!node) return undefined;
    if (node.type.shape.length > 0) {
      report(
        ctx,
        "metric-not-scalar",
        value.span,
        { name: key.text, found: typeText(node.type) },
        { help: "`average(…)` gives the mean over the pass" },
      );
      return undefined;
    }
    metrics.push({ name: key.text, node });
  }
  return metrics;
}

/** Whether a value is known only after the last batch. */
export function readsState(node: Node): boolean {
  return topological([node]).some(
    (input) => input.op === "input" && input.attrs["role"] === "metric",
  );
}
