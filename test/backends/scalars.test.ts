import { describe, expect, test } from "vitest";
import { memoryOf, runInJs, valueIn } from "../support/plans.ts";
import { scalarMistakes, scalarPlan, scalarSamples } from "../support/scalar-samples.ts";

describe("scalar operations in JavaScript", () => {
  for (const sample of scalarSamples) {
    test(sample.name, () => {
      const plan = scalarPlan(sample);
      const memory = memoryOf(plan, new Map(sample.inputs.map((input, i) => [i, input.data])));
      runInJs(plan, memory);
      const found = valueIn(plan, memory, sample.inputs.length);
      expect(scalarMistakes(sample, found, 1e-7)).toEqual([]);
    });
  }
});
