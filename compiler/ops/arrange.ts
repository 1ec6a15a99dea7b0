// Named operators that only rearrange: what a reader calls slice, transpose, pad, windows; each is a view.

import { InternalError } from "../../grammar/diagnostic.ts";
import { add, formatDim, type Dim } from "../ir/dim.ts";
import type { Attrs, Node, TensorType } from "../ir/graph.ts";
import type { OpFailure, OpRecord } from "./define.ts";
import { affine, fixed, makeReshape, makeView, plain } from "./make.ts";
import { named, noFlops } from "./record.ts";
import {
  differentShapes,
  dimsAttr,
  f32,
  i32,
  knownDim,
  knownShape,
  mismatch,
  numberAttr,
  numbersAttr,
  operand,
  outOfRange,
  pairsAttr,
  rowsAttr,
  unequal,
  wrongAxes,
  wrongCount,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";

function only(inputs: readonly Node[]): Node {
  const [x] = inputs;
  if (!x) throw new InternalError("an operand is missing");
  return x;
}

const broadcast = named({
  name: "broadcast",
  summary:
    "x in a larger shape: axes align at the right, those of size 1 and the missing ones repeat.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const shape = dimsAttr(attrs, "shape");
    if (x.shape.length > shape.length)
      return wrongRank("broadcast", `at most ${shape.length} axes`, x.shape);
    const added = shape.length - x.shape.length;
    for (const [axis, size] of x.shape.entries()) {
      const why = size === 1 ? undefined : unequal(size, shape[axis + added] ?? 1);
      if (why) return mismatch("broadcast", x.shape, shape, why);
    }
    return { dtype: x.dtype, shape };
  },
  expand: (b, inputs, attrs) => {
    const x = only(inputs);
    const shape = dimsAttr(attrs, "shape").map(knownDim);
    const own = knownShape(x.type);
    const added = shape.length - own.length;
    return makeView(
      b,
      x,
      shape,
      own.map((size, d) => (size === 1 ? fixed(0) : plain(d + added))),
      0,
    );
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3)], attrs: { shape: [2, 3] } },
    { inputs: [f32(2, 1, 3)], attrs: { shape: [4, 2, 5, 3] } },
    { inputs: [f32()], attrs: { shape: [2, 2] } },
    { inputs: [f32(2, 3)], attrs: { shape: [2, 3] } },
  ],
  rejects: [
    { inputs: [f32(3)], attrs: { shape: [3, 2] }, code: "shape-mismatch" },
    { inputs: [f32(2, 3)], attrs: { shape: [3] }, code: "rank-mismatch" },
  ],
});

function inferSlice(inputs: readonly TensorType[], attrs: Attrs): TensorType | OpFailure {
  const x = operand(inputs, 0);
  const ranges = rowsAttr(attrs, "ranges");
  if (ranges.length !== x.shape.length) return wrongRank("slice", `${ranges.length} axes`, x.shape);
  const shape: Dim[] = [];
  for (const [axis, [start = 0, length = 0, step = 1]] of ranges.entries()) {
    const size = x.shape[axis] ?? 0;
    if (step === 0 || typeof step !== "number")
      return outOfRange("the step of a slice", formatDim(step), "a number other than 0");
    if (typeof length === "number" && length < 0)
      return outOfRange("the length of a slice", length, "at least 0");
    if (
      typeof start === "number" &&
      typeof length === "number" &&
      typeof size === "number" &&
      length > 0
    ) {
      const last = start + (length - 1) * step;
      if (Math.min(start, last) < 0 || Math.max(start, last) >= size) {
        return outOfRange(
          `a slice of axis ${axis}`,
          `${start} to ${last}`,
          `inside a size of ${size}`,
        );
      }
    }
    shape.push(length);
  }
  return { dtype: x.dtype, shape };
}

