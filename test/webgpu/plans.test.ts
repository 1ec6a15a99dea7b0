import { expect, test } from "vitest";
import { differences, modelCases, operatorCases, scheduleCase } from "../support/backend-cases.ts";
import { randomGraph } from "../support/random-graph.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

for (const [title, cases] of Object.entries({ operators: operatorCases, models: modelCases })) {
  describeWebgpu(`${title} in WGSL`, () => {
    for (const { name, graph } of cases) {
      test(name, async () => {
        const { plan, memory, results } = scheduleCase(graph());
        expect(differences(results, await runOnWebgpu(plan, memory), 2e-5)).toEqual([]);
      });
    }
  });
}

describeWebgpu("random graphs in WGSL", () => {
  test("20 of them", async () => {
    for (let seed = 1; seed <= 20; seed++) {
      const { graph, inputs } = randomGraph(seed);
      const { plan, memory, results } = scheduleCase(graph, { inputs });
      const found = differences(results, await runOnWebgpu(plan, memory), 1e-3);
      expect(found, `seed ${seed}`).toEqual([]);
    }
  });
});
