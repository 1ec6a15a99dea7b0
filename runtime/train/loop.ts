// The training loop: epochs of batches through a compiled step, evaluation passes, checkpoints. It sees a session,
// programs by name, batches and events; nothing of the language.

import type { NumericsCheck, Session } from "../artifact.ts";
import { betterEpoch, isPatienceOver, type BestKeeper } from "./best.ts";
import type { Scores, TrainingEvent } from "./events.ts";
import { Flight } from "./flight.ts";
import {
  breather,
  evaluateSplit,
  numbersOf,
  resetMetrics,
  resultsOf,
  runProgram,
  Totals,
} from "./pass.ts";
import {
  startPosition,
  type BatchSource,
  type PhasePlan,
  type Position,
  type Scalars,
  type TrainingPlan,
} from "./plan.ts";
import { countSkips, toldSkips } from "./skips.ts";
import { watchWaits } from "./waits.ts";

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
    ...(plan.streams ? { streams: plan.streams } : {}),
    device: plan.device,
    threads: plan.threads,
    ...(plan.precision ? { precision: plan.precision } : {}),
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
      const skips = await countSkips(phase, position.skipped ?? 0);
      const known = plan.metrics.filter(({ decodes }) => !decodes);
      const totals = new Totals(known, position.sums, position.seen);
      const batches = source.batches("train", {
        epoch: position.epoch,
        batch,
        from: position.batch,
        training: true,
      });
      const flight = new Flight(session.depth ?? 0);
      /** Brings the position up to date with all results of the steps so far. */
      const settle = async (): Promise<void> => {
        await flight.drain();
        position = { ...position, sums: totals.sums, seen: totals.seen, ...toldSkips(skips) };
      };
      let part = noPart;
      const losses = { latest: 0, sum: 0 };
      for await (const { size: examples, inputs, lengths } of batches) {
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
        const name = await plan.program(kind, examples, index, lengths);
        const isWatched = runProgram(session, name, { ...inputs, ...scalars }, options.check);
        if (isWatched) await isWatched;
        const isOut = flight.add(resultsOf(session, name, known), (results) => {
          totals.add(results, examples);
          losses.latest = results.loss;
          losses.sum += results.loss * examples;
        });
        if (isOut) await isOut;
        part = { batches: part.batches + 1, examples: part.examples + examples };
        const done = position.batch + part.batches;
        if (part.batches < phase.accumulate && done < batchesPerEpoch) continue;
        const ends = phase.accumulate > 1 ? await plan.program("apply", 0, index) : name;
        if (ends !== name) await runProgram(session, ends, { ...scalars }, options.check);
        position = {
          ...position,
          step: position.step + 1,
          phase: { ...position.phase, step: position.phase.step + 1 },
          draws: position.draws + part.batches,
          batch: done,
          seconds: (now() - started) / 1000,
        };
        const told = {
          event: "step",
          step: position.step,
          epoch: position.epoch + 1,
          ...named,
          examples: part.examples,
        } as const;
        const batchesOfStep = part.batches;
        const asked = ["$norm", ...(phase.skips ? ["$skipped"] : [])];
        const results = numbersOf(session, ends, phase.trained > 0 ? asked : []);
        const isTold = flight.add(results, ([norm, total]) => {
          const loss = batchesOfStep === 1 ? losses.latest : losses.sum / told.examples;
          losses.sum = 0;
          const { before, isSkipped } = skips.take(total);
          onEvent({
            ...told,
            lr: phase.rate ? phase.rate({ ...scalars, $step: scalars.$step - before }) : null,
            loss,
            ...(norm === undefined || isSkipped ? {} : { norm }),
            ...(isSkipped ? { skipped: true } : {}),
          });
        });
        if (isTold) await isTold;
        part = noPart;
        await breathe();
        if (options.signal?.aborted) {
          await settle();
          await save();
          return end(false, {}, {});
        }
        if (now() - saved > (options.saveEvery ?? Infinity) && position.batch < batchesPerEpoch) {
          await settle();
          await save();
        }
      }
      await settle();
      const train = totals.scores();
      const validation = await evaluateSplit(plan, session, source, "validation", batch, options);
      const epochsDone = position.phase.epoch + 1;
      const { skipped: _, ...rest } = position;
      position = {
        ...rest,
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
        ...toldSkips(skips),
        ...(better ? { best: true } : {}),
      });
      if (showsSamples(position.epoch, epochs)) {
        for (const set of (await plan.samples?.()) ?? []) {
          onEvent({ event: "samples", epoch: position.epoch, ...set });
        }
      }
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

/** Of very many epochs only some show what the model generates, and the last one. */
function showsSamples(epoch: number, epochs: number): boolean {
  return epoch % Math.ceil(epochs / 100) === 0 || epoch === epochs;
}

/** What is done of a step. */
const noPart = { batches: 0, examples: 0 };

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
