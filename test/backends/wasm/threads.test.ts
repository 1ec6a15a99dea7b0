// The number of threads must not be seen in the results, not in one bit.

import { expect, test } from "vitest";

import { load, openRunner } from "../../../compiler/api/index.ts";

const source = `
data drawn = synthetic(64) {
  field image: [3, 13, 13] = uniform([3, 13, 13], from = -1, to = 1)
  field label: i32[] = i32(uniform([], from = 0, to = 9.99))
}
model Small(image: [batch, 3, 13, 13]) -> (logits: [batch, 10]) =
  image |> conv(6, 3, padding = 1) |> conv(10, 5) |> batch_norm |> relu |> max_pool(2)
    |> conv(12, 3, stride = 2) |> sigmoid |> flatten |> dropout(0.3) |> dense(50) |> tanh |> dense(10)
block cell(hidden: int)(x: [n, d], h: [n, hidden]) -> [n, hidden] {
  param w: [2 * hidden, d] = uniform(from = -0.2, to = 0.2)
  param u: [2 * hidden, hidden] = uniform(from = -0.2, to = 0.2)
  let gates = einsum("n d, g d -> n g")(x, w) + einsum("n k, g k -> n g")(h, u)
  let keep = sigmoid(gates[:, :hidden])
  return keep * h + (1 - keep) * tanh(gates[:, hidden:])
}
block recurrent(hidden: int)(x: [n, time, d]) -> [n, time, hidden] {
  let (ys, _) = scan((x_t, h) => { let h = cell(hidden)(x_t, h) return (h, h) })(x, zeros([n, hidden]))
  return ys
}
model Rows(image: [batch, 3, 13, 13]) -> (logits: [batch, 10]) =
  (image |> rearrange("n c h w -> n h (c w)") |> recurrent(72) |> recurrent(72))[:, -1] |> dense(10)
train small = Small on drawn {
  loss = cross_entropy(logits, label)
  optimizer = adam(lr = 1e-2)
  clip = norm(1)
  batch = 64
  epochs = 1
}
train rows = Rows on drawn {
  loss = cross_entropy(logits, label)
  optimizer = adam(lr = 1e-2)
  clip = norm(1)
  batch = 64
  epochs = 1
}`;

async function weightsAfterSteps(
  training: string,
  threads: number,
): Promise<Record<string, number[]>> {
  const host = {
    readText: (path: string) => (path === "small.dlm" ? source : undefined),
    resolve: () => undefined,
  };
  const runner = await openRunner(load("small.dlm", { host }).training(training), {
    device: "wasm",
    threads,
  });
  try {
    runner.initialise(3);
    const size = 61; // in no share and in no vector without a rest
    const image = Float32Array.from({ length: size * 3 * 13 * 13 }, (_, i) => Math.sin(i));
    const label = Int32Array.from({ length: size }, (_, i) => i % 10);
    for (let step = 0; step < 3; step++) {
      await runner.step({ image, label }, size, { step, steps: 3 });
    }
    const weights: Record<string, number[]> = {};
    for (const { name } of runner.persistent.tensors) {
      weights[name] = [...(await runner.read(name))];
    }
    return weights;
  } finally {
    await runner.close();
  }
}

test.each([
  ["a convolutional network", "small"],
  ["a loop over time", "rows"],
])(
  "one, two, three and five threads learn the same weights: %s",
  async (_what, training) => {
    const alone = await weightsAfterSteps(training, 1);
    expect(Object.values(alone).flat().every(Number.isFinite)).toBe(true);
    for (const threads of [2, 3, 5]) {
      expect(await weightsAfterSteps(training, threads), `${threads} threads`).toEqual(alone);
    }
  },
  120_000,
);