const slice = named({
  name: "slice",
  summary: "On each axis `length` elements from `start` on, `step` apart.",
  infer: inferSlice,
  expand: (b, inputs, attrs, type) => {
    const forms = rowsAttr(attrs, "ranges").map(([start = 0, , step = 1], axis) =>
      affine(axis, knownDim(step), knownDim(start)),
    );
    return makeView(b, only(inputs), knownShape(type), forms, 0);
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(7, 4)], attrs: { ranges: [[1, 3, 2], [0, 4, 1]] } }, // prettier-ignore
    { inputs: [f32(7)], attrs: { ranges: [[6, 4, -2]] } },
    { inputs: [f32(3, 4)], attrs: { ranges: [[2, 1, 1], [1, 2, 1]] } }, // prettier-ignore
  ],
  rejects: [
    { inputs: [f32(3)], attrs: { ranges: [[1, 3, 1]] }, code: "value-out-of-range" },
    { inputs: [f32(3, 3)], attrs: { ranges: [[0, 3, 1]] }, code: "rank-mismatch" },
  ],
});

const transpose = named({
  name: "transpose",
  summary: "Axis i of the result is axis perm[i] of x.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const perm = numbersAttr(attrs, "perm");
    const wrong = wrongAxes("transpose", perm, x.shape) ?? wrongCount("perm", perm, x.shape.length);
    return wrong ?? { dtype: x.dtype, shape: perm.map((axis) => x.shape[axis] ?? 1) };
  },
  expand: (b, inputs, attrs, type) => {
    const perm = numbersAttr(attrs, "perm");
    return makeView(
      b,
      only(inputs),
      knownShape(type),
      perm.map((_, axis) => plain(perm.indexOf(axis))),
      0,
    );
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 4)], attrs: { perm: [1, 0] } },
    { inputs: [f32(2, 3, 4)], attrs: { perm: [2, 0, 1] } },
  ],
  rejects: [
    { inputs: [f32(3, 4)], attrs: { perm: [0, 2] }, code: "axis-out-of-range" },
    { inputs: [f32(3, 4)], attrs: { perm: [0] }, code: "value-out-of-range" },
  ],
});

const flip = named({
  name: "flip",
  summary: "The given axes run backwards.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    return wrongAxes("flip", numbersAttr(attrs, "axes"), x.shape) ?? x;
  },
  expand: (b, inputs, attrs, type) => {
    const axes = numbersAttr(attrs, "axes");
    const shape = knownShape(type);
    const forms = shape.map((size, axis) =>
      axes.includes(axis) ? affine(axis, -1, size - 1) : plain(axis),
    );
    return makeView(b, only(inputs), shape, forms, 0);
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 4)], attrs: { axes: [1] } },
    { inputs: [f32(3, 4)], attrs: { axes: [0, 1] } },
  ],
  rejects: [{ inputs: [f32(3)], attrs: { axes: [1] }, code: "axis-out-of-range" }],
});

const pad = named({
  name: "pad",
  summary: "Adds [before, after] elements of `value` to each axis; negative numbers cut off.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const pads = pairsAttr(attrs, "pads");
    if (pads.length !== x.shape.length) return wrongRank("pad", `${pads.length} axes`, x.shape);
    const shape = x.shape.map((size, axis) =>
      add(size, (pads[axis]?.[0] ?? 0) + (pads[axis]?.[1] ?? 0)),
    );
    const empty = shape.find((size) => typeof size === "number" && size < 0);
    return empty === undefined
      ? { dtype: x.dtype, shape }
      : outOfRange("a padded size", formatDim(empty), "at least 0");
  },
  expand: (b, inputs, attrs, type) => {
    const forms = pairsAttr(attrs, "pads").map(([before], axis) => affine(axis, 1, -before));
    return makeView(b, only(inputs), knownShape(type), forms, numberAttr(attrs, "value"));
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 4)], attrs: { pads: [[1, 2], [0, 1]], value: 0 } }, // prettier-ignore
    { inputs: [f32(5)], attrs: { pads: [[-1, 2]], value: 3.5 } },
  ],
  rejects: [
    { inputs: [f32(3, 4)], attrs: { pads: [[1, 1]], value: 0 }, code: "rank-mismatch" },
    { inputs: [f32(3)], attrs: { pads: [[-2, -2]], value: 0 }, code: "value-out-of-range" },
  ],
});

