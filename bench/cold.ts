// From the start of the process to the first finished training step, through the command line as a person runs it, with the
// peak of resident memory.

import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { fileOf, modelNamed } from "./models.ts";
import { runProcess } from "./process.ts";

export interface Cold {
  readonly first_step_ms: number;
  readonly planned_bytes: number;
  /** Peak of `train`, and of `check` on the same file. */
  readonly peak_bytes: number;
  readonly check_peak_bytes: number;
}

const root = path.join(import.meta.dirname, "..");
const built = path.join(root, "dist", "compiler", "cli", "main.js");

/** The command line that is measured; `stale` tells why it is not the one that people get. */
export function commandLine(): { readonly args: readonly string[]; readonly stale?: string } {
  const source = ["--import", "tsx", path.join(root, "compiler", "cli", "main.ts")];
  const made = statSync(built, { throwIfNoEntry: false })?.mtimeMs;
  if (made === undefined) return { args: source, stale: "there is no dist" };
  const newest = Math.max(...["grammar", "compiler", "runtime"].map(newestBelow));
  return newest > made
    ? { args: source, stale: "dist is older than the sources" }
    : { args: [built] };
}

function newestBelow(folder: string): number {
  const files = readdirSync(path.join(root, folder), { recursive: true, encoding: "utf8" });
  return Math.max(...files.map((file) => statSync(path.join(root, folder, file)).mtimeMs));
}

/** Trains for one epoch of one batch and stops the clock at the event of the first step. */
export async function measureCold(
  name: string,
  { device, threads, limit }: { device: string; threads?: number; limit: number },
): Promise<Cold | string> {
  const file = fileOf(modelNamed(name));
  const folder = mkdtempSync(path.join(os.tmpdir(), "dlm-bench-"));
  const report = path.join(folder, "peak");
  const run = path.join(folder, "run");
  const limited = threads === undefined ? [] : ["--threads", String(threads)];
  const node = [
    "--import",
    pathToFileURL(path.join(import.meta.dirname, "report-peak.mjs")).href,
    ...commandLine().args,
  ];
  const environment = { DLM_BENCH_PEAK: report };
  try {
    const check = await runProcess(process.execPath, [...node, "check", file], {
      environment,
      limit,
    });
    if (check.code !== 0) return check.error.trim() || `exit ${check.code}`;
    const checkPeak = Number(readFileSync(report, "utf8"));
    const start = performance.now();
    let first = Number.NaN;
    let planned = Number.NaN;
    const train = await runProcess(
      process.execPath,
      [...node, "train", file, "--device", device, "--log", "json", "--out", run, ...limited],
      {
        environment,
        limit,
        onLine: (line) => {
          if (Number.isNaN(first) && line.includes('"event":"step"'))
            first = performance.now() - start;
          if (line.includes('"event":"start"')) planned = plannedBytes(line);
        },
      },
    );
    if (train.late) return `not finished within ${limit} s`;
    if (train.code !== 0) return train.error.trim() || `exit ${train.code}`;
    return {
      first_step_ms: first,
      planned_bytes: planned,
      peak_bytes: Number(readFileSync(report, "utf8")),
      check_peak_bytes: checkPeak,
    };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function plannedBytes(line: string): number {
  return (JSON.parse(line) as { planned_bytes: number }).planned_bytes;
}
