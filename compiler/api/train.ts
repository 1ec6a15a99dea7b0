// A whole training, from the data to the test score, with events and checkpoints.

import type { KernelInfo, Named } from "../../runtime/artifact.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { Scores, TrainingEvent } from "../../runtime/train/events.ts";
import { runTraining, type TrainingResult } from "../../runtime/train/loop.ts";
import { evaluateSplit } from "../../runtime/train/pass.ts";
import {
  startPosition,
  type PhasePlan,
  type Position,
  type TrainingPlan,
} from "../../runtime/train/plan.ts";
import { sizeOf, type Tensor } from "../../runtime/types.ts";
import type { PhaseUnit, TrainingUnit } from "../elaborate/unit.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { fittedPaths, openTrainingData, type DataOptions, type OpenedData } from "./data.ts";
import { checkResumable, fingerprintOf } from "./fingerprint.ts";
import { initialTensors } from "./initial.ts";
import { labelRanges } from "./label-ranges.ts";
import { createKeeper, createMemoryStore, type BestStore } from "./best.ts";
import { openDecodes } from "./decode-plan.ts";
import { deviceOptions, type DeviceOptions } from "./device.ts";
import { loadWeights, type LoadedWeights } from "./weights.ts";
import { averageStates, optimizerStates } from "./persistent.ts";
import { atPrecision, precisionOf, skippedSteps } from "./precision.ts";
import { rateOf } from "./rate.ts";
import { openRunner, type Runner } from "./runner.ts";

/** Everything that a run needs to go on, valid until the promise of `save` ends: tensors by path (the data's fitted states among them) and where it stood. */
export interface Snapshot {
  readonly tensors: ReadonlyMap<string, Tensor>;
  readonly position: Position;
  /** Hash of what must be the same for a resumed run to equal an unbroken one. */
  readonly fingerprint: string;
}

export interface TrainOptions extends DeviceOptions {
  readonly dataHost: DataHost;
  /** Whether threads beside the training make the batches; see `DataOptions`. */
  readonly beside?: DataOptions["beside"];
  readonly loaders?: DataOptions["loaders"];
  readonly onEvent?: (event: TrainingEvent) => void;
  readonly signal?: AbortSignal;
  /** Saves a snapshot; gives the file's path. */
  readonly save?: (snapshot: Snapshot) => Promise<string>;
  /** Keeps the weights of the best epoch, where the training asks for them; in memory where absent. */
  readonly best?: BestStore;
  /** With `kfold(k)`: the part that validates, from 0 on; absent, everything trains. */
  readonly fold?: number;
  /** Ends after this epoch, with schedules as if it went on. */
  readonly stopAfter?: number;
  /** Goes on from here. */
  readonly resume?: Snapshot;
  /** Stops at the first NaN or infinity, naming the source line. */
  readonly checkNumerics?: boolean;
  /** Called once everything is open, before the first step. */
  readonly onReady?: (ready: OpenedTraining) => void;
  /** Called after the last step, with everything still open and the weights that are kept. */
  readonly onDone?: (done: OpenedTraining, result: TrainingResult) => Promise<void>;
  /** Milliseconds; a clock for tests. */
  readonly now?: () => number;
}

/** A training with its data and its programs. */
export interface OpenedTraining {
  readonly unit: TrainingUnit;
  /** The first one. */
  readonly phase: PhaseUnit;
  readonly runner: Runner;
  readonly data: OpenedData;
  /** Of the first phase. */
  readonly batch: number;
  readonly plan: TrainingPlan;
  /** Files of weights that were loaded. */
  readonly weights: LoadedWeights["events"];
  /** Of model, settings and data; see `fingerprint.ts`. */
  readonly fingerprint: string;
  /** Time that compiling took. */
  readonly compileSeconds: number;
  close(): Promise<void>;
}

/** Sizes by the data's name, and by that of the declaration whose place they take. */
function dimsBothWays(
  dims: Readonly<Record<string, number>>,
  name: string,
  trainedOn = name,
): Readonly<Record<string, number>> {
  const others = Object.entries(dims).map(([dim, size]): [string, number] => [
    dim.startsWith(`${name}.`) ? trainedOn + dim.slice(name.length) : dim,
    size,
  ]);
  return { ...dims, ...Object.fromEntries(others) };
}

