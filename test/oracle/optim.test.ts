// Ten steps of every optimizer, clipping, and sixty steps of every schedule, against PyTorch's figures.

import { expect, test } from "vitest";
import { describeShared } from "../support/shared.ts";
import { leftOutOptim } from "./left-out.ts";
import { optimizerText, scheduleOf } from "./optim.ts";
import { disagreement } from "./support/compare.ts";
import { readCases, readTensors, tensorOf, type OracleCase } from "./support/manifest.ts";
import { trainingPlaces, type TrainingPlace } from "./support/program.ts";
import { tally } from "./support/tally.ts";
import { openText, trainingOf } from "./support/training.ts";

interface OptimCase extends OracleCase {
  readonly kind: "optimizer" | "clip" | "schedule";
  readonly shapes?: readonly (readonly number[])[];
  readonly lr?: readonly number[];
  readonly steps?: number;
}

/** A model whose loss is Σ p · g, so that the gradient of every parameter is what the case gives. */
function source(shapes: readonly (readonly number[])[], optimizer: string, extra: string): string {
  const fields = shapes.map(
    (s, i) => `  field g${i}: [${s.join(", ")}] = zeros([${s.join(", ")}])`,
  );
  const inputs = shapes.map((s, i) => `g${i}: [batch, ${s.join(", ")}]`);
  const params = shapes.map((s, i) => `  param p${i}: [${s.join(", ")}] = zeros`);
  const terms = shapes.map((_, i) => `sum(p${i} * g${i})`);
  return [
    "data given = synthetic(1) {",
    ...fields,
    "}",
    `model Net(${inputs.join(", ")}) -> (total: []) {`,
    ...params,
    `  return ${terms.join(" + ")}`,
    "}",
    "/// The gradient takes the parameter's place.",
    "block keep_gradient(w: [...s], g: [...s]) -> [...s] = g",
    "/// The rate takes the parameter's place.",
    "block keep_rate(lr: block)(w: [...s], g: [...s], step: [], steps: []) -> [...s] = w * 0 + lr(step, steps)",
    "train net = Net on given {",
    "  loss = total",
    `  optimizer = ${optimizer}`,
    `  ${extra}`,
    "  batch = 1",
    "  epochs = 1",
    "}",
    "",
  ].join("\n");
}

describeShared("oracle optim", () => {
  const cases = readCases<OptimCase>("optim");
  const left = cases.filter((c) => c.op in leftOutOptim);
  const counter = tally("optim", cases.length, left.length);

  for (const c of cases) {
    if (c.op in leftOutOptim) continue;
    test(c.id, async () => {
      const faults: string[] = [];
      for (const place of trainingPlaces) {
        const found = await (c.kind === "optimizer"
          ? runOptimizer(c, place)
          : c.kind === "clip"
            ? runClip(c, place)
            : runSchedule(c, place));
        faults.push(...found.filter((f) => f !== undefined).map((f) => `${place.name}: ${f}`));
      }
      expect(faults).toEqual([]);
      counter.ran();
    });
  }
});

async function runOptimizer(c: OptimCase, place: TrainingPlace): Promise<(string | undefined)[]> {
  const tensors = readTensors(c.file ?? "");
  const shapes = c.shapes ?? [];
  const unit = trainingOf(source(shapes, optimizerText(c.op, c.attrs), ""));
  const start = shapes.map(
    (_, i) => [`p${i}`, tensorOf(tensors, `${c.id}/in/p${i}`).data] as const,
  );
  const runner = await openText(unit, place, Object.fromEntries(start));
  const faults: (string | undefined)[] = [];
  const steps = c.steps ?? 0;
  for (let step = 0; step < steps; step++) {
    await runner.step(sliceInputs(c, shapes, step), 1, { step, steps });
    for (const [i, shape] of shapes.entries()) {
      const size = shape.reduce((a, b) => a * b, 1);
      const expected = tensorOf(tensors, `${c.id}/out/p${i}`).data;
      const part = expected.subarray(step * size, (step + 1) * size);
      faults.push(disagreement(`p${i} after step ${step}`, await runner.read(`p${i}`), part, c));
    }
  }
  await runner.close();
  return faults;
}

function sliceInputs(
  c: OptimCase,
  shapes: readonly (readonly number[])[],
  step: number,
): Record<string, ArrayLike<number>> {
  const tensors = readTensors(c.file ?? "");
  return Object.fromEntries(
    shapes.map((shape, i) => {
      const size = shape.reduce((a, b) => a * b, 1);
      const all = tensorOf(tensors, `${c.id}/in/g${i}`).data;
      return [`g${i}`, all.subarray(step * size, (step + 1) * size)];
    }),
  );
}

async function runClip(c: OptimCase, place: TrainingPlace): Promise<(string | undefined)[]> {
  const shapes = c.shapes ?? [];
  const kind = c.op === "clip_by_value" ? "value" : "norm";
  const clip = `clip = ${kind}(${String(c.attrs["threshold"])})`;
  const unit = trainingOf(source(shapes, "keep_gradient", clip));
  const runner = await openText(unit, place, {});
  await runner.step(sliceInputs(c, shapes, 0), 1);
  const tensors = readTensors(c.file ?? "");
  const faults: (string | undefined)[] = [];
  for (const i of shapes.keys()) {
    const expected = tensorOf(tensors, `${c.id}/out/g${i}`).data;
    faults.push(disagreement(`g${i}`, await runner.read(`p${i}`), expected, c));
  }
  await runner.close();
  return faults;
}

async function runSchedule(c: OptimCase, place: TrainingPlace): Promise<(string | undefined)[]> {
  const { text, steps } = scheduleOf(c.op, c.attrs);
  const unit = trainingOf(source([[1]], `keep_rate(lr = ${text})`, ""));
  const runner = await openText(unit, place, {});
  const rates: number[] = [];
  for (let step = 0; step < (c.lr?.length ?? 0); step++) {
    await runner.step({ g0: [0] }, 1, { step, steps });
    rates.push(Number((await runner.read("p0"))[0]));
  }
  await runner.close();
  return [disagreement("lr", rates, c.lr ?? [], c)];
}
