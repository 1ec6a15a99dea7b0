// Short looks at a training before it begins: which learning rate it bears, and whether it can learn one batch by heart.

import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { TypedArray } from "../../runtime/types.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";
import { deviceOptions, type DeviceOptions } from "./device.ts";
import { openTraining, type OpenedTraining } from "./train.ts";

export interface ProbeOptions extends DeviceOptions {
  readonly dataHost: DataHost;
  readonly signal?: AbortSignal;
  readonly onStep?: (step: number, loss: number) => void;
}

/** Rates of a range test: they grow by the same factor a step. */
export interface RateRange {
  readonly from: number;
  readonly to: number;
  readonly steps: number;
}

export interface RateTest {
  /** Of every step that was made: its rate, the loss of its batch, the smoothed loss. */
  readonly points: readonly {
    readonly rate: number;
    readonly loss: number;
    readonly smooth: number;
  }[];
  /** Where the smoothed loss falls fastest over the logarithm of the rate; null where it never falls. */
  readonly suggestion: number | null;
  /** The loss grew beyond bounds before the range was through. */
  readonly diverged: boolean;
}

/** The rate of a step; also as the setting that makes an optimizer follow it. */
export function rateAt({ from, to, steps }: RateRange, step: number): number {
  return from * (to / from) ** (step / (steps - 1));
}

export function rangeSetting({ from, to, steps }: RateRange): string {
  const factor = (to / from) ** (1 / (steps - 1));
  return `exponential(from = ${from}, factor = ${factor})`;
}

/** Learning-rate range test: the optimizers of `unit` must follow `rangeSetting`. Nothing is kept. Smith, 2017, "Cyclical
 *  Learning Rates for Training Neural Networks". */
export async function findRate(
  unit: TrainingUnit,
  range: RateRange,
  options: ProbeOptions,
): Promise<RateTest> {
  const opened = await open(unit, options);
  const points: { rate: number; loss: number; smooth: number }[] = [];
  let average = 0;
  let best = Infinity;
  let diverged = false;
  try {
    for await (const { size, inputs } of endlessBatches(opened)) {
      const step = points.length;
      if (step >= range.steps || options.signal?.aborted) break;
      const loss = await opened.runner.step(inputs, size, { step, steps: range.steps });
      options.onStep?.(step + 1, loss);
      average = 0.9 * average + 0.1 * loss;
      // Divided as Adam does, since the average starts at 0.
      const smooth = average / (1 - 0.9 ** (step + 1));
      diverged = !Number.isFinite(loss) || (step >= 10 && smooth > 4 * Math.max(best, 1e-12));
      if (diverged) break;
      best = Math.min(best, smooth);
      points.push({ rate: rateAt(range, step), loss, smooth });
    }
    return { points, suggestion: steepest(points), diverged };
  } finally {
    await opened.close();
  }
}

/** The rate at which the smoothed loss falls fastest, by slopes over five points, before its least value. */
export function steepest(
  points: readonly { readonly rate: number; readonly smooth: number }[],
): number | null {
  const least = points.reduce(
    (at, { smooth }, i) => (smooth < (points[at]?.smooth ?? 0) ? i : at),
    0,
  );
  let slope = 0;
  let rate: number | null = null;
  for (let i = 2; i + 2 < points.length && i <= least; i++) {
    const before = points[i - 2];
    const after = points[i + 2];
    if (!before || !after) continue;
    const here = (after.smooth - before.smooth) / Math.log(after.rate / before.rate);
    if (here >= slope) continue;
    slope = here;
    rate = points[i]?.rate ?? null;
  }
  return rate;
}

export interface OverfitResult {
  readonly first: number;
  readonly last: number;
  readonly steps: number;
  /** The loss came down to a hundredth of what it was, or below 0.001. */
  readonly learnt: boolean;
}

/** Trains on the first batch alone, again and again. Schedules stand at their beginning. */
export async function overfitBatch(
  unit: TrainingUnit,
  options: ProbeOptions & { readonly steps: number; readonly seconds: number },
): Promise<OverfitResult> {
  const opened = await open(unit, options);
  try {
    const [batch] = await firstBatches(opened, 1);
    if (!batch) throw new UserError("the data give no batch");
    const begun = performance.now();
    let first = Number.NaN;
    let last = Number.NaN;
    let step = 0;
    let learnt = false;
    while (step < options.steps && !learnt && !options.signal?.aborted) {
      // So many steps in all that a schedule does not end before the test does.
      last = await opened.runner.step(batch.inputs, batch.size, { step, steps: 1_000_000 });
      if (step === 0) first = last;
      step += 1;
      options.onStep?.(step, last);
      learnt = last <= Math.max(0.001, 0.01 * first);
      if (!Number.isFinite(last) || performance.now() - begun > 1000 * options.seconds) break;
      if (step % 16 === 0) await new Promise((resolve) => setTimeout(resolve, 0));
    }
    return { first, last, steps: step, learnt };
  } finally {
    await opened.close();
  }
}

function open(unit: TrainingUnit, options: ProbeOptions): Promise<OpenedTraining> {
  return openTraining(unit, { dataHost: options.dataHost, ...deviceOptions(options) });
}

interface Kept {
  readonly size: number;
  readonly inputs: Readonly<Record<string, TypedArray>>;
}

async function firstBatches({ data, batch }: OpenedTraining, count: number): Promise<Kept[]> {
  const kept: Kept[] = [];
  const pass = { epoch: 0, batch, from: 0, training: true };
  for await (const { size, inputs } of data.source.batches("train", pass)) {
    // The source uses its arrays again.
    const copies = Object.entries(inputs).map(([name, values]) => [name, values.slice()] as const);
    kept.push({ size, inputs: Object.fromEntries(copies) });
    if (kept.length === count) break;
  }
  return kept;
}

/** Epoch after epoch. */
async function* endlessBatches({ data, batch }: OpenedTraining): AsyncGenerator<Kept> {
  for (let epoch = 0; ; epoch++) {
    let count = 0;
    const pass = { epoch, batch, from: 0, training: true };
    for await (const found of data.source.batches("train", pass)) {
      count += 1;
      yield found;
    }
    if (count === 0) return;
  }
}
