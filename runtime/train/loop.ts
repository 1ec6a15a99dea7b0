// The training loop: epochs of batches through a compiled step, evaluation passes, checkpoints. It sees a session,
// programs by name, batches and events; nothing of the language.

import type { NumericsCheck, Session } from "../artifact.ts";
import type { Tensor, TypedArray } from "../types.ts";
import { betterEpoch, isPatienceOver, type BestKeeper, type BestPlan } from "./best.ts";
import type { Scores, TrainingEvent } from "./events.ts";
import { watchWaits } from "./waits.ts";

/** One batch: fields by name, `size` examples. */
export interface Batch {
  readonly size: number;
  readonly inputs: Readonly<Record<string, TypedArray>>;
}

/** Where batches come from. */
export interface BatchSource {
  /** Examples by split: `train`, perhaps `validation` and `test`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Batches of a pass; training passes are shuffled by epoch. `from` batches are left out at the start. A batch is
   *  valid until the next one is asked for. */
  batches(
    split: string,
    options: { epoch: number; batch: number; from: number; training: boolean },
  ): Iterable<Batch> | AsyncIterable<Batch>;
}

export interface MetricSpec {
  readonly name: string;
  readonly stateful: boolean;
}

/** A training as the loop sees it. */
export interface TrainingPlan {
  readonly training: string;
  readonly model: string;
  readonly device: string;
  readonly threads: number;
  readonly compileSeconds: number;
  readonly seed: number;
  /** In order; a training without phases is one. */
  readonly phases: readonly PhasePlan[];
  readonly parameters: number;
  readonly plannedBytes: number;
  readonly metrics: readonly MetricSpec[];
  readonly best?: BestPlan;
  /** Start values of the metrics' states, written before every pass. */
  readonly metricStates: ReadonlyMap<string, Tensor>;
  /** Compiles and loads the program for a batch of this size; gives its name in the session. `train` is a whole step;
   *  `accumulate` adds gradients up, and `apply`, which has no batch, makes the step of them. */
  program(kind: LoopProgram, batch: number, phase: number): Promise<string>;
}

export type LoopProgram = "train" | "accumulate" | "apply" | "evaluate";

/** Epochs with the same optimizers. */
export interface PhasePlan {
  /** Empty in a training without phases. */
  readonly name: string;
  readonly epochs: number;
  /** Examples a batch; `Infinity` stands for all. */
  readonly batch: number;
  /** Batches whose gradients make one step. */
  readonly accumulate: number;
  /** Numbers that are not frozen. */
  readonly trained: number;
  /** Writes the start values of the optimizers' states. */
  begin(): void;
  /** The learning rate, for the log. */
  rate?(scalars: Scalars): number;
}

/** The scalars every program may ask for. What an optimizer sees begins anew with its phase, as its states do. */
export interface Scalars {
  readonly $seed: number;
  /** Distinguishes random draws: batches done. */
  readonly $draw: number;
  /** Optimizer steps done in the phase, and those it has. */
  readonly $step: number;
  readonly $steps: number;
  readonly $epoch: number;
  /** Batches done in the step, and examples of the step up to here: for gradients that are added up. */
  readonly $part: number;
  readonly $examples: number;
}

/** Where a run stands: everything beside the tensors that a resumed run needs. Plain JSON. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** The running phase, with what is done of it. */
  readonly phase: { readonly index: number; readonly step: number; readonly epoch: number };
  /** Batches done in all: the number of random draws. */
  readonly draws: number;
  /** Batches done in the running epoch. */
  readonly batch: number;
  /** Sums of the running epoch: Σ value·examples by name, and the examples. */
  readonly sums: Readonly<Record<string, number>>;
  readonly seen: number;
  readonly seconds: number;
  readonly best: { readonly epoch: number; readonly value: number } | null;
}

export const startPosition: Position = {
  step: 0,
  epoch: 0,
  phase: { index: 0, step: 0, epoch: 0 },
  draws: 0,
  batch: 0,
  sums: {},
  seen: 0,
  seconds: 0,
  best: null,
};

export interface LoopOptions {
  readonly from?: Position;
  readonly onEvent: (event: TrainingEvent) => void;
  /** Saves tensors and position; gives the file's path. Called after epochs, on interruption, and now and then. */
  readonly save?: (position: Position) => Promise<string>;
  /** Asks the loop to stop after the step it is in. */
  readonly signal?: AbortSignal;
  readonly check?: NumericsCheck;
  /** Without one the best epoch is told, but its weights are not kept. */
  readonly keeper?: BestKeeper;
  /** Ends after this epoch, with schedules as if it went on. */
  readonly stopAfter?: number;
  /** Milliseconds between checkpoints inside an epoch. */
  readonly saveEvery?: number;
  /** Milliseconds between checkpoints after epochs; 0 by default: after every one. The last epoch is always saved. */
  readonly saveEpochsEvery?: number;
  readonly now: () => number;
}

export interface TrainingResult {
  readonly finished: boolean;
  readonly position: Position;
  readonly test: Scores;
  /** Of the weights that are kept; empty where the run was interrupted. */
  readonly validation: Scores;
  readonly checkpoint: string | null;
}