const squeeze = named({
  name: "squeeze",
  summary: "Takes away axes of size 1.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const axes = numbersAttr(attrs, "axes");
    const wrong = wrongAxes("squeeze", axes, x.shape);
    if (wrong) return wrong;
    for (const axis of axes) {
      const why = unequal(x.shape[axis] ?? 1, 1);
      if (why)
        return mismatch("squeeze", x.shape, [1], { ...why, note: `axis ${axis}: ${why.note}` });
    }
    return { dtype: x.dtype, shape: x.shape.filter((_, axis) => !axes.includes(axis)) };
  },
  expand: (b, inputs, _attrs, type) => makeReshape(b, only(inputs), knownShape(type)),
  flops: noFlops,
  samples: [{ inputs: [f32(1, 3, 1)], attrs: { axes: [0, 2] } }],
  rejects: [
    { inputs: [f32(3, 1)], attrs: { axes: [0] }, code: "shape-mismatch" },
    { inputs: [f32(3, 1)], attrs: { axes: [2] }, code: "axis-out-of-range" },
  ],
});

const unsqueeze = named({
  name: "unsqueeze",
  summary: "Adds axes of size 1; `axes` are their places in the result.",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const axes = numbersAttr(attrs, "axes");
    const shape: Dim[] = [];
    for (let d = 0, from = 0; d < x.shape.length + axes.length; d++) {
      shape.push(axes.includes(d) ? 1 : (x.shape[from++] ?? 1));
    }
    return wrongAxes("unsqueeze", axes, shape) ?? { dtype: x.dtype, shape };
  },
  expand: (b, inputs, _attrs, type) => makeReshape(b, only(inputs), knownShape(type)),
  flops: noFlops,
  samples: [
    { inputs: [f32(3)], attrs: { axes: [0] } },
    { inputs: [f32(3, 4)], attrs: { axes: [1, 3] } },
  ],
  rejects: [{ inputs: [f32(3)], attrs: { axes: [2] }, code: "axis-out-of-range" }],
});

const stack = named({
  name: "stack",
  summary: "Operands of one shape along a new axis.",
  infer: (inputs, attrs) => {
    const first = operand(inputs, 0);
    const axis = numberAttr(attrs, "axis");
    for (const x of inputs.slice(1)) {
      if (x.dtype !== first.dtype) return wrongDtype("stack", `${first.dtype} everywhere`, x.dtype);
      const differ = differentShapes("stack", first.shape, x.shape);
      if (differ) return differ;
    }
    const shape = [...first.shape.slice(0, axis), inputs.length, ...first.shape.slice(axis)];
    return wrongAxes("stack", [axis], shape) ?? { dtype: first.dtype, shape };
  },
  expand: (b, inputs, attrs) => {
    const axis = numberAttr(attrs, "axis");
    const raised = inputs.map((x) => {
      const shape = knownShape(x.type);
      return makeReshape(b, x, [...shape.slice(0, axis), 1, ...shape.slice(axis)]);
    });
    return b.node("concat", raised, { axis });
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 2), f32(3, 2)], attrs: { axis: 0 } },
    { inputs: [f32(3, 2), f32(3, 2), f32(3, 2)], attrs: { axis: 2 } },
    { inputs: [i32(), i32()], attrs: { axis: 0 }, domain: { index: 9 } },
  ],
  rejects: [
    { inputs: [f32(3), f32(2)], attrs: { axis: 0 }, code: "shape-mismatch" },
    { inputs: [f32(3), i32(3)], attrs: { axis: 0 }, code: "dtype-mismatch" },
    { inputs: [f32(3), f32(3)], attrs: { axis: 3 }, code: "axis-out-of-range" },
  ],
});

export const arrangeOperators: readonly OpRecord[] = [
  broadcast,
  slice,
  transpose,
  flip,
  pad,
  squeeze,
  unsqueeze,
  stack,
];
