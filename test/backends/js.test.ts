import { describe, expect, test } from "vitest";
import { packingBytes } from "../../compiler/backends/js/pack.ts";
import { differences, modelCases, operatorCases, scheduleCase } from "../support/backend-cases.ts";
import { memoryOf, runInJs } from "../support/plans.ts";

for (const [title, cases] of Object.entries({ operators: operatorCases, models: modelCases })) {
  describe(`${title} in JavaScript`, () => {
    for (const { name, graph } of cases) {
      test(name, () => {
        const scheduled = scheduleCase(graph(), packingBytes);
        const memory = memoryOf(scheduled.plan, scheduled.inputs);
        runInJs(scheduled.plan, memory);
        expect(differences(scheduled, memory, 5e-6)).toEqual([]);
      });
    }
  });
}
