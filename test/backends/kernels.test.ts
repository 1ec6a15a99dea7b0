import { describe, expect, test } from "vitest";
import { kernelCases, kernelMistakes } from "../support/kernel-cases.ts";
import { memoryOf, runInJs } from "../support/plans.ts";

describe("kernels made by hand in JavaScript", () => {
  for (const example of kernelCases) {
    test(example.name, () => {
      const memory = memoryOf(example.plan, example.inputs);
      runInJs(example.plan, memory);
      expect(kernelMistakes(example, memory, 1e-6)).toEqual([]);
    });
  }
});
