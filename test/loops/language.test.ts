// `scan` in the language: layers of its step, draws in it.

import { expect, test } from "vitest";
import { graphNodes } from "../../compiler/ir/graph.ts";
import { modelOf } from "../elaborate/elaborated.ts";

const text = `
block cell(hidden: int)(x: [n, d], h: [n, hidden]) -> [n, hidden] {
  param w: [hidden, d] = uniform(from = -0.5, to = 0.5)
  return tanh(einsum("n d, h d -> n h")(x, w) + h + uniform([n, hidden]))
}
model Loop(x: [batch, time, 3]) -> (ys: [batch, time, 4], last: [batch, 4]) {
  let (ys, last) = scan((x_t, h) => { let h = cell(4)(x_t, h) return (h, h) })(x, zeros([batch, 4]))
  return (ys, last)
}`;

test("a layer in the step is one layer, and its parameters are drawn once", () => {
  const unit = modelOf(text);
  const [weight, ...others] = unit.tensors;
  expect(others).toEqual([]);
  expect(weight?.path).toBe("cell_0.w");
  const drawn = graphNodes(weight?.initial ?? unit.evaluation).filter(({ op }) => op === "random");
  expect(drawn.map(({ type }) => type.shape)).toEqual([[4, 3]]);
});

test("every step draws numbers of its own", () => {
  const nodes = graphNodes(modelOf(text).evaluation);
  const [draw, ...others] = nodes.filter(({ op }) => op === "random");
  expect(others).toEqual([]);
  expect(draw?.type.shape.map((size) => (typeof size === "number" ? size : size.text))).toEqual([
    "time",
    "batch",
    4,
  ]);
  expect(nodes.some(({ op, inputs }) => op === "scan_row" && inputs[0] === draw)).toBe(true);
});
