// Trainings: the model over the fields of the data, loss and metrics in both modes, optimizers, settings.

import type { Decode, Entry, Expr, Train } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { symbol } from "../ir/dim.ts";
import type { Graph, Node, Output } from "../ir/graph.ts";
import { finishGraph, graphInput, report, withBuild, withPlace, type Context } from "./context.ts";
import { elaborateDecode } from "./decode.ts";
import { decodedIn } from "./decode-call.ts";
import { startWords, wordScope } from "./entries.ts";
import { evaluate, evaluateForced } from "./evaluate.ts";
import { elaborateAverages } from "./average.ts";
import type { FileScope } from "./files.ts";
import { frozenIntrinsic, frozenUnits, type FrozenModels } from "./frozen.ts";
import { newRoot, rootLayer, type Root } from "./layers.ts";
import {
  modelBuild,
  modelUnit,
  openModel,
  runModel,
  tensorSpecs,
  updateOutputs,
  type ModelResult,
  type OpenModel,
} from "./model.ts";
import { lossesByPath, readLoss, readMetrics, readsState, type Loss } from "./scores.ts";
import { penalty } from "./penalty.ts";
import { readBest, readPhases, wholeNumber, type PhaseParts } from "./phases.ts";
import { bind, type Scope } from "./scope.ts";
import { bindLet } from "./statements.ts";
import { toTensor } from "./tensors.ts";
import { describeValue, sourceText } from "./text.ts";
import { readWeights } from "./weights.ts";
import type {
  DataUnit,
  DecodeUnit,
  MetricUnit,
  TensorSpec,
  TrainingUnit,
  WeightsUnit,
} from "./unit.ts";
import { tensor, type BlockValue, type Value } from "./values.ts";

const batchDim = "batch";

export interface TrainParts {
  readonly declaration: Train;
  readonly name: string;
  readonly file: FileScope;
  readonly block: BlockValue;
  readonly data: DataUnit;
  /** Entries given from outside: `--set epochs=3`. */
  readonly sets: ReadonlyMap<string, Expr>;
  /** What the program declares to generate with it. */
  readonly decodes: readonly { readonly declaration: Decode; readonly file: FileScope }[];
  /** Runs work that starts from outside, with its bounds counted anew. */
  readonly guarded: <T>(work: () => T | undefined) => T | undefined;
}

export function elaborateTraining(ctx: Context, parts: TrainParts): TrainingUnit | undefined {
  const { declaration, block, data } = parts;
  const entries = new Map(
    declaration.items.flatMap((item) =>
      item.kind === "entry" ? [[item.name.text, item] as const] : [],
    ),
  );
  const model = openModel(block, declaration.model.span);
  const metricRoot = newRoot("metric", "metric");
  const frozenModels: FrozenModels = new Map();
  const run = (training: boolean): Run | undefined =>
    runMode(ctx, { ...parts, entries, model, metricRoot, frozenModels, training });

  const training = run(true);
  const evaluation = training && run(false);
  if (!training || !evaluation) return undefined;
  const parameters = tensorSpecs(model.root).filter((spec) => spec.role === "parameter");
  if (parameters.length === 0) {
    report(ctx, "no-parameters", declaration.model.span, { model: block.definition.name });
    return undefined;
  }
  const { scope } = training;
  const losses = lossesByPath(ctx, training.loss, parameters);
  const phases = readPhases(ctx, { declaration, entries, sets: parts.sets, scope, parameters });
  const start = readStart(ctx, { entries, sets: parts.sets, scope }, tensorSpecs(model.root));
  const frozen = frozenUnits(ctx, frozenModels);
  const seed = wholeNumber(ctx, { entries, sets: parts.sets, scope }, "seed", 0, 0);
  const patience = wholeNumber(ctx, { entries, sets: parts.sets, scope }, "patience", undefined, 1);
  const best = readBest(
    ctx,
    { entries, sets: parts.sets },
    evaluation.metrics.map(({ name, node }) => ({ name, decodes: decodedIn(node) !== undefined })),
    data,
  );
  if (
    !phases ||
    !losses ||
    start === "failed" ||
    !frozen ||
    seed === undefined ||
    best === "failed"
  )
    return undefined;
  const decodes: DecodeUnit[] = [];
  for (const decode of parts.decodes) {
    const { guarded } = parts;
    const unit = elaborateDecode(ctx, { ...decode, model, data, batchDim, guarded });
    if (unit) decodes.push(unit);
  }
  if (decodes.length < parts.decodes.length) return undefined;
  const average = parts.sets.get("average") ?? entries.get("average")?.value;
  const averages = average && elaborateAverages(ctx, average, scope, tensorSpecs(model.root));
  if (average && !averages) return undefined;
  const results = (found: Run): Output[] =>
    found.model.outputs.map(({ name, node }) => ({ name, role: "result", node }));
  // What reads generated text is worked out in evaluation alone.
  const scores = (found: Run): Output[] => [
    { name: "loss", role: "loss", node: found.loss.sum },
    ...found.loss.parts.flatMap(({ name, node }): Output[] => [
      { name, role: "loss", node },
      { name, role: "metric", node },
    ]),
    ...found.metrics.map(({ name, node }): Output => ({ name, role: "metric", node })),
  ];
  const states = (found: Run, roots: readonly Root[]): Output[] =>
    updateOutputs(found.build, roots);
  const graph = (found: Run, outputs: readonly Output[]): Graph =>
    finishGraph(
      found.build,
      found === evaluation ? outputs : outputs.filter(({ node }) => decodedIn(node) === undefined),
    );
  return {
    name: parts.name,
    span: declaration.span,
    model: modelUnit(model, {
      training: graph(training, [...results(training), ...states(training, [model.root])]),
      evaluation: graph(evaluation, results(evaluation)),
      inputs: evaluation.inputs,
      outputs: evaluation.model.outputs,
      batchDim,
    }),
    data,
    batchDim,
    step: graph(training, [
      ...results(training),
      ...scores(training),
      ...states(training, [model.root, metricRoot]),
    ]),
    evaluate: graph(evaluation, [
      ...results(evaluation),
      ...scores(evaluation),
      ...states(evaluation, [metricRoot]),
    ]),
    metrics: [...evaluation.loss.parts, ...evaluation.metrics].map(
      ({ name, node }): MetricUnit => ({
        name,
        stateful: readsState(node),
        decodes: decodedIn(node) !== undefined,
      }),
    ),
    metricStates: tensorSpecs(metricRoot),
    decodes,
    ...(losses && losses.size > 0 ? { losses } : {}),
    phases,
    ...(start ? { start } : {}),
    frozen,
    seed,
    ...(averages ? { averages } : {}),
    ...(best ? { best } : {}),
    ...(patience === undefined ? {} : { patience }),
    settings: settingsText(declaration, parts.sets),
  };
}

