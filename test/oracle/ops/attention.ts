// Attention and positions by the library's blocks.

import { attr, has, shapeOf, type OpTable } from "./define.ts";

export const attention: OpTable = {
  sdpa: (c) => {
    const [queries = 0] = shapeOf(c, "q").slice(-2);
    const masks = [
      ...(has(c, "mask") ? ["mask"] : []),
      ...(c.attrs["causal"] === true ? [`causal(${queries})`] : []),
    ];
    const inputs = [
      ...(masks.length > 0 ? [`mask = ${masks.join(" and ")}`] : []),
      ...(has(c, "bias") ? ["bias = bias"] : []),
    ];
    const given = (first: string): string => [first, ...inputs].join(", ");
    const scale = attr(c, "scale");
    return {
      outputs: {
        y: `attention(scale = ${scale})(${given("q, k, v")})`,
        weights: `attention_weights(scale = ${scale})(${given("q, k")})`,
      },
    };
  },
  additive_attention: (c) => {
    const [, keys = 0] = shapeOf(c, "k");
    const hidden = shapeOf(c, "W_q")[0] ?? 0;
    return {
      lets: [
        `let layer = additive_attention(${hidden})`,
        `let (y, weights) = layer(q, k, v, mask = real_positions(${keys})(valid_lens)[:, none])`,
      ].join("\n  "),
      outputs: { y: "y", weights: "weights" },
      tensors: {
        W_q: "layer.W_q.weight",
        W_k: "layer.W_k.weight",
        w_v: "layer.w_v.weight",
      },
    };
  },
  kernel_attention: () => ({
    lets: "let layer = kernel_attention\n  let (y, weights) = layer(q, k, v)",
    outputs: { y: "y", weights: "weights" },
    tensors: { w: "layer.w" },
  }),
  positional_encoding: (c) => {
    const [, time = 0, width = 0] = shapeOf(c, "x");
    const base = attr(c, "base");
    return {
      outputs: {
        y: `positional_encoding(${base})(x)`,
        P: `sinusoidal(${time}, ${width}, ${base})`,
      },
    };
  },
};
