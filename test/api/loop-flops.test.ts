// FLOPs of loops over time in a model's summary: every step counts.

import { expect, test } from "vitest";
import { describeLayers } from "../../compiler/api/summary.ts";
import { modelOf } from "../elaborate/elaborated.ts";

/** FLOPs of one example by layer. */
function flopsOf(text: string): Record<string, number> {
  const { layers } = describeLayers(modelOf(text), {}, "batch");
  return Object.fromEntries(layers.map(({ path, flops }) => [path, flops]));
}

test("a cell's products count once a step", () => {
  const once = flopsOf(
    "model M(x: [batch, 5]) -> (y: [batch, 7]) = rnn_cell(7, use_bias = false)(x, zeros([batch, 7]))\n",
  );
  const often = flopsOf(
    "model M(x: [batch, 11, 5]) -> (y: [...]) = x |> rnn(7, use_bias = false)\n",
  );
  const cell = once["rnn_cell_0"] ?? 0;
  expect(cell).toBeGreaterThanOrEqual(2 * 7 * (5 + 7));
  expect(often["rnn_0.forward.0"]).toBe(11 * cell);
});

test("a loop in a loop counts both lengths", () => {
  const flops = flopsOf(
    `block inner(x: [b, t, d]) -> [b, d] {
  let (_, last) = scan((x_t, h) => (none, h * x_t))(x, zeros([b, d]))
  return last
}
model M(x: [batch, 3, 4, 5]) -> (y: [batch, 5]) {
  let (_, last) = scan((rows, h) => (none, inner(rows) + h))(x, zeros([batch, 5]))
  return last
}
`,
  );
  expect(flops["inner_0"]).toBe(3 * 4 * 5);
});