interface Run {
  readonly build: ReturnType<typeof modelBuild>;
  readonly model: ModelResult;
  readonly inputs: ReadonlyMap<string, Node>;
  readonly loss: Loss;
  readonly metrics: readonly { readonly name: string; readonly node: Node }[];
  /** What entries see: fields, outputs, `let`s. */
  readonly scope: Scope;
}

interface Mode extends TrainParts {
  readonly entries: ReadonlyMap<string, Entry>;
  readonly model: OpenModel;
  readonly metricRoot: Root;
  readonly frozenModels: FrozenModels;
  readonly training: boolean;
}

/** Model, loss and metrics in one mode. Undefined after reporting. */
function runMode(ctx: Context, mode: Mode): Run | undefined {
  const { declaration, data, block, model, metricRoot, training, entries } = mode;
  const build = modelBuild(model, training);
  metricRoot.open = training;
  return withDecoding(ctx, declaration, () =>
    withBuild(ctx, build, () => {
      const fields = new Map<string, Node>();
      const field = (name: string): Node | undefined => {
        const found = data.fields.find((f) => f.name === name);
        if (!found) return undefined;
        const type = { dtype: found.type.dtype, shape: [symbol(batchDim), ...found.type.shape] };
        const node = fields.get(name) ?? graphInput(ctx, found.span, name, "field", type);
        fields.set(name, node);
        return node;
      };
      const inputs = new Map<string, Node>();
      for (const param of block.definition.inputs) {
        const node = field(param.name.text);
        if (node) inputs.set(param.name.text, node);
        else if (!param.default && param.type?.optional !== true) {
          const has = data.fields.map((f) => `\`${f.name}\``).join(", ");
          report(
            ctx,
            "missing-field",
            declaration.data.span,
            { model: block.definition.name, input: param.name.text, data: data.name },
            {
              notes: [{ message: "the model's input", span: param.span }],
              help: `\`${data.name}\` has the fields ${has}`,
            },
          );
          return undefined;
        }
      }
      const result = runModel(ctx, model, inputs);
      if (!result) return undefined;
      for (const { name } of result.outputs) {
        const clash = data.fields.find((f) => f.name === name);
        if (!clash) continue;
        report(
          ctx,
          "ambiguous-name",
          declaration.span,
          { name },
          { notes: [{ message: "the data's field", span: clash.span }] },
        );
        return undefined;
      }
      const outputs = new Map(
        result.outputs.map(({ name, node }): [string, Value] => [name, tensor(node)]),
      );
      const scope = trainScope(ctx, mode, bind(fieldScope(mode.file.scope, field, data), outputs));
      const score = (path: string, expr: Expr, span: Span): Node | undefined => {
        const layer = rootLayerOnce(metricRoot, path, span);
        const value = withPlace(ctx, { owner: layer, repetition: 0 }, () =>
          evaluateForced(ctx, expr, scope),
        );
        return value.kind === "error"
          ? undefined
          : toTensor(ctx, expr.span, value, undefined, `\`${path}\``);
      };
      const lossEntry = entries.get("loss");
      if (!lossEntry) return undefined;
      const lossExpr = mode.sets.get("loss") ?? lossEntry.value;
      const loss = readLoss(ctx, lossExpr, lossEntry.span, score);
      if (loss && decodedIn(loss.sum) !== undefined) {
        const name = decodedIn(loss.sum) ?? "";
        report(ctx, "decode-in-loss", lossExpr.span, { name });
        return undefined;
      }
      const metrics = loss && readMetrics(ctx, entries.get("metrics"), score);
      return loss && metrics && { build, model: result, inputs, loss, metrics, scope };
    }),
  );
}