/** Opens data and programs of a training, with initial or resumed weights. */
export async function openTraining(
  given: TrainingUnit,
  options: DeviceOptions &
    Pick<TrainOptions, "dataHost" | "beside" | "loaders" | "resume" | "now" | "fold"> & {
      /** The declaration that the weights learnt from, where the data are another one: sizes that the model takes by
       *  its name are those of the data at hand. */
      readonly trainedOn?: string;
      /** Whether programs are compiled at once, as for a run; else when they are first asked for. */
      readonly compile?: boolean;
      /** Whether the run shows samples of generated text. */
      readonly samples?: boolean;
    },
): Promise<OpenedTraining> {
  const unit = atPrecision(given, options.precision ?? "f32");
  const [phase] = unit.phases;
  if (!phase) throw new UserError(`${unit.name} has no optimizer`);
  const ofData = fittedPaths(unit.data);
  const resumed = options.resume?.tensors;
  const fitted = resumed && new Map([...resumed].filter(([path]) => ofData.has(path)));
  const opened = await openTrainingData(unit.data, {
    stepThreads: () => runner.wasm?.threads ?? 1,
    dataHost: options.dataHost,
    seed: unit.seed,
    ...(options.fold === undefined ? {} : { fold: options.fold }),
    ranges: labelRanges(unit),
    ...(options.beside ? { beside: options.beside } : {}),
    ...(options.loaders === undefined ? {} : { loaders: options.loaders }),
    ...(fitted && ofData.size > 0 ? { fitted } : {}),
  });
  const data = { ...opened, dims: dimsBothWays(opened.dims, unit.data.name, options.trainedOn) };
  const runner: Runner = await openRunner(unit, {
    dims: data.dims,
    norm: true,
    ...deviceOptions(options),
  });
  const initial = runner.initialise();
  const weights = await loadWeights(unit, runner, {
    dataHost: options.dataHost,
    starts: options.resume === undefined,
  });
  // States of metrics may be as long as a pass; they start anew with other data.
  const ofModel = runner.tensors.filter(
    (spec) => spec.role === "parameter" || spec.role === "state",
  );
  const kept = new Set(ofModel.map((spec) => spec.path));
  for (const [path, tensor] of resumed ?? []) {
    if (ofData.has(path)) continue;
    const own = initial.get(path);
    if (!own) continue;
    if (own.shape.join() === tensor.shape.join()) runner.write(path, tensor.data);
    else if (kept.has(path)) {
      throw new UserError(
        `the run holds ${path} as [${tensor.shape.join(", ")}], but the model wants [${own.shape.join(", ")}]`,
        { help: "give the settings that the run was trained with (--set …)" },
      );
    }
  }
  const count = data.source.counts["train"] ?? 0;
  const phases = await Promise.all(
    unit.phases.map((each, i) => planPhase(each, i, { runner, count, dims: data.dims })),
  );
  const batch = phases[0]?.batch ?? count;
  const now = options.now ?? (() => performance.now());
  const compiling = now();
  const isOpen = data.fields.some((field) => field.open !== undefined);
  // Every program that the run will need is compiled before it starts: memory is known, mistakes come first.
  for (const [index, own] of options.compile === false ? [] : phases.entries()) {
    const step = own.accumulate > 1 ? "accumulate" : "train";
    for (const [split, n] of Object.entries(data.source.counts)) {
      // Where lengths differ by batch, the longest tells the memory; the others are compiled as they come.
      const sizes = isOpen ? [Math.min(own.batch, n)] : [Math.min(own.batch, n), n % own.batch];
      for (const size of new Set(sizes)) {
        if (size > 0) await runner.program(split === "train" ? step : "evaluate", size, index);
      }
    }
    if (own.accumulate > 1) await runner.program("apply", 0, index);
  }
  const decodes = await openDecodes(
    { unit, runner, data },
    { batch, compile: options.compile !== false, samples: options.samples ?? false },
  );
  const compileSeconds = (now() - compiling) / 1000;
  const reporter = new Reporter();
  const largest = Math.max(...phases.map((own) => own.batch));
  const streams = data.streams(largest);
  const plan: TrainingPlan = {
    training: unit.name,
    model: unit.model.name,
    device: runner.device,
    threads: runner.wasm?.threads ?? 1,
    ...(precisionOf(unit) === "f16" ? { precision: "f16" } : {}),
    compileSeconds,
    seed: unit.seed,
    phases,
    parameters: runner.parameterCount,
    plannedBytes: runner.plannedBytes() + data.plannedBytes(largest),
    ...(streams ? { streams } : {}),
    metrics: unit.metrics,
    ...(unit.best && data.source.counts[unit.best.split]
      ? { best: { ...unit.best, ...patienceOf(unit) } }
      : {}),
    metricStates: initialTensors(unit.metricStates, { dims: data.dims, seed: 0, reporter }),
    program: (kind, size, index, lengths) =>
      runner.program(
        kind,
        size,
        index,
        lengths && dimsBothWays(lengths, unit.data.name, options.trainedOn),
      ),
    ...decodes,
  };
  const fingerprint = fingerprintOf(unit, {
    ...(options.fold === undefined ? {} : { fold: options.fold }),
    batches: phases.map((own) => own.batch),
    data: data.dataset.fingerprint,
    weights: weights.fingerprint,
  });
  return {
    unit,
    phase,
    runner,
    data,
    batch,
    plan,
    weights: weights.events,
    fingerprint,
    compileSeconds,
    async close() {
      await runner.close();
      await data.close();
    },
  };
}

function patienceOf({ patience }: TrainingUnit): { readonly patience?: number } {
  return patience === undefined ? {} : { patience };
}

