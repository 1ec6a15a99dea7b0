// A model: its root layer, its two graphs over one set of layers, its parameters and states.

import type { DimExpr, Type } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { symbol, symbolsOf, type Dim } from "../ir/dim.ts";
import type { Graph, Node, Output, TensorType } from "../ir/graph.ts";
import type { DType } from "../../runtime/types.ts";
import { apply, type NamedArgument } from "./apply.ts";
import {
  finishGraph,
  graphInput,
  newBuild,
  report,
  withBuild,
  withPlace,
  type Build,
  type Context,
} from "./context.ts";
import { newRoot, rootLayer, type Layer, type Root } from "./layers.ts";
import { evaluateShape, freeNames } from "./dimensions.ts";
import { bind, lookup, type Scope } from "./scope.ts";
import { bindSettings } from "./signature.ts";
import { describeValue } from "./text.ts";
import { int, tensor, type BlockValue, type Value } from "./values.ts";
import type { LayerInfo, ModelUnit, TensorSpec } from "./unit.ts";

/** A model being elaborated: layers are born in training mode and found again in evaluation mode. */
export interface OpenModel {
  readonly block: BlockValue;
  readonly root: Root;
  readonly layer: Layer;
  readonly span: Span;
}

export function openModel(block: BlockValue, span: Span): OpenModel {
  const root = newRoot("model", "state");
  return { block, root, layer: rootLayer(root, "", block.definition.name, span), span };
}

/** Named results of one run of the model. */
export interface ModelResult {
  readonly value: Value;
  readonly outputs: readonly { readonly name: string; readonly node: Node }[];
}

/** Runs the model in the build at hand; undefined after reporting. */
export function runModel(
  ctx: Context,
  model: OpenModel,
  inputs: ReadonlyMap<string, Node>,
): ModelResult | undefined {
  const { block, layer, span } = model;
  const named = [...inputs].map(([text, node]): NamedArgument => ({
    name: { text, span },
    value: tensor(node),
    span,
  }));
  const callee: Value = { kind: "layer", layer, recipe: block };
  const value = withPlace(ctx, { owner: layer, repetition: 0 }, () =>
    apply(ctx, callee, { positional: [], named }, span, "model"),
  );
  if (value.kind === "error") return undefined;
  const names = resultNames(block.definition.syntax.result);
  const parts = value.kind === "tuple" ? value.items : [value];
  const outputs: { name: string; node: Node }[] = [];
  for (const [i, part] of parts.entries()) {
    if (part.kind !== "tensor") {
      report(ctx, "wrong-kind", block.definition.syntax.name.span, {
        what: `the result of the model \`${block.definition.name}\``,
        wanted: "tensors",
        found: describeValue(part),
      });
      return undefined;
    }
    outputs.push({
      name: names[i] ?? (parts.length === 1 ? "output" : `output_${i}`),
      node: part.node,
    });
  }
  return { value, outputs };
}

function resultNames(type: Type | undefined): (string | undefined)[] {
  return type?.kind === "tuple" ? type.items.map((item) => item.name?.text) : [];
}

/** A build in which the model's states are updated (training) or only read. */
export function modelBuild(model: OpenModel, training: boolean): Build {
  model.root.open = training;
  return newBuild(
    {
      training,
      role: "forward",
      // Metrics update in both modes, the model's states in training alone.
      effective: (owner) => owner.root.kind === "metric" || (training && owner.root === model.root),
      recordsOutputs: training,
    },
    model.span,
  );
}

/** `update` outputs for the states of these roots that the build has given new values. */
export function updateOutputs(build: Build, roots: readonly Root[]): Output[] {
  const paths = new Set(roots.flatMap((root) => root.tensors.map((owned) => owned.path)));
  return [...build.updates]
    .filter(([path]) => paths.has(path))
    .map(([name, node]) => ({ name, role: "update", node }));
}

/** The unit of a model once both modes have been run. */
export function modelUnit(
  model: OpenModel,
  parts: {
    readonly training: Graph;
    readonly evaluation: Graph;
    readonly inputs: ReadonlyMap<string, Node>;
    readonly outputs: ModelResult["outputs"];
    readonly batchDim: string | undefined;
  },
): ModelUnit {
  const open = new Set<string>(parts.batchDim === undefined ? [] : [parts.batchDim]);
  for (const node of parts.inputs.values()) for (const dim of node.type.shape) symbolsOf(dim, open);
  return {
    name: model.block.definition.name,
    span: model.span,
    openDims: [...open],
    inputs: [...parts.inputs].map(([name, node]) => ({ name, type: node.type })),
    outputs: parts.outputs.map(({ name, node }) => ({ name, type: node.type })),
    tensors: tensorSpecs(model.root),
    layers: layerInfos(model.root),
    training: parts.training,
    evaluation: parts.evaluation,
  };
}

