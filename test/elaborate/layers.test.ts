// Layers, paths and states: rules 17–25.

import { describe, expect, test } from "vitest";
import { printGraph } from "../../compiler/ir/print.ts";
import { count, layers, loadText, model, modelOf, paths, shapes } from "./elaborated.ts";

describe("layers", () => {
  test("17: a layer is born where a recipe is named or applied", () => {
    const named = model("(x: [n, 4]) -> (y: [n, 4])", "{ let f = dense(4)  return x |> f |> f }");
    expect(paths(named)).toEqual(["f.weight", "f.bias"]);
    const applied = model("(x: [n, 4]) -> (y: [n, 4])", "x |> dense(4) |> dense(4)");
    expect(paths(applied)).toEqual([
      "dense_0.weight",
      "dense_0.bias",
      "dense_1.weight",
      "dense_1.bias",
    ]);
    const listed = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let fs = [dense(4), dense(4)]  return fs[1](fs[0](fs[1](x))) }",
    );
    expect(layers(listed)).toEqual(["fs.0", "fs.1"]);
    const nested = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let fs = [[dense(4), relu], dense(4)]  return x |> chain(fs[0]) |> fs[1] }",
    );
    expect(layers(nested)).toEqual(["fs.0.0", "fs.0.1", "fs.1"]);
    const rows = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let fs = [[dense(4)], [dense(4)]]  return x |> fs[0][0] |> fs[1][0] }",
    );
    expect(layers(rows)).toEqual(["fs.0.0", "fs.1.0"]);
  });

  test("18: params belong to the layer whose body is elaborated", () => {
    const before =
      "block inner(x: [n, d]) -> [n, d] { param scale: [d] = ones  return x * scale }\nblock outer(x: [n, d]) -> [n, d] = x |> inner\n";
    expect(
      paths(
        model(
          "(x: [n, 4]) -> (y: [n, 4])",
          "{ param own: [] = ones  return own * outer(x) }",
          before,
        ),
      ),
    ).toEqual(["own", "outer_0.inner_0.scale"]);
  });

  test("19: settings and top-level lets are recipes: two places, two layers", () => {
    const before =
      "let head = dense(4)\nblock twice(f: block)(x: [n, d]) -> [n, d] = x |> f |> f\nblock once(f: block)(x: [n, d]) -> [n, d] { let f = f  return x |> f |> f }\n";
    expect(layers(model("(x: [n, 4]) -> (y: [n, 4])", "x |> head |> head", before))).toEqual([
      "dense_0",
      "dense_1",
    ]);
    expect(
      paths(model("(x: [n, 4]) -> (y: [n, 4])", "x |> twice(dense(4, use_bias = false))", before)),
    ).toEqual(["twice_0.dense_0.weight", "twice_0.dense_1.weight"]);
    expect(
      paths(model("(x: [n, 4]) -> (y: [n, 4])", "x |> once(dense(4, use_bias = false))", before)),
    ).toEqual(["once_0.f.weight"]);
  });

  test("20: repeat, chain and map elaborate once a repetition; a layer is reused", () => {
    expect(layers(model("(x: [n, 4]) -> (y: [n, 4])", "x |> repeat(3, dense(4))"))).toEqual([
      "dense_0",
      "dense_1",
      "dense_2",
    ]);
    expect(
      layers(model("(x: [n, 4]) -> (y: [n, 4])", "{ let f = dense(4)  return x |> repeat(3, f) }")),
    ).toEqual(["f"]);
    const mapped = model("(x: [n, 4]) -> (y: [n, 6])", "x |> chain(map([5, 6], u => dense(u)))");
    expect(shapes(mapped)["dense_1.weight"]).toBe("f32[6, 5]");
    const inside = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let ys = map([1, 2], k => dense(4)(k * x))  return ys[0] + ys[1] }",
    );
    expect(layers(inside)).toEqual(["dense_0", "dense_1"]);
  });

  test("20: places in a lambda belong to the owner where it is written", () => {
    const unit = model("(x: [n, 4]) -> (y: [n, 4])", "x |> residual(v => dense(4)(v))");
    expect(paths(unit)).toEqual(["dense_0.weight", "dense_0.bias"]);
  });

  test("21: applied again, the same parameters", () => {
    const unit = model(
      "(a: [n, 4], b: [m, 4]) -> (p: [n, 2], q: [m, 2])",
      "{ let f = dense(2)  return (f(a), f(b)) }",
    );
    expect(count(unit.evaluation, "matmul")).toBe(2);
    expect(paths(unit)).toEqual(["f.weight", "f.bias"]);
  });

  test("22: paths by let name or definition, counted from 0; compositions and lambdas add nothing", () => {
    const before =
      "block cell(x: [n, d]) -> [n, d] { let gate = dense(d)  return x |> gate |> dense(d) |> (relu |> dense(d)) }\n";
    const unit = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let f = cell  let f = cell  let body = cell |> relu |> cell  return x |> f |> body |> cell }",
      before,
    );
    expect(layers(unit)).toEqual([
      "f",
      "f_1",
      "body",
      ...inCell("f_1"),
      "body.cell_0",
      ...inCell("body.cell_0"),
      "body.relu_0",
      "body.cell_1",
      ...inCell("body.cell_1"),
      "cell_0",
      ...inCell("cell_0"),
    ]);
  });

  test("23: evaluation finds the layers of training by place", () => {
    const unit = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "{ let f = dense(4)  return if training then x |> dropout(0.5) |> f else x |> f }",
    );
    expect(paths(unit)).toEqual(["f.weight", "f.bias"]);
    expect(count(unit.training, "random")).toBe(1);
    expect(count(unit.evaluation, "random")).toBe(0);
  });

  test("24: members of layers, before the first application where no input is needed", () => {
    const unit = model(
      "(i: i32[n]) -> (y: [n, 7])",
      "{ let table = embedding(7, 4)  return table(i) @ transpose(table.weight) }",
    );
    expect(shapes(unit)).toEqual({ "table.weight": "f32[7, 4]" });
    const early = model(
      "(i: i32[n]) -> (y: [n, 4])",
      "{ let table = embedding(7, 4)  let w = table.weight  return table(i) + sum(w) }",
    );
    expect(shapes(early)).toEqual({ "table.weight": "f32[7, 4]" });
  });

  test("25: update is a let that takes effect where the owner lets it", () => {
    const unit = model("(x: [n, 3, 4, 4]) -> (y: [n, 3, 4, 4])", "x |> batch_norm");
    expect(unit.training.outputs.map((o) => `${o.role} ${o.name}`)).toEqual([
      "result y",
      "update batch_norm_0.running_mean",
      "update batch_norm_0.running_var",
    ]);
    expect(unit.evaluation.outputs.map((o) => o.role)).toEqual(["result"]);
    const read = model(
      "(x: [n]) -> (y: [n])",
      "{ state s: [] = 0  update s = s + 1  return x * s }",
    );
    expect(count(read.training, "add")).toBe(1);
    expect(count(read.evaluation, "add")).toBe(0);
  });

  test("random draws are named by path and occurrence", () => {
    const unit = model(
      "(x: [n, 4]) -> (y: [n, 4])",
      "x + uniform([4]) + uniform([4]) |> dropout(0.5)",
    );
    const text = printGraph(unit.training);
    for (const place of ["#0", "#1", "dropout_0#0"]) expect(text).toContain(`place: "${place}"`);
    expect(printGraph(unit.tensors[0]?.initial ?? unit.training)).toContain("place");
  });
});

