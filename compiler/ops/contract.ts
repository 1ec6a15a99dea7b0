// Sums of products: the primitive over index forms; matrix product and einsum, which expand into it.

import type { Builder } from "../ir/build.ts";
import type { Dim } from "../ir/dim.ts";
import type { Attrs, Form, Node, TensorType } from "../ir/graph.ts";
import { InternalError } from "../../grammar/diagnostic.ts";
import { adjointOfForms } from "./adjoint.ts";
import type { OpFailure, OpRecord } from "./define.ts";
import { affine, fixed, formsAsAttr, makeSum, makeView, plain } from "./make.ts";
import { named, primitive } from "./record.ts";
import {
  dimsAttr,
  elements,
  f32,
  formsAttr,
  i32,
  isFloat,
  knownDim,
  knownShape,
  mismatch,
  numbersAttr,
  operand,
  outOfRange,
  refuse,
  textsAttr,
  unequal,
  wrongAxes,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";

const contract = primitive({
  name: "contract",
  summary:
    "y[out] = Σ a[forms of a] · b[forms of b] over the axes not in `out`; outside an operand nothing is added.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const sizes = dimsAttr(attrs, "sizes");
    const out = numbersAttr(attrs, "out");
    const wrong = wrongAxes("contract", out, sizes);
    if (wrong) return wrong;
    for (const [i, name] of ["a", "b"].entries()) {
      const x = operand(inputs, i);
      const forms = formsAttr(attrs, name);
      if (!isFloat(x.dtype)) return wrongDtype("contract", "f32", x.dtype);
      if (forms.length !== x.shape.length)
        return wrongRank("contract", `${forms.length} axes`, x.shape);
    }
    return { dtype: "f32", shape: out.map((axis) => sizes[axis] ?? 1) };
  },
  gradient: (builder, node, g) => {
    const [a, b] = node.inputs;
    if (!a || !b) return [];
    const sizes = dimsAttr(node.attrs, "sizes").map(knownDim);
    const out = numbersAttr(node.attrs, "out");
    const upstream = { node: g, forms: out.map(plain) };
    const left = { node: a, forms: formsAttr(node.attrs, "a") };
    const right = { node: b, forms: formsAttr(node.attrs, "b") };
    const by = (x: typeof left, other: typeof left): Node =>
      adjointOfForms(
        builder,
        { shape: knownShape(x.node.type), forms: x.forms },
        sizes,
        [upstream, other],
        out,
      );
    return [by(left, right), by(right, left)];
  },
  flops: (_inputs, attrs) => 2 * elements({ shape: dimsAttr(attrs, "sizes") }),
  samples: [
    // m k, k n → m n · batched · convolution with stride 2, padding 1 · diagonal and size 1
    {
      inputs: [f32(4, 3), f32(3, 5)],
      attrs: {
        sizes: [4, 5, 3],
        out: [0, 1],
        a: formsAsAttr([plain(0), plain(2)]),
        b: formsAsAttr([plain(2), plain(1)]),
      },
    },
    {
      inputs: [f32(2, 4, 3), f32(3, 2)],
      attrs: {
        sizes: [2, 4, 3],
        out: [1, 0],
        a: formsAsAttr([plain(0), plain(1), plain(2)]),
        b: formsAsAttr([plain(2), plain(0)]),
      },
    },
    { inputs: [f32(9), f32(3)], attrs: convolution(5, 3, 2, 1, -1) },
    { inputs: [f32(10), f32(3)], attrs: convolution(3, 3, 2, 2, 0) },
    { inputs: [f32(11), f32(3)], attrs: convolution(4, 3, 3, 2, -1) },
    { inputs: [f32(12), f32(2)], attrs: convolution(4, 2, 3, 1, 0) },
    {
      inputs: [f32(4, 4), f32(1, 4)],
      attrs: {
        sizes: [4],
        out: [0],
        a: formsAsAttr([plain(0), plain(0)]),
        b: formsAsAttr([fixed(0), plain(0)]),
      },
    },
    {
      inputs: [f32(5), f32(7)],
      attrs: {
        sizes: [5, 3],
        out: [1],
        a: formsAsAttr([plain(0)]),
        b: formsAsAttr([convolution1(1, 1, 0)]),
      },
    },
  ],
  rejects: [
    {
      inputs: [f32(3), f32(3)],
      attrs: { sizes: [3], out: [1], a: formsAsAttr([plain(0)]), b: formsAsAttr([plain(0)]) },
      code: "axis-out-of-range",
    },
    {
      inputs: [f32(3), f32(3)],
      attrs: { sizes: [3], out: [], a: [], b: formsAsAttr([plain(0)]) },
      code: "rank-mismatch",
    },
    {
      inputs: [i32(3), f32(3)],
      attrs: { sizes: [3], out: [], a: formsAsAttr([plain(0)]), b: formsAsAttr([plain(0)]) },
      code: "dtype-mismatch",
    },
  ],
});

