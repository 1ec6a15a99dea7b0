// Cases of the `layers` family as .dlm text. PyTorch's recurrent layers have time first, the library has the batch first.

import { attr, has, numberAttr, type OpCase, type OpTable, type Written } from "./define.ts";

function recurrent(block: "rnn" | "gru" | "lstm"): (c: OpCase) => Written {
  return (c) => {
    const settings = [
      attr(c, "hidden"),
      attr(c, "layers"),
      `bidirectional = ${attr(c, "bidirectional")}`,
      `use_bias = ${attr(c, "bias")}`,
      "final = true",
      ...(block === "rnn" ? [`nonlinearity = ${attr(c, "nonlinearity")}`] : []),
    ];
    const states = block === "lstm" ? ["h", "c"] : ["h"];
    const inputs = [
      "transpose(x, axes = (1, 0, 2))",
      ...states.filter((state) => has(c, `${state}0`)).map((state) => `${state} = ${state}0`),
      ...(has(c, "lengths") ? ["mask = real_positions(shape(x)[0])(lengths)"] : []),
    ];
    const last = states.map((state) => `${state}n`);
    return {
      lets: [
        `let layer = ${block}(${settings.join(", ")})`,
        `let (ys, ${last.length === 1 ? "hn" : `(${last.join(", ")})`}) = layer(${inputs.join(", ")})`,
      ].join("\n  "),
      outputs: {
        y: "transpose(ys, axes = (1, 0, 2))",
        ...Object.fromEntries(last.map((name) => [name, name])),
      },
      tensors: Object.fromEntries(
        Object.keys(c.inputs).flatMap((name) => {
          const path = cellPath(name);
          return path === undefined ? [] : [[name, `layer.${path}`]];
        }),
      ),
    };
  };
}

/** The library's path of `weight_ih_l1_reverse`. */
export function cellPath(name: string): string | undefined {
  const parts = /^(.*\.)?((?:weight|bias)_[ih]h)_l(\d+)(_reverse)?$/.exec(name);
  if (!parts) return undefined;
  const [, owner = "", tensor = "", layer = "", reverse] = parts;
  return `${owner}${reverse === undefined ? "forward" : "backward"}.${layer}.${tensor}`;
}

/** What true means in the library: may be seen. */
function mask(c: OpCase, keys: string, pairs: string): string | undefined {
  const parts = [
    ...(has(c, keys) ? [`not ${keys}[:, none, none, :]`] : []),
    ...(has(c, pairs) ? [`not ${pairs}`] : []),
  ];
  return parts.length === 0 ? undefined : parts.join(" and ");
}

/** All inputs but those that are fed are parameters of `layer`. */
function layerTensors(c: OpCase, fed: readonly string[]): Record<string, string> {
  const own = Object.keys(c.inputs).filter((name) => !fed.includes(name));
  return Object.fromEntries(own.map((name) => [name, `layer.${name}`]));
}

function blockSettings(c: OpCase): string {
  return [
    attr(c, "heads"),
    attr(c, "ff"),
    "drop = 0",
    `activation = ${String(c.attrs["activation"])}`,
    `norm_first = ${attr(c, "norm_first")}`,
  ].join(", ");
}

function applied(first: readonly string[], named: Record<string, string | undefined>): string {
  const given = Object.entries(named).filter(([, value]) => value !== undefined);
  return `layer(${[...first, ...given.map(([name, value]) => `${name} = ${value}`)].join(", ")})`;
}

export const layerTable: OpTable = {
  rnn: recurrent("rnn"),
  gru: recurrent("gru"),
  lstm: recurrent("lstm"),
  mha: (c) => {
    const self = c.attrs["self"] === true;
    const seen = mask(c, "key_padding_mask", "attn_mask");
    return {
      lets: [
        `let layer = multi_head_attention(${numberAttr(c, "heads")}, use_bias = ${attr(c, "bias")}, weights = true)`,
        `let (y, weights) = ${applied(self ? ["q"] : ["q", "k", "v"], { mask: seen })}`,
      ].join("\n  "),
      outputs: { y: "y", weights: "weights" },
      tensors: layerTensors(c, ["q", "k", "v", "key_padding_mask", "attn_mask"]),
    };
  },
  transformer_encoder_layer: (c) => ({
    lets: `let layer = transformer_encoder_layer(${blockSettings(c)})`,
    outputs: { y: applied(["x"], { mask: mask(c, "key_padding_mask", "attn_mask") }) },
    tensors: layerTensors(c, ["x", "key_padding_mask", "attn_mask"]),
  }),
  transformer_decoder_layer: (c) => ({
    lets: `let layer = transformer_decoder_layer(${blockSettings(c)}, look_ahead = true)`,
    outputs: {
      y: applied(["x", "memory"], {
        mask: mask(c, "tgt_key_padding_mask", "tgt_mask"),
        memory_mask: mask(c, "memory_key_padding_mask", "memory_mask"),
      }),
    },
    tensors: layerTensors(c, ["x", "memory", "tgt_mask", "memory_key_padding_mask"]),
  }),
};
