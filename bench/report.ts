// What was measured, as a table and as JSON.

import { formatBytes } from "../compiler/cli/context.ts";
import { formatTable } from "../compiler/cli/table.ts";
import type { Limits } from "../compiler/cli/limits.ts";
import type { ColdRound, Contestant, Pass, Round } from "./contestants.ts";
import type { Times } from "./measure.ts";
import { modelNamed } from "./models.ts";
import type { GpuFigures } from "./worker.ts";

/** The best of all rounds of a contestant on a model. */
export interface Outcome {
  readonly contestant: Contestant;
  readonly times?: Times;
  readonly ours?: Round["ours"];
  readonly cold?: ColdRound;
  readonly error?: string;
}

export interface Row {
  readonly model: string;
  readonly pass: Pass;
  readonly contestant: string;
  readonly threads: number;
  readonly min_ms?: number;
  readonly median_ms?: number;
  readonly cpu_ms?: number;
  readonly reps?: number;
  /** Of the step as our compiler counts it, for everybody. */
  readonly gflops?: number;
  /** Of what 128-bit vectors can do on as many cores as there are threads. */
  readonly share?: number;
  readonly gpu?: GpuFigures;
  /** Time divided by PyTorch's with as many threads, or else with one. */
  readonly ratio?: number;
  readonly goal?: number;
  readonly planned_bytes?: number;
  readonly peak_bytes?: number;
  readonly compile_ms?: number;
  readonly first_step_ms?: number;
  /** (Peak of `train` less that of `check`) / planned. */
  readonly memory_ratio?: number;
  readonly error?: string;
}

export function rowsOf(
  model: string,
  pass: Pass,
  outcomes: readonly Outcome[],
  ceiling: Limits,
): Row[] {
  const flops = outcomes.find((outcome) => outcome.ours)?.ours?.flops;
  const minimum = (name: string): number | undefined =>
    outcomes.find((o) => o.contestant.name === name)?.times?.min_ms;
  return outcomes.map(({ contestant, times, ours, cold, error }): Row => {
    const { name, threads } = contestant;
    const torch = minimum(`torch-${threads}`) ?? minimum("torch-1");
    const gflops = times && flops !== undefined ? flops / times.min_ms / 1e6 : undefined;
    const memory =
      cold?.check_peak_bytes !== undefined && cold.planned_bytes !== undefined
        ? (cold.peak_bytes - cold.check_peak_bytes) / cold.planned_bytes
        : undefined;
    return defined({
      model,
      pass,
      contestant: name,
      threads,
      min_ms: times?.min_ms,
      median_ms: times?.median_ms,
      cpu_ms: times?.cpu_ms,
      reps: times?.reps,
      gflops,
      share: gflops === undefined || ours?.gpu ? undefined : gflops / (threads * ceiling.gflops),
      gpu: ours?.gpu,
      ratio: times && torch !== undefined ? times.min_ms / torch : undefined,
      goal: contestant.ours && pass === "train" ? modelNamed(model).goal : undefined,
      planned_bytes: cold?.planned_bytes ?? ours?.planned_bytes,
      peak_bytes: cold?.peak_bytes ?? ours?.peak_bytes,
      compile_ms: ours?.compile_ms,
      first_step_ms: cold?.first_step_ms,
      memory_ratio: memory,
      error,
    });
  });
}

/** Without what is undefined. */
function defined(row: { [K in keyof Row]: Row[K] | undefined }): Row {
  return Object.fromEntries(
    Object.entries(row).filter(([, value]) => value !== undefined),
  ) as unknown as Row;
}

const header = [
  "model",
  "who",
  "min ms",
  "median",
  "CPU ms",
  "GFLOP/s",
  "of limit",
  "÷ PyTorch",
  "goal",
  "planned",
  "peak",
  "first step",
];

export function tableOf(rows: readonly Row[]): string[] {
  const cells = rows.map((row, i) => [
    rows[i - 1]?.model === row.model ? "" : row.model,
    row.contestant,
    `${number(row.min_ms)}${row.reps === 1 ? "*" : ""}`,
    number(row.median_ms),
    number(row.cpu_ms),
    number(row.gflops),
    row.share === undefined ? "" : `${(100 * row.share).toFixed(0)} %`,
    row.ratio === undefined ? "" : row.ratio.toFixed(2),
    goalText(row),
    row.planned_bytes === undefined ? "" : formatBytes(row.planned_bytes),
    row.peak_bytes === undefined ? "" : formatBytes(row.peak_bytes),
    row.first_step_ms === undefined ? "" : `${(row.first_step_ms / 1000).toFixed(2)} s`,
  ]);
  const right = header.map((_, i) => i > 1);
  const errors = rows.flatMap(({ model, contestant, error }) =>
    error === undefined ? [] : [`${model}, ${contestant}: ${error}`],
  );
  const once = rows.some((row) => row.reps === 1) ? ["* the first step alone: it takes long"] : [];
  return [...formatTable(header, cells, right), ...once, ...rows.flatMap(gpuLine), ...errors];
}

function gpuLine({ model, contestant, gpu }: Row): string[] {
  if (!gpu) return [];
  const { launches, kernel_ms, gflops, gigabytes_per_second: bytes } = gpu;
  return [
    `${model}, ${contestant}: ${launches} kernels a step, ${number(kernel_ms)} ms of their own; contractions ${number(gflops)} GFLOP/s, the others ${number(bytes)} GB/s`,
  ];
}

/** The goal is one for wasm with one thread; beside others it stands in brackets. */
function goalText({ goal, contestant }: Row): string {
  if (goal === undefined) return "";
  return contestant === "wasm-1" ? `≤ ${goal}` : `(≤ ${goal})`;
}

function number(value: number | undefined): string {
  if (value === undefined || Number.isNaN(value)) return "";
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** Losses of the same steps side by side, with the largest relative distance to PyTorch's. */
export function lossLines(
  model: string,
  outcomes: readonly { readonly name: string; readonly losses: readonly number[] }[],
): string[] {
  const torch = outcomes.find(({ name }) => name.startsWith("torch"))?.losses;
  return outcomes.map(({ name, losses }) => {
    const list = losses.map((loss) => loss.toFixed(6)).join("  ");
    const far = losses.map((loss, i) => Math.abs(loss / (torch?.[i] ?? loss) - 1));
    const distance =
      torch && torch !== losses ? `  off by at most ${Math.max(...far).toExponential(1)}` : "";
    return `${model.padEnd(16)} ${name.padEnd(12)} ${list}${distance}`;
  });
}
