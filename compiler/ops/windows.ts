// Windows over axes: what pooling is made of. Convolutions count theirs in the same way.

import { InternalError } from "../../grammar/diagnostic.ts";
import { add, floorDivide, formatDim, multiply, subtract, type Dim } from "../ir/dim.ts";
import type { Attrs, Form, TensorType } from "../ir/graph.ts";
import type { OpFailure } from "./define.ts";
import { makeView, plain } from "./make.ts";
import { named, noFlops } from "./record.ts";
import {
  f32,
  knownShape,
  numbersAttr,
  operand,
  outOfRange,
  pairsAttr,
  wrongAxes,
  wrongCount,
} from "./shapes.ts";

/** floor((size + padding − dilation·(kernel − 1) − 1) / stride) + 1; a refusal if the window does not fit. */
export function windowCount(
  of: string,
  size: Dim,
  kernel: Dim,
  stride: number,
  [low, high]: readonly [number, number],
  dilation: number,
): Dim | OpFailure {
  if (!(stride >= 1)) return outOfRange(`the stride${of}`, stride, "at least 1");
  if (!(dilation >= 1)) return outOfRange(`the dilation${of}`, dilation, "at least 1");
  if (typeof kernel === "number" && kernel < 1)
    return outOfRange(`the window${of}`, kernel, "at least 1");
  const reach = subtract(add(size, low + high), add(multiply(subtract(kernel, 1), dilation), 1));
  if (typeof reach === "number" && reach < 0) {
    const extent = formatDim(add(multiply(subtract(kernel, 1), dilation), 1));
    return outOfRange(
      `the window${of}`,
      extent,
      `at most ${formatDim(add(size, low + high))}, the padded size of the axis`,
    );
  }
  return add(floorDivide(reach, stride), 1);
}

export function isRefusal(value: Dim | OpFailure): value is OpFailure {
  return typeof value === "object" && "failure" in value;
}

function inferWindows(inputs: readonly TensorType[], attrs: Attrs): TensorType | OpFailure {
  const x = operand(inputs, 0);
  const axes = numbersAttr(attrs, "axes");
  const kernel = numbersAttr(attrs, "kernel");
  const stride = numbersAttr(attrs, "stride");
  const dilation = numbersAttr(attrs, "dilation");
  const padding = pairsAttr(attrs, "padding");
  const wrong =
    wrongAxes("windows", axes, x.shape) ??
    wrongCount("kernel", kernel, axes.length) ??
    wrongCount("stride", stride, axes.length) ??
    wrongCount("dilation", dilation, axes.length) ??
    wrongCount("padding", padding, axes.length);
  if (wrong) return wrong;
  const shape = [...x.shape];
  for (const [i, axis] of axes.entries()) {
    const count = windowCount(
      "",
      x.shape[axis] ?? 1,
      kernel[i] ?? 1,
      stride[i] ?? 1,
      padding[i] ?? [0, 0],
      dilation[i] ?? 1,
    );
    if (isRefusal(count)) return count;
    shape[axis] = count;
  }
  return { dtype: x.dtype, shape: [...shape, ...kernel] };
}

export const windows = named({
  name: "windows",
  summary:
    "Windows over some axes: each counts windows, and a last axis for each runs through one.",
  infer: inferWindows,
  expand: (b, [x], attrs, type) => {
    if (!x) throw new InternalError("windows has one operand");
    const axes = numbersAttr(attrs, "axes");
    const stride = numbersAttr(attrs, "stride");
    const dilation = numbersAttr(attrs, "dilation");
    const padding = pairsAttr(attrs, "padding");
    const rank = x.type.shape.length;
    const forms = x.type.shape.map((_, axis): Form => {
      const i = axes.indexOf(axis);
      if (i < 0) return plain(axis);
      const window = { axis: rank + i, coefficient: dilation[i] ?? 1 };
      const start = { axis, coefficient: stride[i] ?? 1 };
      return { terms: [start, window], offset: -(padding[i]?.[0] ?? 0), divisor: 1 };
    });
    const fill = attrs["fill"];
    return makeView(b, x, knownShape(type), forms, typeof fill === "number" ? fill : 0);
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(2, 6, 6)], attrs: { axes: [1, 2], kernel: [2, 2], stride: [2, 2], padding: [[0, 0], [0, 0]], dilation: [1, 1], fill: "none" } }, // prettier-ignore
    { inputs: [f32(2, 7, 5)], attrs: { axes: [1, 2], kernel: [3, 2], stride: [2, 1], padding: [[1, 1], [0, 1]], dilation: [1, 2], fill: 0 } }, // prettier-ignore
    {
      inputs: [f32(9)],
      attrs: { axes: [0], kernel: [4], stride: [3], padding: [[2, 1]], dilation: [1], fill: -1 },
    },
  ],
  rejects: [
    {
      inputs: [f32(3)],
      attrs: { axes: [0], kernel: [4], stride: [1], padding: [[0, 0]], dilation: [1], fill: 0 },
      code: "value-out-of-range",
    },
    {
      inputs: [f32(3)],
      attrs: { axes: [1], kernel: [2], stride: [1], padding: [[0, 0]], dilation: [1], fill: 0 },
      code: "axis-out-of-range",
    },
    {
      inputs: [f32(3)],
      attrs: { axes: [0], kernel: [2], stride: [0], padding: [[0, 0]], dilation: [1], fill: 0 },
      code: "value-out-of-range",
    },
  ],
});