/** Calls of decode declarations are allowed to those of this training. */
function withDecoding<T>(ctx: Context, training: Train, work: () => T): T {
  const before = ctx.decoding;
  ctx.decoding = training;
  try {
    return work();
  } finally {
    ctx.decoding = before;
  }
}

/** One root layer a score; the evaluation graph finds that of the training graph. */
function rootLayerOnce(root: Root, path: string, span: Span): ReturnType<typeof rootLayer> {
  const full = path === "loss" || path === "let" ? path : `metrics.${path}`;
  return (
    root.layers.find((layer) => layer.parent === undefined && layer.path === full) ??
    rootLayer(root, full, "", span)
  );
}

/** Fields of the data as batches, made when they are first asked for. */
function fieldScope(
  outer: Scope,
  field: (name: string) => Node | undefined,
  data: DataUnit,
): Scope {
  return {
    parent: outer,
    get(name) {
      const node = field(name);
      return node && tensor(node);
    },
    names: () => data.fields.map((f) => f.name),
  };
}

/** The body's `let`s in order, `l2` and `frozen`. */
function trainScope(ctx: Context, mode: Mode, outer: Scope): Scope {
  const letAt = (span: Span): string | undefined => {
    const holder = mode.declaration.items.find(
      (item) => item.kind === "let" && item.span.start <= span.start && item.span.end >= span.end,
    );
    return holder?.kind === "let" && holder.pattern.kind === "name"
      ? holder.pattern.name.text
      : undefined;
  };
  const words = [penalty(mode.model), frozenIntrinsic(mode.frozenModels, mode.training, letAt)];
  let scope = wordScope(outer, words);
  for (const item of mode.declaration.items) {
    if (item.kind !== "let") continue;
    const owner = rootLayerOnce(mode.metricRoot, "let", item.span);
    const before = scope;
    scope = withPlace(ctx, { owner, repetition: 0 }, () =>
      bindLet(ctx, item, evaluate(ctx, item.value, before), before),
    );
  }
  return scope;
}

/** `start = weights("file", …)`. */
function readStart(
  ctx: Context,
  { entries, sets, scope }: Pick<PhaseParts, "entries" | "sets" | "scope">,
  tensors: readonly TensorSpec[],
): WeightsUnit | undefined | "failed" {
  const expr = sets.get("start") ?? entries.get("start")?.value;
  if (!expr) return undefined;
  const value = evaluateForced(ctx, expr, wordScope(scope, startWords));
  if (value.kind === "error") return "failed";
  if (value.kind === "entry" && value.tag === "weights")
    return readWeights(ctx, { given: value.arguments, span: expr.span, tensors }) ?? "failed";
  const wanted = '`weights("file.safetensors")`';
  report(ctx, "wrong-kind", expr.span, { what: "`start`", wanted, found: describeValue(value) });
  return "failed";
}

/** Entries as written, for the manifest. */
function settingsText(declaration: Train, sets: ReadonlyMap<string, Expr>): Record<string, string> {
  const settings: Record<string, string> = { model: sourceText(declaration.model) };
  for (const item of declaration.items)
    if (item.kind === "entry") settings[item.name.text] = sourceText(item.value);
  for (const item of declaration.items)
    if (item.kind === "phase")
      for (const entry of item.entries)
        settings[`${item.name.text}.${entry.name.text}`] = sourceText(entry.value);
  for (const [name, expr] of sets) settings[name] = sourceText(expr);
  return settings;
}
