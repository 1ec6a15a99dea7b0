// One model on one device, measured in a process of its own; prints one line of JSON.
// `node --import tsx bench/worker.ts --model mlp --device js --seconds 2`, or `--check` for the losses of four steps.

import { parseArgs } from "node:util";

import type { KernelInfo, Program, Step } from "../runtime/artifact.ts";
import { measure, shared, type Times } from "./measure.ts";
import { openModel } from "./open.ts";

export interface WorkerResult extends Partial<Times> {
  readonly losses?: readonly number[];
  /** Floating-point operations of a step, and those of its contractions alone. */
  readonly flops: number;
  readonly contraction_flops: number;
  readonly kernels: number;
  /** What a GPU's own clock says of the kernels. */
  readonly gpu?: GpuFigures;
  /** Milliseconds from the file to a loaded program. */
  readonly compile_ms: number;
  readonly planned_bytes: number;
  readonly peak_bytes: number;
}

export interface GpuFigures {
  /** Kernels that a step starts, those of loops each time. */
  readonly launches: number;
  /** Of all kernels of a step together. */
  readonly kernel_ms: number;
  /** Of the contractions. */
  readonly gflops: number;
  /** Read and written by the other kernels. */
  readonly gigabytes_per_second: number;
}

/** Steps that are measured together on a device which works on its own. */
const together = 10;

const { values } = parseArgs({
  options: {
    model: { type: "string", default: "mlp" },
    device: { type: "string", default: "js" },
    threads: { type: "string" },
    kind: { type: "string", default: "train" },
    seconds: { type: "string", default: "2" },
    check: { type: "boolean", default: false },
  },
});

const start = performance.now();
const { runner, program, run, runMany, inspect } = await openModel(values.model, {
  device: values.device,
  kind: values.kind === "predict" ? "predict" : "train",
  exact: values.check,
  ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
});
const compiled = performance.now() - start;
const losses: number[] = [];
for (let i = 0; values.check && i < 4; i++) losses.push(await run());
const isApart = (runner.session.depth ?? 0) > 0;
const seconds = Number(values.seconds);
const measured = async (): Promise<Times> =>
  isApart
    ? shared(await measure(() => runMany(together), seconds), together)
    : await measure(run, seconds);
const times = values.check ? { losses } : await measured();
const gpu = isApart && !values.check ? { gpu: await measureKernels() } : {};
const result: WorkerResult = {
  ...times,
  ...gpu,
  ...countFlops(program),
  kernels: program.kernels.length,
  compile_ms: compiled,
  planned_bytes: runner.plannedBytes(),
  peak_bytes: 1024 * process.resourceUsage().maxRSS,
};
await runner.close();
console.log(JSON.stringify(result));

/** The least time of every launch over some steps. */
async function measureKernels(): Promise<GpuFigures> {
  const least: number[] = [];
  const infos: KernelInfo[] = [];
  for (let step = 0; step < 5; step++) {
    let launch = 0;
    await inspect((kernel, _, start, end) => {
      infos[launch] = kernel;
      least[launch] = Math.min(least[launch] ?? Infinity, end - start);
      launch++;
    });
  }
  let contractionTime = 0;
  let contractionFlops = 0;
  let loopTime = 0;
  let loopBytes = 0;
  infos.forEach(({ kind, flops, bytesRead, bytesWritten }, i) => {
    const time = least[i] ?? 0;
    if (kind === "contract") {
      contractionTime += time;
      contractionFlops += flops;
    } else {
      loopTime += time;
      loopBytes += bytesRead + bytesWritten;
    }
  });
  return {
    launches: infos.length,
    kernel_ms: contractionTime + loopTime,
    gflops: contractionFlops / contractionTime / 1e6,
    gigabytes_per_second: loopBytes / loopTime / 1e6,
  };
}

function countFlops(of: Program): Pick<WorkerResult, "flops" | "contraction_flops"> {
  let flops = 0;
  let contraction = 0;
  const visit = (steps: readonly Step[], times: number): void => {
    for (const step of steps) {
      if (step.kind === "loop") visit(step.body, times * step.count);
      if (step.kind !== "kernel") continue;
      const kernel = of.kernels[step.kernel];
      if (!kernel) continue;
      flops += times * kernel.flops;
      if (kernel.kind === "contract") contraction += times * kernel.flops;
    }
  };
  visit(of.steps, 1);
  return { flops, contraction_flops: contraction };
}
