// Convolution (cross-correlation) over one or more spatial axes, and its transpose: both are contractions.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import { add, divideExactly, formatDim, multiply, subtract, type Dim } from "../ir/dim.ts";
import type { Attrs, Form, Node, TensorType } from "../ir/graph.ts";
import { adjointOfForms } from "./adjoint.ts";
import type { OpFailure, OpRecord } from "./define.ts";
import { formsAsAttr, makeReshape, plain } from "./make.ts";
import { named } from "./record.ts";
import {
  elements,
  f32,
  i32,
  isFloat,
  knownDim,
  knownShape,
  mismatch,
  numberAttr,
  numbersAttr,
  operand,
  outOfRange,
  pairsAttr,
  refuse,
  unequal,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";
import { isRefusal, windowCount } from "./windows.ts";

/** Ranks, element types, groups: what both operators ask for. `channels` of x must be `perGroup` times the groups. */
function checkOperands(
  what: string,
  inputs: readonly TensorType[],
  attrs: Attrs,
): OpFailure | undefined {
  const x = operand(inputs, 0);
  const weight = operand(inputs, 1);
  for (const type of [x, weight])
    if (!isFloat(type.dtype)) return wrongDtype(what, "f32", type.dtype);
  const spatial = x.shape.length - 2;
  if (spatial < 1) return wrongRank(what, "[batch, channels, …]", x.shape);
  if (weight.shape.length !== x.shape.length) {
    return wrongRank(`the weight of ${what}`, `${x.shape.length} axes`, weight.shape);
  }
  for (const name of ["stride", "dilation"]) {
    const { length } = numbersAttr(attrs, name);
    if (length !== spatial)
      return outOfRange(`the number of entries of ${name}`, length, String(spatial));
  }
  const { length } = pairsAttr(attrs, "padding");
  if (length !== spatial)
    return outOfRange("the number of entries of padding", length, String(spatial));
  const groups = numberAttr(attrs, "groups");
  if (!Number.isInteger(groups) || groups < 1)
    return outOfRange("groups", groups, "a whole number from 1");
  return undefined;
}

/** A number of channels must fall into groups evenly. */
function uneven(channels: Dim, groups: number): OpFailure | undefined {
  if (divideExactly(channels, groups) !== undefined) return undefined;
  return refuse("uneven-division", { dividend: formatDim(channels), divisor: String(groups) });
}

function inferConv(inputs: readonly TensorType[], attrs: Attrs): TensorType | OpFailure {
  const wrong = checkOperands("conv", inputs, attrs);
  if (wrong) return wrong;
  const x = operand(inputs, 0);
  const weight = operand(inputs, 1);
  const groups = numberAttr(attrs, "groups");
  const [batch = 1, channels = 1, ...sizes] = x.shape;
  const [filters = 1, perGroup = 1, ...kernel] = weight.shape;
  const split = uneven(channels, groups) ?? uneven(filters, groups);
  if (split) return split;
  const why = unequal(channels, multiply(perGroup, groups));
  if (why)
    return mismatch("conv", x.shape, weight.shape, { ...why, note: `channels: ${why.note}` });
  const shape: Dim[] = [batch, filters];
  for (const [d, size] of sizes.entries()) {
    const count = windowCount(
      " of the convolution",
      size,
      kernel[d] ?? 1,
      numbersAttr(attrs, "stride")[d] ?? 1,
      pairsAttr(attrs, "padding")[d] ?? [0, 0],
      numbersAttr(attrs, "dilation")[d] ?? 1,
    );
    if (isRefusal(count)) return count;
    shape.push(count);
  }
  return { dtype: "f32", shape };
}

function inferTranspose(inputs: readonly TensorType[], attrs: Attrs): TensorType | OpFailure {
  const wrong = checkOperands("conv_transpose", inputs, attrs);
  if (wrong) return wrong;
  const x = operand(inputs, 0);
  const weight = operand(inputs, 1);
  const groups = numberAttr(attrs, "groups");
  const [batch = 1, channels = 1, ...sizes] = x.shape;
  const [filters = 1, perGroup = 1, ...kernel] = weight.shape;
  const split = uneven(channels, groups);
  if (split) return split;
  const why = unequal(channels, filters);
  if (why)
    return mismatch("conv_transpose", x.shape, weight.shape, {
      ...why,
      note: `channels: ${why.note}`,
    });
  const stride = numbersAttr(attrs, "stride");
  const dilation = numbersAttr(attrs, "dilation");
  const padding = pairsAttr(attrs, "padding");
  const extra = numbersAttr(attrs, "output_padding");
  const shape: Dim[] = [batch, multiply(perGroup, groups)];
  for (const [d, size] of sizes.entries()) {
    const step = stride[d] ?? 1;
    const spread = dilation[d] ?? 1;
    if (!(step >= 1)) return outOfRange("the stride of conv_transpose", step, "at least 1");
    if (!(spread >= 1)) return outOfRange("the dilation of conv_transpose", spread, "at least 1");
    const reach = add(
      multiply(subtract(size, 1), step),
      multiply(subtract(kernel[d] ?? 1, 1), spread),
    );
    const [low, high] = padding[d] ?? [0, 0];
    const result = add(reach, 1 + (extra[d] ?? 0) - low - high);
    if (typeof result === "number" && result < 1)
      return outOfRange("a size of conv_transpose", result, "at least 1");
    shape.push(result);
  }
  return { dtype: "f32", shape };
}

/** The axes of a convolution from `wide` to `narrow` (sizes without groups), and each tensor in them. */
function convolutionForms(
  wide: readonly number[],
  narrow: readonly number[],
  weight: readonly number[],
  attrs: Attrs,
) {
  const groups = numberAttr(attrs, "groups");
  const stride = numbersAttr(attrs, "stride");
  const dilation = numbersAttr(attrs, "dilation");
  const padding = pairsAttr(attrs, "padding");
  const [batch = 1, filters = 1, ...sizes] = narrow;
  const [, perGroup = 1, ...kernel] = weight;
  const grouped = groups > 1;
  // n, (g), f, spatial … , c, kernel …
  const axes = [
    batch,
    ...(grouped ? [groups] : []),
    filters / groups,
    ...sizes,
    perGroup,
    ...kernel,
  ];
  const f = grouped ? 2 : 1;
  const c = f + 1 + sizes.length;
  const spatial = sizes.map((_, d): Form => ({
    terms: [
      { axis: f + 1 + d, coefficient: stride[d] ?? 1 },
      { axis: c + 1 + d, coefficient: dilation[d] ?? 1 },
    ],
    offset: -(padding[d]?.[0] ?? 0),
    divisor: 1,
  }));
  const group = grouped ? [plain(1)] : [];
  return {
    sizes: axes,
    out: axes.slice(0, c).map((_, axis) => axis),
    // Grouped channels are two axes of the tensors, so that each form stays a plain axis.
    wide: { shape: split(wide, 1, groups), forms: [plain(0), ...group, plain(c), ...spatial] },
    narrow: {
      shape: split(narrow, 1, groups),
      forms: axes.slice(0, c).map((_, axis) => plain(axis)),
    },
    weight: {
      shape: split(weight, 0, groups),
      forms: [...group, plain(f), plain(c), ...kernel.map((_, d) => plain(c + 1 + d))],
    },
  };
}

/** A shape with an axis cut into groups × rest, if there are groups. */
function split(shape: readonly number[], axis: number, groups: number): number[] {
  if (groups === 1) return [...shape];
  return [...shape.slice(0, axis), groups, (shape[axis] ?? 1) / groups, ...shape.slice(axis + 1)];
}

function pair(inputs: readonly Node[]): readonly [Node, Node] {
  const [x, weight] = inputs;
  if (!x || !weight) throw new InternalError("a convolution has two operands");
  return [x, weight];
}

function expandConv(b: Builder, inputs: readonly Node[], attrs: Attrs, type: TensorType): Node {
  const [x, weight] = pair(inputs);
  const shape = knownShape(type);
  const forms = convolutionForms(knownShape(x.type), shape, knownShape(weight.type), attrs);
  const sum = b.node(
    "contract",
    [makeReshape(b, x, forms.wide.shape), makeReshape(b, weight, forms.weight.shape)],
    {
      sizes: forms.sizes,
      out: forms.out,
      a: formsAsAttr(forms.wide.forms),
      b: formsAsAttr(forms.weight.forms),
    },
  );
  return makeReshape(b, sum, shape);
}

/** The gradient of a convolution by its input, with x as the gradient of the output. */
function expandTranspose(
  b: Builder,
  inputs: readonly Node[],
  attrs: Attrs,
  type: TensorType,
): Node {
  const [x, weight] = pair(inputs);
  const shape = knownShape(type);
  const forms = convolutionForms(shape, knownShape(x.type), knownShape(weight.type), attrs);
  const upstream = { node: makeReshape(b, x, forms.narrow.shape), forms: forms.narrow.forms };
  const filter = { node: makeReshape(b, weight, forms.weight.shape), forms: forms.weight.forms };
  return makeReshape(
    b,
    adjointOfForms(b, forms.wide, forms.sizes, [upstream, filter], forms.out),
    shape,
  );
}

const plain2d = { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 } as const; // prettier-ignore
const plain1d = { stride: [1], padding: [[0, 0]], dilation: [1], groups: 1 } as const;

const conv = named({
  name: "conv",
  summary:
    "x [N, Cin, …], weight [Cout, Cin/groups, …] → [N, Cout, …], cross-correlation with zero padding.",
  infer: inferConv,
  expand: expandConv,
  flops: ([, weight], _attrs, type) =>
    weight
      ? (2 * elements(type) * elements(weight)) / Math.max(1, knownDim(weight.shape[0] ?? 1))
      : 0,
  samples: [
    { inputs: [f32(2, 3, 7), f32(4, 3, 3)], attrs: plain1d },
    { inputs: [f32(2, 3, 8), f32(4, 3, 3)], attrs: { ...plain1d, stride: [2], padding: [[1, 1]] } },
    { inputs: [f32(2, 3, 6, 5), f32(4, 3, 3, 2)], attrs: plain2d },
    { inputs: [f32(1, 2, 7, 7), f32(3, 2, 3, 3)], attrs: { ...plain2d, stride: [2, 2], padding: [[1, 1], [1, 1]] } }, // prettier-ignore
    { inputs: [f32(1, 2, 8, 9), f32(3, 2, 2, 2)], attrs: { ...plain2d, stride: [3, 4], padding: [[0, 1], [2, 0]] } }, // prettier-ignore
    { inputs: [f32(1, 2, 9, 8), f32(2, 2, 3, 2)], attrs: { ...plain2d, dilation: [2, 3], padding: [[2, 1], [0, 0]] } }, // prettier-ignore
    {
      inputs: [f32(1, 2, 9, 9), f32(2, 2, 3, 2)],
      attrs: { ...plain2d, dilation: [2, 3], stride: [2, 2] },
    },
    {
      inputs: [f32(1, 4, 5, 5), f32(6, 2, 3, 3)],
      attrs: { ...plain2d, groups: 2, stride: [2, 1] },
    },
    { inputs: [f32(2, 3, 4, 4), f32(3, 1, 3, 3)], attrs: { ...plain2d, groups: 3, padding: [[1, 1], [1, 1]] } }, // prettier-ignore
    { inputs: [f32(2, 3, 5, 5), f32(4, 3, 1, 1)], attrs: { ...plain2d, stride: [2, 2] } },
  ],
  rejects: [
    { inputs: [f32(2, 3, 7), f32(4, 2, 3)], attrs: plain1d, code: "shape-mismatch" },
    { inputs: [f32(2, 3, 2), f32(4, 3, 3)], attrs: plain1d, code: "value-out-of-range" },
    { inputs: [f32(3, 7), f32(4, 3, 3)], attrs: plain1d, code: "rank-mismatch" },
    { inputs: [i32(2, 3, 7), f32(4, 3, 3)], attrs: plain1d, code: "dtype-mismatch" },
    {
      inputs: [f32(2, 3, 7), f32(4, 3, 3)],
      attrs: { ...plain1d, groups: 2 },
      code: "uneven-division",
    },
  ],
});

const convTranspose = named({
  name: "conv_transpose",
  summary:
    "x [N, Cin, …], weight [Cin, Cout/groups, …] → [N, Cout, …]: the gradient of conv by its input.",
  infer: inferTranspose,
  expand: expandTranspose,
  flops: ([x, weight]) =>
    x && weight
      ? (2 * elements(x) * elements(weight)) / Math.max(1, knownDim(weight.shape[0] ?? 1))
      : 0,
  samples: [
    { inputs: [f32(2, 3, 4), f32(3, 2, 3)], attrs: { ...plain1d, output_padding: [0] } },
    {
      inputs: [f32(2, 3, 4), f32(3, 2, 2)],
      attrs: { ...plain1d, stride: [2], output_padding: [0] },
    },
    { inputs: [f32(1, 3, 4, 3), f32(3, 2, 3, 3)], attrs: { ...plain2d, stride: [2, 3], padding: [[1, 1], [0, 1]], output_padding: [1, 0] } }, // prettier-ignore
    {
      inputs: [f32(1, 4, 3, 3), f32(4, 2, 2, 3)],
      attrs: { ...plain2d, groups: 2, stride: [3, 2], dilation: [1, 2], output_padding: [0, 1] },
    },
    {
      inputs: [f32(1, 2, 3, 3), f32(2, 2, 3, 2)],
      attrs: { ...plain2d, stride: [2, 2], dilation: [3, 2], output_padding: [0, 0] },
    },
  ],
  rejects: [
    {
      inputs: [f32(2, 3, 4), f32(4, 2, 3)],
      attrs: { ...plain1d, output_padding: [0] },
      code: "shape-mismatch",
    },
    {
      inputs: [f32(2, 3, 4), f32(3, 2)],
      attrs: { ...plain1d, output_padding: [0] },
      code: "rank-mismatch",
    },
    {
      inputs: [f32(2, 3, 4), f32(3, 2, 3)],
      attrs: { ...plain1d, groups: 2, output_padding: [0] },
      code: "uneven-division",
    },
  ],
});

export const convOperators: readonly OpRecord[] = [conv, convTranspose];
