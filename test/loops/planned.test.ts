// Loops over time as plans: kernels in loop steps over rings of rows, on every backend.

import { describe, expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import { layOutInJs } from "../../compiler/backends/js/pack.ts";
import { layOutInWasm } from "../../compiler/backends/wasm/index.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { optimise } from "../../compiler/passes/index.ts";
import { interpret } from "../../compiler/schedule/interpret.ts";
import type { LayOutContract, Plan } from "../../compiler/schedule/kernel.ts";
import { validatePlan } from "../../compiler/schedule/validate.ts";
import { differences, scheduleCase } from "../support/backend-cases.ts";
import { loopCases, wideRnn } from "../support/loop-cases.ts";
import { runInJs } from "../support/plans.ts";
import { oneThread, oneThreadRelaxed, runInWasm } from "../support/run-wasm.ts";

const backends: Readonly<
  Record<string, { layOut?: LayOutContract; run: (plan: Plan, memory: ArrayBuffer) => void }>
> = {
  "the meaning of the plan": { run: (plan, memory) => interpret(plan, memory, { check: true }) },
  js: { layOut: layOutInJs, run: runInJs },
  wasm: {
    layOut: layOutInWasm(oneThread),
    run: (plan, memory) => runInWasm(plan, memory, oneThread),
  },
  "wasm, relaxed": {
    layOut: layOutInWasm(oneThreadRelaxed),
    run: (plan, memory) => runInWasm(plan, memory, oneThreadRelaxed),
  },
};

const simple = loopCases.filter(({ nested }) => nested !== true);

for (const [backend, { layOut, run }] of Object.entries(backends)) {
  describe(`loops over time: ${backend}`, () => {
    const check = (graph: Graph): void => {
      const options = layOut ? { layOutContract: layOut } : {};
      const { plan, memory, results } = scheduleCase(optimise(graph), options);
      validatePlan(plan);
      run(plan, memory);
      expect(differences(results, memory, 2e-5)).toEqual([]);
    };
    test.each(simple)("$name", ({ graph }) => check(graph()));
    test.each(simple)("$name: gradients", ({ graph, wrt }) => check(vjp(graph(), { wrt })));
  });
}

describe("plans of loops", () => {
  const planned = (name: string): Plan => {
    const found = loopCases.find((one) => one.name === name);
    if (!found) throw new Error(`there is no case ${name}`);
    return scheduleCase(optimise(found.graph())).plan;
  };
  const inLoop = (plan: Plan): number =>
    plan.steps.reduce((sum, step) => sum + (step.kind === "loop" ? step.body.length : 0), 0);

  test("wasm packs weights once a loop, not in every step", () => {
    const { plan, memory, results } = scheduleCase(optimise(wideRnn()), {
      layOutContract: layOutInWasm(oneThread),
    });
    const texts = plan.kernels.flatMap((kernel) => plan.layouts.get(kernel)?.text ?? []);
    expect(texts.filter((text) => text.includes("packed once"))).toEqual([
      expect.stringMatching(/2 blocks of .* packed once$/),
    ]);
    // What is kept lies behind the scratch that passes from kernel to kernel.
    validatePlan(plan);
    const [offset = 0] = plan.kept?.values() ?? [];
    expect(offset).toBeGreaterThan(plan.scratch.offset);
    expect(offset).toBeLessThan(plan.scratch.offset + plan.scratch.bytes);
    runInWasm(plan, memory, oneThread);
    expect(differences(results, memory, 2e-5)).toEqual([]);
  });

  test("an rnn takes one kernel a step for each product, and nothing else", () => {
    expect(inLoop(planned("rnn"))).toBe(2);
  });

  test("only what is wanted afterwards is kept for every step", () => {
    const [stack, last] = [planned("rnn, stack alone"), planned("rnn, last alone")];
    const ring = (plan: Plan): number =>
      Math.max(...[...plan.places.values()].map(({ row }) => row?.ring ?? 0));
    expect(ring(stack)).toBe(6);
    expect(ring(last)).toBe(2);
  });
});
