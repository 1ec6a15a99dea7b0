// Data declarations and trainings as units.

import { describe, expect, test } from "vitest";
import { typeText } from "../../compiler/ir/build.ts";
import type { Graph } from "../../compiler/ir/graph.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { count, expectNothing, loadText } from "./elaborated.ts";

const points = `
data points = synthetic(100, seed = 3) {
  let x = normal([2])
  field x: [2] = x
  field y: [1] = sum(x, keep = true) + 0.1 * normal([1])
  split = holdout(validation = 0.2)
}
model Net(x: [batch, d]) -> (guess: [batch, 1]) = x |> dense(3) |> batch_norm_1d |> dropout(0.5) |> dense(1)
block batch_norm_1d(x: [n, d]) -> [n, d] = x |> batch_norm
`;

function names(graph: Graph): string[] {
  return graph.outputs.map((o) => `${o.role} ${o.name}`);
}

describe("trainings", () => {
  const file = loadText(`${points}
train Net on points {
  let gap = guess - y
  loss = mean(gap ** 2) + 0.5 * l2("dense_*.weight")
  metrics = { worst = max(abs(gap)), error = average(abs(gap)) }
  optimizer = { "*.bias" = sgd(lr = 0.1), "*.weight" = adam(lr = cosine(from = 0.1)) }
  clip = norm(1)
  batch = 8
  epochs = 3
  seed = 7
}
`);
  expectNothing(file);
  const unit = file.training();

  test("the step has results, loss, metrics and all updates; evaluation only those of metrics", () => {
    expect(names(unit.step)).toEqual([
      "result guess",
      "loss loss",
      "metric worst",
      "metric error",
      "update batch_norm_1d_0.batch_norm_0.running_mean",
      "update batch_norm_1d_0.batch_norm_0.running_var",
      "update metrics.error.average_0.total",
      "update metrics.error.average_0.count",
    ]);
    expect(names(unit.evaluate)).toEqual([
      "result guess",
      "loss loss",
      "metric worst",
      "metric error",
      "update metrics.error.average_0.total",
      "update metrics.error.average_0.count",
    ]);
    expect(count(unit.step, "random")).toBe(1);
    expect(count(unit.evaluate, "random")).toBe(0);
  });

  test("a metric with states counts after the last batch", () => {
    expect(unit.metrics).toEqual([
      { name: "worst", stateful: false, decodes: false },
      { name: "error", stateful: true, decodes: false },
    ]);
    expect(unit.metricStates.map((spec) => spec.role)).toEqual(["metric", "metric"]);
  });

  test("each parameter has the optimizer of the first pattern that fits", () => {
    const [phase] = unit.phases;
    const states = [...(phase?.optimizers ?? [])].map(([path, step]) => [
      path,
      step === "none" ? [] : step.states.map((s) => s.path),
    ]);
    expect(Object.fromEntries(states)["dense_0.bias"]).toEqual([]);
    expect(Object.fromEntries(states)["dense_0.weight"]).toEqual([
      "optimizer.dense_0.weight.adam_direction_0.m",
      "optimizer.dense_0.weight.adam_direction_0.v",
    ]);
    const step = phase?.optimizers.get("dense_0.weight");
    expect(step && step !== "none" ? names(step.step) : []).toEqual([
      "update dense_0.weight",
      "update optimizer.dense_0.weight.adam_direction_0.m",
      "update optimizer.dense_0.weight.adam_direction_0.v",
    ]);
    expect(phase).toMatchObject({
      epochs: 3,
      batch: 8,
      clip: { kind: "norm", limit: 1 },
      accumulate: 1,
    });
    expect(unit.seed).toBe(7);
  });

  test("the rate is told for the log", () => {
    expect(unit.phases[0]?.rate?.outputs.map((o) => o.name)).toEqual(["lr"]);
  });

  test("fields become batches, and the penalty reads parameters", () => {
    expect(unit.model.inputs.map(({ name, type }) => `${name}: ${typeText(type)}`)).toEqual([
      "x: f32[batch, 2]",
    ]);
    expect(printGraph(unit.evaluate)).toContain("input parameter dense_1.weight");
  });

  test("--set reaches lets and entries, with a check of the name", () => {
    const text = `let width = 3\ndata d = synthetic(9) { field x: [1] = normal([1]) }\nmodel M(x: [batch, 1]) -> (y: [batch, width]) = x |> dense(width)\ntrain M on d { loss = mean(y)  optimizer = sgd(lr = 0.1)  epochs = 2 }\n`;
    const changed = loadText(text, { sets: { width: "5", epochs: "9" } }).training();
    expect(changed.phases[0]?.epochs).toBe(9);
    expect(changed.model.outputs.map(({ type }) => typeText(type))).toEqual(["f32[batch, 5]"]);
    const wrong = loadText(text, { sets: { widht: "5" } }).checkAll();
    expect(wrong.map((d) => [d.code, d.help])).toEqual([["unknown-set", "is `width` meant?"]]);
  });
});

describe("data", () => {
  test("graphs of one example, with what differs in training", () => {
    const file = loadText(`
data base = digits(50) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.1, test = 0.1)
}
data noisy = base {
  field image: [1, 28, 28] = if training then image + 0.1 * normal([1, 28, 28]) else image
}
`);
    expectNothing(file);
    const base = file.data("base");
    expect(base.augmented).toBe(false);
    expect(base.spec.columns.map((c) => [c.input, c.dtype, c.shape])).toEqual([
      ["image", "u8", [1, 28, 28]],
      ["label", "i32", []],
    ]);
    const noisy = file.data("noisy");
    expect(noisy.augmented).toBe(true);
    expect(noisy.fields.map((f) => f.name)).toEqual(["image", "label"]);
    expect(noisy.spec.split).toEqual({ kind: "holdout", validation: 0.1, test: 0.1 });
    expect(count(noisy.evaluation, "random")).toBe(0);
  });

  test("fitted blocks come one pass a group", () => {
    const file = loadText(`
data houses = csv("houses.csv", missing = ["", "NA"]) {
  let numbers = columns("number", except = ["Price"]) |> standardize |> fill(0)
  let kinds = columns("text") |> one_hot
  field features: [d] = concat([numbers, kinds])
  field price: [] = Price
}
`);
    expectNothing(file);
    const unit = file.data();
    expect(unit.fits.map((group) => group.states.map((s) => s.path))).toEqual([
      ["houses.standardize_0.count", "houses.standardize_0.centre", "houses.standardize_0.spread"],
    ]);
    expect(unit.fits[0]?.fit.outputs.map((o) => o.role)).toEqual(["update", "update", "update"]);
    expect(unit.evaluation.outputs.every((o) => o.role === "result")).toBe(true);
    expect(unit.spec.columns.map((c) => c.source.kind)).toEqual(["numbers", "one_hot", "column"]);
  });

  test("draws have the place of the field that draws", () => {
    const unit = loadText(points).data();
    const text = printGraph(unit.evaluation);
    expect(text).toContain('place: "points#0"');
    expect(text).toContain('place: "points.y#0"');
  });
});
