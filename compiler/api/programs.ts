// The programs of a model or a training, compiled on demand by kind and batch size. Nothing is opened to run them.

import { Reporter } from "../../grammar/diagnostic.ts";
import type { Persistent, Program, WasmSettings, WebgpuSettings } from "../../runtime/artifact.ts";
import { currentEngine, wasmSettings } from "../../runtime/devices/wasm/engine.ts";
import type { Lengths } from "../../runtime/train/plan.ts";
import { commonSettings } from "../backends/wgsl/settings.ts";
import type { ModelUnit, TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import { compile, type CompileOptions, type Stage, type Target } from "../index.ts";
import type { Graph } from "../ir/graph.ts";
import { layoutBehind, layoutPersistent } from "../program.ts";
import { failOn } from "./failure.ts";
import { checkSizes, gradientSums, persistentSpecs } from "./persistent.ts";
import {
  averaged,
  isStep,
  programGraph,
  trainingOptions,
  type ProgramKind,
} from "./program-kinds.ts";

export interface ProgramOptions {
  /** Numbers for the open dimensions that the data and the pass leave open, without the batch. */
  readonly dims?: Readonly<Record<string, number>>;
  /** Index of the training's phase whose optimizers are used where none is named; the first by default. */
  readonly phase?: number;
  /** Training steps give the norm of all gradients together (before clipping) as the output `$norm`. */
  readonly norm?: boolean;
  readonly observe?: (stage: Stage, text: () => string) => void;
  /** Stops the graph passes after the one of this name. */
  readonly after?: string;
}

/** What programs are made for. */
export interface Place {
  readonly device: Target;
  readonly wasm: WasmSettings | undefined;
  readonly webgpu: WebgpuSettings | undefined;
}

/** Tensors that several programs share. */
export type Scratch = readonly Pick<TensorSpec, "path" | "type">[];

export interface Programs {
  readonly persistent: Persistent;
  /** The program of this kind. `lengths` are dimensions that differ by batch. */
  compiled(kind: ProgramKind, batch: number, phase?: number, lengths?: Lengths): Program;
  /** A graph of the model's that is none of these kinds, over the same tensors, as evaluation reads them; made once for a
   *  name. */
  other(name: string, graph: () => Graph, batch: number, scratch?: Scratch): Program;
  /** Bytes of the persistent region and of the largest arena compiled so far. */
  plannedBytes(): number;
  /** Forgets what was compiled, for another place. */
  clear(): void;
}

/** A model or a training; both parts of what is compiled. */
export function partsOf(unit: ModelUnit | TrainingUnit): {
  readonly model: ModelUnit;
  readonly training: TrainingUnit | undefined;
} {
  return "model" in unit
    ? { model: unit.model, training: unit }
    : { model: unit, training: undefined };
}

/** Specs of everything persistent, with roles. Sizes that stay open are an error that names them. */
export function specsOf(
  unit: ModelUnit | TrainingUnit,
  dims: Readonly<Record<string, number>>,
): TensorSpec[] {
  const { model, training } = partsOf(unit);
  const specs = persistentSpecs(model, training);
  checkSizes(model, specs, dims, batchDimOf(unit));
  return specs;
}

/** The persistent region of all programs, in a memory that is cut into segments of so many bytes if it is. */
export function persistentOf(
  unit: ModelUnit | TrainingUnit,
  dims: Readonly<Record<string, number>>,
  segmentBytes: number | undefined,
): Persistent {
  const { model, training } = partsOf(unit);
  const kept = [...specsOf(unit, dims), ...gradientSums(model, training)];
  return layoutPersistent(kept, dims, segmentBytes);
}

/** A device that is not at hand, or need not be: `threads` on WebAssembly, and a GPU as every adapter allows it. */
export async function placeFor(device: Target, threads: number): Promise<Place> {
  return {
    device,
    wasm: device === "wasm" ? wasmSettings(await currentEngine(), threads) : undefined,
    webgpu: device === "webgpu" ? commonSettings : undefined,
  };
}

/** `place` is asked anew for every program: a device may be changed for another. */
export function createPrograms(
  unit: ModelUnit | TrainingUnit,
  place: Place,
  options: ProgramOptions = {},
): Programs {
  const { model, training } = partsOf(unit);
  const usual = options.phase ?? 0;
  const dims = options.dims ?? {};
  const batchDim = batchDimOf(unit);
  const segmentBytes = place.webgpu?.segmentBytes;
  const persistent = persistentOf(unit, dims, segmentBytes);
  const programs = new Map<string, Program>();

  function compileAs(
    name: string,
    graph: Graph,
    batch: number,
    {
      lengths,
      ...more
    }: Pick<CompileOptions, "training" | "gradients" | "losses" | "lossScale"> & {
      readonly lengths?: Lengths;
    } = {},
    scratch: Scratch = [],
  ): Program {
    const sizes = { ...dims, ...lengths };
    const reporter = new Reporter();
    const { device, wasm, webgpu } = place;
    const program = compile(graph, {
      name,
      target: device,
      ...(wasm ? { wasm } : {}),
      ...(webgpu ? { webgpu } : {}),
      dims: batchDim === undefined ? sizes : { ...sizes, [batchDim]: batch },
      persistent: layoutBehind(persistent, scratch, segmentBytes),
      reporter,
      ...more,
      ...(options.observe ? { observe: options.observe } : {}),
      ...(options.after === undefined ? {} : { after: options.after }),
    });
    if (!program) throw failOn(reporter.diagnostics);
    programs.set(name, program);
    return program;
  }

  return {
    persistent,
    compiled(kind, batch, index = usual, lengths = {}) {
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
    },
    other: (name, graph, batch, scratch) =>
      programs.get(name) ?? compileAs(name, averaged(graph(), training), batch, {}, scratch),
    plannedBytes: () =>
      persistent.bytes + Math.max(0, ...[...programs.values()].map((p) => p.arenaBytes)),
    clear: () => programs.clear(),
  };
}

function batchDimOf(unit: ModelUnit | TrainingUnit): string | undefined {
  return "model" in unit ? unit.batchDim : unit.openDims[0];
}
