// Primitives that only rearrange: view, reshape, concat.

import { add, formatDim } from "../ir/dim.ts";
import { adjointOfForms } from "./adjoint.ts";
import type { OpRecord } from "./define.ts";
import { affine, fixed, formsAsAttr, makeReshape, makeView, plain } from "./make.ts";
import { noFlops, primitive } from "./record.ts";
import {
  countsDiffer,
  differentShapes,
  dimsAttr,
  f32,
  formsAttr,
  i32,
  knownShape,
  mismatch,
  numberAttr,
  operand,
  outOfRange,
  wrongAxes,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";

const view = primitive({
  name: "view",
  summary: "y[i] = x[forms(i)]; an element outside x is the fill.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const forms = formsAttr(attrs, "forms");
    const shape = dimsAttr(attrs, "shape");
    if (forms.length !== x.shape.length) return wrongRank("view", `${forms.length} axes`, x.shape);
    for (const form of forms) {
      if (form.divisor < 1) return outOfRange("the divisor of a form", form.divisor, "at least 1");
      const axes = form.terms.map((term) => term.axis);
      const wrong = axes.find((axis) => axis < 0 || axis >= shape.length);
      if (wrong !== undefined) return wrongAxes("view", [wrong], shape) ?? x;
    }
    return { dtype: x.dtype, shape };
  },
  // The elements that a view repeats get the sum of their copies' gradients.
  gradient: (b, node, g) => {
    const [x] = node.inputs;
    if (!x) return [];
    const shape = knownShape(node.type);
    const target = { shape: knownShape(x.type), forms: formsAttr(node.attrs, "forms") };
    return [
      adjointOfForms(
        b,
        target,
        shape,
        [{ node: g, forms: shape.map((_, axis) => plain(axis)) }],
        [],
      ),
    ];
  },
  flops: noFlops,
  samples: [
    // transpose, slice with a stride, flip, broadcast, pad
    {
      inputs: [f32(3, 4)],
      attrs: { shape: [4, 3], forms: formsAsAttr([plain(1), plain(0)]), fill: "unreachable" },
    },
    {
      inputs: [f32(7, 2)],
      attrs: { shape: [3, 2], forms: formsAsAttr([affine(0, 2, 1), plain(1)]), fill: 0 },
    },
    {
      inputs: [f32(5)],
      attrs: { shape: [5], forms: formsAsAttr([affine(0, -1, 4)]), fill: "unreachable" },
    },
    {
      inputs: [f32(1, 3)],
      attrs: { shape: [2, 4, 3], forms: formsAsAttr([fixed(0), plain(2)]), fill: "unreachable" },
    },
    { inputs: [f32(3)], attrs: { shape: [6], forms: formsAsAttr([affine(0, 1, -2)]), fill: -1.5 } },
    { inputs: [f32()], attrs: { shape: [2, 3], forms: [], fill: "unreachable" } },
    // zeros between, a diagonal, one element, windows: stride 2 and size 3, stride 3 and size 2, dilation 2, padding
    {
      inputs: [f32(3)],
      attrs: { shape: [6], forms: formsAsAttr([{ ...plain(0), divisor: 2 }]), fill: 0 },
    },
    {
      inputs: [f32(4, 4)],
      attrs: { shape: [4], forms: formsAsAttr([plain(0), plain(0)]), fill: "unreachable" },
    },
    {
      inputs: [f32(4, 3)],
      attrs: { shape: [3], forms: formsAsAttr([fixed(2), plain(0)]), fill: "unreachable" },
    },
    {
      inputs: [f32(9)],
      attrs: { shape: [4, 3], forms: formsAsAttr([windowForm(2, 1, 0)]), fill: 0 },
    },
    {
      inputs: [f32(9)],
      attrs: { shape: [3, 2], forms: formsAsAttr([windowForm(3, 1, 0)]), fill: 0 },
    },
    {
      inputs: [f32(9)],
      attrs: { shape: [3, 3], forms: formsAsAttr([windowForm(3, 1, 0)]), fill: "unreachable" },
    },
    {
      inputs: [f32(9)],
      attrs: { shape: [5, 3], forms: formsAsAttr([windowForm(1, 2, 0)]), fill: 0 },
    },
    {
      inputs: [f32(9)],
      attrs: { shape: [5, 3], forms: formsAsAttr([windowForm(2, 1, -1)]), fill: -7 },
    },
    {
      inputs: [f32(11)],
      attrs: { shape: [4, 3], forms: formsAsAttr([windowForm(2, 3, -2)]), fill: 0 },
    },
    {
      inputs: [f32(11)],
      attrs: { shape: [4, 3], forms: formsAsAttr([windowForm(2, 2, -1)]), fill: 0 },
    },
    {
      inputs: [f32(2, 7)],
      attrs: { shape: [5, 3, 2], forms: formsAsAttr([plain(2), windowForm(1, 1, 0)]), fill: 0 },
    },
    {
      inputs: [i32(3, 4)],
      attrs: { shape: [4, 3], forms: formsAsAttr([plain(1), plain(0)]), fill: 0 },
      domain: { index: 9 },
    },
  ],
  rejects: [
    { inputs: [f32(3)], attrs: { shape: [3], forms: [], fill: 0 }, code: "rank-mismatch" },
    {
      inputs: [f32(3)],
      attrs: { shape: [3], forms: formsAsAttr([plain(1)]), fill: 0 },
      code: "axis-out-of-range",
    },
  ],
});

