// Static semantics: names and scopes (rules 4–7).

import { describe, expect, test } from "vitest";
import { codes, intsOf, mistakes, model, tensorsOf, typeOf } from "./support.ts";

describe("4: scopes, from inside", () => {
  test("declarations may stand in any order, and hide the standard library", () => {
    expect(intsOf("late", "let late = later + 1\nlet later = 2")).toBe("3");
    expect(
      typeOf("x: [n, 4]", "x |> relu", "block relu(x: [n, d]) -> [n] = sum(x, axis = 1)"),
    ).toBe("f32[n]");
  });

  test("the library's own blocks do not see what a file hides", () => {
    expect(typeOf("x: [n, 4]", "x |> dense(2)", "let sqrt = 1\nlet fans = 2")).toBe("f32[n, 2]");
  });

  test("inputs hide settings' outer names, settings hide the file's, a body hides all", () => {
    const text = `
      let a = 1
      let b = 1
      block inner(a: int = 2)(x: [b, _]) -> [...] {
        let c = a
        let a = 3
        return zeros([c, a, b])
      }`;
    expect(typeOf("x: [n, 4]", "x[:1] |> inner", text)).toBe("f32[2, 3, 1]");
  });

  test("a name of a signature is a dimension in the body, a setting of that name must be equal", () => {
    expect(typeOf("x: [n, 4]", "f(x)", "block f(x: [b, d]) -> [...] = zeros([b, 2 * d])")).toBe(
      "f32[n, 8]",
    );
    expect(codes("model M(d: int = 3)(x: [n, d]) -> (y: [...]) = x")).toEqual([]);
    const inner = "block inner(d: int)(x: [n, d]) -> [n, d] = x\n";
    expect(mistakes(`${inner}model M(x: [n, 4]) -> (y: [...]) = x |> inner(3)`)).toEqual([
      "2 shape-mismatch: the input `x` of `inner`: [n, d] and [n, 4] do not fit",
    ]);
  });

  test("a lambda sees what stood around it when it was written", () => {
    const body = `block f(x: [n, d]) -> [...] {
      let k = 1
      let g = y => zeros([k])
      let k = 2
      return g(x)
    }`;
    expect(typeOf("x: [n, 4]", "f(x)", body)).toBe("f32[1]");
  });

  test("names of another file keep the scope of that file", () => {
    const files = {
      "blocks.dlm": "let width = 7\nblock wide(x: [n, d]) -> [...] = zeros([width])",
    };
    const text = `import { wide as w } from "./blocks.dlm"
      let width = 3
      model M(x: [n, 4]) -> (y: [...]) = w(x)`;
    expect(model(text, "M", { files }).outputs[0]?.type.shape).toEqual([7]);
  });
});

describe("5: a name is seen after its `let`", () => {
  test("the right side does not see the name it gives", () => {
    const body = (text: string): string => `block f(x: [n, d]) -> [...] { ${text} }`;
    expect(typeOf("x: [n, 4]", "f(x)", body("let d = d + 1 let d = d * 2 return zeros([d])"))).toBe(
      "f32[10]",
    );
    expect(
      codes(`${body("let y = y + 1 return y")}\nmodel M(x: [n, 4]) -> (y: [...]) = f(x)`),
    ).toEqual(["unknown-name"]);
  });

  test("what a branch binds ends with the branch", () => {
    const text = `block f(x: [n, d]) -> [...] {
      let k = 1
      if d == 4 { let k = 2 let only = 3 }
      return zeros([k])
    }`;
    expect(typeOf("x: [n, 4]", "f(x)", text)).toBe("f32[1]");
    expect(
      codes(`block f(x: [n]) -> [...] { if true { let only = 3 } return zeros([only]) }`),
    ).toContain("unknown-name");
  });
});

describe("6: bodies of data and trainings", () => {
  const data = `data points = synthetic(10) {
    let scale = 2
    field x: [2] = normal([2]) * scale
    field y: [1] = x[:1] + 1
  }`;

  test("a data body sees its `let`s and fields in order", () => {
    expect(mistakes(data)).toEqual([]);
    expect(
      mistakes("data d = synthetic(10) {\n  field y: [1] = x[:1]\n  field x: [2] = normal([2])\n}"),
    ).toEqual(["2 unknown-name: nothing is called `x` here"]);
  });

  test("a train body sees fields, outputs and its `let`s", () => {
    const text = `${data}
      model Line(x: [n, d]) -> (guess: [n, 1]) = x |> dense(1)
      train Line on points {
        let gap = guess - y
        loss = mean(gap ** 2)  metrics = { shift = mean(gap), size = mean(abs(x)) }
        optimizer = sgd(lr = 0.1)  epochs = 1
      }`;
    expect(mistakes(text)).toEqual([]);
  });

  test("columns of the reader are names too, fields hide them", () => {
    const files = { "a.csv": "a,b\n1,2\n3,4\n" };
    const text = `data d = csv("a.csv") { field a: [] = a * 2 field s: [] = a + b }`;
    expect(mistakes(text, { files })).toEqual([]);
  });
});

describe("7: returns and branches", () => {
  test("a branch that is not taken is checked for names only", () => {
    const text = (inner: string): string =>
      `model M(x: [n, 4]) -> (y: [...]) { if 1 > 2 { return ${inner} } return x }`;
    expect(mistakes(text("x @ x @ dense(3, 4, 5, 6)(x) + 1 / 0"))).toEqual([]);
    expect(codes(text("x + nowhere"))).toEqual(["unknown-name"]);
  });

  test("conditions over settings, dimensions, `training` and optional inputs", () => {
    const text = `
      block f(kind: string = "wide", k: int = 1)(x: [n, d], mask: [n]?) -> [...] {
        if kind == "wide" { return if mask == none then zeros([d + k]) else zeros([1]) }
        return zeros([2])
      }`;
    expect(typeOf("x: [n, 4]", "f(x)", text)).toBe("f32[5]");
    expect(typeOf("x: [n, 4]", "f(x, sum(x, axis = 1))", text)).toBe("f32[1]");
    expect(typeOf("x: [n, 4]", 'f(kind = "tall")(x)', text)).toBe("f32[2]");
    const unit = model(
      "model M(x: [n, 4]) -> (y: [...]) { let l = dense(3) if training { return l(x) } return l(x)[:, :2] }",
    );
    expect(unit.training.outputs[0]?.node.type.shape.at(-1)).toBe(3);
    expect(unit.evaluation.outputs[0]?.node.type.shape.at(-1)).toBe(2);
    expect(tensorsOf(unit)).toEqual(["l.weight [3, 4]", "l.bias [3]"]);
  });
});
