// Attention, written with what the language has: no block of the library yet.

import { attr, shapeOf, has, type OpTable } from "./define.ts";

export const attention = {
  sdpa: (c) => {
    const [queries = 0, width = 0] = shapeOf(c, "q").slice(-2);
    const keys = shapeOf(c, "k").at(-2) ?? 0;
    const scale = c.attrs["scale"] === null ? `/ sqrt(${width})` : `* ${attr(c, "scale")}`;
    const scores = [
      `let scores = q @ transpose(k) ${scale}${has(c, "bias") ? " + bias" : ""}`,
      ...(has(c, "mask") ? ["let scores = where(mask, scores, -1e30)"] : []),
      ...(c.attrs["causal"] === true
        ? [`let scores = where(iota(${keys})[none, :] <= iota(${queries})[:, none], scores, -1e30)`]
        : []),
      "let weights = softmax(scores)",
    ];
    return { lets: scores.join("\n  "), outputs: { y: "weights @ v", weights: "weights" } };
  },
  additive_attention: (c) => {
    const keys = shapeOf(c, "k")[1] ?? 0;
    return {
      lets: [
        "let hidden = tanh((q @ transpose(W_q))[:, :, none] + (k @ transpose(W_k))[:, none])",
        "let scores = (hidden @ transpose(w_v)) |> squeeze(axis = -1)",
        `let weights = masked_softmax(scores, iota(${keys}) < valid_lens[:, none, none])`,
      ].join("\n  "),
      outputs: { y: "weights @ v", weights: "weights" },
    };
  },
  kernel_attention: () => ({
    lets: "let weights = softmax(-((q[:, none] - k[none, :]) * w) ** 2 / 2)",
    outputs: { y: "weights @ v", weights: "weights" },
  }),
  positional_encoding: (c) => {
    const [, time = 0, width = 0] = shapeOf(c, "x");
    const pairs = Math.ceil(width / 2);
    return {
      lets: [
        `let angle = iota(${time})[:, none] / ${attr(c, "base")} ** (2 * iota(${pairs}) / ${width})`,
        `let both = stack([sin(angle), cos(angle)], axis = -1) |> reshape([${time}, ${2 * pairs}])`,
        `let places = both[:, :${width}]`,
      ].join("\n  "),
      outputs: { y: "x + places", P: "places" },
    };
  },
} satisfies OpTable;
