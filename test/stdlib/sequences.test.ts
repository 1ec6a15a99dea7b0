// Blocks over sequences that the oracle has no cases of. Figures by PyTorch 1.13 in double precision.

import { expect, it } from "vitest";
import { disagreement } from "../oracle/support/compare.ts";
import { modelOf, runModel } from "../oracle/support/program.ts";

type Values = Readonly<Record<string, ArrayLike<number>>>;

/** The outputs of a model on the reference device. */
async function outputsOf(
  text: string,
  inputs: Values,
  persistent: Values = {},
): Promise<Record<string, ArrayLike<number>>> {
  const place = { name: "reference", target: "reference" } as const;
  const run = await runModel(text, modelOf(text), {
    place,
    inputs,
    persistent,
    mode: "evaluation",
  });
  return run.outputs;
}

const close = { rtol: 1e-5, atol: 2e-6 };

it("rotary turns pairs as complex numbers: torch.polar(1, t · base^(−2j/d)) times each", async () => {
  const text = `model M(x: [3, 6]) -> (neighbours: [3, 6], halves: [3, 6]) =
  (rotary(100)(x), rotary(100, pairs = "halves")(x))
`;
  const { neighbours = [], halves = [] } = await outputsOf(text, {
    x: Float32Array.from({ length: 18 }, (_, i) => i * 0.25 - 2),
  });
  const still = [-2, -1.75, -1.5, -1.25, -1, -0.75];
  const turned = [
    -0.059783, -0.555811, -0.053445, 0.24422, 0.464662, 0.772392, -1.552769, 0.389114, 0.631959,
    2.216558, 1.782817, 2.425709,
  ];
  const turnedHalves = [
    -0.480519, -0.351111, -0.034799, -0.28566, 0.434996, 0.749192, -2.007417, 0.300391, 1.28497,
    0.18104, 2.339287, 2.37936,
  ];
  expect(disagreement("neighbours", neighbours, [...still, ...turned], close)).toBe(undefined);
  expect(disagreement("halves", halves, [...still, ...turnedHalves], close)).toBe(undefined);
});

it("the loss of negative sampling is a masked mean a row: binary_cross_entropy_with_logits", async () => {
  const text = `model M(s: [2, 3], r: [2, 3], m: bool[2, 3]) -> (y: [], all: []) =
  (negative_sampling(s, r, mask = m), negative_sampling(s, r))
`;
  const { y = [], all = [] } = await outputsOf(text, {
    s: [1.5, -0.5, 0.25, 0, 2, -1],
    r: [1, 0, 0, 1, 1, 0],
    m: [1, 1, 1, 1, 1, 0],
  });
  expect(y[0]).toBeCloseTo(0.455257078, 6);
  const each = [1.5, 0.5, -0.25, 0, 2, 1].map((x) => Math.log(1 + Math.exp(-x)));
  expect(all[0]).toBeCloseTo(each.reduce((a, b) => a + b, 0) / 6, 6);
});

it("draws follow their weights", async () => {
  const text = "model M(w: [4]) -> (y: i32[4000]) = w |> choose([4000])\n";
  const { y = [] } = await outputsOf(text, { w: [0, 1, 0, 3] });
  const counts = [0, 0, 0, 0];
  for (const one of Array.from(y)) counts[one] = (counts[one] ?? 0) + 1;
  expect(counts[0]).toBe(0);
  expect(counts[2]).toBe(0);
  // Three standard errors of 1000.
  expect(Math.abs((counts[1] ?? 0) - 1000)).toBeLessThan(3 * Math.sqrt(4000 * 0.25 * 0.75));
});

it("BERT's layer is the Transformer's with its projections apart", async () => {
  const text = `model M(x: [2, 3, 4], real: bool[2, 3]) -> (a: [2, 3, 4], b: [2, 3, 4]) {
  let mask = real[:, none, none, :]
  let one = bert_layer(2, 5, 0)
  let other = transformer_encoder_layer(2, 5, drop = 0, activation = gelu, eps = 1e-12)
  return (one(x, mask), other(x, mask = mask))
}
`;
  let state = 1;
  const draw = (length: number): number[] =>
    Array.from({ length }, () => {
      state = (state * 48271) % 2147483647;
      return state / 2147483647 - 0.5;
    });
  const parts = ["query", "key", "value"].map((name) => ({
    name,
    weight: draw(16),
    bias: draw(4),
  }));
  const pairs: [string, string, number[]][] = [
    ["attention.output.dense.weight", "self_attn.out_proj.weight", draw(16)],
    ["attention.output.dense.bias", "self_attn.out_proj.bias", draw(4)],
    ["attention.output.LayerNorm.weight", "norm1.weight", draw(4)],
    ["attention.output.LayerNorm.bias", "norm1.bias", draw(4)],
    ["intermediate.dense.weight", "linear1.weight", draw(20)],
    ["intermediate.dense.bias", "linear1.bias", draw(5)],
    ["output.dense.weight", "linear2.weight", draw(20)],
    ["output.dense.bias", "linear2.bias", draw(4)],
    ["output.LayerNorm.weight", "norm2.weight", draw(4)],
    ["output.LayerNorm.bias", "norm2.bias", draw(4)],
  ];
  const persistent: Record<string, number[]> = {
    "other.self_attn.in_proj_weight": parts.flatMap(({ weight }) => weight),
    "other.self_attn.in_proj_bias": parts.flatMap(({ bias }) => bias),
  };
  for (const { name, weight, bias } of parts) {
    persistent[`one.attention.self.${name}.weight`] = weight;
    persistent[`one.attention.self.${name}.bias`] = bias;
  }
  for (const [mine, theirs, values] of pairs) {
    persistent[`one.${mine}`] = values;
    persistent[`other.${theirs}`] = values;
  }
  const paths = modelOf(text).tensors.map(({ path }) => path);
  expect([...paths].sort()).toEqual(Object.keys(persistent).sort());
  const { a = [], b = [] } = await outputsOf(
    text,
    { x: draw(24), real: [1, 1, 0, 1, 1, 1] },
    persistent,
  );
  expect(disagreement("bert_layer", a, b, close)).toBe(undefined);
});
