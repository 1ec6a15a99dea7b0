// A step out of several batches is the step of the large batch, where examples do not meet in it.

import { describe, expect, test } from "vitest";
import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { lossesOf, trainText } from "./trained.ts";

const source = (settings: string, body = "dense(8) |> tanh |> dense(1)"): string => `
data line = synthetic(105, seed = 3) {
  field x: [2] = uniform([2], from = -1, to = 1)
  field y: [1] = [3 * x[0] - 2 * x[1] + 1]
  split = holdout(validation = 0.2)
}
model Line(x: [batch, d]) -> (guess: [batch, 1]) = x |> ${body}
train Line on line {
  loss = mse(guess, y) + 0.01 * l2("*.weight")
  metrics = { distance = average(abs(guess - y)) }
  optimizer = { "*.bias" = sgd(lr = cosine(from = 0.1), momentum = 0.9), "*" = adam(lr = 0.05, weight_decay = 0.01) }
  epochs = 3
  ${settings}
}
`;

function expectNear(actual: readonly number[], expected: readonly number[]): void {
  expect(actual).toHaveLength(expected.length);
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i] ?? Number.NaN, 5));
}

describe.each(["js", "wasm"] as const)("accumulate on %s", (device) => {
  // 84 examples: an epoch's last step has 20 of them, in two batches of 8 and one of 4.
  test.each(["", "clip = norm(0.3)", "clip = value(0.05)"])(
    "equals the large batch: %s",
    async (clip) => {
      const large = await trainText(source(`batch = 32 ${clip}`), { device });
      const parts = await trainText(source(`batch = 8 accumulate = 4 ${clip}`), { device });
      expect(lossesOf(large)).toHaveLength(9);
      expectNear(lossesOf(parts), lossesOf(large));
      for (const [path, { data }] of large.tensors)
        expectNear([...(parts.tensors.get(path)?.data ?? [])], [...data]);
      expect([...parts.tensors.keys()]).toEqual([...large.tensors.keys()]);
      const sizes = parts.events.flatMap((e) => (e.event === "step" ? [e.examples] : []));
      expect(sizes.slice(0, 3)).toEqual([32, 32, 20]);
      const rates = (run: typeof large): (number | null)[] =>
        run.events.flatMap((e) => (e.event === "step" ? [e.lr] : []));
      expect(rates(parts)).toEqual(rates(large));
    },
  );
});

test("clipping sees the sum of the batches and not each", async () => {
  const clipped = await trainText(source("batch = 8 accumulate = 4 clip = norm(0.3)"));
  const plain = await trainText(source("batch = 8 accumulate = 4"));
  expect(lossesOf(clipped)).not.toEqual(lossesOf(plain));
});

test("batches of a step draw for themselves, and every step anew", async () => {
  const body = "dense(8) |> dropout(0.5) |> dense(1)";
  const one = await trainText(source("batch = 8 accumulate = 4", body));
  const again = await trainText(source("batch = 8 accumulate = 4", body));
  expect(lossesOf(again)).toEqual(lossesOf(one));
  // Without training the loss of a batch is the same in every epoch but for its draws.
  const still = source("batch = all", body).replace(/optimizer = .*/, "optimizer = sgd(lr = 0)");
  const losses = lossesOf(await trainText(still));
  expect(new Set(losses).size).toBe(3);
});

test("the sums of gradients lie in planned memory, for trained parameters alone", async () => {
  const pathsOf = async (settings: string): Promise<string[]> => {
    const host = memoryHost({ "m.dlm": source(settings) });
    const runner = await openRunner(load("m.dlm", { host }).training(), { device: "js" });
    await runner.close();
    expect(runner.plannedBytes()).toBeGreaterThanOrEqual(runner.persistent.bytes);
    const names = runner.persistent.tensors.map((tensor) => tensor.name);
    return names.filter((name) => name.startsWith("gradient."));
  };
  expect(await pathsOf("batch = 8")).toEqual([]);
  expect(await pathsOf("batch = 8 accumulate = 2")).toEqual([
    "gradient.dense_0.weight",
    "gradient.dense_0.bias",
    "gradient.dense_1.weight",
    "gradient.dense_1.bias",
  ]);
  const frozen = 'phase one { optimizer = { "*.bias" = none, "*" = sgd(lr = 1) } accumulate = 2 }';
  expect(await pathsOf(`batch = 8 ${frozen}`)).toEqual([
    "gradient.dense_0.weight",
    "gradient.dense_1.weight",
  ]);
});
