// Training steps of small models, built from named operators and taken through differentiation and the passes.

import { differentiate } from "../../compiler/autodiff/index.ts";
import type { Graph, Node, Output } from "../../compiler/ir/graph.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { optimise } from "../../compiler/passes/index.ts";
import { builder, constant, graphOf, input, nameOf, spread } from "./support.ts";

type Build = ReturnType<typeof builder>;

export type OptimizerName = "sgd" | "adam";

/** A whole step: `loss` of a forward graph, gradients, an update of every parameter. */
export function trainingStep(
  b: Build,
  loss: Node,
  parameters: readonly Node[],
  optimizer: OptimizerName,
  more: Readonly<Record<string, Node>> = {},
): Graph {
  const forward = graphOf(more);
  const outputs: Output[] = [...forward.outputs, { name: "loss", role: "loss", node: loss }];
  const inputs = graphOf({ ...more, loss }).inputs;
  const optimizers = new Map(
    parameters.map((node) => {
      const path = nameOf(node);
      return [path, { step: optimizer === "sgd" ? sgd(path, node) : adam(path, node) }];
    }),
  );
  const lowered = lower({ inputs, outputs });
  return optimise(differentiate(lowered, { optimizers }));
}

function sgd(path: string, parameter: Node): Graph {
  const b = builder();
  const shape = parameter.type.shape.map(Number);
  const w = input(b, "w", shape);
  const g = input(b, "g", shape);
  const rate = spread(b, constant(b, 0.1), shape, []);
  return lower(graphOf({}, { [path]: b.node("sub", [w, b.node("mul", [rate, g])]) }));
}

function adam(path: string, parameter: Node): Graph {
  const b = builder();
  const shape = parameter.type.shape.map(Number);
  const w = input(b, "w", shape);
  const g = input(b, "g", shape);
  const m = input(b, `optimizer.${path}.m`, shape, "f32", "optimizer");
  const v = input(b, `optimizer.${path}.v`, shape, "f32", "optimizer");
  const number = (value: number): Node => spread(b, constant(b, value), shape, []);
  const step = b.node("cast", [input(b, "$step", [], "i32", "scalar")], { dtype: "f32" });
  const one = constant(b, 1);
  const correction = (beta: number): Node =>
    spread(
      b,
      b.node("sub", [one, b.node("pow", [constant(b, beta), b.node("add", [step, one])])]),
      shape,
      [],
    );
  const blend = (old: Node, next: Node, beta: number): Node =>
    b.node("add", [b.node("mul", [number(beta), old]), b.node("mul", [number(1 - beta), next])]);
  const m1 = blend(m, g, 0.9);
  const v1 = blend(v, b.node("mul", [g, g]), 0.999);
  const scaled = b.node("div", [m1, correction(0.9)]);
  const root = b.node("sqrt", [b.node("div", [v1, correction(0.999)])]);
  const change = b.node("div", [scaled, b.node("add", [root, number(1e-8)])]);
  const w1 = b.node("sub", [w, b.node("mul", [number(1e-3), change])]);
  return lower(
    graphOf({}, { [path]: w1, [`optimizer.${path}.m`]: m1, [`optimizer.${path}.v`]: v1 }),
  );
}

export function dense(
  b: Build,
  x: Node,
  name: string,
  size: number,
): { y: Node; parameters: Node[] } {
  const [batch = 1, features = 1] = x.type.shape.map(Number);
  const weight = input(b, `${name}.weight`, [size, features], "f32", "parameter");
  const bias = input(b, `${name}.bias`, [size], "f32", "parameter");
  const product = b.node("matmul", [x, b.node("transpose", [weight], { perm: [1, 0] })]);
  return {
    y: b.node("add", [product, spread(b, bias, [batch, size], [1])]),
    parameters: [weight, bias],
  };
}

function convolution(
  b: Build,
  x: Node,
  name: string,
  channels: number,
  kernel: number,
  padding: number,
) {
  const weight = input(
    b,
    `${name}.weight`,
    [channels, Number(x.type.shape[1]), kernel, kernel],
    "f32",
    "parameter",
  );
  const bias = input(b, `${name}.bias`, [channels], "f32", "parameter");
  const attrs = {
    stride: [1, 1],
    padding: [
      [padding, padding],
      [padding, padding],
    ],
    dilation: [1, 1],
    groups: 1,
  };
  const product = b.node("conv", [x, weight], attrs);
  const y = b.node("add", [product, spread(b, bias, product.type.shape.map(Number), [1])]);
  return { y, parameters: [weight, bias] };
}