function convolution1(stride: number, dilation: number, offset: number): Form {
  const inner = affine(1, dilation, offset);
  return { ...inner, terms: [{ axis: 0, coefficient: stride }, ...inner.terms] };
}

function convolution(
  size: number,
  kernel: number,
  stride: number,
  dilation: number,
  offset: number,
): Attrs {
  return {
    sizes: [size, kernel],
    out: [0],
    a: formsAsAttr([convolution1(stride, dilation, offset)]),
    b: formsAsAttr([plain(1)]),
  };
}

// ---- matmul

/** Sizes before the last two axes, broadcast; sizes of 1 repeat. */
function broadcastBatch(
  left: readonly Dim[],
  right: readonly Dim[],
): readonly Dim[] | { note: string; help?: string } {
  const rank = Math.max(left.length, right.length);
  const shape: Dim[] = [];
  for (let i = 0; i < rank; i++) {
    const a = left[i - rank + left.length] ?? 1;
    const b = right[i - rank + right.length] ?? 1;
    const why = a === 1 || b === 1 ? undefined : unequal(a, b);
    if (why) return why;
    shape.push(a === 1 ? b : a);
  }
  return shape;
}

function isList(value: readonly Dim[] | { note: string }): value is readonly Dim[] {
  return Array.isArray(value);
}

function inferMatmul(inputs: readonly TensorType[]): TensorType | OpFailure {
  const a = operand(inputs, 0);
  const b = operand(inputs, 1);
  for (const x of [a, b]) {
    if (!isFloat(x.dtype)) return wrongDtype("@", "f32", x.dtype);
    if (x.shape.length === 0) return wrongRank("@", "at least one axis on both sides", x.shape);
  }
  const inner = a.shape.at(-1) ?? 1;
  const other = (b.shape.length === 1 ? b.shape[0] : b.shape.at(-2)) ?? 1;
  const why = unequal(inner, other);
  if (why) return mismatch("@", a.shape, b.shape, why);
  const batch = broadcastBatch(a.shape.slice(0, -2), b.shape.slice(0, -2));
  if (!isList(batch)) return mismatch("@", a.shape, b.shape, batch);
  const rows = a.shape.length === 1 ? [] : [a.shape.at(-2) ?? 1];
  const columns = b.shape.length === 1 ? [] : [b.shape.at(-1) ?? 1];
  return { dtype: "f32", shape: [...batch, ...rows, ...columns] };
}

