// `average = ema(0.999)`: a block over each parameter and number-valued state after every step. Evaluation reads what it
// gives in their place.

import type { Expr } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { Node } from "../ir/graph.ts";
import { typeText } from "../ir/build.ts";
import { apply, type NamedArgument } from "./apply.ts";
import { finishGraph, graphInput, newBuild, report, withBuild, withPlace } from "./context.ts";
import type { Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import { newRoot, rootLayer } from "./layers.ts";
import { tensorSpecs, updateOutputs } from "./model.ts";
import type { Scope } from "./scope.ts";
import { toTensor } from "./tensors.ts";
import { describeValue } from "./text.ts";
import type { AverageUnit, TensorSpec } from "./unit.ts";
import { tensor, type BlockValue, type Value } from "./values.ts";

/** Where the average of a parameter or state lies. */
export function averagePath(path: string): string {
  return `average.${path}`;
}

/** By path; `undefined` after reporting. Whole numbers, such as counts of batches, have no average. */
export function elaborateAverages(
  ctx: Context,
  expr: Expr,
  scope: Scope,
  tensors: readonly TensorSpec[],
): ReadonlyMap<string, AverageUnit> | undefined {
  const value = evaluateForced(ctx, expr, scope);
  if (value.kind === "error") return undefined;
  const inputs =
    value.kind === "block" ? value.definition.inputs.map((param) => param.name.text) : [];
  if (value.kind !== "block" || !inputs.includes("w") || !inputs.includes("average")) {
    report(
      ctx,
      "wrong-kind",
      expr.span,
      {
        what: "`average`",
        wanted: "a block with the inputs `w` and `average`",
        found: describeValue(value),
      },
      { help: "for example `average = ema(0.999)`" },
    );
    return undefined;
  }
  const averages = new Map<string, AverageUnit>();
  for (const spec of tensors) {
    if (spec.type.dtype !== "f32") continue;
    const unit = averageOf(ctx, value, spec, expr.span);
    if (!unit) return undefined;
    averages.set(spec.path, unit);
  }
  return averages;
}

function averageOf(
  ctx: Context,
  block: BlockValue,
  spec: TensorSpec,
  span: Span,
): AverageUnit | undefined {
  const path = averagePath(spec.path);
  const root = newRoot("optimizer", "optimizer");
  const layer = rootLayer(root, path, block.definition.name, span);
  const build = newBuild({ training: true, role: "update", effective: () => true }, span);
  return withBuild(ctx, build, () => {
    const given = new Map<string, Node>([
      ["w", graphInput(ctx, span, "w", "field", spec.type)],
      ["average", graphInput(ctx, span, "average", "field", spec.type)],
    ]);
    const named = block.definition.inputs.flatMap(({ name }): NamedArgument[] => {
      const node = given.get(name.text);
      return node ? [{ name: { text: name.text, span }, value: tensor(node), span }] : [];
    });
    const callee: Value = { kind: "layer", layer, recipe: block };
    const value = withPlace(ctx, { owner: layer, repetition: 0 }, () =>
      apply(ctx, callee, { positional: [], named }, span, "average"),
    );
    if (value.kind === "error") return undefined;
    const node = toTensor(ctx, span, value, undefined, "the result of the average");
    if (!node) return undefined;
    if (typeText(node.type) !== typeText(spec.type)) {
      report(
        ctx,
        "optimizer-result",
        span,
        { found: typeText(node.type), wanted: typeText(spec.type) },
        { notes: [{ message: `for \`${spec.path}\``, span: spec.origin.span }] },
      );
      return undefined;
    }
    const updates = updateOutputs(build, [root]);
    const step = finishGraph(build, [{ name: path, role: "update", node }, ...updates]);
    const own: TensorSpec = { ...spec, path, role: "optimizer" };
    return { step, states: [own, ...tensorSpecs(root)] };
  });
}
