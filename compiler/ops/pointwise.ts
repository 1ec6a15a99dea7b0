// One number from one, two or three numbers of the same place. All inputs have one shape: broadcasts are nodes.

import type { DType } from "../../runtime/types.ts";
import type { Builder } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import type { GradientRule, OpRecord, Sample } from "./define.ts";
import { constantValue, makeLike } from "./make.ts";
import { conversions, zero } from "./conversions.ts";
import { flopPerElement, primitive } from "./record.ts";
import { bool, differentShapes, f32, i32, operand, wrongDtype } from "./shapes.ts";

const numbers: readonly DType[] = ["f32", "f16", "i32"];
const floats: readonly DType[] = ["f32", "f16"];

/** The operands and the result of a node, for gradient formulas. */
interface Parts {
  readonly b: Builder;
  /** First and second operand; the second is the first where there is only one. */
  readonly x: Node;
  readonly z: Node;
  readonly y: Node;
  /** The gradient of the result. */
  readonly g: Node;
  /** A pointwise node. */
  readonly f: (op: string, ...inputs: readonly Node[]) => Node;
  /** A constant in the result's shape. */
  readonly c: (value: number) => Node;
}

function rule(formulas: (parts: Parts) => readonly (Node | undefined)[]): GradientRule {
  return (b, node, g) => {
    const [x, z] = node.inputs;
    if (!x) return [];
    const f: Parts["f"] = (op, ...inputs) => b.node(op, inputs);
    return formulas({ b, x, z: z ?? x, y: node, g, f, c: (value) => makeLike(b, g, value) });
  };
}

interface Row {
  readonly name: string;
  readonly summary: string;
  readonly gradient: GradientRule | "none";
  readonly domain?: Sample["domain"];
}

// ---- one operand

function unary(row: Row, dtypes: readonly DType[]): OpRecord {
  const domain = row.domain ? { domain: row.domain } : {};
  return primitive({
    name: row.name,
    summary: row.summary,
    pointwise: true,
    infer: (inputs) => {
      const x = operand(inputs, 0);
      return dtypes.includes(x.dtype) ? x : wrongDtype(row.name, dtypes.join(" or "), x.dtype);
    },
    gradient: row.gradient,
    flops: flopPerElement,
    samples: [
      { inputs: [f32(3, 4)], ...domain },
      { inputs: [f32()], ...domain },
    ],
    rejects: [{ inputs: [bool(3)], code: "dtype-mismatch" }],
  });
}

const signed: readonly Row[] = [
  { name: "neg", summary: "−x.", gradient: rule(({ f, g }) => [f("neg", g)]) },
  {
    name: "abs",
    summary: "|x|; the gradient at 0 is 0.",
    gradient: rule(({ f, g, x }) => [f("mul", g, f("sign", x))]),
  },
  { name: "sign", summary: "−1, 0 or 1; the gradient is 0.", gradient: zero },
];

const TWO_OVER_SQRT_PI = 1.1283791670955126;

const functions: readonly Row[] = [
  { name: "floor", summary: "The next whole number below; the gradient is 0.", gradient: zero },
  { name: "ceil", summary: "The next whole number above; the gradient is 0.", gradient: zero },
  {
    name: "round",
    summary: "The nearest whole number, halves to even; the gradient is 0.",
    gradient: zero,
  },
  { name: "exp", summary: "e^x.", gradient: rule(({ f, g, y }) => [f("mul", g, y)]) },
  {
    name: "expm1",
    summary: "e^x − 1, exact near 0.",
    gradient: rule(({ f, g, y, c }) => [f("mul", g, f("add", y, c(1)))]),
  },
  {
    name: "log",
    summary: "ln x.",
    domain: "positive",
    gradient: rule(({ f, g, x }) => [f("div", g, x)]),
  },
  {
    name: "log1p",
    summary: "ln(1 + x), exact near 0.",
    domain: "positive",
    gradient: rule(({ f, g, x, c }) => [f("div", g, f("add", x, c(1)))]),
  },
  {
    name: "sqrt",
    summary: "√x.",
    domain: "positive",
    gradient: rule(({ f, g, y, c }) => [f("div", g, f("mul", y, c(2)))]), // g / 2√x
  },
  { name: "sin", summary: "sin x.", gradient: rule(({ f, g, x }) => [f("mul", g, f("cos", x))]) },
  {
    name: "cos",
    summary: "cos x.",
    gradient: rule(({ f, g, x }) => [f("neg", f("mul", g, f("sin", x)))]),
  },
  {
    name: "tanh",
    summary: "Hyperbolic tangent.",
    gradient: rule(({ f, g, y, c }) => [f("mul", g, f("sub", c(1), f("mul", y, y)))]), // g·(1 − y²)
  },
  {
    name: "sigmoid",
    summary: "1 / (1 + e^−x).",
    gradient: rule(({ f, g, y, c }) => [f("mul", g, f("mul", y, f("sub", c(1), y)))]), // g·y·(1 − y)
  },
  {
    name: "erf",
    summary: "Gauss's error function.",
    gradient: rule(({ f, g, x, c }) => [
      f("mul", g, f("mul", c(TWO_OVER_SQRT_PI), f("exp", f("neg", f("mul", x, x))))), // g·2/√π·e^(−x²)
    ]),
  },
  {
    name: "gamma",
    summary: "Euler's gamma function; not differentiable here.",
    domain: "positive",
    gradient: "none",
  },
];

// ---- two operands

interface BinaryRow extends Row {
  readonly dtypes: readonly DType[];
  readonly result?: DType;
}

