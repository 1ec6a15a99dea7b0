// Applying: arguments fill inputs, a recipe becomes the layer of its place, and its body is elaborated.

import type { Argument } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { deeper, report, repetitionOf, step, stop, withPlace, type Context } from "./context.ts";
import { force, missingSettings } from "./force.ts";
import { fillInputs } from "./inputs.ts";
import { buildIntrinsic } from "./intrinsics/call.ts";
import { layerAt, outputTypes, type Layer } from "./layers.ts";
import { limits } from "./limits.ts";
import { bindSettings, bindInputs, checkResult } from "./signature.ts";
import { bindPattern, runBody } from "./statements.ts";
import { describeValue } from "./text.ts";
import {
  errorValue,
  isCallable,
  tuple,
  type BlockValue,
  type Callable,
  type CompositionValue,
  type GivenValue,
  type LambdaValue,
  type Value,
} from "./values.ts";

export interface NamedArgument {
  readonly name: NonNullable<Argument["name"]>;
  readonly value: Value;
  readonly span: Span;
}

/** Evaluated arguments of a call that applies. */
export interface Arguments {
  readonly positional: readonly Value[];
  readonly named: readonly NamedArgument[];
}

/** What a block gives for these arguments. `place` is the place in the source where it is applied. */
export function apply(
  ctx: Context,
  callee: Value,
  args: Arguments,
  span: Span,
  place: string,
): Value {
  step(ctx, span);
  if (callee.kind === "error" || args.positional.some((value) => value.kind === "error"))
    return errorValue;
  if (args.named.some((arg) => arg.value.kind === "error")) return errorValue;
  if (!isCallable(callee)) {
    return report(ctx, "wrong-kind", span, {
      what: "what is applied",
      wanted: "a block",
      found: describeValue(callee),
    });
  }
  switch (callee.kind) {
    case "block":
      return applyBlock(ctx, callee, args, span, place);
    case "intrinsic":
      return callee.intrinsic.inputs.length === 0
        ? applyForced(ctx, callee, args, span, place)
        : buildIntrinsic(ctx, callee, args.positional, span, args.named);
    case "lambda":
      return applyLambda(ctx, callee, args, span, place);
    case "composition":
      return noNames(ctx, args) ?? applyComposition(ctx, callee, args.positional, span, place);
    case "constant":
      return callee.value;
    case "layer":
      return applyLayer(ctx, callee.layer, callee.recipe, args, span);
    default:
      return callee satisfies never;
  }
}

/** A layer for a recipe that a `let` names. */
export function bornLayer(
  ctx: Context,
  recipe: BlockValue | CompositionValue,
  place: string,
  letName: string,
  span: Span,
): Value {
  const owner = ctx.place.owner;
  if (!owner) return recipe;
  const repetition = repetitionOf(ctx, ctx.place.repetition, place);
  const block = recipe.kind === "block" ? recipe.definition.name : "";
  const layer = boundedLayer(
    ctx,
    owner,
    `let ${place}@${ctx.place.repetition}`,
    { block, letName },
    span,
    repetition,
  );
  layer.recipe = recipe;
  return { kind: "layer", layer, recipe };
}

/** The layer of a place, if there are not too many by now. */
function boundedLayer(ctx: Context, ...place: Parameters<typeof layerAt>): Layer {
  const [owner, , , span] = place;
  if (owner.root.layers.length > limits.layers)
    stop(ctx, span, "the number of layers", `${limits.layers}`);
  return layerAt(...place);
}

function applyBlock(
  ctx: Context,
  block: BlockValue,
  args: Arguments,
  span: Span,
  place: string,
): Value {
  const { definition } = block;
  if (!definition.applicable) {
    const missing = missingSettings(block);
    if (missing.length > 0) return missingArguments(ctx, missing, definition.name, span);
    return applyForced(ctx, block, args, span, place);
  }
  const inputs = fillInputs(ctx, block, args, span);
  if (!inputs) return errorValue;
  const { owner, repetition } = ctx.place;
  if (!owner) return runBlockBody(ctx, inputs.block, inputs.values, span);
  const names = { block: definition.name, letName: undefined };
  const layer = boundedLayer(
    ctx,
    owner,
    `${place}@${repetition}`,
    names,
    span,
    repetitionOf(ctx, repetition, place),
  );
  return runLayer(ctx, layer, inputs.block, inputs.values, span);
}

function applyForced(
  ctx: Context,
  callee: Callable,
  args: Arguments,
  span: Span,
  place: string,
): Value {
  const value = force(ctx, callee, span);
  if (value === callee) return missingArguments(ctx, ["settings"], "this block", span);
  return apply(ctx, value, args, span, place);
}

