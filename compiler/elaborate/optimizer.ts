// Optimizers: the block that each parameter gets, elaborated as a graph of its own, and the learning rate for the log.

import type { Span } from "../../grammar/source.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { typeText } from "../ir/build.ts";
import { apply, type NamedArgument } from "./apply.ts";
import {
  finishGraph,
  graphInput,
  newBuild,
  report,
  scalarInput,
  withBuild,
  withPlace,
  type Context,
} from "./context.ts";
import { convert } from "./convert.ts";
import { evaluate } from "./evaluate.ts";
import { matchPatterns } from "./match.ts";
import { newRoot, rootLayer } from "./layers.ts";
import { tensorSpecs, updateOutputs } from "./model.ts";
import { bindSettings } from "./signature.ts";
import { castNode, toTensor } from "./tensors.ts";
import { describeValue } from "./text.ts";
import type { OptimizerUnit, TensorSpec } from "./unit.ts";
import { tensor, type BlockValue, type Value } from "./values.ts";

export interface Optimizers {
  readonly byPath: ReadonlyMap<string, OptimizerUnit | "none">;
  readonly rate: Graph | undefined;
}

/** The optimizer's entry for every parameter; undefined after reporting. States have paths below `owner`. */
export function elaborateOptimizers(
  ctx: Context,
  value: Value,
  parameters: readonly TensorSpec[],
  span: Span,
  owner = "optimizer",
): Optimizers | undefined {
  if (value.kind === "error") return undefined;
  const choices =
    value.kind === "record" ? value.entries : new Map([["*", { value, span, key: span }]]);
  const help = '`"*" = …` at the end fits whatever is left, `none` freezes';
  const patterns = [...choices].map(([pattern, { key }]) => ({ pattern, key }));
  const chosen = matchPatterns(ctx, patterns, parameters, { span, help });
  if (!chosen) return undefined;
  const byPath = new Map<string, OptimizerUnit | "none">();
  let rate: Graph | undefined;
  for (const parameter of parameters) {
    const choice = choices.get(chosen.get(parameter.path) ?? "");
    if (!choice) continue;
    if (choice.value.kind === "none") {
      byPath.set(parameter.path, "none");
      continue;
    }
    const block = optimizerBlock(ctx, choice.value, choice.span);
    const unit = block && optimizerStep(ctx, block, parameter, choice.span, owner);
    if (!block || !unit) return undefined;
    byPath.set(parameter.path, unit);
    rate ??= learningRate(ctx, block, choice.span);
  }
  return { byPath, rate };
}

function optimizerBlock(ctx: Context, value: Value, span: Span): BlockValue | undefined {
  if (value.kind === "error") return undefined;
  const inputs =
    value.kind === "block" ? value.definition.inputs.map((param) => param.name.text) : [];
  if (value.kind === "block" && inputs.includes("w") && inputs.includes("g")) return value;
  report(
    ctx,
    "wrong-kind",
    span,
    {
      what: "an optimizer",
      wanted: "a block with the inputs `w` and `g`",
      found: describeValue(value),
    },
    { help: "for example `sgd(lr = 0.1)` or `adam(lr = 1e-3)`; `none` freezes" },
  );
  return undefined;
}

/** One step for one parameter, over the inputs `w`, `g` and the scalars that the block asks for. */
function optimizerStep(
  ctx: Context,
  block: BlockValue,
  parameter: TensorSpec,
  span: Span,
  owner: string,
): OptimizerUnit | undefined {
  const root = newRoot("optimizer", "optimizer");
  const layer = rootLayer(root, `${owner}.${parameter.path}`, block.definition.name, span);
  const build = newBuild({ training: true, role: "update", effective: () => true }, span);
  return withBuild(ctx, build, () => {
    const given = new Map<string, Node>([
      ["w", graphInput(ctx, span, "w", "field", parameter.type)],
      ["g", graphInput(ctx, span, "g", "field", parameter.type)],
    ]);
    const named = block.definition.inputs.flatMap(({ name }): NamedArgument[] => {
      const node = given.get(name.text) ?? scalarOf(ctx, name.text, span);
      return node ? [{ name: { text: name.text, span }, value: tensor(node), span }] : [];
    });
    const callee: Value = { kind: "layer", layer, recipe: block };
    const value = withPlace(ctx, { owner: layer, repetition: 0 }, () =>
      apply(ctx, callee, { positional: [], named }, span, "optimizer"),
    );
    if (value.kind === "error") return undefined;
    const node = toTensor(ctx, span, value, undefined, "the result of the optimizer");
    if (!node) return undefined;
    if (typeText(node.type) !== typeText(parameter.type)) {
      report(
        ctx,
        "optimizer-result",
        span,
        { found: typeText(node.type), wanted: typeText(parameter.type) },
        {
          notes: [
            { message: `for the parameter \`${parameter.path}\``, span: parameter.origin.span },
          ],
        },
      );
      return undefined;
    }
    const updates = updateOutputs(build, [root]);
    const step = finishGraph(build, [{ name: parameter.path, role: "update", node }, ...updates]);
    return { step, states: tensorSpecs(root), span };
  });
}

const scalars: ReadonlySet<string> = new Set(["step", "steps", "epoch"]);

function scalarOf(ctx: Context, name: string, span: Span): Node | undefined {
  return scalars.has(name)
    ? castNode(ctx, span, scalarInput(ctx, span, `$${name}`), "f32")
    : undefined;
}

/** `lr(step, steps)` of the optimizer, where it has such a setting. */
function learningRate(ctx: Context, block: BlockValue, span: Span): Graph | undefined {
  const param = block.definition.settings.find(
    (setting) => setting.name.text === "lr" || setting.name.text === "rate",
  );
  if (!param) return undefined;
  const build = newBuild({ training: true, role: "update", effective: () => false }, span);
  return withBuild(ctx, build, () => {
    const scope = bindSettings(ctx, block, span);
    const written =
      block.given.get(param.name.text)?.value ??
      (param.default && scope ? evaluate(ctx, param.default, scope) : undefined);
    if (!written) return undefined;
    const type = { kind: "named", name: { text: "block", span }, optional: false, span } as const;
    const schedule = convert(ctx, written, type, "the learning rate", span);
    if (schedule.kind === "error") return undefined;
    const positional = ["step", "steps"].flatMap((name) => {
      const node = scalarOf(ctx, name, span);
      return node ? [tensor(node)] : [];
    });
    const value = apply(ctx, schedule, { positional, named: [] }, span, "rate");
    const node =
      value.kind === "error" ? undefined : toTensor(ctx, span, value, "f32", "the learning rate");
    return node ? finishGraph(build, [{ name: "lr", role: "result", node }]) : undefined;
  });
}