function inCell(path: string): string[] {
  return ["gate", "dense_0", "relu_0", "dense_1"].map((name) => `${path}.${name}`);
}

describe("known models", () => {
  test("parameter counts are those of the literature", () => {
    const lenet = modelOf(`
model LeNet(image: [batch, 1, 28, 28]) -> (logits: [batch, 10]) =
  image |> conv(6, 5, padding = 2) |> sigmoid |> avg_pool(2) |> conv(16, 5) |> sigmoid |> avg_pool(2)
    |> flatten |> dense(120) |> sigmoid |> dense(84) |> sigmoid |> dense(10)
`);
    expect(total(lenet)).toBe(61706); // LeCun et al., 1998, with 10 outputs and full connections
    expect(paths(lenet)).toEqual([
      "conv_0.weight", "conv_0.bias", "conv_1.weight", "conv_1.bias", "dense_0.weight", "dense_0.bias",
      "dense_1.weight", "dense_1.bias", "dense_2.weight", "dense_2.bias",
    ]); // prettier-ignore
  });

  test("ResNet-18 has torchvision's number of parameters", () => {
    const resnet = modelOf(`
block unit(channels: int, stride: int = 1)(x: [n, c, h, w]) -> [n, channels, ...] {
  let main = x |> conv(channels, 3, stride = stride, padding = 1, use_bias = false) |> batch_norm |> relu
    |> conv(channels, 3, padding = 1, use_bias = false) |> batch_norm
  let shortcut = if stride == 1 and c == channels then x else x |> conv(channels, 1, stride = stride, use_bias = false) |> batch_norm
  return relu(main + shortcut)
}
model ResNet(image: [batch, 3, 224, 224]) -> (logits: [batch, 1000]) {
  let stage = (blocks, channels, stride) => unit(channels, stride = stride) |> repeat(blocks - 1, unit(channels))
  let body = conv(64, 7, stride = 2, padding = 3, use_bias = false) |> batch_norm |> relu |> max_pool(3, stride = 2, padding = 1)
    |> chain(map(zip([2, 2, 2, 2], [64, 128, 256, 512], [1, 2, 2, 2]), stage)) |> global_avg_pool
  let head = dense(1000)
  return image |> body |> head
}
`);
    expect(total(resnet)).toBe(11689512);
    expect(paths(resnet)).toContain("body.unit_2.conv_2.weight");
    expect(paths(resnet).at(-1)).toBe("head.bias");
  });
});

function total(unit: ReturnType<typeof modelOf>): number {
  const sizes = unit.tensors
    .filter((t) => t.role === "parameter")
    .map((t) => t.type.shape.reduce<number>((n, d) => n * Number(d), 1));
  return sizes.reduce((a, b) => a + b, 0);
}

test("a chain of blocks leads to every node", () => {
  const file = loadText(
    "block inner(x: [n, d]) -> [n, d] = x |> dense(d)\nmodel M(x: [n, 4]) -> (y: [n, 4]) = x |> inner\n",
  );
  const node = file.model().evaluation.outputs[0]?.node;
  expect(node?.origin.blocks).toEqual(["M", "inner_0: inner", "inner_0.dense_0: dense"]);
});
