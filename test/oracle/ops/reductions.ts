// Reductions, softmax and running sums.

import { attr, axes, listAttr, type OpCase, type OpTable, type Write } from "./define.ts";

const keep = (c: OpCase): string => `keep = ${attr(c, "keepdim")}`;
const over =
  (name: string): Write =>
  (c) =>
    `${name}(x, axis = ${axes(listAttr(c, "axes"))}, ${keep(c)})`;
const along =
  (name: string): Write =>
  (c) =>
    `${name}(x, axis = ${attr(c, "axis")})`;

export const reductions = {
  sum: over("sum"),
  mean: over("mean"),
  max: over("max"),
  min: over("min"),
  max_ties: over("max"),
  var: (c) =>
    `var(x, axis = ${axes(listAttr(c, "axes"))}, ${keep(c)}, correction = ${attr(c, "correction")})`,
  logsumexp: over("logsumexp"),
  logsumexp_wide: over("logsumexp"),
  sum_all: () => ({ outputs: { sum: "sum(x)", mean: "mean(x)", max: "max(x)", min: "min(x)" } }),
  argmax: (c) => ({
    outputs: {
      argmax: `argmax(x, axis = ${attr(c, "axis")}, ${keep(c)})`,
      argmin: `argmin(x, axis = ${attr(c, "axis")}, ${keep(c)})`,
    },
  }),
  softmax: along("softmax"),
  log_softmax: along("log_softmax"),
  masked_softmax: (c) => {
    const steps = c.inputs["x"]?.shape[2] ?? 0;
    return `masked_softmax(x, iota(${steps}) < valid_lens[:, none, none], fill = ${attr(c, "fill")})`;
  },
  cumsum: along("cumsum"),
} satisfies OpTable;