/** Runs a training from a position to its end, or until it is interrupted. */
export async function runTraining(
  plan: TrainingPlan,
  session: Session,
  given: BatchSource,
  options: LoopOptions,
): Promise<TrainingResult> {
  const { onEvent, now } = options;
  const begun = now();
  const { source, waited } = watchWaits(given, now);
  const sizes = plan.phases.map((phase) => sizesOf(phase, source.counts["train"] ?? 0));
  const epochs = plan.phases.reduce((sum, phase) => sum + phase.epochs, 0);
  let position = options.from ?? startPosition;
  const started = now() - position.seconds * 1000;
  let checkpoint: string | null = null;
  let saved = now();
  const breathe = breather(now);
  onEvent({
    event: "start",
    training: plan.training,
    model: plan.model,
    parameters: plan.parameters,
    planned_bytes: plan.plannedBytes,
    device: plan.device,
    threads: plan.threads,
    compile_seconds: plan.compileSeconds,
    seed: plan.seed,
    epochs,
    steps: sizes.reduce((sum, { steps }) => sum + steps, 0),
    examples: source.counts,
    resumed: position.step,
  });

  const save = async (): Promise<void> => {
    if (!options.save) return;
    checkpoint = await options.save(position);
    saved = now();
    onEvent({ event: "checkpoint", path: checkpoint, step: position.step });
  };

  let last = sizes.at(-1)?.batch ?? 1;
  let latest: Scores | undefined;
  for (let index = position.phase.index; index < plan.phases.length; index++) {
    const phase = plan.phases[index];
    const size = sizes[index];
    if (!phase || !size) break;
    const { batch, batches: batchesPerEpoch, steps } = size;
    const named = phase.name === "" ? undefined : { phase: phase.name };
    last = batch;
    if (named && position.phase.epoch < phase.epochs) {
      const { epochs: own, accumulate, trained } = phase;
      const told = { ...named, index: index + 1, epochs: own, steps, batch, accumulate, trained };
      onEvent({ event: "phase", ...told });
    }
    const isOver = (): boolean =>
      position.phase.epoch >= phase.epochs ||
      position.epoch >= (options.stopAfter ?? Infinity) ||
      isPatienceOver(plan.best, position);
    while (!isOver()) {
      const epochStarted = now();
      if (position.phase.step === 0) phase.begin();
      if (position.batch === 0) resetMetrics(plan, session);
      const totals = new Totals(plan.metrics, position.sums, position.seen);
      const batches = source.batches("train", {
        epoch: position.epoch,
        batch,
        from: position.batch,
        training: true,
      });
      let part = noPart;
      for await (const { size: examples, inputs } of batches) {
        const scalars: Scalars = {
          $seed: plan.seed,
          $draw: position.draws + part.batches,
          $step: position.phase.step,
          $steps: steps,
          $epoch: position.phase.epoch,
          $part: part.batches,
          $examples: part.examples + examples,
        };
        const kind = phase.accumulate === 1 ? "train" : "accumulate";
        const name = await plan.program(kind, examples, index);
        session.run(name, { ...inputs, ...scalars }, options.check);
        const loss = await totals.add(session, name, examples);
        part = {
          batches: part.batches + 1,
          examples: part.examples + examples,
          loss: part.loss + loss * examples,
        };
        const done = position.batch + part.batches;
        if (part.batches < phase.accumulate && done < batchesPerEpoch) continue;
        const ends = phase.accumulate > 1 ? await plan.program("apply", 0, index) : name;
        if (ends !== name) session.run(ends, { ...scalars }, options.check);
        const gradient = phase.trained > 0 ? await session.output(ends, "$norm") : undefined;
        position = {
          ...position,
          step: position.step + 1,
          phase: { ...position.phase, step: position.phase.step + 1 },
          draws: position.draws + part.batches,
          batch: done,
          sums: totals.sums,
          seen: totals.seen,
          seconds: (now() - started) / 1000,
        };
        const lr = phase.rate ? phase.rate(scalars) : null;
        onEvent({
          event: "step",
          step: position.step,
          epoch: position.epoch + 1,
          ...named,
          loss: part.batches === 1 ? loss : part.loss / part.examples,
          lr,
          ...(gradient ? { norm: Number(gradient[0]) } : {}),
          examples: part.examples,
        });
        part = noPart;
        await breathe();
        if (options.signal?.aborted) {
          await save();
          return end(false, {}, {});
        }
        if (now() - saved > (options.saveEvery ?? Infinity) && position.batch < batchesPerEpoch) {
          await save();
        }
      }
      const train = totals.scores();
      const validation = await evaluateSplit(plan, session, source, "validation", batch, options);
      const epochsDone = position.phase.epoch + 1;
      position = {
        ...position,
        epoch: position.epoch + 1,
        phase: { ...position.phase, epoch: epochsDone },
        batch: 0,
        sums: {},
        seen: 0,
        seconds: (now() - started) / 1000,
      };
      const better = betterEpoch(plan.best, { train, validation }, position);
      if (better) {
        position = { ...position, best: better };
        await options.keeper?.keep(position);
      }
      latest = validation;
      onEvent({
        event: "epoch",
        epoch: position.epoch,
        ...named,
        train,
        validation,
        seconds: (now() - epochStarted) / 1000,
        ...(better ? { best: true } : {}),
      });
      if (position.phase.epoch < phase.epochs && isPatienceOver(plan.best, position)) {
        onEvent({ event: "stop", epoch: position.epoch, ...named, epochs: phase.epochs });
      }
      const isLast =
        isOver() &&
        (index === plan.phases.length - 1 || position.epoch === (options.stopAfter ?? Infinity));
      const stops = options.signal?.aborted === true && !isLast;
      if (stops || isLast || now() - saved >= (options.saveEpochsEvery ?? 0)) await save();
      if (stops) return end(false, {}, {});
    }
    position = { ...position, phase: { index: index + 1, step: 0, epoch: 0 } };
  }
  if (position.best && options.keeper && position.best.epoch < position.epoch) {
    await options.keeper.restore();
    latest = undefined;
  }
  const score = (split: string): Promise<Scores> =>
    evaluateSplit(plan, session, source, split, last, options);
  const validation = latest ?? (await score("validation"));
  return end(true, await score("test"), validation);

  function end(finished: boolean, test: Scores, validation: Scores): TrainingResult {
    const seconds = (now() - started) / 1000;
    const told = { best: position.best, seconds, checkpoint, finished };
    const waits = {
      waited_seconds: waited() / 1000,
      waited_share: waited() / Math.max(1, now() - begun),
    };
    onEvent({ event: "end", test, validation, ...told, ...waits });
    return { finished, position, test, validation, checkpoint };
  }
}

