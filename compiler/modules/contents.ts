// What a module is made of: the programs of a model or a training for several devices, and what surrounds them.

import { UserError } from "../../runtime/errors.ts";
import type { Persistent, Program, WebgpuSettings } from "../../runtime/artifact.ts";
import type { BatchTensor } from "../../runtime/module/source.ts";
import type { WriterSource } from "../../runtime/module/writer.ts";
import { elementBytes, sizeOf, type Tensor } from "../../runtime/types.ts";
import { initialTensors } from "../api/initial.ts";
import { createPrograms, partsOf, specsOf, type Place } from "../api/programs.ts";
import { failOn } from "../api/failure.ts";
import { commonSettings } from "../backends/wgsl/settings.ts";
import { averagePath } from "../elaborate/average.ts";
import type { DecodeUnit, ModelUnit, TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import { isOpen } from "../ir/dim.ts";
import type { TensorType } from "../ir/graph.ts";
import { knownShape } from "../program.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import type { ModuleData } from "./data.ts";
import { describeExamples, type ExampleContents } from "./examples.ts";
import { describeWriter, writerPrograms } from "./writers.ts";

export type ModuleTarget = "js" | "wasm" | "webgpu";

export interface ContentOptions {
  readonly targets: readonly ModuleTarget[];
  /** Sizes of batches that programs are made for. */
  readonly batches: readonly number[];
  /** Programs of a training step and of evaluation, besides prediction. */
  readonly training: boolean;
  /** Most threads on WebAssembly, and whether it multiplies and adds in one. */
  readonly threads: number;
  readonly relaxed: boolean;
  /** What is known of the training's data. */
  readonly data?: ModuleData;
  /** Tensors of a run or of a file of weights. */
  readonly weights?: ReadonlyMap<string, Tensor>;
}

export interface TargetContents {
  readonly place: Place;
  readonly persistent: Persistent;
  readonly programs: readonly Program[];
}

export interface ModuleContents {
  readonly name: string;
  readonly targets: readonly TargetContents[];
  readonly inputs: readonly BatchTensor[];
  readonly outputs: readonly BatchTensor[];
  /** Paths of the model's parameters and states. */
  readonly tensors: readonly string[];
  readonly parameterCount: number;
  /** Numbers that fill tensors where no file holds them. */
  readonly fills: Readonly<Record<string, number>>;
  /** What a file of weights holds; absent where the module is to be given one. */
  readonly weights?: ReadonlyMap<string, Tensor>;
  readonly examples?: ExampleContents;
  /** What generates text. */
  readonly writers?: readonly WriterSource[];
  readonly training?: {
    readonly fields: readonly BatchTensor[];
    readonly metrics: readonly string[];
    /** What states of metrics begin every batch with, by path. */
    readonly metricStates: Readonly<Record<string, readonly number[]>>;
    readonly seed: number;
    /** Steps of the whole training, where the data are known. */
    readonly steps?: number;
  };
}

/** Devices in the order in which a module tries them. */
const preference: readonly ModuleTarget[] = ["webgpu", "wasm", "js"];

/** Compiles everything. For inference a training counts by its model alone. */
export function moduleContents(
  given: ModelUnit | TrainingUnit,
  options: ContentOptions,
): ModuleContents {
  const { model, training } = partsOf(given);
  if (options.training && !training) {
    throw new UserError(`the model ${model.name} has no training, so its module can only predict`, {
      help: "leave --for training out, or name a training of it (--train)",
    });
  }
  const unit = options.training && training ? training : model;
  // The number of examples matters to passes over the data alone.
  const dims = { examples: options.batches[0] ?? 1, ...options.data?.dims };
  const kinds = options.training
    ? (["predict", "train", "evaluate"] as const)
    : (["predict"] as const);
  const written = writersOf(training, options.data);
  const targets = preference
    .filter((target) => options.targets.includes(target))
    .map((target): TargetContents => {
      const place = placeOf(target, options, unit, dims);
      const programs = createPrograms(unit, place, { dims });
      const made = options.batches.flatMap((batch) =>
        kinds.map((kind) => programs.compiled(kind, batch)),
      );
      for (const { decode, source, of, data } of written) {
        made.push(...writerPrograms(decode, source, of, data, programs));
      }
      return { place, persistent: programs.persistent, programs: made };
    });
  const batchDim = training?.batchDim ?? model.openDims[0];
  const batchTensor = describeBatch(dims, batchDim);
  const specs = specsOf(unit, dims);
  const { fills, start } = startValues(specs, unit, dims, options, training);
  const own = model.tensors.map(({ path }) => path);
  const names = new Set(
    options.training ? fieldsOf(targets) : model.inputs.map((input) => input.name),
  );
  return {
    name: model.name,
    targets,
    inputs: model.inputs.map(({ name, type }) => batchTensor(name, type)),
    outputs: model.outputs.map(({ name, type }) => batchTensor(name, type)),
    tensors: own,
    parameterCount: model.tensors
      .filter(({ role }) => role === "parameter")
      .reduce((sum, { type }) => sum + sizeOf(knownShape(type, dims) ?? []), 0),
    fills,
    ...(start ? { weights: start } : {}),
    ...(training && options.data
      ? {
          examples: describeExamples(
            training.data,
            options.data,
            model.inputs.map((input) => input.name),
            options.training ? names : undefined,
            written.map(({ source }) => source),
          ),
        }
      : {}),
    ...(written.length > 0 ? { writers: written.map(({ source }) => source) } : {}),
    ...(options.training && training
      ? {
          training: {
            fields: training.data.fields
              .filter(({ name }) => names.has(name))
              .map(({ name, type }) => ({
                ...batchTensor(name, type),
                shape: knownShape(type, dims) ?? [],
                batched: true,
              })),
            metrics: training.metrics.map(({ name }) => name),
            metricStates: metricStart(training, dims),
            seed: training.seed,
            ...stepsOf(training, options),
          },
        }
      : {}),
  };
}

function writersOf(
  training: TrainingUnit | undefined,
  data: ModuleData | undefined,
): {
  readonly decode: DecodeUnit;
  readonly source: WriterSource;
  readonly of: TrainingUnit;
  readonly data: ModuleData;
}[] {
  if (!training || !data) return [];
  return training.decodes.map((decode) => ({
    decode,
    source: describeWriter(decode, training, data),
    of: training,
    data,
  }));
}

function metricStart(
  { metricStates }: TrainingUnit,
  dims: Readonly<Record<string, number>>,
): Record<string, readonly number[]> {
  const values = initialTensors(metricStates, { dims, seed: 0, reporter: new Reporter() });
  return Object.fromEntries([...values].map(([path, { data }]) => [path, Array.from(data)]));
}

/** Steps of the first phase, where the number of examples is known. */
function stepsOf(
  { phases: [phase] }: TrainingUnit,
  { data, batches }: ContentOptions,
): { steps?: number } {
  const examples = data?.examples;
  if (!phase || examples === undefined) return {};
  const batch = phase.batch === "all" ? examples : phase.batch;
  const size = batches.includes(batch) ? batch : (batches[0] ?? batch);
  return { steps: Math.ceil(examples / size / phase.accumulate) * phase.epochs };
}

function placeOf(
  device: ModuleTarget,
  { threads, relaxed }: ContentOptions,
  unit: ModelUnit | TrainingUnit,
  dims: Readonly<Record<string, number>>,
): Place {
  return {
    device,
    wasm: device === "wasm" ? { threads, shared: threads > 1, relaxed } : undefined,
    webgpu: device === "webgpu" ? roomyEnough(unit, dims) : undefined,
  };
}

/** What every adapter allows, with larger bindings where one of the tensors needs them. */
function roomyEnough(
  unit: ModelUnit | TrainingUnit,
  dims: Readonly<Record<string, number>>,
): WebgpuSettings {
  const bytes = specsOf(unit, dims).map(
    ({ type }) => sizeOf(knownShape(type, dims) ?? []) * elementBytes[type.dtype],
  );
  const largest = Math.max(0, ...bytes);
  let { segmentBytes } = commonSettings;
  while (segmentBytes < largest) segmentBytes *= 2;
  return { ...commonSettings, segmentBytes };
}

/** Inputs of training programs that are no scalars of the runtime. */
function fieldsOf([first]: readonly TargetContents[]): string[] {
  const inputs = first?.programs.flatMap((program) => program.inputs) ?? [];
  return inputs.map(({ name }) => name).filter((name) => !name.startsWith("$"));
}

function describeBatch(
  dims: Readonly<Record<string, number>>,
  batchDim: string | undefined,
): (name: string, type: TensorType) => BatchTensor {
  return (name, type) => {
    const [first] = type.shape;
    const batched = first !== undefined && isOpen(first) && first.text === batchDim;
    const shape = batched ? type.shape.slice(1) : type.shape;
    const known = knownShape({ ...type, shape }, dims);
    if (!known) {
      throw new UserError(
        `the size of \`${name}\` depends on the batch otherwise than by its first axis`,
        {
          help: "such a model cannot be a module yet",
        },
      );
    }
    return { name, dtype: type.dtype, shape: known, batched };
  };
}

/** What tensors begin with: numbers that fill them, and a file for all others. */
function startValues(
  specs: readonly TensorSpec[],
  unit: ModelUnit | TrainingUnit,
  dims: Readonly<Record<string, number>>,
  { weights, training: trains }: ContentOptions,
  training: TrainingUnit | undefined,
): { fills: Record<string, number>; start: Map<string, Tensor> | undefined } {
  const isOwn = new Set(partsOf(unit).model.tensors.map(({ path }) => path));
  const fills: Record<string, number> = {};
  const start = new Map<string, Tensor>();
  const reporter = new Reporter();
  // Without weights, inference wants a file that the caller has.
  const drawn = trains ? specs : specs.filter(({ path }) => !isOwn.has(path));
  const initial = initialTensors(drawn, { dims, seed: training?.seed ?? 0, reporter });
  if (reporter.failed) throw failOn(reporter.diagnostics);
  for (const { path } of specs) {
    const found = (trains ? undefined : weights?.get(averagePath(path))) ?? weights?.get(path);
    const value = found ?? initial.get(path);
    if (!value) continue;
    const [first = 0] = value.data;
    if (!isOwn.has(path) && value.data.every((each) => each === first)) {
      if (first !== 0) fills[path] = first;
    } else start.set(path, value);
  }
  if (weights) {
    const missing = [...isOwn].find((path) => !weights.has(path));
    if (missing !== undefined) {
      throw new UserError(`the weights have no ${missing}`, {
        help: "they belong to another model or to other settings (--set …)",
      });
    }
  }
  return { fills, start: start.size === 0 ? undefined : start };
}
