// Sums of a contraction's operands as by-products, by the interpreter of plans and by JavaScript.

import { describe, expect, test } from "vitest";
import { interpret } from "../../compiler/schedule/interpret.ts";
import { kernelMistakes } from "../support/kernel-cases.ts";
import { memoryOf, runInJs } from "../support/plans.ts";
import { sumCases } from "../support/sum-cases.ts";

describe("sums of operands in JavaScript", () => {
  for (const example of sumCases) {
    test(example.name, () => {
      const memory = memoryOf(example.plan, example.inputs);
      runInJs(example.plan, memory);
      expect(kernelMistakes(example, memory, 1e-5)).toEqual([]);
    });
    const { plan, inputs } = example;
    if (plan.arenaBytes > 3e5) continue; // too long for the interpreter
    test(`${example.name}, interpreted`, () => {
      const memory = memoryOf(plan, inputs);
      interpret(plan, memory);
      expect(kernelMistakes(example, memory, 1e-6)).toEqual([]);
    });
  }
});
