// The training loop: epochs of batches through a compiled step, evaluation passes, checkpoints. It sees a session,
// programs by name, batches and events; nothing of the language.

import type { NumericsCheck, Session } from "../artifact.ts";
import type { Tensor, TypedArray } from "../types.ts";
import type { Scores, TrainingEvent } from "./events.ts";

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
  readonly epochs: number;
  /** Examples a batch; `Infinity` stands for all. */
  readonly batch: number;
  readonly parameters: number;
  readonly plannedBytes: number;
  readonly metrics: readonly MetricSpec[];
  /** Start values of the metrics' states, written before every pass. */
  readonly metricStates: ReadonlyMap<string, Tensor>;
  /** Compiles and loads the program for a batch of this size; gives its name in the session. */
  program(kind: "train" | "evaluate", batch: number): Promise<string>;
  /** The learning rate, for the log. */
  rate?(scalars: Scalars): number;
}

/** The scalars every program may ask for. */
export interface Scalars {
  readonly $seed: number;
  readonly $step: number;
  readonly $steps: number;
  readonly $epoch: number;
}

/** Where a run stands: everything beside the tensors that a resumed run needs. Plain JSON. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
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
  readonly checkpoint: string | null;
}

/** Runs a training from a position to its end, or until it is interrupted. */
export async function runTraining(
  plan: TrainingPlan,
  session: Session,
  source: BatchSource,
  options: LoopOptions,
): Promise<TrainingResult> {
  const { onEvent, now } = options;
  const count = source.counts["train"] ?? 0;
  const batch = Math.min(plan.batch, count);
  const stepsPerEpoch = Math.ceil(count / batch);
  const steps = stepsPerEpoch * plan.epochs;
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
    epochs: plan.epochs,
    steps,
    examples: source.counts,
    resumed: position.step,
  });

  const save = async (): Promise<void> => {
    if (!options.save) return;
    checkpoint = await options.save(position);
    saved = now();
    onEvent({ event: "checkpoint", path: checkpoint, step: position.step });
  };

  while (position.epoch < plan.epochs) {
    const epochStarted = now();
    if (position.batch === 0) resetMetrics(plan, session);
    const totals = new Totals(plan.metrics, position.sums, position.seen);
    const batches = source.batches("train", {
      epoch: position.epoch,
      batch,
      from: position.batch,
      training: true,
    });
    for await (const { size, inputs } of batches) {
      const name = await plan.program("train", size);
      const scalars: Scalars = {
        $seed: plan.seed,
        $step: position.step,
        $steps: steps,
        $epoch: position.epoch,
      };
      session.run(name, { ...inputs, ...scalars }, options.check);
      const loss = await totals.add(session, name, size);
      position = {
        ...position,
        step: position.step + 1,
        batch: position.batch + 1,
        sums: totals.sums,
        seen: totals.seen,
        seconds: (now() - started) / 1000,
      };
      const lr = plan.rate ? plan.rate(scalars) : null;
      onEvent({
        event: "step",
        step: position.step,
        epoch: position.epoch + 1,
        loss,
        lr,
        examples: size,
      });
      await breathe();
      if (options.signal?.aborted) {
        await save();
        return end(false, {});
      }
      if (now() - saved > (options.saveEvery ?? Infinity) && position.batch < stepsPerEpoch) {
        await save();
      }
    }
    const train = totals.scores();
    const validation = await evaluateSplit(plan, session, source, "validation", batch, options);
    position = {
      ...position,
      epoch: position.epoch + 1,
      batch: 0,
      sums: {},
      seen: 0,
      seconds: (now() - started) / 1000,
    };
    onEvent({
      event: "epoch",
      epoch: position.epoch,
      train,
      validation,
      seconds: (now() - epochStarted) / 1000,
    });
    const stops = options.signal?.aborted === true && position.epoch < plan.epochs;
    const isLast = position.epoch === plan.epochs;
    if (stops || isLast || now() - saved >= (options.saveEpochsEvery ?? 0)) await save();
    if (stops) return end(false, {});
  }
  const test = await evaluateSplit(plan, session, source, "test", batch, options);
  return end(true, test);

  function end(finished: boolean, test: Scores): TrainingResult {
    const seconds = (now() - started) / 1000;
    onEvent({ event: "end", test, best: position.best, seconds, checkpoint, finished });
    return { finished, position, test, checkpoint };
  }
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
    const name = await plan.program("evaluate", size);
    const scalars: Scalars = { $seed: plan.seed, $step: index++, $steps: 1, $epoch: 0 };
    session.run(name, { ...inputs, ...scalars }, options.check);
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
    const loss = Number((await session.output(program, "loss"))[0]);
    const sums: Record<string, number> = {
      ...this.sums,
      loss: (this.sums["loss"] ?? 0) + loss * size,
    };
    for (const { name, stateful } of this.metrics) {
      const value = Number((await session.output(program, `metric:${name}`))[0]);
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
