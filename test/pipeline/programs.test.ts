// Whole trainings from the examples through the pipeline: kernel counts, validity of plans, equal results of devices,
// one persistent region under several programs.

import { readFileSync } from "node:fs";
import path from "node:path";

import { describe, expect, it } from "vitest";

import { load } from "../../compiler/api/load.ts";
import { persistentSpecs } from "../../compiler/api/persistent.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { layOutInJs } from "../../compiler/backends/js/pack.ts";
import { differentiate } from "../../compiler/autodiff/index.ts";
import type { TrainingUnit } from "../../compiler/elaborate/unit.ts";
import { specialize } from "../../compiler/ir/specialize.ts";
import { infer } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { optimise } from "../../compiler/passes/index.ts";
import { layoutPersistent } from "../../compiler/program.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import { validatePlan } from "../../compiler/schedule/validate.ts";
import { selectOutputs } from "../../compiler/select.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { repositoryRoot } from "../support/shared.ts";

function example(name: string): TrainingUnit {
  const text = readFileSync(path.join(repositoryRoot, "examples", name), "utf8");
  const file = load(name, { host: memoryHost({ [name]: text }) });
  return file.training(file.unit.trainings[0]?.name);
}

/** The plan of a training step. */
function stepPlan(
  unit: TrainingUnit,
  batch: number,
  options: { inPlace?: boolean; fuse?: boolean } = {},
): Plan {
  const reporter = new Reporter();
  const dims = { batch, examples: batch };
  const close = (graph: TrainingUnit["step"]): TrainingUnit["step"] => {
    const specialised = specialize(graph, dims, infer, reporter);
    if (!specialised) throw new Error("a size did not come out");
    return lower(specialised);
  };
  const [phase] = unit.phases;
  const optimizers = new Map(
    [...(phase?.optimizers ?? [])].map(([parameter, optimizer]) => [
      parameter,
      optimizer === "none" ? optimizer : { step: close(optimizer.step) },
    ]),
  );
  const forward = close(selectOutputs(unit.step, ["loss", "metric", "update"]));
  const graph = optimise(
    differentiate(forward, { optimizers, ...(phase?.clip ? { clip: phase.clip } : {}) }),
  );
  const persistent = layoutPersistent(persistentSpecs(unit.model, unit), dims);
  return schedule(graph, { persistent, layOutContract: layOutInJs, ...options });
}

describe("training steps of the examples", () => {
  // The metric adds kernels of its own to those of forward pass, loss, backward pass and update; of LeNet's, two add
  // up the parts of long sums.
  for (const [name, batch, kernels] of [
    ["softmax_regression.dlm", 256, 8],
    ["mlp.dlm", 256, 18],
    ["lenet.dlm", 256, 28],
  ] as const) {
    it(`${name}: at most ${kernels} kernels, a valid plan`, () => {
      const unit = example(name);
      const plan = stepPlan(unit, batch);
      validatePlan(plan);
      expect(plan.kernels.length).toBeLessThanOrEqual(kernels);
      const plain = stepPlan(unit, batch, { fuse: false });
      expect(plan.arenaBytes).toBeLessThan(plain.arenaBytes);
    });
  }

  for (const name of ["linear_regression.dlm", "polynomial.dlm"]) {
    it(`${name}: a valid plan`, () => {
      validatePlan(stepPlan(example(name), 10));
      validatePlan(stepPlan(example(name), 10, { inPlace: false }));
    });
  }
});

describe("programs over one persistent region", () => {
  it("train, evaluate and predict at several batch sizes on the same weights, on js as on the reference", async () => {
    const unit = example("lenet.dlm");
    const open = (device: string): ReturnType<typeof openRunner> =>
      openRunner(unit, { device, dims: { examples: 8 } });
    const [js, reference] = [await open("js"), await open("reference")];
    const image = (n: number): Float32Array =>
      Float32Array.from({ length: n * 784 }, (_, i) => ((i * 7919) % 256) / 255);
    const label = (n: number): Int32Array => Int32Array.from({ length: n }, (_, i) => i % 10);
    for (const runner of [js, reference]) runner.initialise(1);
    for (const n of [8, 3, 8]) {
      const inputs = { image: image(n), label: label(n) };
      const losses = [
        await js.step(inputs, n, { step: n }),
        await reference.step(inputs, n, { step: n }),
      ];
      expect(losses[0]).toBeCloseTo(losses[1] ?? NaN, 5);
      const after = [await js.evaluate(inputs, n), await reference.evaluate(inputs, n)];
      expect(after[0]).toBeCloseTo(after[1] ?? NaN, 5);
    }
    const [mine, exact] = [
      await js.forward({ image: image(5) }, 5),
      await reference.forward({ image: image(5) }, 5),
    ];
    for (const [i, value] of (mine["logits"] ?? new Float32Array()).entries()) {
      expect(value).toBeCloseTo(Number(exact["logits"]?.[i]), 4);
    }
    expect(mine["logits"]).toHaveLength(50);
    await js.close();
    await reference.close();
  });

  it("the same seed gives the same start values, another seed others", async () => {
    const unit = example("mlp.dlm");
    const runner = await openRunner(unit, { dims: { examples: 1 } });
    const draw = async (seed: number): Promise<number[]> => {
      runner.initialise(seed);
      return [...(await runner.read("dense_0.weight"))];
    };
    const first = await draw(3);
    expect(await draw(4)).not.toEqual(first);
    expect(await draw(3)).toEqual(first);
    await runner.close();
  });
});
