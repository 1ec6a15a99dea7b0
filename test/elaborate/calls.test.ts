// Values, names, blocks and calls: rules 1–16 of the language page's static semantics.

import { describe, expect, test } from "vitest";
import { inputName } from "../../compiler/ir/graph.ts";
import {
  count,
  layers,
  loadText,
  model,
  modelOf,
  paths,
  problems,
  results,
  shapes,
} from "./elaborated.ts";

describe("values", () => {
  test("1: only tensors exist at run time", () => {
    const unit = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      '{ let r = { a = (1, [2, "s"]) } return x * r.a[1][0] }',
    );
    expect(count(unit.evaluation, "constant")).toBe(1);
  });

  test("2: an open dimension is a polynomial, and exact division is recorded", () => {
    const unit = model("(x: [n, t, d]) -> (y: [_, _])", "x |> reshape([n * t / 2, 2 * d])");
    expect(results(unit)).toEqual(["f32[(n*t / 2), 2*d]"]);
  });

  test("3: int to float, a number to a tensor, one value to a tuple and a list, a number to a block", () => {
    const before = `
block pair(size: (int, int))(x: [n, d]) -> [n, size[0] + size[1]] = x |> dense(size[0] + size[1])
block scaled(by: float, rate: block)(x: [...s]) -> [...s] = by * rate(x, x) * x + first(1)
block first(v: []) -> [] = v
`;
    const unit = model("(x: [n, 4]) -> (y: [n, 6])", "x |> pair(3) |> scaled(2, 0.5)", before);
    expect(results(unit)).toEqual(["f32[n, 6]"]);
    expect(
      problems(
        "block f(size: (int, int)) = size[0]\nmodel M(x: [n]) -> (y: [n]) = x * f((1, 2, 3))",
      ),
    ).toEqual([
      "wrong-kind: the setting `size` of `f` must be a tuple `(int, int)`, not a tuple of 3",
    ]);
  });
});

describe("names", () => {
  test("4: declarations stand in any order, inner names hide outer ones", () => {
    const unit = modelOf(`
model M(x: [n, width]) -> (y: [n, 3]) = x |> inner
block inner(x: [n, d]) -> [n, 3] {
  let width = 3
  return x |> dense(width)
}
let width = half * 2
let half = 4
`);
    expect(shapes(unit)).toEqual({
      "inner_0.dense_0.weight": "f32[3, 8]",
      "inner_0.dense_0.bias": "f32[3]",
    });
  });

  test("5: the right side of a let does not see the name it gives, a lambda keeps what it saw", () => {
    const unit = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let k = 2  let f = v => v * k  let k = k * 3  return f(x) + k }",
    );
    const values = unit.evaluation;
    expect(count(values, "mul")).toBe(1);
    expect(JSON.stringify([...constants(values)])).toBe("[2,6]");
  });

  test("5: what a branch binds ends with it", () => {
    expect(
      problems("model M(x: [n]) -> (y: [n]) { if true { let inner = 1 } return x + inner }"),
    ).toContain("unknown-name: nothing is called `inner` here");
  });

  test("6: a data body sees columns, lets and fields in order; a train body fields, outputs and lets", () => {
    const file = loadText(`
data d = digits(10) {
  let scale = 255
  field image: [1, 28, 28] = image / scale
  field mean_pixel: [] = mean(image)
  field label: i32[]
}
model M(image: [batch, ...]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)
train M on d {
  let wanted = one_hot(10)(label)
  loss = mse(logits, wanted) + mean(mean_pixel)
  optimizer = sgd(lr = 0.1)
  epochs = 1
}
`);
    const unit = file.training();
    expect(unit.data.fields.map((field) => field.name)).toEqual(["image", "mean_pixel", "label"]);
    expect(unit.step.inputs.map(inputName)).toContain("mean_pixel");
  });

  test("7: the branch not taken is checked for names only", () => {
    const unit = model("(x: [n, 4]) -> (y: [n, 4])", "if n == n then x else x @ x @ x");
    expect(results(unit)).toEqual(["f32[n, 4]"]);
    expect(problems("model M(x: [n]) -> (y: [n]) = if true then x else gone")).toEqual([
      "unknown-name: nothing is called `gone` here",
    ]);
  });
});