function binary(row: BinaryRow): OpRecord {
  const domain = row.domain ? { domain: row.domain } : {};
  const sample = row.dtypes.includes("f32") ? f32 : bool;
  const wrong = row.dtypes.includes("f32") ? i32 : f32;
  return primitive({
    name: row.name,
    summary: row.summary,
    pointwise: true,
    infer: (inputs) => {
      const a = operand(inputs, 0);
      const b = operand(inputs, 1);
      if (!row.dtypes.includes(a.dtype))
        return wrongDtype(row.name, row.dtypes.join(" or "), a.dtype);
      if (a.dtype !== b.dtype) return wrongDtype(row.name, `${a.dtype} twice`, b.dtype);
      return (
        differentShapes(row.name, a.shape, b.shape) ?? {
          dtype: row.result ?? a.dtype,
          shape: a.shape,
        }
      );
    },
    gradient: row.gradient,
    flops: flopPerElement,
    samples: [
      { inputs: [sample(3, 4), sample(3, 4)], ...domain },
      { inputs: [sample(), sample()], ...domain },
    ],
    rejects: [
      { inputs: [sample(3, 4), sample(3, 5)], code: "shape-mismatch" },
      { inputs: [sample(4), sample(3, 4)], code: "shape-mismatch" },
      { inputs: [sample(3), wrong(3)], code: "dtype-mismatch" },
    ],
  });
}

/**
 * Gradient of max (win = "gt") or min ("lt"): all to the larger, halves at ties. Beside a constant a tie gives
 * nothing: so max(x, 0) has the gradient 0 at 0, as relu has.
 */
function extreme(win: "gt" | "lt"): GradientRule {
  return rule(({ b, x, z, g, f, c }) => {
    if (constantValue(z) !== undefined)
      return [b.node("select", [f(win, x, z), g, c(0)]), undefined];
    if (constantValue(x) !== undefined)
      return [undefined, b.node("select", [f(win, z, x), g, c(0)])];
    const half = f("mul", g, c(0.5));
    const share = (own: Node, other: Node): Node =>
      f("select", f(win, own, other), g, f("select", f("eq", own, other), half, c(0)));
    return [share(x, z), share(z, x)];
  });
}

/** y·b/a where it is defined: b·a^(b − 1), and 0 for b = 0. By b: y·ln a, and 0 for a = 0 ≤ b. */
const powGradient = rule(({ x, z, y, g, f, c }) => {
  const exponent = constantValue(z);
  if (exponent === 0) return [undefined, undefined];
  if (exponent === 1) return [g, undefined];
  if (exponent === 2) return [f("mul", g, f("mul", x, c(2))), undefined];
  const lower = f("mul", z, f("pow", x, f("sub", z, c(1))));
  if (exponent !== undefined) return [f("mul", g, lower), undefined];
  const byBase = f("select", f("eq", z, c(0)), c(0), f("mul", g, lower));
  if (constantValue(x) !== undefined && (constantValue(x) ?? 0) > 0) {
    return [undefined, f("mul", g, f("mul", y, f("log", x)))];
  }
  const flat = f("and", f("eq", x, c(0)), f("ge", z, c(0)));
  const byExponent = f("select", flat, c(0), f("mul", g, f("mul", y, f("log", x))));
  return [byBase, byExponent];
});

const arithmetic: readonly BinaryRow[] = [
  { name: "add", summary: "a + b.", dtypes: numbers, gradient: rule(({ g }) => [g, g]) },
  {
    name: "sub",
    summary: "a − b.",
    dtypes: numbers,
    gradient: rule(({ f, g }) => [g, f("neg", g)]),
  },
  {
    name: "mul",
    summary: "a · b.",
    dtypes: numbers,
    gradient: rule(({ f, g, x, z }) => [f("mul", g, z), f("mul", g, x)]),
  },
  {
    name: "div",
    summary: "a / b.",
    dtypes: floats,
    domain: "positive",
    gradient: rule(({ f, g, y, z }) => {
      const byFirst = f("div", g, z);
      return [byFirst, f("neg", f("mul", byFirst, y))]; // −g·a/b²
    }),
  },
  {
    name: "rem",
    summary: "The remainder of a / b with the sign of b.",
    dtypes: numbers,
    domain: "positive",
    gradient: rule(({ f, g, x, z }) => [g, f("neg", f("mul", g, f("floor", f("div", x, z))))]),
  },
  { name: "pow", summary: "a^b.", dtypes: floats, domain: "positive", gradient: powGradient },
  {
    name: "max",
    summary: "The larger; at a tie both get half the gradient.",
    dtypes: numbers,
    gradient: extreme("gt"),
  },
  {
    name: "min",
    summary: "The smaller; at a tie both get half the gradient.",
    dtypes: numbers,
    gradient: extreme("lt"),
  },
];

const all: readonly DType[] = ["f32", "f16", "i32", "u8", "bool"];

const comparisons: readonly BinaryRow[] = [
  ["eq", "a = b."],
  ["ne", "a ≠ b."],
  ["lt", "a < b."],
  ["le", "a ≤ b."],
  ["gt", "a > b."],
  ["ge", "a ≥ b."],
].map(([name = "", summary = ""]) => ({
  name,
  summary,
  dtypes: all,
  result: "bool",
  gradient: zero,
}));

const logic: readonly BinaryRow[] = [
  { name: "and", summary: "Both.", dtypes: ["bool"], gradient: zero },
  { name: "or", summary: "At least one.", dtypes: ["bool"], gradient: zero },
];

export const pointwiseOperators: readonly OpRecord[] = [
  ...signed.map((row) => unary(row, numbers)),
  ...functions.map((row) => unary(row, floats)),
  ...[...arithmetic, ...comparisons, ...logic].map(binary),
  ...conversions,
];
