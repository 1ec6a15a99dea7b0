// Random graphs through plans: fused or not, in place or not, always the reference's values.

import fc from "fast-check";
import { expect, test } from "vitest";
import { randomGraph } from "../support/random-graph.ts";
import { runPlan, runReference } from "./support.ts";

function check(seed: number, size: number): void {
  const { graph, inputs, bounds } = randomGraph(seed, { size });
  const values = Object.fromEntries(
    Object.entries(inputs).map(([name, tensor]) => [name, tensor.data]),
  );
  const expected = runReference(graph, values);
  const fused = runPlan(graph, values).outputs;
  const agree = (found: Record<string, number[]>): void => {
    for (const [name, wanted] of Object.entries(expected)) {
      const allowed = 1e-4 * Math.max(1, bounds[name] ?? 1);
      const own = found[name] ?? [];
      expect(own.length).toBe(wanted.length);
      const wrong = wanted.findIndex((value, i) => !(Math.abs((own[i] ?? NaN) - value) <= allowed));
      if (wrong >= 0)
        expect.fail(`seed ${seed}: ${name}[${wrong}] is ${own[wrong]}, not ${wanted[wrong]}`);
    }
  };
  agree(fused);
  expect(runPlan(graph, values, { inPlace: false }).outputs).toEqual(fused); // the same bits
  agree(runPlan(graph, values, { fuse: false }).outputs);
}

test("random graphs give the reference's values", () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 1 << 30 }), fc.integer({ min: 2, max: 40 }), check),
    { numRuns: Number(process.env["DLM_RUNS"] ?? 60), seed: 11 },
  );
});