function expandMatmul(builder: Builder, inputs: readonly Node[], type: TensorType): Node {
  const [a, b] = inputs;
  if (!a || !b) throw new InternalError("matmul has two operands");
  const shape = knownShape(type);
  const shapeA = knownShape(a.type);
  const shapeB = knownShape(b.type);
  const rank = shape.length - (shapeA.length === 1 ? 0 : 1) - (shapeB.length === 1 ? 0 : 1);
  const k = shape.length;
  const batchForms = (own: readonly number[]): Form[] =>
    own.slice(0, -2).map((size, i) => (size === 1 ? fixed(0) : plain(rank - (own.length - 2) + i)));
  const formsA = shapeA.length === 1 ? [plain(k)] : [...batchForms(shapeA), plain(rank), plain(k)];
  const formsB = shapeB.length === 1 ? [plain(k)] : [...batchForms(shapeB), plain(k), plain(k - 1)];
  return builder.node("contract", [a, b], {
    sizes: [...shape, shapeA.at(-1) ?? 1],
    out: shape.map((_, axis) => axis),
    a: formsAsAttr(formsA),
    b: formsAsAttr(formsB),
  });
}

const matmul = named({
  name: "matmul",
  summary:
    "Matrix product over the last two axes; axes before broadcast; a vector is a row on the left, a column on the right.",
  infer: inferMatmul,
  expand: (b, inputs, _attrs, type) => expandMatmul(b, inputs, type),
  flops: ([a], _attrs, type) => 2 * elements(type) * (a ? knownDim(a.shape.at(-1) ?? 1) : 1),
  samples: [
    { inputs: [f32(4, 3), f32(3, 5)] },
    { inputs: [f32(2, 4, 3), f32(3, 5)] },
    { inputs: [f32(2, 1, 4, 3), f32(3, 3, 5)] },
    { inputs: [f32(3), f32(3)] },
    { inputs: [f32(3), f32(2, 3, 4)] },
    { inputs: [f32(2, 4, 3), f32(3)] },
    { inputs: [f32(1, 1), f32(1, 1)] },
  ],
  rejects: [
    { inputs: [f32(4, 3), f32(4, 5)], code: "shape-mismatch" },
    { inputs: [f32(2, 4, 3), f32(3, 3, 5)], code: "shape-mismatch" },
    { inputs: [f32(), f32(3)], code: "rank-mismatch" },
    { inputs: [i32(3, 3), f32(3, 3)], code: "dtype-mismatch" },
  ],
});

// ---- einsum

/** The axis names of each operand. */
function namesOf(attrs: Attrs): readonly (readonly string[])[] {
  return attrs["b"] === null
    ? [textsAttr(attrs, "a")]
    : [textsAttr(attrs, "a"), textsAttr(attrs, "b")];
}

function inferEinsum(inputs: readonly TensorType[], attrs: Attrs): TensorType | OpFailure {
  const names = namesOf(attrs);
  const sizes = new Map<string, { readonly size: Dim; readonly shape: readonly Dim[] }>();
  for (const [i, list] of names.entries()) {
    const x = operand(inputs, i);
    if (!isFloat(x.dtype)) return wrongDtype("einsum", "f32", x.dtype);
    if (x.shape.length !== list.length)
      return wrongRank(`einsum \`${list.join(" ")}\``, `${list.length} axes`, x.shape);
    for (const [axis, name] of list.entries()) {
      const size = x.shape[axis] ?? 1;
      const known = sizes.get(name);
      const why = known && unequal(known.size, size);
      if (why)
        return mismatch(`einsum \`${name}\``, known.shape, x.shape, {
          ...why,
          note: `${name}: ${why.note}`,
        });
      if (!known) sizes.set(name, { size, shape: x.shape });
    }
  }
  const out = textsAttr(attrs, "out");
  const shape: Dim[] = [];
  for (const [i, name] of out.entries()) {
    const known = sizes.get(name);
    if (!known) return refuse("unknown-name", { name });
    if (out.indexOf(name) !== i)
      return outOfRange("the result of einsum", `\`${name}\` twice`, "made of different names");
    shape.push(known.size);
  }
  return { dtype: "f32", shape };
}

