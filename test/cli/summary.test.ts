// `dlmc summary`: parameters and FLOPs against counts by hand.

import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import type { Summary } from "../../compiler/api/summary.ts";
import { makeFolder, type Folder } from "../support/command.ts";

const example = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../../examples/${name}.dlm`, import.meta.url)), "utf8");

const wide = `
data d = digits(100) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
block 塊(n: int)(x: [batch, c, h, w]) -> [batch, ...] {
  let inner = conv(n, 3, groups = 2, stride = 2, padding = 1, use_bias = false)
  return x |> inner |> batch_norm
}
model 網路(image: [batch, 1, 28, 28]) -> (logits: [batch, 10]) {
  let twice = dense(64)
  return image |> conv(6, 5) |> 塊(8) |> flatten |> dense(64) |> twice |> twice |> dense(10)
}
train 網路 on d {
  loss = cross_entropy(logits, label)
  optimizer = adam(lr = 0.1)
  batch = 32
  epochs = 1
}
train other = 網路 on d { loss = cross_entropy(logits, label) optimizer = sgd(lr = 0.1) batch = 8 epochs = 1 }
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "lenet.dlm": example("lenet"), "mlp.dlm": example("mlp"), "w.dlm": wide });
});
afterAll(() => folder.remove());

async function summaryOf(...args: string[]): Promise<Summary> {
  const ran = await folder.run(["summary", ...args, "--json"]);
  expect(ran.error).toBe("");
  return JSON.parse(ran.out) as Summary;
}

/** Multiplications and additions of a dense layer for one example, with the bias. */
const dense = (units: number, d: number): number => 2 * units * d + units;
const conv = (out: number, h: number, w: number, terms: number, bias = true): number =>
  2 * out * h * w * terms + (bias ? out * h * w : 0);

describe("dlmc summary", () => {
  it("counts LeNet as by hand", async () => {
    const summary = await summaryOf("lenet.dlm");
    const rows = Object.fromEntries(summary.layers.map((row) => [row.path, row]));
    expect(rows["conv_0"]).toMatchObject({
      block: "conv",
      output: ["[batch, 6, 28, 28]"],
      parameters: 6 * 25 + 6,
      flops: conv(6, 28, 28, 25),
    });
    expect(rows["conv_1"]).toMatchObject({
      parameters: 16 * 6 * 25 + 16,
      flops: conv(16, 10, 10, 6 * 25),
    });
    // A mean over a window: as many operations as it has elements.
    expect(rows["avg_pool_0"]?.flops).toBe(6 * 14 * 14 * 4);
    expect(rows["flatten_0"]).toMatchObject({ parameters: 0, flops: 0, output: ["[batch, 400]"] });
    expect(rows["dense_0"]).toMatchObject({
      parameters: 120 * 400 + 120,
      flops: dense(120, 400),
    });
    expect(rows["dense_1"]?.flops).toBe(dense(84, 120));
    expect(rows["dense_2"]?.flops).toBe(dense(10, 84));
    expect(summary.parameters).toBe(61_706);
    expect(summary.layers.reduce((sum, row) => sum + row.flops, 0)).toBe(summary.flops);
    expect(summary.layers.reduce((sum, row) => sum + row.parameters, 0)).toBe(61_706);
  });

  it("counts the MLP as by hand", async () => {
    const summary = await summaryOf("mlp.dlm");
    const flops = Object.fromEntries(summary.layers.map((row) => [row.path, row.flops]));
    expect(flops["dense_0"]).toBe(dense(256, 784));
    expect(flops["dense_1"]).toBe(dense(256, 256));
    expect(flops["relu_0"]).toBe(2 * 256); // a comparison and a choice
    expect(summary.parameters).toBe(256 * 785 + 256 * 257 + 10 * 257);
  });

  it("counts groups, strides, shared layers and states; names in any script", async () => {
    const summary = await summaryOf("w.dlm", "--training", "網路");
    const rows = Object.fromEntries(summary.layers.map((row) => [row.path, row]));
    expect(rows["塊_0.inner"]).toMatchObject({
      block: "conv",
      output: ["[batch, 8, 12, 12]"],
      parameters: 8 * 3 * 9,
      flops: conv(8, 12, 12, 3 * 9, false),
      depth: 2,
    });
    expect(rows["twice"]).toMatchObject({ parameters: 64 * 65, flops: 2 * dense(64, 64) });
    expect(summary.states).toBe(16);
  });

  it("plans training and inference for the batch asked for", async () => {
    const small = await summaryOf("lenet.dlm", "--batch", "8");
    const large = await summaryOf("lenet.dlm", "--batch", "64");
    expect(small.memory.batch).toBe(8);
    expect(large.memory.inference).toBeGreaterThan(small.memory.inference);
    expect(large.memory.training).toBeGreaterThan(large.memory.inference);
    expect((await summaryOf("lenet.dlm")).memory.batch).toBe(256);
  });

  it("lines up columns by width on the screen", async () => {
    const ran = await folder.run(["summary", "w.dlm", "--training", "網路"]);
    const lines = ran.out.split("\n");
    expect(lines[2]).toMatch(/^網路 {19}網路 {8}\[batch, 10\] {11}all$/);
    expect(lines).toContain(
      "    塊_0.inner         conv        [batch, 8, 12, 12]      7       2         216  62.2 k",
    );
    expect(ran.out).toMatch(/planned memory with batch 32: .* for training, .* for inference/);
  });

  it("says which training flags there are, and what is no number", async () => {
    const several = await folder.run(["summary", "w.dlm"]);
    expect(several.error).toContain("--training 網路 or --training other");
    const batch = await folder.run(["summary", "lenet.dlm", "--batch", "x"]);
    expect(batch.error).toContain("--batch must be a whole number from 1 on, not `x`");
  });
});
