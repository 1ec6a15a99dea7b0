import { expect, test } from "vitest";
import { differences, modelCases, operatorCases, scheduleCase } from "../support/backend-cases.ts";
import { memoryOf } from "../support/plans.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

for (const [title, cases] of Object.entries({ operators: operatorCases, models: modelCases })) {
  describeWebgpu(`${title} in WGSL`, () => {
    for (const { name, graph } of cases) {
      test(name, async () => {
        const scheduled = scheduleCase(graph());
        const memory = await runOnWebgpu(
          scheduled.plan,
          memoryOf(scheduled.plan, scheduled.inputs),
        );
        expect(differences(scheduled, memory, 2e-5)).toEqual([]);
      });
    }
  });
}