export function tensorSpecs(root: Root): TensorSpec[] {
  return root.tensors.map(({ path, role, type, initial, origin }) => ({
    path,
    role,
    type,
    initial,
    origin,
  }));
}

function layerInfos(root: Root): LayerInfo[] {
  return root.layers.map((layer) => ({
    path: layer.path,
    block: layer.block,
    output: layer.output,
    parameters: [...layer.tensors.values()]
      .filter((t) => t.role === "parameter")
      .map((t) => t.path),
    span: layer.span,
    depth: layer.depth,
  }));
}

/** A model by itself: inputs have the shapes of its signature, with a symbol for every name. */
export function elaborateModel(ctx: Context, block: BlockValue, span: Span): ModelUnit | undefined {
  const model = openModel(block, span);
  const run = (
    training: boolean,
  ): { graph: Graph; inputs: Map<string, Node>; outputs: ModelResult["outputs"] } | undefined => {
    const build = modelBuild(model, training);
    return withBuild(ctx, build, () => {
      const inputs = signatureInputs(ctx, block);
      const result = inputs && runModel(ctx, model, inputs);
      if (!inputs || !result) return undefined;
      const outputs = result.outputs.map(({ name, node }): Output => ({
        name,
        role: "result",
        node,
      }));
      return {
        graph: finishGraph(build, [...outputs, ...updateOutputs(build, [model.root])]),
        inputs,
        outputs: result.outputs,
      };
    });
  };
  const training = run(true);
  const evaluation = training && run(false);
  if (!training || !evaluation) return undefined;
  const first = [...evaluation.inputs.values()][0]?.type.shape[0];
  const batchDim = first === undefined || typeof first === "number" ? undefined : first.text;
  return modelUnit(model, {
    training: training.graph,
    evaluation: evaluation.graph,
    inputs: evaluation.inputs,
    outputs: evaluation.outputs,
    batchDim,
  });
}

/** Inputs as a model's own signature has them, with a symbol for every name; a run of unknown length is told. */
function signatureInputs(ctx: Context, block: BlockValue): Map<string, Node> | undefined {
  const settings = bindSettings(ctx, block, block.definition.syntax.name.span);
  if (!settings) return undefined;
  const inputs = new Map<string, Node>();
  for (const param of block.definition.inputs) {
    if (param.type?.kind !== "tensor" || param.type.optional) continue;
    const shape = symbolicShape(ctx, param.type.shape, param.name.text, settings);
    if (!shape) return undefined;
    const type: TensorType = { dtype: (param.type.element?.text ?? "f32") as DType, shape };
    inputs.set(param.name.text, graphInput(ctx, param.span, param.name.text, "field", type));
  }
  return inputs;
}

/** Sizes of a declared shape: names that are no ints yet are symbols. Undefined after reporting. */
function symbolicShape(
  ctx: Context,
  declared: readonly DimExpr[],
  input: string,
  settings: Scope,
): Dim[] | undefined {
  for (const dim of declared) {
    const spread = dim.kind === "rest" && dim.name && lookup(settings, dim.name.text);
    const unnamed = dim.kind === "dim" && dim.value.kind === "name" && dim.value.name === "_";
    if (spread || (dim.kind === "dim" && !unnamed)) continue;
    report(
      ctx,
      "not-known",
      dim.span,
      { what: `the shape of \`${input}\` without a training` },
      { help: "a `train` declaration gives it the fields of its data" },
    );
    return undefined;
  }
  const symbols = new Map<string, Value>();
  for (const dim of declared) {
    if (dim.kind === "rest") continue;
    for (const name of freeNames(dim.value)) {
      const known = lookup(settings, name);
      const isSize = known?.kind === "int" || known?.kind === "list" || known?.kind === "tuple";
      if (!isSize) symbols.set(name, int(symbol(name)));
    }
  }
  return evaluateShape(ctx, declared, bind(settings, symbols));
}
