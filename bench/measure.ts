// Times of one step, repeated. The machine may be shared, so the minimum is the figure that tells most.

export interface Times {
  readonly min_ms: number;
  readonly median_ms: number;
  /** Least time on all processors together, user and system. */
  readonly cpu_ms: number;
  readonly reps: number;
  /** The very first step, which the engine had not optimised yet. */
  readonly first_ms: number;
}

const warmUp = 3;
const fewest = 5;
const most = 1000;

/** Repeats for about `seconds`. A step that is much longer than that is run once. */
export async function measure(run: () => Promise<unknown>, seconds: number): Promise<Times> {
  const budget = 1000 * seconds;
  const start = performance.now();
  const first = await once(run);
  if (first.wall > 4 * budget) return summary([first], first.wall);
  for (let i = 1; i < warmUp && performance.now() - start < budget; i++) await once(run);
  const samples: Sample[] = [];
  const begun = performance.now();
  while (samples.length < most) {
    samples.push(await once(run));
    const spent = performance.now() - begun;
    if (spent > budget && samples.length >= fewest) break;
    if (spent > 2 * budget) break;
  }
  return summary(samples, first.wall);
}

interface Sample {
  readonly wall: number;
  readonly cpu: number;
}

async function once(run: () => Promise<unknown>): Promise<Sample> {
  const before = process.cpuUsage();
  const start = performance.now();
  await run();
  const wall = performance.now() - start;
  const { user, system } = process.cpuUsage(before);
  return { wall, cpu: (user + system) / 1000 };
}

function summary(samples: readonly Sample[], first: number): Times {
  const walls = samples.map((sample) => sample.wall);
  return {
    min_ms: Math.min(...walls),
    median_ms: median(walls),
    cpu_ms: Math.min(...samples.map((sample) => sample.cpu)),
    reps: samples.length,
    first_ms: first,
  };
}

/** Times of one of several steps that were measured together. */
export function shared(times: Times, steps: number): Times {
  const { min_ms, median_ms, cpu_ms, reps, first_ms } = times;
  return {
    min_ms: min_ms / steps,
    median_ms: median_ms / steps,
    cpu_ms: cpu_ms / steps,
    reps: reps * steps,
    first_ms: first_ms / steps,
  };
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[sorted.length >> 1] ?? Number.NaN;
}

/** What remains of two rounds of the same thing. */
export function better(a: Times, b: Times): Times {
  return {
    min_ms: Math.min(a.min_ms, b.min_ms),
    median_ms: Math.min(a.median_ms, b.median_ms),
    cpu_ms: Math.min(a.cpu_ms, b.cpu_ms),
    reps: a.reps + b.reps,
    first_ms: Math.min(a.first_ms, b.first_ms),
  };
}