function expandEinsum(builder: Builder, inputs: readonly Node[], attrs: Attrs): Node {
  const out = textsAttr(attrs, "out");
  const names = namesOf(attrs);
  const sizes = new Map<string, number>();
  names.forEach((list, i) =>
    list.forEach((name, axis) => sizes.set(name, knownDim(inputs[i]?.type.shape[axis] ?? 1))),
  );
  // Each operand is brought to axes without repetition, and axes that it alone sums over are summed first.
  const operands = names.map((list, i) => {
    const x = inputs[i];
    if (!x) throw new InternalError(`operand ${i} of einsum is missing`);
    const own = [...new Set(list)];
    const shape = own.map((name) => sizes.get(name) ?? 1);
    const diagonal = makeView(
      builder,
      x,
      shape,
      list.map((name) => plain(own.indexOf(name))),
      0,
    );
    const others = names.filter((_, j) => j !== i).flat();
    const alone = own.filter((name) => !out.includes(name) && !others.includes(name));
    const node = makeSum(
      builder,
      diagonal,
      alone.map((name) => own.indexOf(name)),
    );
    return { node, names: own.filter((name) => !alone.includes(name)) };
  });
  const [a, b] = operands;
  if (!a) throw new InternalError("einsum has an operand");
  if (!b) {
    const order = out.map((name) => sizes.get(name) ?? 1);
    return makeView(
      builder,
      a.node,
      order,
      a.names.map((name) => plain(out.indexOf(name))),
      0,
    );
  }
  const summed = a.names.filter((name) => !out.includes(name));
  const axes = [...out, ...summed];
  const forms = (list: readonly string[]): Form[] => list.map((name) => plain(axes.indexOf(name)));
  return builder.node("contract", [a.node, b.node], {
    sizes: axes.map((name) => sizes.get(name) ?? 1),
    out: out.map((_, axis) => axis),
    a: formsAsAttr(forms(a.names)),
    b: formsAsAttr(forms(b.names)),
  });
}

const einsum = named({
  name: "einsum",
  summary:
    "Sum of products over named axes; names that are not in the result are summed, repeated ones take diagonals.",
  infer: inferEinsum,
  expand: (b, inputs, attrs) => expandEinsum(b, inputs, attrs),
  flops: (inputs, attrs) => {
    const sizes = new Map<string, number>();
    namesOf(attrs).forEach((list, i) =>
      list.forEach((name, axis) => sizes.set(name, knownDim(operand(inputs, i).shape[axis] ?? 1))),
    );
    const points = [...sizes.values()].reduce((count, size) => count * size, 1);
    return attrs["b"] === null ? points : 2 * points;
  },
  samples: [
    {
      inputs: [f32(2, 3, 4), f32(2, 5, 4)],
      attrs: { a: ["b", "i", "d"], b: ["b", "j", "d"], out: ["b", "i", "j"] },
    },
    { inputs: [f32(3, 3), f32(3)], attrs: { a: ["i", "i"], b: ["i"], out: [] } },
    { inputs: [f32(3, 4), f32(5)], attrs: { a: ["i", "j"], b: ["k"], out: ["k", "i"] } },
    { inputs: [f32(3, 4)], attrs: { a: ["i", "j"], b: null, out: ["j", "i"] } },
    { inputs: [f32(3, 4, 3)], attrs: { a: ["i", "j", "i"], b: null, out: ["i"] } },
  ],
  rejects: [
    {
      inputs: [f32(2, 3), f32(4, 2)],
      attrs: { a: ["i", "j"], b: ["j", "k"], out: ["i", "k"] },
      code: "shape-mismatch",
    },
    { inputs: [f32(2, 3)], attrs: { a: ["i"], b: null, out: ["i"] }, code: "rank-mismatch" },
    { inputs: [f32(2)], attrs: { a: ["i"], b: null, out: ["k"] }, code: "unknown-name" },
    { inputs: [f32(2)], attrs: { a: ["i"], b: null, out: ["i", "i"] }, code: "value-out-of-range" },
  ],
});

export const contractOperators: readonly OpRecord[] = [contract, matmul, einsum];