describe("blocks and calls", () => {
  test("8: the types of one list say what it holds", () => {
    const before = "block a(x: [n, d], mask: bool[n]?) = x\nblock b(units: int) = dense(units)\n";
    expect(results(model("(x: [n, 4]) -> (y: [n, 2])", "x |> a |> b(2)", before))).toEqual([
      "f32[n, 2]",
    ]);
  });

  test("9: an unnamed tensor applies, also inside a list; anything else configures", () => {
    const unit = model("(x: [n, 4]) -> (y: [n, 8])", "concat([dense(4)(x), x], axis = -1)");
    expect(results(unit)).toEqual(["f32[n, 8]"]);
  });

  test("10: unnamed arguments in order, named ones anywhere, optional inputs are none", () => {
    const before = `
block f(a: int, b: int = 7)(x: [n], y: [n], z: [n]?) -> [n] = if z == none then a * x + b * y else z
`;
    const unit = model("(p: [n], q: [n]) -> (y: [n])", "f(2, y = q)(p)", before);
    expect(constants(unit.evaluation)).toEqual([2, 7]);
    expect(
      count(
        model("(p: [n], q: [n]) -> (y: [n])", "f(2)(p, z = q, y = p)", before).evaluation,
        "mul",
      ),
    ).toBe(0);
  });

  test("11: configured repeatedly, later values win", () => {
    const unit = model("(x: [n, 4]) -> (y: [n, 3])", "x |> dense(2, use_bias = false)(units = 3)");
    expect(shapes(unit)).toEqual({ "dense_0.weight": "f32[3, 4]" });
  });

  test("12: a block without inputs is its value as soon as its settings are there", () => {
    const before = `
block two(width: int = 6) = dense(width) |> relu |> dense(width)
block ramp(n: int, by: float = 2.0) = by * iota(n)
`;
    expect(paths(model("(x: [n, 4]) -> (y: [n, 6])", "x |> two", before))).toEqual([
      "dense_0.weight",
      "dense_0.bias",
      "dense_1.weight",
      "dense_1.bias",
    ]);
    expect(results(model("(x: [n, 4]) -> (y: [n, 5])", "two(5)(x)", before))).toEqual([
      "f32[n, 5]",
    ]);
    expect(results(model("(x: [n, 4]) -> (y: [n, 4])", "x + ramp(4)", before))).toEqual([
      "f32[n, 4]",
    ]);
  });

  test("13: param and state give `shape` to the initialiser", () => {
    const unit = model(
      "(x: [n, d]) -> (y: [n, d])",
      "{ param w: [2, 3] = normal(std = 0.1)  param b: [2] = 0.5  return x * sum(w) + sum(b) }",
    );
    const [weight, bias] = unit.tensors;
    expect(count(weight?.initial ?? { inputs: [], outputs: [] }, "random")).toBe(2);
    expect(constants(bias?.initial ?? { inputs: [], outputs: [] })).toEqual([0.5]);
  });

  test("14: several arguments of a lambda are one tuple, a tuple is taken apart for several inputs", () => {
    const before = "block add(a: [n], b: [n]) -> [n] = a + b\n";
    const unit = model(
      "(x: [n, 4]) -> (y: [n])",
      "{ let f = (a, b) => a - b  return (x[:, 0], f(x[:, 1], x[:, 2])) |> add }",
      before,
    );
    expect(results(unit)).toEqual(["f32[n]"]);
  });

  test("15: a pipe from a block composes, and composing is associative", () => {
    const left = model("(x: [n, 4]) -> (y: [n, 3])", "x |> ((dense(5) |> relu) |> dense(3))");
    const right = model("(x: [n, 4]) -> (y: [n, 3])", "x |> (dense(5) |> (relu |> dense(3)))");
    expect(layers(left)).toEqual(["dense_0", "relu_0", "dense_1"]);
    expect(layers(right)).toEqual(layers(left));
  });

  test("16: named results are a tuple that is also read by name", () => {
    const before =
      "block both(x: [n, d]) -> (low: [n], high: [n]) = (min(x, axis = 1), max(x, axis = 1))\n";
    const unit = model(
      "(x: [n, 4]) -> (y: [n])",
      "{ let r = both(x)  let (low, _) = r  return r.high - low }",
      before,
    );
    expect(results(unit)).toEqual(["f32[n]"]);
  });
});

function constants(graph: Parameters<typeof count>[0]): number[] {
  const found: number[] = [];
  const seen = new Set<object>();
  const visit = (node: (typeof graph.inputs)[number]): void => {
    if (seen.has(node)) return;
    seen.add(node);
    node.inputs.forEach(visit);
    if (node.op === "constant") found.push(Number(node.attrs["value"]));
  };
  for (const output of graph.outputs) visit(output.node);
  return found.sort((a, b) => a - b);
}
