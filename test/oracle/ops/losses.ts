// Losses over classes, distributions and vectors. Element-wise losses stand with the element-wise operators.

import { attr, shapeOf, type OpCase, type OpTable } from "./define.ts";
import { optional, reduced } from "./elementwise.ts";

export const losses = {
  cross_entropy: (c) =>
    reduced(
      c,
      shapeOf(c, "x").length > 2 ? "channel_cross_entropy" : "cross_entropy",
      "x, target",
      `smoothing = ${attr(c, "label_smoothing")}`,
      ...ignored(c),
      ...optional(c, ["weight"]),
    ),
  cross_entropy_probs: (c) => reduced(c, "soft_cross_entropy", "x, target"),
  nll: (c) => {
    const last = shapeOf(c, "x").length > 2 ? `(x |> rearrange("n c ... -> n ... c"))` : "x";
    return reduced(c, "nll", `${last}, target`, ...ignored(c), ...optional(c, ["weight"]));
  },
  kl_div: (c) => {
    const target = `log_target = ${attr(c, "log_target")}`;
    const each = `kl_divergence(x, target, reduce = false, ${target})`;
    switch (c.attrs["reduction"]) {
      case "batchmean":
        return `kl_divergence(x, target, ${target})`;
      case "mean":
        return `mean(${each})`;
      case "sum":
        return `sum(${each})`;
      default:
        return each;
    }
  },
  triplet: (c) => `triplet(anchor, positive, negative, margin = ${attr(c, "margin")})`,
  cosine_similarity: (c) => `cosine_similarity(a, b, axis = ${attr(c, "axis")})`,
} satisfies OpTable;

function ignored(c: OpCase): string[] {
  return c.attrs["ignore_index"] === undefined ? [] : [`ignore = ${attr(c, "ignore_index")}`];
}
