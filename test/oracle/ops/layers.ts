// Products, convolutions, pooling and normalisation: mostly layers of the library with their own parameters.

import {
  attr,
  has,
  layerTensors,
  shapeOf,
  type OpCase,
  type OpTable,
  type Written,
} from "./define.ts";

export const layers = {
  matmul: () => "a @ b",
  linear: (c) => ({
    lets: `let layer = dense(${shapeOf(c, "weight")[0]}, use_bias = ${has(c, "bias")})`,
    outputs: { y: "layer(x)" },
    tensors: layerTensors(c, ["weight", "bias"]),
  }),
  embedding: (c) => ({
    lets: `let layer = embedding(${shapeOf(c, "weight").join(", ")}, padding = ${attr(c, "padding_idx")})`,
    outputs: { y: "layer(index)" },
    tensors: layerTensors(c, ["weight"]),
  }),
  conv1d: convolution,
  conv2d: convolution,
  conv_transpose2d: (c) => ({
    lets: `let layer = conv_transpose(${outChannels(c)}, ${kernelOf(c)}, stride = ${attr(c, "stride")}, padding = ${attr(c, "padding")}, output_padding = ${attr(c, "output_padding")}, dilation = ${attr(c, "dilation")}, groups = ${attr(c, "groups")}, use_bias = ${has(c, "bias")})`,
    outputs: { y: "layer(x)" },
    tensors: layerTensors(c, ["weight", "bias"]),
  }),
  max_pool2d: (c) =>
    `x |> max_pool(${attr(c, "kernel")}, stride = ${attr(c, "stride")}, padding = ${attr(c, "padding")})`,
  avg_pool2d: (c) =>
    `x |> avg_pool(${attr(c, "kernel")}, stride = ${attr(c, "stride")}, padding = ${attr(c, "padding")}, count_include_pad = ${attr(c, "count_include_pad")})`,
  adaptive_avg_pool2d: (c) => `x |> adaptive_avg_pool(${attr(c, "output")})`,
  global_avg_pool2d: () => "global_avg_pool(x)",
  layer_norm: (c) => {
    // The library normalises over one axis; several are joined into one before it, and parted after it.
    const shape = shapeOf(c, "x");
    const count = Number(c.attrs["axes"]);
    const lead = shape.slice(0, shape.length - count);
    const joined = shape.slice(shape.length - count).reduce((product, n) => product * n, 1);
    return {
      lets: `let layer = layer_norm(eps = ${attr(c, "eps")}, affine = ${has(c, "weight")})`,
      outputs: {
        y: `x |> reshape([${[...lead, joined].join(", ")}]) |> layer |> reshape([${shape.join(", ")}])`,
      },
      tensors: layerTensors(c, ["weight", "bias"]),
    };
  },
  rms_norm: (c) => normaliser(c, `rms_norm(eps = ${attr(c, "eps")}, affine = ${has(c, "weight")})`),
  group_norm: (c) =>
    normaliser(
      c,
      `group_norm(${attr(c, "groups")}, eps = ${attr(c, "eps")}, affine = ${has(c, "weight")})`,
    ),
  instance_norm: (c) =>
    normaliser(c, `instance_norm(eps = ${attr(c, "eps")}, affine = ${has(c, "weight")})`),
  batch_norm_train: (c) => ({
    ...normaliser(c, batchNorm(c)),
    states: { running_mean: "layer.running_mean", running_var: "layer.running_var" },
  }),
  batch_norm_eval: (c) => ({ ...normaliser(c, batchNorm(c)), mode: "evaluation" as const }),
} satisfies OpTable;

function batchNorm(c: OpCase): string {
  return `batch_norm(momentum = ${attr(c, "momentum")}, eps = ${attr(c, "eps")}, affine = ${has(c, "weight")})`;
}

function normaliser(c: OpCase, recipe: string): Written {
  return {
    lets: `let layer = ${recipe}`,
    outputs: { y: "layer(x)" },
    tensors: layerTensors(c, ["weight", "bias", "running_mean", "running_var"]),
  };
}

function convolution(c: OpCase): Written {
  return {
    lets: `let layer = conv(${shapeOf(c, "weight")[0]}, ${kernelOf(c)}, stride = ${attr(c, "stride")}, padding = ${attr(c, "padding")}, dilation = ${attr(c, "dilation")}, groups = ${attr(c, "groups")}, use_bias = ${has(c, "bias")})`,
    outputs: { y: "layer(x)" },
    tensors: layerTensors(c, ["weight", "bias"]),
  };
}

function kernelOf(c: OpCase): string {
  return `[${shapeOf(c, "weight").slice(2).join(", ")}]`;
}

function outChannels(c: OpCase): number {
  return (shapeOf(c, "weight")[1] ?? 0) * Number(c.attrs["groups"]);
}
