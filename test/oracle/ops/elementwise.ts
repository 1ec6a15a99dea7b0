// Element-wise operators and activations.

import { attr, has, shapeOf, type OpCase, type OpTable, type Write } from "./define.ts";

/** `name(x)`, the same in both worlds. */
const same =
  (name: string): Write =>
  () =>
    `${name}(x)`;
const operator =
  (symbol: string): Write =>
  () =>
    `a ${symbol} b`;

export const elementwise = {
  neg: () => "-x",
  abs: same("abs"),
  sign: same("sign"),
  floor: same("floor"),
  exp: same("exp"),
  log: same("log"),
  log1p: same("log1p"),
  sqrt: same("sqrt"),
  rsqrt: same("rsqrt"),
  square: () => "x * x",
  reciprocal: () => "1 / x",
  sin: same("sin"),
  cos: same("cos"),
  erf: same("erf"),
  tanh: same("tanh"),
  sigmoid: same("sigmoid"),
  relu: same("relu"),
  leaky_relu: (c) => `x |> leaky_relu(${attr(c, "slope")})`,
  elu: (c) => `x |> elu(${attr(c, "alpha")})`,
  selu: same("selu"),
  gelu: (c) => `x |> gelu(${attr(c, "approximate")})`,
  gelu_wide: (c) => `x |> gelu(${attr(c, "approximate")})`,
  silu: same("silu"),
  softplus: same("softplus"),
  mish: same("mish"),
  hardswish: same("hardswish"),
  hardsigmoid: same("hardsigmoid"),
  clamp: (c) => `clamp(x, low = ${attr(c, "min")}, high = ${attr(c, "max")})`,
  prelu: (c: OpCase) => ({
    lets: `let layer = prelu(parameters = ${shapeOf(c, "a")[0]})`,
    outputs: { y: "layer(x)" },
    tensors: { a: "layer.weight" },
  }),
  add: operator("+"),
  sub: operator("-"),
  mul: operator("*"),
  div: operator("/"),
  maximum: () => "max(a, b)",
  minimum: () => "min(a, b)",
  pow_tensor: operator("**"),
  pow: (c) => `x ** ${attr(c, "exponent").replace(/^-(.*)$/, "(-$1)")}`,
  where: () => "where(cond, a, b)",
  compare: () => ({
    outputs: { eq: "a == b", ne: "a != b", lt: "a < b", le: "a <= b", gt: "a > b", ge: "a >= b" },
  }),
  dropout: (c) => `where(mask, x / (1 - ${attr(c, "p")}), 0)`,
  mse: (c) => reduced(c, "mse", "x, target"),
  l1: (c) => reduced(c, "l1", "x, target"),
  smooth_l1: (c) => reduced(c, "smooth_l1", "x, target", `beta = ${attr(c, "beta")}`),
  huber: (c) => reduced(c, "huber", "x, target", `delta = ${attr(c, "delta")}`),
  bce: (c) => reduced(c, "binary_cross_entropy", "x, target", "from_logits = false"),
  bce_with_logits: (c) =>
    reduced(c, "binary_cross_entropy", "x, target", ...optional(c, ["weight", "pos_weight"])),
} satisfies OpTable;

/** Optional inputs by name, where the case has them. */
export function optional(c: OpCase, names: readonly string[]): string[] {
  return names.filter((name) => has(c, name)).map((name) => `${name} = ${name}`);
}

/** A loss with PyTorch's reductions: `mean` is ours, `none` is `reduce = false`, `sum` the sum of that. */
export function reduced(c: OpCase, block: string, inputs: string, ...named: string[]): string {
  const settings = named.length > 0 ? `, ${named.join(", ")}` : "";
  switch (c.attrs["reduction"]) {
    case "mean":
      return `${block}(${inputs}${settings})`;
    case "sum":
      return `sum(${block}(${inputs}, reduce = false${settings}))`;
    case "none":
      return `${block}(${inputs}, reduce = false${settings})`;
    default:
      throw new Error(`${c.id}: unknown reduction`);
  }
}
