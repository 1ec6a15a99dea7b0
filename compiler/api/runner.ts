// A model or a training opened on a device: its tensors by path, its programs compiled on demand by batch size.

import { Reporter } from "../../grammar/diagnostic.ts";
import { formatSpan } from "../../grammar/source.ts";
import type {
  NumericsCheck,
  Persistent,
  Program,
  Session,
  WasmSettings,
  WebgpuSettings,
} from "../../runtime/artifact.ts";
import type { DeviceName } from "../../runtime/devices/index.ts";
import { UserError } from "../../runtime/errors.ts";
import { runProgram } from "../../runtime/train/pass.ts";
import type { Lengths } from "../../runtime/train/plan.ts";
import { elementBytes, sizeOf, type Tensor, type TypedArray } from "../../runtime/types.ts";
import type { ModelUnit, PhaseUnit, TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import { gradientPath } from "../autodiff/accumulate.ts";
import { compile, type CompileOptions, type Stage } from "../index.ts";
import { isOpen, symbolsOf } from "../ir/dim.ts";
import type { Graph } from "../ir/graph.ts";
import { layoutBehind, layoutPersistent } from "../program.ts";
import {
  averaged,
  isStep,
  programGraph,
  trainingOptions,
  type ProgramKind,
} from "./program-kinds.ts";
import { openDevice, type DeviceOptions } from "./device.ts";
import { failOn } from "./failure.ts";
import { initialTensors } from "./initial.ts";

export interface RunnerOptions extends DeviceOptions {
  /** Numbers for the open dimensions that the data and the pass leave open, without the batch. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Draws initial values; the training's own seed where absent (0 for a bare model). */
  readonly seed?: number;
  /** Index of the training's phase whose optimizers are used where none is named; the first by default. */
  readonly phase?: number;
  /** Training steps give the norm of all gradients together (before clipping) as the output `$norm`. */
  readonly norm?: boolean;
  readonly observe?: (stage: Stage, text: () => string) => void;
  /** Stops the graph passes after the one of this name. */
  readonly after?: string;
}

export type Inputs = Readonly<Record<string, ArrayLike<number> | number>>;

/** Scalars of a step, 0 where not given (`steps` 1). */
export interface StepScalars {
  readonly seed?: number;
  readonly step?: number;
  readonly steps?: number;
  readonly epoch?: number;
}

/** Tensors that several programs share. */
export type Scratch = readonly Pick<TensorSpec, "path" | "type">[];

export interface Runner {
  readonly device: DeviceName;
  /** How WebAssembly is compiled and run, on that device. */
  readonly wasm: WasmSettings | undefined;
  /** What shaders are made for, on that device. */
  readonly webgpu: WebgpuSettings | undefined;
  readonly session: Session;
  readonly persistent: Persistent;
  /** Specs of everything persistent, with roles. */
  readonly tensors: readonly TensorSpec[];
  /** Number of trainable numbers. */
  readonly parameterCount: number;
  /** Writes start values to every tensor. */
  initialise(seed?: number): ReadonlyMap<string, Tensor>;
  read(path: string): Promise<TypedArray>;
  write(path: string, data: ArrayLike<number>): void;
  /** Writes start values to the states of a phase's optimizers. */
  beginPhase(phase: number): void;
  /** Compiles and loads a program; gives its name in the session. `apply` has no batch: 0. */
  program(kind: ProgramKind, batch: number, phase?: number, lengths?: Lengths): Promise<string>;
  /** Compiles and loads a graph of the model's that is none of these kinds, over the same tensors, as evaluation reads
   *  them; made once for a name, which it bears in the session. Programs with the same `scratch` share these tensors, which
   *  hold what they were given until another program runs. */
  load(name: string, graph: () => Graph, batch: number, scratch?: Scratch): Promise<string>;
  /** The compiled program itself, for plans and listings. `lengths` are dimensions that differ by batch. */
  compiled(kind: ProgramKind, batch: number, phase?: number, lengths?: Lengths): Program;
  /** Bytes of the persistent region and of the largest arena compiled so far. */
  plannedBytes(): number;
  /** The model's outputs in evaluation mode, by name. */
  forward(inputs: Inputs, batch: number): Promise<Record<string, TypedArray>>;
  /** Loss and gradients by parameter path; nothing changes. */
  gradients(
    inputs: Inputs,
    batch: number,
    scalars?: StepScalars,
  ): Promise<{ loss: number; gradients: Record<string, TypedArray> }>;
  /** One training step; gives the loss before the update. */
  step(
    inputs: Inputs,
    batch: number,
    scalars?: StepScalars,
    check?: NumericsCheck,
  ): Promise<number>;
  /** Loss in evaluation mode. */
  evaluate(inputs: Inputs, batch: number, scalars?: StepScalars): Promise<number>;
  close(): Promise<void>;
}

/** Opens a model or a training. Sizes that stay open are an error that names them. */
export async function openRunner(
  unit: ModelUnit | TrainingUnit,
  options: RunnerOptions = {},
): Promise<Runner> {
  const training = "model" in unit ? unit : undefined;
  const model = "model" in unit ? unit.model : unit;
  const usual = options.phase ?? 0;
  const dims = options.dims ?? {};
  const batchDim = training ? training.batchDim : model.openDims[0];
  const tensors = persistentSpecs(model, training);
  checkSizes(model, tensors, dims, batchDim);
  const kept = [...tensors, ...gradientSums(model, training)];
  const place = await openDevice((segment) => layoutPersistent(kept, dims, segment), options);
  const { persistent, webgpu } = place;
  const seed = options.seed ?? training?.seed ?? 0;
  const programs = new Map<string, Program>();
  const loaded = new Set<string>();

  function compiled(
    kind: ProgramKind,
    batch: number,
    index = usual,
    lengths: Lengths = {},
  ): Program {
    const phase = training?.phases[index];
    const size = [batch, ...Object.values(lengths)].join("x");
    const name = index > 0 && isStep(kind) ? `${kind}@${size}#${index}` : `${kind}@${size}`;
    const known = programs.get(name);
    if (known) return known;
    return compileAs(name, programGraph(kind, model, training), batch, {
      lengths,
      ...trainingOptions(kind, batch, phase, training, options.norm ?? false),
      ...(training?.losses ? { losses: training.losses } : {}),
    });
  }

  function compileAs(
    name: string,
    graph: Graph,
    batch: number,
    {
      lengths,
      ...more
    }: Pick<CompileOptions, "training" | "gradients" | "losses"> & {
      readonly lengths?: Lengths;
    } = {},
    scratch: Scratch = [],
  ): Program {
    const sizes = { ...dims, ...lengths };
    const reporter = new Reporter();
    const program = compile(graph, {
      name,
      target: place.device,
      ...(place.wasm ? { wasm: place.wasm } : {}),
      ...(webgpu ? { webgpu } : {}),
      dims: batchDim === undefined ? sizes : { ...sizes, [batchDim]: batch },
      persistent: layoutBehind(persistent, scratch, webgpu?.segmentBytes),
      reporter,
      ...more,
      ...(options.observe ? { observe: options.observe } : {}),
      ...(options.after === undefined ? {} : { after: options.after }),
    });
    if (!program) throw failOn(reporter.diagnostics);
    programs.set(name, program);
    return program;
  }

  async function ready(make: () => Program): Promise<string> {
    const found = make();
    if (!loaded.has(found.name)) {
      if (!(await place.load(found))) {
        // Another device takes over: everything is compiled anew for it.
        programs.clear();
        loaded.clear();
        return ready(make);
      }
      loaded.add(found.name);
    }
    return found.name;
  }

  const program = (
    kind: ProgramKind,
    batch: number,
    index = usual,
    lengths?: Lengths,
  ): Promise<string> => ready(() => compiled(kind, batch, index, lengths));

  async function run(
    kind: ProgramKind,
    inputs: Inputs,
    batch: number,
    scalars: StepScalars,
    check?: NumericsCheck,
  ): Promise<string> {
    const name = await program(kind, batch);
    const { step = 0, steps = 1, epoch = 0 } = scalars;
    const own = { $draw: step, $step: step, $steps: steps, $epoch: epoch };
    const given = { ...inputs, $seed: scalars.seed ?? seed, ...own };
    await runProgram(place.session, name, given, check);
    return name;
  }

  const lossOf = async (name: string): Promise<number> =>
    Number((await place.session.output(name, "loss"))[0]);

  return {
    get device() {
      return place.device;
    },
    get wasm() {
      return place.wasm;
    },
    webgpu,
    get session() {
      return place.session;
    },
    persistent,
    tensors,
    parameterCount: countParameters(tensors, persistent),
    initialise(from) {
      const reporter = new Reporter();
      const drawn = tensors.filter((spec) => spec.role !== "frozen");
      const values = initialTensors(drawn, { dims, seed: from ?? seed, reporter });
      if (reporter.failed) throw failOn(reporter.diagnostics);
      for (const [path, tensor] of values) place.session.write(path, tensor.data);
      return values;
    },
    beginPhase(index) {
      const states = optimizerStates(training?.phases[index]);
      const values = initialTensors(states, { dims, seed, reporter: new Reporter() });
      for (const [path, tensor] of values) place.session.write(path, tensor.data);
    },
    read: (path) => place.session.read(path),
    write: (path, data) => place.session.write(path, data),
    program,
    load: (name, graph, batch, scratch) =>
      ready(
        () =>
          programs.get(name) ?? compileAs(name, averaged(graph(), training), batch, {}, scratch),
      ),
    compiled,
    plannedBytes: () =>
      persistent.bytes + Math.max(0, ...[...programs.values()].map((p) => p.arenaBytes)),
    async forward(inputs, batch) {
      const name = await run("predict", inputs, batch, {});
      const results: Record<string, TypedArray> = {};
      for (const { name: output } of model.outputs)
        results[output] = await place.session.output(name, output);
      return results;
    },
    async gradients(inputs, batch, scalars = {}) {
      const name = await run("gradients", inputs, batch, scalars);
      const gradients: Record<string, TypedArray> = {};
      for (const { name: output } of compiled("gradients", batch).outputs) {
        if (output.startsWith("gradient:")) {
          gradients[output.slice("gradient:".length)] = await place.session.output(name, output);
        }
      }
      return { loss: await lossOf(name), gradients };
    },
    step: async (inputs, batch, scalars = {}, check) =>
      lossOf(await run("train", inputs, batch, scalars, check)),
    evaluate: async (inputs, batch, scalars = {}) =>
      lossOf(await run("evaluate", inputs, batch, scalars)),
    close: () => place.session.close(),
  };
}

/** Sizes that nothing gives a number are an error that names them; a model's own data would know them. */
export function checkSizes(
  model: ModelUnit,
  tensors: readonly TensorSpec[],
  dims: Readonly<Record<string, number>>,
  batchDim: string | undefined,
): void {
  const types = [...tensors, ...model.inputs].map((each) => each.type);
  const names = types.flatMap(({ shape }) =>
    shape.flatMap((dim) => (isOpen(dim) ? [...symbolsOf(dim)] : [])),
  );
  const open = [...new Set(names)].filter((name) => name !== batchDim && !(name in dims));
  if (open.length === 0) return;
  throw new UserError(`${model.name} leaves open: ${open.join(", ")}`, {
    place: formatSpan(model.span),
    help: "a training takes such sizes from its data; for a model by itself write them, or give `dims`",
  });
}

/** Everything that is kept between steps: the model's, the metrics', those of fixed models, the optimizers' of all phases. States of two phases
 *  with one path share their place, as a phase starts with new ones. */
export function persistentSpecs(model: ModelUnit, training?: TrainingUnit): TensorSpec[] {
  const states = (training?.phases ?? []).flatMap((phase) => optimizerStates(phase));
  const frozen = (training?.frozen ?? []).flatMap(({ tensors }) => tensors);
  return [
    ...model.tensors,
    ...(training?.metricStates ?? []),
    ...averageStates(training),
    ...frozen,
    ...states,
  ];
}

/** Averages of weights and what they need, kept through all phases. */
export function averageStates(training: TrainingUnit | undefined): TensorSpec[] {
  return [...(training?.averages?.values() ?? [])].flatMap((average) => average.states);
}

export function optimizerStates(phase: PhaseUnit | undefined): TensorSpec[] {
  return [...(phase?.optimizers.values() ?? [])].flatMap((optimizer) =>
    optimizer === "none" ? [] : optimizer.states,
  );
}

/** Sums of gradients over the batches of a step, for the parameters that any phase trains so. */
function gradientSums(
  model: ModelUnit,
  training: TrainingUnit | undefined,
): Pick<TensorSpec, "path" | "type">[] {
  const phases = (training?.phases ?? []).filter((phase) => phase.accumulate > 1);
  return model.tensors
    .filter(({ path }) => phases.some(({ optimizers: o }) => (o.get(path) ?? "none") !== "none"))
    .map(({ path, type }) => ({ path: gradientPath(path), type }));
}

function countParameters(specs: readonly TensorSpec[], persistent: Persistent): number {
  const parameters = new Set(
    specs.filter((spec) => spec.role === "parameter").map((spec) => spec.path),
  );
  return persistent.tensors
    .filter((tensor) => parameters.has(tensor.name))
    .reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);
}

/** Bytes of the parameters alone. */
export function parameterBytes(persistent: Persistent, paths: ReadonlySet<string>): number {
  return persistent.tensors
    .filter((tensor) => paths.has(tensor.name))
    .reduce((sum, { dtype, shape }) => sum + elementBytes[dtype] * sizeOf(shape), 0);
}