function applyLayer(
  ctx: Context,
  layer: Layer,
  recipe: BlockValue | CompositionValue,
  args: Arguments,
  span: Span,
): Value {
  if (recipe.kind === "composition") {
    const wrong = noNames(ctx, args);
    if (wrong) return wrong;
    const value = withPlace(ctx, { owner: layer, repetition: layer.repetition }, () =>
      inside(ctx, layer, () => applyComposition(ctx, recipe, args.positional, span, "")),
    );
    if (ctx.build.recordsOutputs) layer.output = outputTypes(value);
    return value;
  }
  const inputs = fillInputs(ctx, recipe, args, span);
  return inputs ? runLayer(ctx, layer, inputs.block, inputs.values, span) : errorValue;
}

function runLayer(
  ctx: Context,
  layer: Layer,
  block: BlockValue,
  inputs: ReadonlyMap<string, GivenValue>,
  span: Span,
): Value {
  layer.recipe = block;
  const value = withPlace(ctx, { owner: layer, repetition: layer.repetition }, () =>
    inside(ctx, layer, () => runBlockBody(ctx, block, inputs, span)),
  );
  if (ctx.build.recordsOutputs && value.kind !== "error") layer.output = outputTypes(value);
  return value;
}

/** With the layer in the chain that nodes remember. */
function inside<T>(ctx: Context, layer: Layer, work: () => T): T {
  const before = ctx.blocks;
  const label =
    layer.path === ""
      ? layer.block
      : layer.block === ""
        ? layer.path
        : `${layer.path}: ${layer.block}`;
  ctx.blocks = [...before, label];
  try {
    return work();
  } finally {
    ctx.blocks = before;
  }
}

/** The body of a block with its settings and these inputs, in the present owner. */
export function runBlockBody(
  ctx: Context,
  block: BlockValue,
  inputs: ReadonlyMap<string, GivenValue>,
  span: Span,
): Value {
  const { definition } = block;
  const stack = ctx.stack;
  ctx.stack = [...stack, { block: definition.name, name: definition.syntax.name.span, call: span }];
  try {
    return deeper(ctx, span, () => {
      const settings = bindSettings(ctx, block, span);
      const signature = settings && bindInputs(ctx, definition, settings, inputs, span);
      if (!signature) return errorValue;
      const value = runBody(ctx, definition.syntax.body, signature.scope);
      return value.kind === "error" ? value : checkResult(ctx, definition, signature, value);
    });
  } finally {
    ctx.stack = stack;
  }
}

function applyComposition(
  ctx: Context,
  composition: CompositionValue,
  args: readonly Value[],
  span: Span,
  place: string,
): Value {
  let positional = args;
  const outer = ctx.place;
  for (const [i, item] of composition.items.entries()) {
    const here = `${place}/${i}`;
    const repetition = repetitionOf(ctx, outer.repetition, here);
    const value = withPlace(ctx, { ...outer, repetition }, () =>
      apply(ctx, item, { positional, named: [] }, span, here),
    );
    if (value.kind === "error") return value;
    positional = [value];
  }
  return positional[0] ?? errorValue;
}

function applyLambda(
  ctx: Context,
  lambda: LambdaValue,
  args: Arguments,
  span: Span,
  place: string,
): Value {
  const wrong = noNames(ctx, args);
  if (wrong) return wrong;
  const [first = errorValue, ...more] = args.positional;
  const value = more.length === 0 ? first : tuple(args.positional);
  // Places in the body belong to the owner where it was written; one at the top level works where it is applied.
  const { owner, repetition } = ctx.place;
  const home = lambda.owner ?? owner;
  const same = lambda.repetition === repetition;
  const inner = lambda.owner
    ? same
      ? repetition
      : repetitionOf(ctx, lambda.repetition, `&${repetition}`)
    : repetitionOf(ctx, repetition, place);
  return deeper(ctx, span, () =>
    withPlace(ctx, { ...ctx.place, owner: home, repetition: inner }, () => {
      const scope = bindParameter(ctx, lambda, value);
      return runBody(ctx, lambda.syntax.body, scope);
    }),
  );
}

/** The parameter of a lambda is no `let`: a recipe given to it stays one. */
function bindParameter(ctx: Context, lambda: LambdaValue, value: Value): LambdaValue["scope"] {
  return withPlace(ctx, { ...ctx.place, owner: undefined }, () =>
    bindPattern(ctx, lambda.syntax.pattern, value, lambda.scope, lambda.syntax.pattern.span),
  );
}

function noNames(ctx: Context, args: Arguments): Value | undefined {
  const [first] = args.named;
  if (!first) return undefined;
  return report(ctx, "unknown-argument", first.name.span, {
    name: first.name.text,
    block: "a composition or lambda",
  });
}

export function missingArguments(
  ctx: Context,
  missing: readonly string[],
  block: string,
  span: Span,
): Value {
  const names = missing.map((name) => `\`${name}\``).join(", ");
  return report(ctx, "missing-argument", span, { names, block });
}
