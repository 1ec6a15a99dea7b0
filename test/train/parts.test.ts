// Losses by parameter path: each reaches its own parameters only, over one forward pass, all at the same weights.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { trainText } from "./trained.ts";

const source = (loss: string): string => `
data points = synthetic(64, seed = 1) { field x: [3] = normal([3]) }
model Game(x: [batch, d]) -> (real: [batch, 1], fake: [batch, 1]) {
  let paint = dense(4) |> tanh |> dense(d)
  let judge = dense(6) |> tanh |> dense(1)
  return (judge(x), judge(paint(normal([batch, 2]))))
}
train Game on points {
  loss = ${loss}
  optimizer = sgd(lr = 0.1)
  batch = 16
  epochs = 1
}
`;
const judging = "mean(softplus(-real)) + mean(softplus(fake))";
const painting = "mean(softplus(-fake))";
const both = `{ "judge.*" = ${judging}, "paint.*" = ${painting} }`;
const x = Float32Array.from({ length: 48 }, (_, i) => Math.sin(i));

async function gradientsOf(loss: string): Promise<{
  loss: number;
  gradients: Record<string, ArrayLike<number>>;
}> {
  const host = memoryHost({ "m.dlm": source(loss) });
  const runner = await openRunner(load("m.dlm", { host }).training(), { device: "js" });
  runner.initialise();
  const found = await runner.gradients({ x }, 16);
  await runner.close();
  return found;
}

describe("a loss for each of two parts", () => {
  test("gives each part the gradients of its own loss alone", async () => {
    const together = await gradientsOf(both);
    const judge = await gradientsOf(judging);
    const paint = await gradientsOf(painting);
    expect(together.loss).toBeCloseTo(judge.loss + paint.loss, 5);
    const paths = Object.keys(together.gradients);
    expect(paths).toHaveLength(8);
    for (const path of paths) {
      const own = (path.startsWith("judge") ? judge : paint).gradients[path] ?? [];
      const other = (path.startsWith("judge") ? paint : judge).gradients[path] ?? [];
      const found = together.gradients[path] ?? [];
      expect(found.length).toBeGreaterThan(0);
      for (let i = 0; i < found.length; i++) expect(found[i]).toBeCloseTo(own[i] ?? 0, 6);
      // The other loss reaches these parameters too, with other gradients: the test can fail.
      expect(Array.from(found)).not.toEqual(Array.from(other));
    }
  });

  test("takes all gradients at the same weights", async () => {
    const host = memoryHost({ "m.dlm": source(both) });
    const runner = await openRunner(load("m.dlm", { host }).training(), {
      device: "wasm",
      threads: 1,
    });
    const before = runner.initialise();
    const { gradients } = await runner.gradients({ x }, 16);
    await runner.step({ x }, 16);
    for (const [path, g] of Object.entries(gradients)) {
      const after = await runner.read(path);
      before.get(path)?.data.forEach((w, i) => {
        expect(after[i]).toBeCloseTo(w - 0.1 * (g[i] ?? Number.NaN), 6);
      });
    }
    await runner.close();
  });

  test("is shown by name and as a sum", async () => {
    const { events } = await trainText(source(both));
    const epoch = events.find((e) => e.event === "epoch");
    const train = epoch?.event === "epoch" ? epoch.train : {};
    expect(Object.keys(train)).toEqual(["loss", "loss[judge.*]", "loss[paint.*]"]);
    expect(train["loss"]).toBeCloseTo(
      (train["loss[judge.*]"] ?? 0) + (train["loss[paint.*]"] ?? 0),
      5,
    );
  });

  test("works with accumulation, clipping and a frozen part", async () => {
    const more = source(both)
      .replace("batch = 16", "batch = 8 accumulate = 2 clip = norm(1)")
      .replace(
        "optimizer = sgd(lr = 0.1)",
        'optimizer = { "judge.*" = adam(lr = 0.1), "*" = none }',
      );
    const { tensors, events } = await trainText(more);
    expect(events.filter((e) => e.event === "step")).toHaveLength(4);
    const start = await openRunner(
      load("m.dlm", { host: memoryHost({ "m.dlm": more }) }).training(),
      { device: "js" },
    );
    const initial = start.initialise();
    await start.close();
    for (const [path, { data }] of tensors) {
      const same = [...(initial.get(path)?.data ?? [])].every((w, i) => w === data[i]);
      if (path.startsWith("paint")) expect(same).toBe(true);
      if (path.startsWith("judge")) expect(same).toBe(false);
    }
  });
});
