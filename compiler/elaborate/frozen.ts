// `frozen(Model(…), "file")`: a second model with fixed weights, in evaluation mode whatever the mode around it.

import type { Span } from "../../grammar/source.ts";
import { apply } from "./apply.ts";
import { report, withBuild, withPlace, type Build, type Context } from "./context.ts";
import type { Intrinsic } from "./intrinsics/define.ts";
import { newRoot, rootLayer, type Layer, type Root } from "./layers.ts";
import { tensorSpecs } from "./model.ts";
import { describeValue } from "./text.ts";
import type { FrozenUnit, TensorSpec } from "./unit.ts";
import { noneValue, type BlockValue, type Value } from "./values.ts";
import { readWeights } from "./weights.ts";

/** Fixed models of a training by the place of their `frozen(…)`: both modes find the same ones. */
export type FrozenModels = Map<string, FrozenModel>;

interface FrozenModel {
  readonly name: string;
  readonly root: Root;
  readonly layer: Layer;
  readonly block: BlockValue;
  readonly given: ReadonlyMap<string, Value>;
  readonly span: Span;
}

/** The intrinsic, for one mode of a training. `nameAt` is the `let` at a place. */
export function frozenIntrinsic(
  models: FrozenModels,
  isFirst: boolean,
  nameAt: (span: Span) => string | undefined,
): Intrinsic {
  return {
    name: "frozen",
    settings: [
      { name: "model" },
      { name: "file" },
      { name: "rename", default: noneValue },
      { name: "layout", default: noneValue },
    ],
    inputs: [],
    build: ({ ctx, span, settings }) => {
      const block = settings.get("model")?.value ?? noneValue;
      if (block.kind !== "block" || !block.definition.applicable) {
        return report(ctx, "wrong-kind", settings.get("model")?.span ?? span, {
          what: "what is frozen",
          wanted: "a model",
          found: describeValue(block),
        });
      }
      const key = `${span.file.path}:${span.start}`;
      const known = models.get(key) ?? newFrozen(block, span, nameAt(span), models.size);
      const given = new Map([...settings].map(([name, { value }]) => [name, value]));
      models.set(key, { ...known, given });
      known.root.open = isFirst;
      return { kind: "intrinsic", intrinsic: applied(known), given: new Map() };
    },
  };
}

function newFrozen(
  block: BlockValue,
  span: Span,
  letName: string | undefined,
  count: number,
): FrozenModel {
  const name = letName ?? `frozen_${count}`;
  const root = newRoot("frozen", "frozen");
  // A colon stands in no path of the model itself.
  const layer = rootLayer(root, `frozen:${name}`, block.definition.name, span);
  return { name, root, layer, block, given: new Map(), span };
}

/** The fixed model as a block of its inputs. */
function applied({ block, layer }: FrozenModel): Intrinsic {
  const inputs = block.definition.inputs;
  const isOptional = ({ default: value, type }: (typeof inputs)[number]): boolean =>
    value !== undefined || type?.optional === true;
  return {
    name: block.definition.name,
    settings: [],
    inputs: inputs.map((param) => param.name.text),
    required: inputs.filter((param) => !isOptional(param)).length,
    build: (call) => {
      const { ctx, span } = call;
      const named = inputs.flatMap(({ name }, i) => {
        const value = call.inputs[i] ?? noneValue;
        return value.kind === "none" ? [] : [{ name: { text: name.text, span }, value, span }];
      });
      return inEvaluation(ctx, () =>
        withPlace(ctx, { owner: layer, repetition: 0 }, () =>
          apply(
            ctx,
            { kind: "layer", layer, recipe: block },
            { positional: [], named },
            span,
            "frozen",
          ),
        ),
      );
    },
  };
}

/** The same graph under construction, but `training` is false and no state takes a new value. */
function inEvaluation(ctx: Context, work: () => Value): Value {
  const outer = ctx.build;
  const inner: Build = {
    ...outer,
    training: false,
    effective: () => false,
    updates: new Map(),
    globals: new Map(),
    recordsOutputs: false,
  };
  const value = withBuild(ctx, inner, work);
  outer.nodes = inner.nodes;
  return value;
}

/** What is to be loaded; undefined after reporting. */
export function frozenUnits(ctx: Context, models: FrozenModels): FrozenUnit[] | undefined {
  const units: FrozenUnit[] = [];
  for (const { name, root, layer, block, given, span } of models.values()) {
    const prefix = `${layer.path}.`;
    const tensors = tensorSpecs(root);
    const short = tensors.map((spec): TensorSpec => ({
      ...spec,
      path: spec.path.slice(prefix.length),
    }));
    const weights = readWeights(ctx, { given, span, tensors: short, prefix });
    if (!weights) return undefined;
    units.push({ name, model: block.definition.name, tensors, weights });
  }
  return units;
}
