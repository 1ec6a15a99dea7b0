// Reductions: sum, product, extremes, positions of extremes.

import type { DType } from "../../runtime/types.ts";
import type { Builder } from "../ir/build.ts";
import type { Attrs, Node, TensorType } from "../ir/graph.ts";
import type { GradientRule, OpFailure, OpRecord } from "./define.ts";
import { affine, makeLike, makeScaled, makeSpread, makeSum, makeView } from "./make.ts";
import { flopPerInput, named, primitive } from "./record.ts";
import {
  bool,
  elements,
  f32,
  i32,
  isFloat,
  knownShape,
  numberAttr,
  numbersAttr,
  operand,
  outOfRange,
  textAttr,
  wrongAxes,
  wrongDtype,
} from "./shapes.ts";

/** The type after `axes` have vanished. */
function without(what: string, x: TensorType, attrs: Attrs, dtype: DType): TensorType | OpFailure {
  const axes = numbersAttr(attrs, "axes");
  const wrong = wrongAxes(what, axes, x.shape);
  return wrong ?? { dtype, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
}

const kinds = ["sum", "max", "min", "prod"];

/** Sums of bool and u8 are counted in i32, sums of f16 in f32. */
function resultOf(kind: string, dtype: DType): DType {
  if (kind === "max" || kind === "min") return dtype;
  return isFloat(dtype) ? "f32" : "i32";
}

const reduceGradient: GradientRule = (b, node, g) => {
  const [x] = node.inputs;
  if (!x) return [];
  const kind = textAttr(node.attrs, "kind");
  const axes = numbersAttr(node.attrs, "axes");
  const shape = knownShape(x.type);
  const spread = (y: Node): Node => makeSpread(b, y, shape, axes);
  if (kind === "sum") return [spread(g)];
  if (kind === "prod") return [productGradient(b, x, node, g, axes, spread)];
  const nothing = makeLike(b, x, 0);
  if (node.attrs["ties"] === "first") {
    const first = b.node("argmax", [x], { kind, axes: [...axes] });
    const here = b.node("eq", [spread(first), positions(b, shape, axes)]);
    return [b.node("select", [here, spread(g), nothing])];
  }
  const chosen = b.node("eq", [x, spread(node)]);
  const count = b.node("cast", [makeSum(b, chosen, axes)], { dtype: "f32" });
  return [b.node("select", [chosen, spread(b.node("div", [g, count])), nothing])];
};

/** i32 of `shape`: the row-major position over `axes`. */
export function positions(b: Builder, shape: readonly number[], axes: readonly number[]): Node {
  let stride = 1;
  let sum: Node | undefined;
  for (const axis of [...axes].sort((a, z) => z - a)) {
    const part = makeScaled(b, b.node("iota", [], { shape: [...shape], axis }), stride);
    sum = sum ? b.node("add", [part, sum]) : part;
    stride *= shape[axis] ?? 1;
  }
  return sum ?? makeLike(b, b.node("iota", [], { shape: [...shape], axis: 0 }), 0);
}

/** The product of the others: y/x, and where zeros are, the product of the rest if there is only one. */
function productGradient(
  b: Builder,
  x: Node,
  y: Node,
  g: Node,
  axes: readonly number[],
  spread: (y: Node) => Node,
): Node {
  const isZero = b.node("eq", [x, makeLike(b, x, 0)]);
  const nonzero = b.node("select", [isZero, makeLike(b, x, 1), x]);
  const rest = b.node("reduce", [nonzero], { kind: "prod", axes: [...axes], ties: "share" });
  const zeros = makeSum(b, isZero, axes);
  const alone = b.node("select", [
    b.node("eq", [zeros, makeLike(b, zeros, 1)]),
    b.node("mul", [g, rest]),
    makeLike(b, g, 0),
  ]);
  return b.node("select", [
    isZero,
    spread(alone),
    b.node("div", [spread(b.node("mul", [g, y])), nonzero]),
  ]);
}

const reduce = primitive({
  name: "reduce",
  summary: "Sum, product, maximum or minimum over `axes`, which vanish.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const kind = textAttr(attrs, "kind");
    if (!kinds.includes(kind)) return outOfRange("the kind of a reduction", kind, kinds.join(", "));
    return without(kind, x, attrs, resultOf(kind, x.dtype));
  },
  gradient: reduceGradient,
  flops: flopPerInput,
  samples: [
    { inputs: [f32(3, 4, 2)], attrs: { kind: "sum", axes: [1], ties: "share" } },
    { inputs: [f32(3, 4)], attrs: { kind: "sum", axes: [0, 1], ties: "share" } },
    { inputs: [f32(3, 4)], attrs: { kind: "prod", axes: [1], ties: "share" } },
    {
      inputs: [f32(3, 4, 2)],
      attrs: { kind: "max", axes: [0, 2], ties: "share" },
      domain: "distinct",
    },
    {
      inputs: [f32(3, 4, 2)],
      attrs: { kind: "max", axes: [0, 2], ties: "first" },
      domain: "distinct",
    },
    { inputs: [f32(3, 4)], attrs: { kind: "min", axes: [1], ties: "first" }, domain: "distinct" },
    { inputs: [bool(3, 4)], attrs: { kind: "sum", axes: [1], ties: "share" } },
    { inputs: [i32(3, 4)], attrs: { kind: "max", axes: [1], ties: "share" }, domain: { index: 9 } },
  ],
  rejects: [
    {
      inputs: [f32(3)],
      attrs: { kind: "sum", axes: [1], ties: "share" },
      code: "axis-out-of-range",
    },
    {
      inputs: [f32(3)],
      attrs: { kind: "sum", axes: [0, 0], ties: "share" },
      code: "value-out-of-range",
    },
    {
      inputs: [f32(3)],
      attrs: { kind: "median", axes: [0], ties: "share" },
      code: "value-out-of-range",
    },
  ],
});

