import { expect, test } from "vitest";
import { kernelCases, kernelMistakes } from "../support/kernel-cases.ts";
import { memoryOf } from "../support/plans.ts";
import { sumCases } from "../support/sum-cases.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

describeWebgpu("kernels made by hand in WGSL", () => {
  for (const example of [...kernelCases, ...sumCases]) {
    test(example.name, async () => {
      const memory = memoryOf(example.plan, example.inputs);
      expect(kernelMistakes(example, await runOnWebgpu(example.plan, memory), 5e-5)).toEqual([]);
    });
  }
});
