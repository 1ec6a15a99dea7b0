import { describe, expect, test } from "vitest";
import { layOutInJs } from "../../compiler/backends/js/pack.ts";
import { differences, modelCases, operatorCases, scheduleCase } from "../support/backend-cases.ts";
import { runInJs } from "../support/plans.ts";
import { randomGraph } from "../support/random-graph.ts";

for (const [title, cases] of Object.entries({ operators: operatorCases, models: modelCases })) {
  describe(`${title} in JavaScript`, () => {
    for (const { name, graph } of cases) {
      test(name, () => {
        const { plan, memory, results } = scheduleCase(graph(), { layOutContract: layOutInJs });
        runInJs(plan, memory);
        expect(differences(results, memory, 5e-6)).toEqual([]);
      });
    }
  });
}

test("random graphs in JavaScript", () => {
  for (let seed = 1; seed <= 150; seed++) {
    const { graph, inputs } = randomGraph(seed);
    const { plan, memory, results } = scheduleCase(graph, { layOutContract: layOutInJs, inputs });
    runInJs(plan, memory);
    expect(differences(results, memory, 1e-4), `seed ${seed}`).toEqual([]);
  }
});