function averagePool(b: Build, x: Node): Node {
  const [batch = 1, channels = 1, height = 1, width = 1] = x.type.shape.map(Number);
  const form = (axis: number, window: number) => ({
    terms: [
      { axis, coefficient: 2 },
      { axis: window, coefficient: 1 },
    ],
    offset: 0,
    divisor: 1,
  });
  const plain = (axis: number) => ({ terms: [{ axis, coefficient: 1 }], offset: 0, divisor: 1 });
  const shape = [batch, channels, height / 2, width / 2, 2, 2];
  const windows = b.node("view", [x], {
    shape,
    forms: [plain(0), plain(1), form(2, 4), form(3, 5)],
    fill: "unreachable",
  });
  return b.node("mean", [windows], { axes: [4, 5] });
}

/** Mean cross entropy of logits [batch, classes] with i32 labels. */
export function crossEntropy(b: Build, logits: Node, label: Node): Node {
  const shape = logits.type.shape.map(Number);
  const [batch = 1] = shape;
  const max = b.node("stop_gradient", [
    b.node("reduce", [logits], { kind: "max", axes: [1], ties: "share" }),
  ]);
  const shifted = b.node("sub", [logits, spread(b, max, shape, [0])]);
  const sum = b.node("reduce", [b.node("exp", [shifted])], {
    kind: "sum",
    axes: [1],
    ties: "share",
  });
  const logSum = spread(b, b.node("log", [sum]), shape, [0]);
  const chosen = b.node("eq", [
    b.node("iota", [], { shape, axis: 1 }),
    spread(b, label, shape, [0]),
  ]);
  const zero = spread(b, constant(b, 0), shape, []);
  const picked = b.node("select", [chosen, b.node("sub", [logSum, shifted]), zero]);
  const rows = b.node("reduce", [picked], { kind: "sum", axes: [1], ties: "share" });
  const total = b.node("reduce", [rows], { kind: "sum", axes: [0], ties: "share" });
  return b.node("mul", [total, constant(b, 1 / batch)]);
}

export function lenet(batch: number, optimizer: OptimizerName = "sgd", size = 28): Graph {
  const b = builder();
  const image = input(b, "image", [batch, 1, size, size]);
  const label = input(b, "label", [batch], "i32");
  const parameters: Node[] = [];
  const take = (layer: { y: Node; parameters: Node[] }): Node => {
    parameters.push(...layer.parameters);
    return layer.y;
  };
  const sigmoid = (x: Node): Node => b.node("sigmoid", [x]);
  let x = averagePool(b, sigmoid(take(convolution(b, image, "conv_0", 6, 5, 2))));
  x = averagePool(b, sigmoid(take(convolution(b, x, "conv_1", 16, 5, 0))));
  const features = x.type.shape.slice(1).reduce<number>((n, d) => n * Number(d), 1);
  x = b.node("reshape", [x], { shape: [batch, features] });
  x = sigmoid(take(dense(b, x, "full_0", 120)));
  x = sigmoid(take(dense(b, x, "full_1", 84)));
  const logits = take(dense(b, x, "full_2", 10));
  return trainingStep(b, crossEntropy(b, logits, label), parameters, optimizer);
}

export function mlp(
  batch: number,
  sizes: readonly number[],
  optimizer: OptimizerName = "sgd",
): Graph {
  const b = builder();
  const [features = 1, ...layers] = sizes;
  const parameters: Node[] = [];
  let x = input(b, "x", [batch, features]);
  layers.forEach((size, i) => {
    const layer = dense(b, x, `dense_${i}`, size);
    parameters.push(...layer.parameters);
    const zero = spread(b, constant(b, 0), [batch, size], []);
    x = i + 1 < layers.length ? b.node("max", [layer.y, zero]) : layer.y;
  });
  const label = input(b, "label", [batch], "i32");
  return trainingStep(b, crossEntropy(b, x, label), parameters, optimizer);
}
