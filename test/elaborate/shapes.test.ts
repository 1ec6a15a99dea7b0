// Shapes and element types: rules 26–38.

import { describe, expect, test } from "vitest";
import { typeText } from "../../compiler/ir/build.ts";
import { count, loadText, model, problems, results, shapes } from "./elaborated.ts";

/** The result's type of an expression over x: [n, 4], k: i32[n], b: bool[n, 4]. */
function typed(expr: string, before = ""): string {
  const unit = model("(x: [n, 4], k: i32[n], b: bool[n, 4])", expr, before);
  return results(unit).join(" ");
}

describe("shapes", () => {
  test("26: from the left up to `...` and from the right back to it", () => {
    const before = "block f(x: [a, ...mid, z]) -> [...mid, a + z] = zeros([...mid, a + z])\n";
    expect(typed("f(zeros([2, n, 3, 5]))", before)).toBe("f32[n, 3, 7]");
  });

  test("27: one unbound name, linear, binds evenly", () => {
    const before =
      "block half(x: [n, 2 * d]) -> [n, d] = x[:, :d]\nblock less(x: [n, d - 1]) -> [d] = zeros([d])\n";
    expect(typed("half(x)", before)).toBe("f32[n, 2]");
    expect(typed("less(x)", before)).toBe("f32[5]");
  });

  test("28: `...rest` is a list, plain `...` the same wherever it stands", () => {
    const before =
      "block like(x: [n, ...rest]) -> [2, ...rest] = zeros([2, ...rest])\nblock same(x: [..., d], y: [...]) -> [..., d] = x + y[..., none]\n";
    expect(typed("like(x)", before)).toBe("f32[2, 4]");
    expect(typed("same(x, x[:, 0])", before)).toBe("f32[n, 4]");
    expect(problems(`${before}model M(x: [n, 4]) -> (y: [n, 4]) = same(x, x)`)).toEqual([
      "shape-mismatch: the input `y` of `same`: [...] and [n, 4] do not fit",
    ]);
  });

  test("29: a let pattern assumes what is not known to be equal", () => {
    const unit = model(
      "(x: [n, a], y: [n, b]) -> (z: [n, a])",
      "{ let y: [n, a] = y  return x + y }",
    );
    expect(results(unit)).toEqual(["f32[n, a]"]);
    expect(count(unit.evaluation, "reshape")).toBe(1);
    const binds = model(
      "(x: [n, 6]) -> (z: [3])",
      "{ let y: [m, 2 * half] = x  return zeros([half]) + size(y) / (m * 6) }",
    );
    expect(results(binds)).toEqual(["f32[3]"]);
  });

  test("30: names of a result that are bound nowhere stand for anything", () => {
    const before = "block f(x: [n, d]) -> [n, whatever, 2 * unknown] = zeros([n, 7, 5])\n";
    expect(typed("f(x)", before)).toBe("f32[n, 7, 5]");
  });

  test("31: aligned at the last axis; an open dimension is never taken for 1", () => {
    expect(typed("x + zeros([3, 1, 4])")).toBe("f32[3, n, 4]");
    expect(problems("model M(x: [n, 4], y: [m, 4]) -> (z: [n, 4]) = x * y")[0]).toContain(
      "not known to be equal",
    );
  });

  test("32: axes by number or by name", () => {
    expect(typed("sum(x, axis = -1)")).toBe("f32[n]");
    expect(typed('x |> rearrange("n (two d) -> two n d", two = 2)')).toBe("f32[2, n, 2]");
    expect(typed('{ let d = 2  return x |> rearrange("n (e d) -> (n e) 1 d") }')).toBe(
      "f32[2*n, 1, 2]",
    );
    expect(typed('einsum("... i, ... j -> ... i j")(x, x)')).toBe("f32[n, 4, 4]");
  });

  test("33: products, indices, slices, gathers", () => {
    expect(typed("x @ ones([4])")).toBe("f32[n]");
    expect(typed("ones([2, 1, 3, n]) @ ones([5, n, 4])")).toBe("f32[2, 5, 3, 4]");
    expect(typed("x[:, 1:-1]")).toBe("f32[n, 2]");
    expect(typed("x[..., none, ::2]")).toBe("f32[n, 1, 2]");
    expect(typed("x[-1]")).toBe("f32[4]");
    expect(typed("x[:, ::-1]")).toBe("f32[n, 4]");
    expect(typed("x[:, 3:100]")).toBe("f32[n, 1]");
    expect(typed("x[1:]")).toBe("f32[n - 1, 4]");
    expect(typed("x[k]")).toBe("f32[n, 4]");
    expect(typed("ones([5, 6, 7])[0, k, none, :2]")).toBe("f32[n, 1, 2]");
  });

  test("34: reshape keeps the product and works out one `_`", () => {
    expect(typed("x |> reshape([2, _])")).toBe("f32[2, 2*n]");
    expect(typed("x |> reshape([_, 2, 2])")).toBe("f32[n, 2, 2]");
  });
});

