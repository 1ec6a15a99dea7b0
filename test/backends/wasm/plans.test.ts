import { describe, expect, test } from "vitest";
import { layOutInWasm } from "../../../compiler/backends/wasm/index.ts";
import {
  differences,
  modelCases,
  operatorCases,
  scheduleCase,
} from "../../support/backend-cases.ts";
import { kernelCases, kernelMistakes } from "../../support/kernel-cases.ts";
import { memoryOf, valueIn } from "../../support/plans.ts";
import { randomGraph } from "../../support/random-graph.ts";
import { oneThread, oneThreadRelaxed, runInWasm } from "../../support/run-wasm.ts";
import { scalarMistakes, scalarPlan, scalarSamples } from "../../support/scalar-samples.ts";

const variants = { "multiply and add": oneThread, "relaxed multiply-add": oneThreadRelaxed };

for (const [variant, options] of Object.entries(variants)) {
  for (const [title, cases] of Object.entries({ operators: operatorCases, models: modelCases })) {
    describe(`${title} in WebAssembly, ${variant}`, () => {
      for (const { name, graph } of cases) {
        test(name, () => {
          const { plan, memory, results } = scheduleCase(graph(), {
            layOutContract: layOutInWasm(options),
          });
          runInWasm(plan, memory, options);
          expect(differences(results, memory, 1e-5)).toEqual([]);
        });
      }
    });
  }

  test(`random graphs in WebAssembly, ${variant}`, () => {
    for (let seed = 1; seed <= 150; seed++) {
      const { graph, inputs } = randomGraph(seed);
      const layOutContract = layOutInWasm(options);
      const { plan, memory, results } = scheduleCase(graph, { layOutContract, inputs });
      runInWasm(plan, memory, options);
      expect(differences(results, memory, 1e-4), `seed ${seed}`).toEqual([]);
    }
  });

  describe(`scalar operations in WebAssembly, ${variant}`, () => {
    for (const sample of scalarSamples) {
      test(sample.name, () => {
        const plan = scalarPlan(sample);
        const memory = memoryOf(plan, new Map(sample.inputs.map((input, i) => [i, input.data])));
        runInWasm(plan, memory, options);
        const found = valueIn(plan, memory, sample.inputs.length);
        expect(scalarMistakes(sample, found, 6e-7)).toEqual([]);
      });
    }
  });

  describe(`kernels made by hand in WebAssembly, ${variant}`, () => {
    for (const example of kernelCases) {
      test(example.name, () => {
        const memory = memoryOf(example.plan, example.inputs);
        runInWasm(example.plan, memory, options);
        expect(kernelMistakes(example, memory, 2e-5)).toEqual([]);
      });
    }
  });
}
