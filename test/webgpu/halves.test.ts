// Half precision in WGSL, on adapters without `shader-f16` as well: the same roundings as NumPy, products of halves, and
// whole steps in mixed precision.

import { afterAll, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { lossScalePaths } from "../../compiler/autodiff/loss-scale.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { differences, scheduleCase } from "../support/backend-cases.ts";
import {
  halfCases,
  halfInputs,
  roundingGraph,
  roundings,
  storingGraph,
} from "../support/half-cases.ts";
import { lineSource, makeFolder } from "../support/command.ts";
import { viewOf } from "../support/plans.ts";
import { describeWebgpu } from "../support/webgpu.ts";
import { runOnWebgpu } from "../support/webgpu-plan.ts";

const folder = makeFolder({ "line.dlm": lineSource });

afterAll(() => folder.remove());

const model = `
data d = synthetic(64, seed = 3) {
  field x: [4, 8, 8] = uniform([4, 8, 8], from = -1, to = 1)
  field y: i32[] = 1
}
model M(x: [batch, 4, 8, 8]) -> (scores: [batch, 4]) =
  x |> conv(8, 3, padding = 1) |> batch_norm |> tanh |> avg_pool(2) |> flatten |> dense(4)
train M on d {
  loss = cross_entropy(scores, y)
  optimizer = adam(lr = 0.01)
  epochs = 1
  batch = 8
}
`;

describeWebgpu("half precision in WGSL", () => {
  test.each([
    ["within a kernel", roundingGraph],
    ["stored", storingGraph],
  ])("rounds as NumPy: %s", async (_name, graph) => {
    const { plan, memory, results } = scheduleCase(graph(), { inputs: halfInputs });
    const after = await runOnWebgpu(plan, memory);
    const y = results.find(({ name }) => name === "y");
    expect(y && [...viewOf(after, y)]).toEqual(roundings.map(([, rounded]) => rounded));
  });

  test.each(halfCases)("$name", async ({ graph }) => {
    const { plan, memory, results } = scheduleCase(graph());
    expect(differences(results, await runOnWebgpu(plan, memory), 0)).toEqual([]);
  });

  test("steps in mixed precision take the course that they take on the CPU", async () => {
    const host = memoryHost({ "m.dlm": model });
    const unit = load("m.dlm", { host, dataHost: host }).training();
    const inputs = {
      x: Float32Array.from({ length: 8 * 256 }, (_, i) => Math.sin(1.7 * i)),
      y: Int32Array.from({ length: 8 }, (_, i) => i % 4),
    };
    const found: Record<string, number[]> = {};
    for (const device of ["js", "webgpu"]) {
      const runner = await openRunner(unit, { device, precision: "f16" });
      runner.initialise();
      // The first step overflows.
      runner.write(lossScalePaths.value, Float32Array.of(2 ** 40));
      const course: number[] = [];
      for (let step = 0; step < 6; step++) {
        course.push(await runner.step(inputs, 8, { step }));
        runner.write(lossScalePaths.value, Float32Array.of(1024));
      }
      expect((await runner.read(lossScalePaths.skipped))[0]).toBe(1);
      expect(course[1]).toBe(course[0]);
      found[device] = course;
      await runner.close();
    }
    found["webgpu"]?.forEach((loss, i) =>
      expect(Math.abs(loss - (found["js"]?.[i] ?? NaN))).toBeLessThan(1e-3),
    );
    expect(found["js"]?.at(-1)).toBeLessThan(found["js"]?.[0] ?? 0);
  });

  test("the command line says what an adapter lacks", async () => {
    const args = ["line.dlm", "--device", "webgpu", "--precision", "f16"];
    for (const command of [["train"], ["train", "--overfit"], ["profile"]]) {
      const { code, error } = await folder.run([...command, ...args]);
      expect(code).toBe(1);
      expect(error).toContain(
        "--precision f16 needs the feature shader-f16, which the device webgpu lacks here (",
      );
      expect(error).toContain("`dlmc devices`");
    }
  });
});
