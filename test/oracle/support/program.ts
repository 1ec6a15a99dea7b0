// Source text and inputs to outputs and gradients on a device: the level at which the oracle is compared.

import { Reporter } from "../../../grammar/diagnostic.ts";
import { load, ProgramError } from "../../../compiler/api/index.ts";
import { initialTensors } from "../../../compiler/api/initial.ts";
import type { ModelUnit } from "../../../compiler/elaborate/unit.ts";
import { compile, type Target } from "../../../compiler/index.ts";
import { layoutPersistent } from "../../../compiler/program.ts";
import { devices } from "../../../runtime/devices/index.ts";
import { isOnWebgpu } from "../../support/shared.ts";
import { gpuSettings } from "../../support/webgpu.ts";
import type { WasmSettings } from "../../../runtime/artifact.ts";
import type { Host } from "../../../runtime/host.ts";

/** Where every case runs. */
export interface Place {
  readonly name: string;
  readonly target: Target;
  readonly wasm?: WasmSettings;
}

/** WebAssembly on threads that share even the smallest kernel. */
function wasm(threads: number, relaxed: boolean): Place {
  const name = `wasm, ${threads} thread${threads === 1 ? "" : "s"}${relaxed ? ", fused" : ""}`;
  return {
    name,
    target: "wasm",
    wasm: { threads, relaxed, shared: threads > 1, shareFrom: 0 },
  };
}

const webgpu = { name: "webgpu", target: "webgpu" } as const;

const onCpu: readonly Place[] = [
  { name: "reference", target: "reference" },
  { name: "js", target: "js" },
  wasm(1, false),
  wasm(1, true),
  wasm(3, true),
];

export const places: readonly Place[] = isOnWebgpu ? [webgpu] : onCpu;

/** The same for whole trainings, which choose by themselves what is fused and shared. */
export interface TrainingPlace {
  readonly name: string;
  readonly device: Target;
  readonly threads?: number;
}

const trainingsOnCpu: readonly TrainingPlace[] = [
  { name: "reference", device: "reference" },
  { name: "js", device: "js" },
  { name: "wasm", device: "wasm", threads: 1 },
  { name: "wasm, 3 threads", device: "wasm", threads: 3 },
];

export const trainingPlaces: readonly TrainingPlace[] = isOnWebgpu
  ? [{ name: "webgpu", device: "webgpu" }]
  : trainingsOnCpu;

const file = "case.dlm";

/** A host that knows one source file. */
export function textHost(text: string): Host {
  return {
    readText: (path) => (path === file ? text : undefined),
    resolve: () => undefined,
  };
}

/** Loads a source text; its mistakes are thrown with their places. */
export function loadText(text: string): ReturnType<typeof load> {
  const loaded = load(file, { host: textHost(text) });
  return loaded;
}

/** Runs `use`, and adds the source text and all diagnostics to what it throws. */
export function explained<T>(text: string, use: () => T): T {
  try {
    return use();
  } catch (error) {
    if (!(error instanceof ProgramError)) throw error;
    const lines = error.diagnostics.map((d) => `${d.code} at ${d.span.start}: ${d.message}`);
    throw new Error(`${lines.join("\n")}\n${text}`, { cause: error });
  }
}

export interface Run {
  readonly outputs: Readonly<Record<string, ArrayLike<number>>>;
  /** By path of the parameter. */
  readonly gradients: Readonly<Record<string, ArrayLike<number>>>;
  /** Parameters and states after the run. */
  readonly persistent: Readonly<Record<string, ArrayLike<number>>>;
}

export interface RunOptions {
  readonly place: Place;
  /** Model inputs by name. */
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
  /** Parameters and states by path; others keep their initial value. */
  readonly persistent: Readonly<Record<string, ArrayLike<number>>>;
  readonly mode: "training" | "evaluation";
  /** The result of this name is the loss whose gradients are wanted. */
  readonly loss?: string;
}

/** The only model of a source text, with all sizes written in it. */
export function modelOf(text: string): ModelUnit {
  return explained(text, () => loadText(text).model());
}

/** Runs a model once, with gradients of its parameters where a loss is named. */
export async function runModel(text: string, model: ModelUnit, options: RunOptions): Promise<Run> {
  const { loss } = options;
  const { target, wasm: settings } = options.place;
  const graph = options.mode === "training" ? model.training : model.evaluation;
  const outputs = graph.outputs.map((output) =>
    output.name === loss && output.role === "result"
      ? { ...output, role: "loss" as const }
      : output,
  );
  const persistent = layoutPersistent(model.tensors, {});
  const reporter = new Reporter();
  const program = compile(
    { inputs: graph.inputs, outputs },
    {
      name: "case",
      target,
      dims: {},
      persistent,
      reporter,
      gradients: loss !== undefined,
      ...(settings ? { wasm: settings } : {}),
      ...(target === "webgpu" ? { webgpu: await gpuSettings() } : {}),
    },
  );
  if (!program) {
    throw new Error(`${reporter.diagnostics.map((d) => d.message).join("\n")}\n${text}`);
  }
  const session = await devices[target].open(
    persistent,
    settings ? { threads: settings.threads } : {},
  );
  try {
    for (const [path, tensor] of initialTensors(model.tensors, { dims: {}, seed: 0, reporter })) {
      session.write(path, options.persistent[path] ?? tensor.data);
    }
    await session.load(program);
    session.run("case", { ...options.inputs, $seed: 0, $draw: 0, $step: 0, $steps: 1, $epoch: 0 });
    const results: Record<string, ArrayLike<number>> = {};
    const gradients: Record<string, ArrayLike<number>> = {};
    for (const { name } of program.outputs) {
      const value = await session.output("case", name);
      if (name.startsWith("gradient:")) gradients[name.slice("gradient:".length)] = value;
      else results[name] = value;
    }
    const kept: Record<string, ArrayLike<number>> = {};
    for (const { name } of persistent.tensors) kept[name] = await session.read(name);
    return { outputs: results, gradients, persistent: kept };
  } finally {
    await session.close();
  }
}
