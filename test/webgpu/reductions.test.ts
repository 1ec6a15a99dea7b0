import { expect, test } from "vitest";
import { kernelMistakes } from "../support/kernel-cases.ts";
import { memoryOf } from "../support/plans.ts";
import { reductionCases, rowReductions } from "../support/reduction-cases.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

/** Shared from few inner points on as on hardware, but in workgroups that a software adapter compiles fast. */
const sixteen = { tiles: "by shape", invocations: 16 } as const;

describeWebgpu("reductions that invocations share in WGSL", () => {
  for (const example of reductionCases) {
    test(example.name, async () => {
      const memory = memoryOf(example.plan, example.inputs);
      const found = await runOnWebgpu(example.plan, memory, sixteen);
      expect(kernelMistakes(example, found, 5e-5)).toEqual([]);
    });
  }

  for (const contiguous of ["inner", "parallel"] as const) {
    test(`workgroups as on hardware, ${contiguous} axes contiguous`, async () => {
      const example = rowReductions(5, 1500, contiguous);
      const memory = memoryOf(example.plan, example.inputs);
      const found = await runOnWebgpu(example.plan, memory, { tiles: "by shape" });
      expect(kernelMistakes(example, found, 5e-5)).toEqual([]);
    });
  }

  test("workgroups in three dimensions, with little memory each", async () => {
    const example = rowReductions(130, 65, "inner");
    const memory = memoryOf(example.plan, example.inputs);
    const settings = { ...sixteen, workgroups: 7, workgroupBytes: 256 };
    // 8 words an invocation: at most 8 invocations, so a row a workgroup, of 7·7·3 workgroups.
    const found = await runOnWebgpu(example.plan, memory, settings);
    expect(kernelMistakes(example, found, 5e-5)).toEqual([]);
  });
});
