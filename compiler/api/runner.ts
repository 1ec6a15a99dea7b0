// A model or a training opened on a device: its tensors by path, its programs loaded on demand by batch size.

import { Reporter } from "../../grammar/diagnostic.ts";
import type {
  NumericsCheck,
  Persistent,
  Program,
  Session,
  WasmSettings,
  WebgpuSettings,
} from "../../runtime/artifact.ts";
import type { DeviceName } from "../../runtime/devices/index.ts";
import { runProgram } from "../../runtime/train/pass.ts";
import type { Lengths } from "../../runtime/train/plan.ts";
import { sizeOf, type Tensor, type TypedArray } from "../../runtime/types.ts";
import type { ModelUnit, TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import type { Graph } from "../ir/graph.ts";
import { openDevice, type DeviceOptions } from "./device.ts";
import { failOn } from "./failure.ts";
import { initialTensors } from "./initial.ts";
import { optimizerStates } from "./persistent.ts";
import { atPrecision } from "./precision.ts";
import type { ProgramKind } from "./program-kinds.ts";
import {
  createPrograms,
  partsOf,
  persistentOf,
  specsOf,
  type ProgramOptions,
  type Programs,
  type Scratch,
} from "./programs.ts";

export interface RunnerOptions extends DeviceOptions, ProgramOptions {
  /** Draws initial values; the training's own seed where absent (0 for a bare model). */
  readonly seed?: number;
}

export type Inputs = Readonly<Record<string, ArrayLike<number> | number>>;

/** Scalars of a step, 0 where not given (`steps` 1). */
export interface StepScalars {
  readonly seed?: number;
  readonly step?: number;
  readonly steps?: number;
  readonly epoch?: number;
}

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
  given: ModelUnit | TrainingUnit,
  options: RunnerOptions = {},
): Promise<Runner> {
  const unit = "model" in given ? atPrecision(given, options.precision ?? "f32") : given;
  const { model, training } = partsOf(unit);
  const dims = options.dims ?? {};
  const tensors = specsOf(unit, dims);
  const place = await openDevice((segment) => persistentOf(unit, dims, segment), options);
  const programs = createPrograms(unit, place, options);
  const { persistent } = programs;
  const compiled: Programs["compiled"] = (...of) => programs.compiled(...of);
  const seed = options.seed ?? training?.seed ?? 0;
  const loaded = new Set<string>();

  async function ready(make: () => Program): Promise<string> {
    for (;;) {
      try {
        const found = make();
        if (loaded.has(found.name)) return found.name;
        await place.session.load(found);
        loaded.add(found.name);
        return found.name;
      } catch (thrown) {
        // If another device takes over, everything is compiled anew for it.
        await place.fallBack(thrown);
        programs.clear();
        loaded.clear();
      }
    }
  }

  const program = (
    kind: ProgramKind,
    batch: number,
    index?: number,
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
    get webgpu() {
      return place.webgpu;
    },
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
    load: (name, graph, batch, scratch) => ready(() => programs.other(name, graph, batch, scratch)),
    compiled,
    plannedBytes: () => programs.plannedBytes(),
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

function countParameters(specs: readonly TensorSpec[], persistent: Persistent): number {
  const parameters = new Set(
    specs.filter((spec) => spec.role === "parameter").map((spec) => spec.path),
  );
  return persistent.tensors
    .filter((tensor) => parameters.has(tensor.name))
    .reduce((sum, tensor) => sum + sizeOf(tensor.shape), 0);
}
