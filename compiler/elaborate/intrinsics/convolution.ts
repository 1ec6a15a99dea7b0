// Convolution and its transpose over the axes after the channels; and indexing along an axis.

import type { Node } from "../../ir/graph.ts";
import { emitValue, report } from "../context.ts";
import { castNode } from "../tensors.ts";
import { formatShape } from "../text.ts";
import { errorValue, int } from "../values.ts";
import { type Intrinsic, type IntrinsicCall } from "./define.ts";
import { readAxis, readInt, readPairs, readPerAxis, tensorInputOf } from "./read.ts";

function operands(call: IntrinsicCall): { x: Node; weight: Node; axes: number } | undefined {
  const x = tensorInputOf(call, 0, "x", "f32");
  const weight = tensorInputOf(call, 1, "weight", "f32");
  if (!x || !weight) return undefined;
  const axes = weight.type.shape.length - 2;
  if (axes >= 1) return { x, weight, axes };
  const expected = "[out, in, …kernel]";
  report(call.ctx, "rank-mismatch", call.span, {
    what: `the weight of \`${call.name}\``,
    expected,
    found: formatShape(weight.type.shape),
  });
  return undefined;
}

const convolve: Intrinsic = {
  name: "convolve",
  settings: [
    { name: "stride", default: int(1) },
    { name: "padding", default: int(0) },
    { name: "dilation", default: int(1) },
    { name: "groups", default: int(1) },
  ],
  inputs: ["x", "weight"],
  build: (call) => {
    const found = operands(call);
    if (!found) return errorValue;
    const stride = readPerAxis(call, "stride", found.axes, 1);
    const padding = readPairs(call, "padding", found.axes);
    const dilation = readPerAxis(call, "dilation", found.axes, 1);
    const groups = readInt(call, "groups");
    if (!stride || !padding || !dilation || groups === undefined) return errorValue;
    return emitValue(call.ctx, call.span, "conv", [found.x, found.weight], {
      stride,
      padding,
      dilation,
      groups,
    });
  },
};

const convolveTransposed: Intrinsic = {
  name: "convolve_transposed",
  settings: [
    { name: "stride", default: int(1) },
    { name: "padding", default: int(0) },
    { name: "output_padding", default: int(0) },
    { name: "dilation", default: int(1) },
    { name: "groups", default: int(1) },
  ],
  inputs: ["x", "weight"],
  build: (call) => {
    const found = operands(call);
    if (!found) return errorValue;
    const stride = readPerAxis(call, "stride", found.axes, 1);
    const padding = readPairs(call, "padding", found.axes);
    const extra = readPerAxis(call, "output_padding", found.axes, 0);
    const dilation = readPerAxis(call, "dilation", found.axes, 1);
    const groups = readInt(call, "groups");
    if (!stride || !padding || !extra || !dilation || groups === undefined) return errorValue;
    const attrs = { stride, padding, output_padding: extra, dilation, groups };
    return emitValue(call.ctx, call.span, "conv_transpose", [found.x, found.weight], attrs);
  },
};

function indexOperand(call: IntrinsicCall): Node | undefined {
  const index = tensorInputOf(call, 1, "index");
  if (!index) return undefined;
  const { dtype } = index.type;
  if (dtype === "i32" || dtype === "u8") return castNode(call.ctx, call.span, index, "i32");
  report(call.ctx, "dtype-mismatch", call.span, {
    what: `the input \`index\` of \`${call.name}\``,
    expected: "i32",
    found: dtype,
  });
  return undefined;
}

const take: Intrinsic = {
  name: "take",
  settings: [{ name: "axis", default: int(0) }],
  inputs: ["x", "index"],
  build: (call) => {
    const x = tensorInputOf(call);
    const index = indexOperand(call);
    const axis = x && readAxis(call, "axis", x.type.shape.length, x.type.shape);
    if (!x || !index || axis === undefined) return errorValue;
    return emitValue(call.ctx, call.span, "gather", [x, index], { axis });
  },
};

const takeAlong: Intrinsic = {
  name: "take_along",
  settings: [{ name: "axis", default: int(-1) }],
  inputs: ["x", "index"],
  build: (call) => {
    const x = tensorInputOf(call);
    const index = indexOperand(call);
    const axis = x && readAxis(call, "axis", x.type.shape.length, x.type.shape);
    if (!x || !index || axis === undefined) return errorValue;
    return emitValue(call.ctx, call.span, "take_along", [x, index], { axis });
  },
};

export const convolutionIntrinsics: readonly Intrinsic[] = [
  convolve,
  convolveTransposed,
  take,
  takeAlong,
];
