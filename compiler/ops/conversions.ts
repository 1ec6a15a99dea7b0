// Choosing and converting, element by element: not, select, cast, stop_gradient.

import type { DType } from "../../runtime/types.ts";
import type { GradientRule, OpRecord } from "./define.ts";
import { makeLike } from "./make.ts";
import { flopPerElement, noFlops, primitive } from "./record.ts";
import {
  bool,
  differentShapes,
  f32,
  i32,
  isFloat,
  operand,
  outOfRange,
  textAttr,
  wrongDtype,
} from "./shapes.ts";

/** No gradient to any operand. */
export const zero: GradientRule = (_b, node) => node.inputs.map(() => undefined);

const not = primitive({
  name: "not",
  summary: "True where x is false.",
  pointwise: true,
  infer: (inputs) => {
    const x = operand(inputs, 0);
    return x.dtype === "bool" ? x : wrongDtype("not", "bool", x.dtype);
  },
  gradient: zero,
  flops: flopPerElement,
  samples: [{ inputs: [bool(3, 4)] }],
  rejects: [{ inputs: [f32(3)], code: "dtype-mismatch" }],
});

const select = primitive({
  name: "select",
  summary: "a where the condition holds, elsewhere b.",
  pointwise: true,
  infer: (inputs) => {
    const condition = operand(inputs, 0);
    const a = operand(inputs, 1);
    const b = operand(inputs, 2);
    if (condition.dtype !== "bool")
      return wrongDtype("the condition of select", "bool", condition.dtype);
    if (a.dtype !== b.dtype) return wrongDtype("select", `${a.dtype} twice`, b.dtype);
    return (
      differentShapes("select", a.shape, b.shape) ??
      differentShapes("select", condition.shape, a.shape) ??
      a
    );
  },
  gradient: (b, node, g) => {
    const [condition] = node.inputs;
    if (!condition) return [];
    const nothing = makeLike(b, g, 0);
    return [
      undefined,
      b.node("select", [condition, g, nothing]),
      b.node("select", [condition, nothing, g]),
    ];
  },
  flops: flopPerElement,
  samples: [{ inputs: [bool(3, 4), f32(3, 4), f32(3, 4)] }, { inputs: [bool(2), i32(2), i32(2)] }],
  rejects: [
    { inputs: [f32(3), f32(3), f32(3)], code: "dtype-mismatch" },
    { inputs: [bool(3), f32(3), f32(2)], code: "shape-mismatch" },
    { inputs: [bool(2), f32(3), f32(3)], code: "shape-mismatch" },
  ],
});

const dtypeNames: Readonly<Record<string, DType>> = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u8: "u8",
  bool: "bool",
};

const cast = primitive({
  name: "cast",
  summary:
    "The same value in another element type; to integers the fraction is cut off, to bool it is x ≠ 0.",
  pointwise: true,
  infer: (inputs, attrs) => {
    const dtype = dtypeNames[textAttr(attrs, "dtype")];
    if (!dtype)
      return outOfRange(
        "the element type",
        textAttr(attrs, "dtype"),
        Object.keys(dtypeNames).join(", "),
      );
    return { dtype, shape: operand(inputs, 0).shape };
  },
  gradient: (b, node, g) => {
    const [x] = node.inputs;
    if (!x || !isFloat(x.type.dtype)) return [undefined];
    return [x.type.dtype === g.type.dtype ? g : b.node("cast", [g], { dtype: x.type.dtype })];
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 4)], attrs: { dtype: "i32" } },
    { inputs: [f32(3, 4)], attrs: { dtype: "f32" } },
    { inputs: [f32(3, 4)], attrs: { dtype: "bool" } },
    { inputs: [bool(3, 4)], attrs: { dtype: "f32" } },
    { inputs: [i32(3, 4)], attrs: { dtype: "f32" }, domain: { index: 9 } },
  ],
  rejects: [{ inputs: [f32(3)], attrs: { dtype: "f99" }, code: "value-out-of-range" }],
});

const stopGradient = primitive({
  name: "stop_gradient",
  summary: "The same value; no gradient passes.",
  pointwise: true,
  infer: (inputs) => operand(inputs, 0),
  gradient: zero,
  flops: noFlops,
  samples: [{ inputs: [i32(3, 4)], domain: { index: 5 } }],
  rejects: [],
});

export const conversions: readonly OpRecord[] = [not, select, cast, stopGradient];
