// One model on one device, measured in a process of its own; prints one line of JSON.
// `node --import tsx bench/worker.ts --model mlp --device js --seconds 2`, or `--check` for the losses of four steps.

import { parseArgs } from "node:util";

import type { Program, Step } from "../runtime/artifact.ts";
import { measure, type Times } from "./measure.ts";
import { openModel } from "./open.ts";

export interface WorkerResult extends Partial<Times> {
  readonly losses?: readonly number[];
  /** Floating-point operations of a step, and those of its contractions alone. */
  readonly flops: number;
  readonly contraction_flops: number;
  readonly kernels: number;
  /** Milliseconds from the file to a loaded program. */
  readonly compile_ms: number;
  readonly planned_bytes: number;
  readonly peak_bytes: number;
}

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
const { runner, program, run } = await openModel(values.model, {
  device: values.device,
  kind: values.kind === "predict" ? "predict" : "train",
  exact: values.check,
  ...(values.threads === undefined ? {} : { threads: Number(values.threads) }),
});
const compiled = performance.now() - start;
const losses: number[] = [];
for (let i = 0; values.check && i < 4; i++) losses.push(await run());
const times = values.check ? { losses } : await measure(run, Number(values.seconds));
const result: WorkerResult = {
  ...times,
  ...countFlops(program),
  kernels: program.kernels.length,
  compile_ms: compiled,
  planned_bytes: runner.plannedBytes(),
  peak_bytes: 1024 * process.resourceUsage().maxRSS,
};
await runner.close();
console.log(JSON.stringify(result));

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
