// Cross entropy with shares of classes as targets, smoothing and weights, against figures of PyTorch 1.13 in double precision:
// `cross_entropy(logits, target, label_smoothing=…, weight=…)` with probabilities as the target.

import { describe, expect, test } from "vitest";
import { places } from "../oracle/support/program.ts";
import { openExample } from "../support/run-data.ts";

const cases = [
  { settings: "", expected: [1.1545969023422833, 0.8346014645214654] },
  { settings: ", smoothing = 0.1", expected: [1.2062635690089503, 0.9521014645214654] },
  { settings: ", weight = [1, 2, 0.5]", expected: [1.805286437693626, 1.5459012814562823] },
  {
    settings: ", smoothing = 0.1, weight = [1, 2, 0.5]",
    expected: [1.8919607658641966, 1.6907646575048252],
  },
];

describe.each(cases)("soft_cross_entropy(logits, target$settings)", ({ settings, expected }) => {
  test.each(places)("$name", async (place) => {
    const text = `data d = synthetic(1) {
      let logits: [2, 3] = tensor([[1.0, -2.0, 0.5], [0.2, 0.1, 3.0]])
      let target: [2, 3] = tensor([[0.7, 0.2, 0.1], [0, 0.25, 0.75]])
      field mean: [] = soft_cross_entropy(logits, target${settings})
      field each: [2] = soft_cross_entropy(logits, target${settings}, reduce = false)
    }`;
    const fields = await (await openExample(text, place))(0, 0);
    const mean = expected.reduce((sum, value) => sum + value / 2, 0);
    expect(fields["mean"]?.[0]).toBeCloseTo(mean, 5);
    for (const [i, value] of expected.entries()) expect(fields["each"]?.[i]).toBeCloseTo(value, 5);
  });
});
