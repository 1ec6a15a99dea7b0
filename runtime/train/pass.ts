// One pass over a split: loss and metrics.

import type { NumericsCheck, Session } from "../artifact.ts";
import type { Scores } from "./events.ts";
import { Flight } from "./flight.ts";
import type { BatchSource, MetricSpec, TrainingPlan } from "./plan.ts";
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
  const flight = new Flight(session.depth ?? 0);
  const breathe = breather(options.now ?? (() => performance.now()));
  for await (const given of source.batches(split, { epoch: 0, batch, from: 0, training: false })) {
    const { size, inputs, lengths } = given;
    const generated = await plan.generate?.(given);
    const name = await plan.program("evaluate", size, 0, lengths);
    const scalars = { $seed: plan.seed, $draw: index++ };
    const isWatched = runProgram(
      session,
      name,
      { ...inputs, ...generated, ...scalars },
      options.check,
    );
    if (isWatched) await isWatched;
    const results = resultsOf(session, name, plan.metrics);
    const isOut = flight.add(results, (found) => totals.add(found, size));
    if (isOut) await isOut;
    await breathe();
  }
  await flight.drain();
  return totals.scores();
}

/** Runs a program; where somebody looks for numbers that are none, it has to be waited for. */
export function runProgram(
  session: Session,
  program: string,
  inputs: Readonly<Record<string, ArrayLike<number> | number>>,
  check: NumericsCheck | undefined,
): Promise<void> | undefined {
  if (check) return session.inspect(program, inputs, { check });
  session.run(program, inputs);
  return undefined;
}

/** Lets signals, timers and the page have their turn, now and then: steps alone never give way to them. */
export function breather(now: () => number): () => Promise<void> {
  let last = now();
  return async () => {
    if (now() - last < 50) return;
    await new Promise((resolve) => setTimeout(resolve, 0));
    last = now();
  };
}

export function resetMetrics(plan: TrainingPlan, session: Session): void {
  for (const [path, tensor] of plan.metricStates) session.write(path, tensor.data);
}

/** A program's output of one number as its last run gave it; at once where the device's memory is at hand. */
export function numberOf(
  session: Session,
  program: string,
  output: string,
): number | Promise<number> {
  if (session.view) return Number(session.view(program, output)[0]);
  return session.output(program, output).then((values) => Number(values[0]));
}

/** Several of them. */
export function numbersOf(
  session: Session,
  program: string,
  outputs: readonly string[],
): readonly number[] | Promise<readonly number[]> {
  const found = outputs.map((output) => numberOf(session, program, output));
  if (found.every(isNumber)) return found;
  return Promise.all(found.map((value) => Promise.resolve(value)));
}

/** Loss and metrics of one batch. */
export interface Results {
  readonly loss: number;
  readonly metrics: readonly number[];
}

/** Those of a program's last run, asked for at once: other runs may follow before they are there. */
export function resultsOf(
  session: Session,
  program: string,
  metrics: readonly MetricSpec[],
): Results | Promise<Results> {
  const loss = numberOf(session, program, "loss");
  const values = metrics.map(({ name }) => numberOf(session, program, `metric:${name}`));
  if (isNumber(loss) && values.every(isNumber)) return { loss, metrics: values };
  return Promise.all([loss, ...values]).then(([first, ...others]) => ({
    loss: first,
    metrics: others,
  }));
}

function isNumber(value: number | Promise<number>): value is number {
  return typeof value === "number";
}

/** Loss and metrics of a pass: stateful metrics by their last value, the others as means over the examples. */
export class Totals {
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

  add({ loss, metrics }: Results, size: number): void {
    const sums: Record<string, number> = {
      ...this.sums,
      loss: (this.sums["loss"] ?? 0) + loss * size,
    };
    this.metrics.forEach(({ name, stateful }, i) => {
      const value = metrics[i] ?? Number.NaN;
      sums[name] = stateful ? value : (this.sums[name] ?? 0) + value * size;
    });
    this.sums = sums;
    this.seen += size;
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