describe("element types", () => {
  test("35: operands meet at the higher, numbers take the tensor's type", () => {
    expect(typed("k + 1")).toBe("i32[n]");
    expect(typed("k + 1.5")).toBe("f32[n]");
    expect(typed("k[:, none] + x")).toBe("f32[n, 4]");
    expect(typed("f16(x) + k[:, none]")).toBe("f16[n, 4]");
    expect(typed("b + 1")).toBe("i32[n, 4]");
  });

  test("36: `/`, mean and functions of integers are f32; comparisons bool; sums and indices i32", () => {
    expect(typed("k / 2")).toBe("f32[n]");
    expect(typed("mean(k)")).toBe("f32[]");
    expect(typed("exp(k)")).toBe("f32[n]");
    expect(typed("x > 0 and not b")).toBe("bool[n, 4]");
    expect(typed("sum(b, axis = 1)")).toBe("i32[n]");
    expect(typed("argmax(x)")).toBe("i32[n]");
    expect(typed("sum(f16(x))")).toBe("f32[]");
    expect(typed("k ** 2")).toBe("i32[n]");
  });

  test("37: conversions are written; a declared element type must fit", () => {
    expect(typed("i32(x)")).toBe("i32[n, 4]");
    expect(typed("bool(k)")).toBe("bool[n]");
    const before = "block pick(i: i32[n]) -> [n] = f32(i)\n";
    expect(problems(`${before}model M(x: [n]) -> (y: [n]) = pick(x)`)).toEqual([
      "dtype-mismatch: the input `i` of `pick`: expected i32, found f32",
    ]);
    // An input without an element type counts integers and bools.
    expect(typed("f(b)", "block f(x: [...s]) -> [...s] = x\n")).toBe("f32[n, 4]");
  });

  test("38: a loss is a scalar f32", () => {
    const unit = loadText(`
data d = synthetic(10) { field x: [2] = normal([2]) }
model M(x: [batch, n]) -> (y: [batch, 1]) = x |> dense(1)
train M on d { loss = mean(y ** 2)  optimizer = sgd(lr = 0.1)  epochs = 1 }
`).training();
    const loss = unit.step.outputs.find((o) => o.role === "loss");
    expect(loss && typeText(loss.node.type)).toBe("f32[]");
  });
});

describe("numbers known while compiling", () => {
  test("stay numbers, and open dimensions in float arithmetic become tensors", () => {
    expect(typed("x * max(2, 3) * sqrt(16) * prod([2, 3]) * div(7, 2)")).toBe("f32[n, 4]");
    const unit = model("(x: [n, d]) -> (y: [n, d])", "x / sqrt(d)");
    expect(count(unit.evaluation, "dim")).toBe(1);
  });

  test("lists meet tensors as constants", () => {
    expect(typed("x ** range(4)")).toBe("f32[n, 4]");
    expect(typed("[1, 2, 3, 4] @ x[0]")).toBe("f32[]");
  });

  test("sizes follow from settings", () => {
    const before =
      "block conv_sizes(x: [n, c, ...space]) -> [n, ...] = x |> conv(8, 3, stride = (2, 1), padding = 1)\n";
    const unit = model("(x: [n, 3, h, 10]) -> (y: [n, 8, _, 10])", "conv_sizes(x)", before);
    expect(results(unit)).toEqual(["f32[n, 8, div(h + 1, 2), 10]"]);
    expect(shapes(unit)["conv_sizes_0.conv_0.weight"]).toBe("f32[8, 3, 3, 3]");
  });
});
