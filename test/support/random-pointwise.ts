// Makers of the pointwise primitives. See random-graph.ts.

import type { Node } from "../../compiler/ir/graph.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";
import type { DType } from "../../runtime/types.ts";
import { inexact, numberType, truth, worst, type Context, type Maker } from "./random-context.ts";

/** A node and another of its type, fitted to its shape. */
function pair(c: Context, dtype: DType): readonly [Node, Node] {
  const x = c.draw(dtype);
  return [x, c.fit(c.draw(dtype), knownShape(x.type))];
}

const kept =
  (op: string): Maker =>
  (c) => {
    const x = c.draw(numberType(c.r));
    return c.make(c.fact(x), op, [x]);
  };

/** Jumps between whole numbers. */
const rounding =
  (op: string): Maker =>
  (c) => {
    const x = c.exact("f32");
    return c.make({ bound: Math.ceil(c.fact(x).bound), bits: 0 }, op, [x]);
  };

const smooth =
  (op: string, bound: number): Maker =>
  (c) =>
    c.make(inexact(bound), op, [c.tame()]);

/** |x| + amount, at least `amount`. */
function positive(c: Context, x: Node, amount: number): Node {
  const size = c.make(c.fact(x), "abs", [x]);
  const { bound, bits } = c.fact(x);
  const fact = { bound: bound + amount, bits: bits === undefined ? undefined : Math.max(2, bits) };
  return c.make(fact, "add", [size, c.full(x, amount)]);
}

const sum =
  (op: "add" | "sub"): Maker =>
  (c) => {
    const [x, y] = pair(c, numberType(c.r));
    const { bits } = worst([c.fact(x), c.fact(y)]);
    return c.make({ bound: c.fact(x).bound + c.fact(y).bound, bits }, op, [x, y]);
  };

const mul: Maker = (c) => {
  const [x, y] = pair(c, numberType(c.r));
  const [f, g] = [c.fact(x), c.fact(y)];
  const bits = f.bits === undefined || g.bits === undefined ? undefined : f.bits + g.bits;
  return c.make({ bound: f.bound * g.bound, bits }, "mul", [x, y]);
};

const div: Maker = (c) => {
  const [x, y] = pair(c, "f32");
  return c.make(inexact(2 * c.fact(x).bound), "div", [x, positive(c, y, 0.5)]);
};

const rem: Maker = (c) => {
  const dtype = numberType(c.r);
  const x = c.exact(dtype, 8);
  const divisor = c.full(x, dtype === "i32" ? c.r.pick([2, 3, 7]) : c.r.pick([0.5, 2, 4]));
  return c.make({ bound: 8, bits: dtype === "i32" ? 0 : 8 }, "rem", [x, divisor]);
};

const pow: Maker = (c) => {
  const x = c.tame();
  const exponent = c.r.pick([-1, 0, 0.5, 1, 1.5, 2, 3, 4]);
  return c.make(inexact(4.5 ** 4), "pow", [positive(c, x, 0.5), c.full(x, exponent)]);
};

const extreme =
  (op: "max" | "min"): Maker =>
  (c) => {
    const [x, y] = pair(c, numberType(c.r));
    return c.make(worst([c.fact(x), c.fact(y)]), op, [x, y]);
  };

const compare =
  (op: string): Maker =>
  (c) => {
    const x = c.exact(numberType(c.r));
    const y = c.exact(x.type.dtype);
    return c.make(truth, op, [x, c.fit(y, knownShape(x.type))]);
  };

const logic =
  (op: "and" | "or"): Maker =>
  (c) =>
    c.make(truth, op, pair(c, "bool"));

const select: Maker = (c) => {
  const [x, y] = pair(c, numberType(c.r));
  const condition = c.fit(c.draw("bool"), knownShape(x.type));
  return c.make(worst([c.fact(x), c.fact(y)]), "select", [condition, x, y]);
};

const cast: Maker = (c) => {
  const from = c.r.pick(["f32", "i32", "bool"] as const);
  const x = c.exact(from);
  const { bound, bits } = c.fact(x);
  const dtype = c.r.pick(["f32", "i32", "bool"] as const);
  if (dtype === "bool") return c.make(truth, "cast", [x], { dtype });
  return c.make({ bound, bits: dtype === "i32" ? 0 : bits }, "cast", [x], { dtype });
};

export const pointwise = {
  neg: kept("neg"),
  abs: kept("abs"),
  stop_gradient: kept("stop_gradient"),
  sign: rounding("sign"),
  floor: rounding("floor"),
  ceil: rounding("ceil"),
  round: rounding("round"),
  exp: smooth("exp", Math.exp(4)),
  expm1: smooth("expm1", Math.exp(4)),
  log: (c) => c.make(inexact(2), "log", [positive(c, c.tame(), 0.5)]),
  log1p: (c) => c.make(inexact(2), "log1p", [positive(c, c.tame(), 0.25)]),
  sqrt: (c) => c.make(inexact(3), "sqrt", [positive(c, c.tame(), 0.25)]),
  sin: smooth("sin", 1),
  cos: smooth("cos", 1),
  tanh: smooth("tanh", 1),
  sigmoid: smooth("sigmoid", 1),
  erf: smooth("erf", 1),
  gamma: (c) => c.make(inexact(12), "gamma", [positive(c, c.tame(), 0.5)]),
  add: sum("add"),
  sub: sum("sub"),
  mul,
  div,
  rem,
  pow,
  max: extreme("max"),
  min: extreme("min"),
  eq: compare("eq"),
  ne: compare("ne"),
  lt: compare("lt"),
  le: compare("le"),
  gt: compare("gt"),
  ge: compare("ge"),
  and: logic("and"),
  or: logic("or"),
  not: (c) => c.make(truth, "not", [c.draw("bool")]),
  select,
  cast,
} as const satisfies Readonly<Record<string, Maker>>;