/** What is done of a step. */
const noPart = { batches: 0, examples: 0, loss: 0 };

interface PhaseSizes {
  readonly batch: number;
  /** Batches an epoch. */
  readonly batches: number;
  /** Steps of the whole phase. */
  readonly steps: number;
}

function sizesOf({ batch: asked, accumulate, epochs }: PhasePlan, count: number): PhaseSizes {
  const batch = Math.min(asked, count);
  const batches = Math.ceil(count / batch);
  return { batch, batches, steps: Math.ceil(batches / accumulate) * epochs };
}

/** Loss and metrics of one pass over a split in evaluation mode; empty if the data have no such split. */
export async function evaluateSplit(
  plan: TrainingPlan,
  session: Session,
  source: BatchSource,
  split: string,
  batch: number,
  options: { readonly check?: NumericsCheck; readonly now?: () => number },
): Promise<Scores> {
  if (!source.counts[split]) return {};
  resetMetrics(plan, session);
  const totals = new Totals(plan.metrics, {}, 0);
  let index = 0;
  const breathe = breather(options.now ?? (() => performance.now()));
  for await (const { size, inputs } of source.batches(split, {
    epoch: 0,
    batch,
    from: 0,
    training: false,
  })) {
    const name = await plan.program("evaluate", size, 0);
    session.run(name, { ...inputs, $seed: plan.seed, $draw: index++ }, options.check);
    await totals.add(session, name, size);
    await breathe();
  }
  return totals.scores();
}

/** Lets signals, timers and the page have their turn, now and then: steps alone never give way to them. */
function breather(now: () => number): () => Promise<void> {
  let last = now();
  return async () => {
    if (now() - last < 50) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = now();
  };
}

function resetMetrics(plan: TrainingPlan, session: Session): void {
  for (const [path, tensor] of plan.metricStates) session.write(path, tensor.data);
}

/** A program's output of one number; nothing is copied where the device's memory is at hand. */
async function numberOf(session: Session, program: string, output: string): Promise<number> {
  const values = session.view?.(program, output) ?? (await session.output(program, output));
  return Number(values[0]);
}

/** Loss and metrics of a pass: stateful metrics by their last value, the others as means over the examples. */
class Totals {
  sums: Readonly<Record<string, number>>;
  seen: number;
  private readonly metrics: readonly MetricSpec[];

  constructor(
    metrics: readonly MetricSpec[],
    sums: Readonly<Record<string, number>>,
    seen: number,
  ) {
    this.metrics = metrics;
    this.sums = sums;
    this.seen = seen;
  }

  async add(session: Session, program: string, size: number): Promise<number> {
    const loss = await numberOf(session, program, "loss");
    const sums: Record<string, number> = {
      ...this.sums,
      loss: (this.sums["loss"] ?? 0) + loss * size,
    };
    for (const { name, stateful } of this.metrics) {
      const value = await numberOf(session, program, `metric:${name}`);
      sums[name] = stateful ? value : (this.sums[name] ?? 0) + value * size;
    }
    this.sums = sums;
    this.seen += size;
    return loss;
  }

  scores(): Scores {
    const stateful = new Set(this.metrics.filter((m) => m.stateful).map((m) => m.name));
    const means = Object.entries(this.sums).map(([name, sum]): [string, number] => [
      name,
      stateful.has(name) && name !== "loss" ? sum : sum / this.seen,
    ]);
    return Object.fromEntries(means);
  }
}
