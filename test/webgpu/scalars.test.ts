import { expect, test } from "vitest";
import { kernelMistakes, manyDraws } from "../support/kernel-cases.ts";
import { memoryOf, valueIn } from "../support/plans.ts";
import { scalarMistakes, scalarPlan, scalarSamples } from "../support/scalar-samples.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

describeWebgpu("scalar operations in WGSL", () => {
  for (const sample of scalarSamples) {
    test(sample.name, async () => {
      const plan = scalarPlan(sample);
      const inputs = new Map(sample.inputs.map((input, i) => [i, input.data]));
      const memory = await runOnWebgpu(plan, memoryOf(plan, inputs));
      const found = valueIn(plan, memory, sample.inputs.length);
      expect(scalarMistakes(sample, found, 2e-6)).toEqual([]);
    });
  }

  test("40,000 random numbers, bit for bit", async () => {
    const example = manyDraws();
    const memory = await runOnWebgpu(example.plan, memoryOf(example.plan, example.inputs));
    expect(kernelMistakes(example, memory, 0)).toEqual([]);
  });
});