async function planPhase(
  phase: PhaseUnit,
  index: number,
  {
    runner,
    count,
    dims,
  }: {
    readonly runner: Runner;
    readonly count: number;
    readonly dims: Readonly<Record<string, number>>;
  },
): Promise<PhasePlan> {
  const { name, epochs, accumulate, optimizers, lossScale } = phase;
  const sizes = new Map(runner.persistent.tensors.map((t) => [t.name, sizeOf(t.shape)]));
  const trained = [...optimizers].filter(([, optimizer]) => optimizer !== "none");
  return {
    name,
    epochs,
    batch: phase.batch === "all" ? count : Math.min(phase.batch, count),
    accumulate,
    trained: trained.reduce((sum, [path]) => sum + (sizes.get(path) ?? 0), 0),
    begin: () => runner.beginPhase(index),
    ...(lossScale ? { skips: { skipped: () => skippedSteps(runner.session) } } : {}),
    ...(await rateOf(phase, dims)),
  };
}

/** Trains from the start, or on from a snapshot; the same seed gives the same bytes. */
export async function train(unit: TrainingUnit, options: TrainOptions): Promise<TrainingResult> {
  const opened = await openTraining(unit, { ...options, samples: true });
  const { runner, plan, data } = opened;
  const { save } = options;
  try {
    if (options.resume) checkResumable(options.resume.fingerprint, opened.fingerprint);
    options.onReady?.(opened);
    for (const event of opened.weights) options.onEvent?.(event);
    const keeper = unit.best && createKeeper(opened, options.best ?? createMemoryStore());
    if (options.resume?.position.best) await keeper?.check();
    const result = await runTraining(timed(plan, options), runner.session, data.source, {
      from: options.resume?.position ?? startPosition,
      onEvent: options.onEvent ?? (() => undefined),
      now: options.now ?? (() => performance.now()),
      saveEvery: 60_000,
      saveEpochsEvery: 1_000,
      ...(keeper && plan.best ? { keeper } : {}),
      ...(options.stopAfter === undefined ? {} : { stopAfter: options.stopAfter }),
      ...(options.signal ? { signal: options.signal } : {}),
      ...(options.checkNumerics ? { check: stopAtBadNumber } : {}),
      ...(save
        ? {
            save: async (position: Position) =>
              save({
                tensors: await snapshotTensors(opened, position.phase.index),
                position,
                fingerprint: opened.fingerprint,
              }),
          }
        : {}),
    });
    await options.onDone?.(opened, result);
    return result;
  } finally {
    await opened.close();
  }
}

/** Tells of programs that are compiled while the training runs, where that takes time. */
function timed(
  plan: TrainingPlan,
  { onEvent, now = () => performance.now() }: TrainOptions,
): TrainingPlan {
  return {
    ...plan,
    program: async (kind, batch, phase, lengths) => {
      const begun = now();
      const name = await plan.program(kind, batch, phase, lengths);
      const seconds = (now() - begun) / 1000;
      if (seconds > 1)
        onEvent?.({ event: "compile", program: kind, batch, lengths: lengths ?? {}, seconds });
      return name;
    },
  };
}

/** Loss and metrics of a split in evaluation mode. */
export function evaluate(
  opened: OpenedTraining,
  split: string,
  checkNumerics = false,
): Promise<Scores> {
  const { plan, runner, data, batch } = opened;
  if (!data.source.counts[split]) {
    const there = Object.keys(data.source.counts).join(", ");
    throw new UserError(`the data have no split \`${split}\``, { help: `there are: ${there}` });
  }
  return evaluateSplit(
    plan,
    runner.session,
    data.source,
    split,
    batch,
    checkNumerics ? { check: stopAtBadNumber } : {},
  );
}

/** What a run needs to go on in this phase; states of the others' optimizers are of no use then. */
async function snapshotTensors(
  { unit, data, runner }: OpenedTraining,
  phase: number,
): Promise<Map<string, Tensor>> {
  const tensors = new Map<string, Tensor>(data.fitted);
  const { session, persistent } = runner;
  const kept = new Set(
    [
      ...unit.model.tensors,
      ...unit.metricStates,
      ...averageStates(unit),
      ...optimizerStates(unit.phases[phase]),
    ].map((spec) => spec.path),
  );
  for (const { name, dtype, shape } of persistent.tensors) {
    if (!kept.has(name)) continue;
    const data = session.peek?.(name) ?? (await session.read(name));
    tensors.set(name, { dtype, shape, data });
  }
  return tensors;
}

function stopAtBadNumber(kernel: KernelInfo, tensor: Named, index: number, value: number): void {
  const [origin] = kernel.origins;
  const chain = origin && origin.blocks.length > 0 ? ` (in ${origin.blocks.join(" → ")})` : "";
  const what = Number.isNaN(value) ? "a NaN" : "an infinity";
  throw new UserError(
    `${what} came out of ${kernel.name}${chain}, at element ${index} of [${tensor.shape.join(", ")}]`,
    {
      ...(origin ? { place: origin.place } : {}),
      help: `it arose in the ${origin?.role ?? "forward"} pass; a lower learning rate, clipping or a stable loss often help`,
    },
  );
}