const argmax = primitive({
  name: "argmax",
  summary: "i32: the row-major position over `axes` of the first largest or smallest element.",
  pointwise: false,
  infer: (inputs, attrs) => without("argmax", operand(inputs, 0), attrs, "i32"),
  gradient: (_b, node) => node.inputs.map(() => undefined),
  flops: flopPerInput,
  samples: [
    { inputs: [f32(3, 4)], attrs: { kind: "max", axes: [1] } },
    { inputs: [f32(3, 4, 2)], attrs: { kind: "min", axes: [0, 2] } },
  ],
  rejects: [{ inputs: [f32(3)], attrs: { kind: "max", axes: [2] }, code: "axis-out-of-range" }],
});

const mean = named({
  name: "mean",
  summary: "The mean over `axes`, which vanish.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    return isFloat(x.dtype) ? without("mean", x, attrs, "f32") : wrongDtype("mean", "f32", x.dtype);
  },
  expand: (b, [x], attrs) => {
    if (!x) throw new RangeError("mean has one operand");
    const sum = makeSum(b, x, numbersAttr(attrs, "axes"));
    return makeScaled(b, sum, elements(sum.type) / elements(x.type));
  },
  flops: flopPerInput,
  samples: [
    { inputs: [f32(3, 4)], attrs: { axes: [1] } },
    { inputs: [f32(3, 4)], attrs: { axes: [0, 1] } },
  ],
  rejects: [{ inputs: [i32(3)], attrs: { axes: [0] }, code: "dtype-mismatch" }],
});

const cumsum = named({
  name: "cumsum",
  summary: "Running sums along `axis`.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    return (
      wrongAxes("cumsum", [numberAttr(attrs, "axis")], x.shape) ?? {
        dtype: resultOf("sum", x.dtype),
        shape: x.shape,
      }
    );
  },
  // y[i] = Σ_j x[i − j], what lies before the first is 0.
  expand: (b, [x], attrs) => {
    if (!x) throw new RangeError("cumsum has one operand");
    const axis = numberAttr(attrs, "axis");
    const shape = knownShape(x.type);
    const back = shape.length;
    const forms = shape.map(
      (_, d) =>
      d !== axis
        ? affine(d, 1, 0)
        : { terms: [{ axis: d, coefficient: 1 }, { axis: back, coefficient: -1 }], offset: 0, divisor: 1 }, // prettier-ignore
    );
    return makeSum(b, makeView(b, x, [...shape, shape[axis] ?? 1], forms, 0), [back]);
  },
  flops: flopPerInput,
  samples: [
    { inputs: [f32(5)], attrs: { axis: 0 } },
    { inputs: [f32(3, 4, 2)], attrs: { axis: 1 } },
    { inputs: [i32(3, 4)], attrs: { axis: 1 }, domain: { index: 9 } },
  ],
  rejects: [{ inputs: [f32(3)], attrs: { axis: 1 }, code: "axis-out-of-range" }],
});

export const reduceOperators: readonly OpRecord[] = [reduce, argmax, mean, cumsum];
