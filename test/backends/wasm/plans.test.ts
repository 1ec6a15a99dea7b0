import { describe, expect, test } from "vitest";
import { layOutInWasm } from "../../../compiler/backends/wasm/index.ts";
import {
  differences,
  modelCases,
  operatorCases,
  scheduleCase,
} from "../../support/backend-cases.ts";
import { buildGraph } from "../../support/graphs.ts";
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
            layOutContract: layOutInWasm(oneThread),
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
}

describe("contractions whose rows lie far apart, at the end of memory", () => {
  // Groups of four that overhang the last row would read one such distance beyond it.
  for (const [text, a, b] of [
    ["kmb,knb->bmn", [5, 5, 30000], [5, 6, 30000]],
    ["kmb,knb->bmn", [3, 7, 30000], [3, 2, 30000]],
    ["mkb,knb->mbn", [9, 6, 25000], [6, 5, 25000]],
  ] as const) {
    test(`${text} ${a.join("×")}, ${b.join("×")}`, () => {
      const [left = "", right = "", out = ""] = text.split(/,|->/);
      const attrs = { a: left.split(""), b: right.split(""), out: out.split("") };
      const graph = buildGraph((g) => ({
        y: g.node("einsum", [g.input("a", "f32", a), g.input("b", "f32", b)], attrs),
      }));
      const { plan, memory, results } = scheduleCase(graph, {
        layOutContract: layOutInWasm(oneThread),
      });
      runInWasm(plan, memory, oneThread);
      expect(differences(results, memory, 1e-5)).toEqual([]);
    });
  }
});

describe("kernels made by hand in WebAssembly", () => {
  for (const example of kernelCases) {
    test(example.name, () => {
      const memory = memoryOf(example.plan, example.inputs);
      runInWasm(example.plan, memory, oneThread);
      expect(kernelMistakes(example, memory, 2e-5)).toEqual([]);
    });
  }
});