/** stride·axis 0 + dilation·axis 1 + offset. */
function windowForm(stride: number, dilation: number, offset: number) {
  return {
    terms: [
      { axis: 0, coefficient: stride },
      { axis: 1, coefficient: dilation },
    ],
    offset,
    divisor: 1,
  };
}

const reshape = primitive({
  name: "reshape",
  summary: "The same elements in row-major order in another shape.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const shape = dimsAttr(attrs, "shape");
    const negative = shape.find((size) => typeof size === "number" && size < 0);
    if (negative !== undefined) return outOfRange("a size", formatDim(negative), "at least 0");
    const why = countsDiffer(x.shape, shape);
    // A quotient that was written as exact may hide that the counts agree; it is checked when the sizes are known.
    const hidden = [...x.shape, ...shape].some(
      (size) => typeof size !== "number" && size.text.includes(" / "),
    );
    // An assumption of the source (`let y: [n, d] = x`) is checked when the sizes are known, too.
    const open = hidden || attrs["assumed"] === true;
    if (why && (why.known || !open)) return mismatch("reshape", x.shape, shape, why);
    return { dtype: x.dtype, shape };
  },
  gradient: (b, node, g) => node.inputs.map((x) => makeReshape(b, g, knownShape(x.type))),
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 4)], attrs: { shape: [2, 6] } },
    { inputs: [f32(1)], attrs: { shape: [] } },
    { inputs: [i32(6)], attrs: { shape: [1, 3, 2] }, domain: { index: 9 } },
  ],
  rejects: [{ inputs: [f32(3, 4)], attrs: { shape: [5, 2] }, code: "shape-mismatch" }],
});

const concat = primitive({
  name: "concat",
  summary: "Operands behind one another along `axis`; the other axes are equal.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const axis = numberAttr(attrs, "axis");
    const first = operand(inputs, 0);
    const wrong = wrongAxes("concat", [axis], first.shape);
    if (wrong) return wrong;
    const shape = [...first.shape];
    for (const x of inputs.slice(1)) {
      if (x.dtype !== first.dtype)
        return wrongDtype("concat", `${first.dtype} everywhere`, x.dtype);
      if (x.shape.length !== first.shape.length) {
        return wrongRank("concat", `${first.shape.length} axes`, x.shape);
      }
      const aligned = x.shape.map((size, i) => (i === axis ? (first.shape[axis] ?? size) : size));
      const differ = differentShapes("concat", first.shape, aligned);
      if (differ) return { ...differ, ...mismatchOf(differ.notes, first.shape, x.shape) };
      shape[axis] = add(shape[axis] ?? 0, x.shape[axis] ?? 0);
    }
    return { dtype: first.dtype, shape };
  },
  gradient: (b, node, g) => {
    const axis = numberAttr(node.attrs, "axis");
    let start = 0;
    return node.inputs.map((x) => {
      const shape = knownShape(x.type);
      const forms = shape.map((_, d) => (d === axis ? affine(d, 1, start) : plain(d)));
      start += shape[axis] ?? 0;
      return makeView(b, g, shape, forms, 0);
    });
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 2), f32(3, 4), f32(3, 1)], attrs: { axis: 1 } },
    { inputs: [f32(1, 2), f32(3, 2)], attrs: { axis: 0 } },
  ],
  rejects: [
    { inputs: [f32(3, 2), f32(4, 2)], attrs: { axis: 1 }, code: "shape-mismatch" },
    { inputs: [f32(3, 2), f32(3)], attrs: { axis: 1 }, code: "rank-mismatch" },
    { inputs: [f32(3), i32(3)], attrs: { axis: 0 }, code: "dtype-mismatch" },
    { inputs: [f32(3)], attrs: { axis: 1 }, code: "axis-out-of-range" },
  ],
});

/** The refusal with the operands' own shapes. */
function mismatchOf(
  notes: readonly string[] | undefined,
  left: Parameters<typeof mismatch>[1],
  right: Parameters<typeof mismatch>[2],
): ReturnType<typeof mismatch> {
  return mismatch("concat", left, right, { note: notes?.[0] ?? "" });
}

export const viewOperators: readonly OpRecord[] = [view, reshape, concat];
