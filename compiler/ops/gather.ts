// Reading and adding at places that data name.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import type { Attrs, Node, TensorType } from "../ir/graph.ts";
import { compare, formatDim } from "../ir/dim.ts";
import type { OpFailure, OpRecord } from "./define.ts";
import { makeLike, makeReshape, makeScaled, makeSum, makeView, plain } from "./make.ts";
import { flopPerInput, named, noFlops, primitive } from "./record.ts";
import {
  differentShapes,
  dimAttr,
  elements,
  f32,
  i32,
  isFloat,
  knownDim,
  knownShape,
  mismatch,
  numberAttr,
  operand,
  outOfRange,
  textAttr,
  wrongAxes,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";

const gather = primitive({
  name: "gather",
  summary:
    "Slices of x along `axis` at the rows that an i32 index names; the index's axes stand in the axis's place.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const index = operand(inputs, 1);
    const axis = numberAttr(attrs, "axis");
    if (index.dtype !== "i32") return wrongDtype("an index", "i32", index.dtype);
    const shape = [...x.shape.slice(0, axis), ...index.shape, ...x.shape.slice(axis + 1)];
    return wrongAxes("an index", [axis], x.shape) ?? { dtype: x.dtype, shape };
  },
  // Every row gets the sum of the gradients of its readers.
  gradient: (b, node, g) => {
    const [x, index] = node.inputs;
    if (!x || !index) return [];
    const axis = numberAttr(node.attrs, "axis");
    return [b.node("scatter_add", [index, g], { axis, size: x.type.shape[axis] ?? 1 }), undefined];
  },
  flops: noFlops,
  samples: [
    { inputs: [f32(5, 3), i32(4)], attrs: { axis: 0 }, domain: { index: 5 } },
    { inputs: [f32(2, 5, 3), i32(2, 2)], attrs: { axis: 1 }, domain: { index: 5 } },
    { inputs: [f32(5), i32()], attrs: { axis: 0 }, domain: { index: 5 } },
    { inputs: [f32(3, 2), i32(4)], attrs: { axis: 0 }, domain: { index: 5 } }, // some outside
  ],
  rejects: [
    { inputs: [f32(5), f32(2)], attrs: { axis: 0 }, code: "dtype-mismatch" },
    { inputs: [f32(5), i32(2)], attrs: { axis: 1 }, code: "axis-out-of-range" },
  ],
});

const scatterAdd = primitive({
  name: "scatter_add",
  summary:
    "Zeros with `size` rows at `axis`, plus every slice of the source at the row that the index names.",
  pointwise: false,
  infer: (inputs, attrs) => {
    const index = operand(inputs, 0);
    const source = operand(inputs, 1);
    const axis = numberAttr(attrs, "axis");
    if (index.dtype !== "i32") return wrongDtype("an index", "i32", index.dtype);
    if (!isFloat(source.dtype) && source.dtype !== "i32")
      return wrongDtype("scatter_add", "f32 or i32", source.dtype);
    const rank = index.shape.length;
    if (axis < 0 || axis + rank > source.shape.length) {
      return wrongRank("scatter_add", `at least ${axis + rank} axes`, source.shape);
    }
    const differ = differentShapes(
      "scatter_add",
      index.shape,
      source.shape.slice(axis, axis + rank),
    );
    const shape = [
      ...source.shape.slice(0, axis),
      dimAttr(attrs, "size"),
      ...source.shape.slice(axis + rank),
    ];
    return differ ?? { dtype: source.dtype, shape };
  },
  gradient: (b, node, g) => {
    const [index] = node.inputs;
    if (!index) return [];
    return [undefined, b.node("gather", [g, index], { axis: numberAttr(node.attrs, "axis") })];
  },
  flops: (inputs) => flopPerInput(inputs.slice(1), {}, operand(inputs, 1)),
  samples: [
    { inputs: [i32(4), f32(4, 3)], attrs: { axis: 0, size: 5 }, domain: { index: 5 } },
    { inputs: [i32(2, 2), f32(2, 2, 2, 3)], attrs: { axis: 1, size: 4 }, domain: { index: 5 } },
    { inputs: [i32(), f32(3)], attrs: { axis: 0, size: 2 }, domain: { index: 2 } },
  ],
  rejects: [
    { inputs: [i32(4), f32(3)], attrs: { axis: 0, size: 5 }, code: "shape-mismatch" },
    { inputs: [i32(4), f32()], attrs: { axis: 0, size: 5 }, code: "rank-mismatch" },
    { inputs: [f32(4), f32(4)], attrs: { axis: 0, size: 5 }, code: "dtype-mismatch" },
  ],
});

// ---- named

/** An index of the rank of x, no longer than x beside the axis. */
function wrongIndex(
  what: string,
  inputs: readonly TensorType[],
  attrs: Attrs,
): OpFailure | undefined {
  const x = operand(inputs, 0);
  const index = operand(inputs, 1);
  const axis = numberAttr(attrs, "axis");
  if (index.dtype !== "i32") return wrongDtype("an index", "i32", index.dtype);
  if (index.shape.length !== x.shape.length)
    return wrongRank(what, `an index of rank ${x.shape.length}`, index.shape);
  const wrong = wrongAxes(what, [axis], x.shape);
  if (wrong) return wrong;
  for (const [d, size] of index.shape.entries()) {
    const own = x.shape[d] ?? 1;
    const fits =
      d === axis ||
      compare(size, own) === "equal" ||
      (typeof size === "number" && typeof own === "number" && size <= own);
    if (!fits) {
      return mismatch(what, x.shape, index.shape, {
        note: `axis ${d}: ${formatDim(size)} ≤ ${formatDim(own)} does not hold`,
      });
    }
  }
  return undefined;
}

/** x cut to the index's sizes beside the axis. */
function cutBeside(b: Builder, x: Node, index: Node, axis: number): Node {
  const own = knownShape(x.type);
  const shape = knownShape(index.type).map((size, d) => (d === axis ? (own[d] ?? 1) : size));
  return makeView(
    b,
    x,
    shape,
    shape.map((_, d) => plain(d)),
    0,
  );
}

function expandTakeAlong(b: Builder, inputs: readonly Node[], attrs: Attrs): Node {
  const [given, index] = inputs;
  if (!given || !index) throw new InternalError("take_along has two operands");
  const axis = numberAttr(attrs, "axis");
  const x = cutBeside(b, given, index, axis);
  const shape = knownShape(x.type);
  if (index.type.shape[axis] === 1) {
    // One element of each line (the logit of a class): compare and sum, so that the gradient needs no scatter.
    const wanted = makeView(
      b,
      index,
      shape,
      shape.map((_, d) => (d === axis ? { terms: [], offset: 0, divisor: 1 } : plain(d))),
      0,
    );
    const here = b.node("eq", [b.node("iota", [], { shape: [...shape], axis }), wanted]);
    const picked = makeSum(b, b.node("select", [here, x, makeLike(b, x, 0)]), [axis]);
    return makeReshape(b, picked, knownShape(index.type));
  }
  const address = addressesAlong(b, index, shape, axis);
  return b.node("gather", [makeReshape(b, x, [elements(x.type)]), address], { axis: 0 });
}

/** For each element of the index its row-major address in `shape`; outside the axis −1, which names nothing. */
function addressesAlong(b: Builder, index: Node, shape: readonly number[], axis: number): Node {
  const wanted = knownShape(index.type);
  let address: Node | undefined;
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    const own = d === axis ? index : b.node("iota", [], { shape: [...wanted], axis: d });
    const part = makeScaled(b, own, stride);
    address = address ? b.node("add", [part, address]) : part;
    stride *= shape[d] ?? 1;
  }
  if (!address) throw new InternalError("an index along an axis needs one");
  const rows = makeLike(b, index, shape[axis] ?? 1);
  const inside = b.node("and", [
    b.node("ge", [index, makeLike(b, index, 0)]),
    b.node("lt", [index, rows]),
  ]);
  return b.node("select", [inside, address, makeLike(b, index, -1)]);
}

const takeAlong = named({
  name: "take_along",
  summary:
    "y[i0, …] = x with its index at `axis` replaced by index[i0, …]; the index has the rank of x.",
  infer: (inputs, attrs) =>
    wrongIndex("take_along", inputs, attrs) ?? {
      dtype: operand(inputs, 0).dtype,
      shape: operand(inputs, 1).shape,
    },
  expand: (b, inputs, attrs) => expandTakeAlong(b, inputs, attrs),
  flops: noFlops,
  samples: [
    { inputs: [f32(3, 5), i32(3, 1)], attrs: { axis: 1 }, domain: { index: 5 } },
    { inputs: [f32(3, 5), i32(3, 4)], attrs: { axis: 1 }, domain: { index: 6 } },
    { inputs: [f32(5, 3, 2), i32(4, 2, 2)], attrs: { axis: 0 }, domain: { index: 5 } },
    { inputs: [f32(5), i32(3)], attrs: { axis: 0 }, domain: { index: 5 } },
  ],
  rejects: [
    { inputs: [f32(3, 5), i32(3)], attrs: { axis: 1 }, code: "rank-mismatch" },
    { inputs: [f32(3, 5), i32(4, 1)], attrs: { axis: 1 }, code: "shape-mismatch" },
    { inputs: [f32(3, 5), f32(3, 1)], attrs: { axis: 1 }, code: "dtype-mismatch" },
  ],
});

const scatterAlong = named({
  name: "scatter_along",
  summary: "x, plus source[i0, …] at x's index with its entry at `axis` replaced by index[i0, …].",
  infer: (inputs, attrs) => {
    const x = operand(inputs, 0);
    const source = operand(inputs, 2);
    if (source.dtype !== x.dtype) return wrongDtype("scatter_along", x.dtype, source.dtype);
    return (
      wrongIndex("scatter_along", inputs, attrs) ??
      differentShapes("scatter_along", operand(inputs, 1).shape, source.shape) ??
      x
    );
  },
  expand: (b, [x, index, source], attrs) => {
    if (!x || !index || !source) throw new InternalError("scatter_along has three operands");
    const shape = knownShape(x.type);
    const count = elements(index.type);
    const address = addressesAlong(b, index, shape, numberAttr(attrs, "axis"));
    const flat = [makeReshape(b, address, [count]), makeReshape(b, source, [count])];
    const added = b.node("scatter_add", flat, { axis: 0, size: elements(x.type) });
    return b.node("add", [x, makeReshape(b, added, shape)]);
  },
  flops: (inputs) => elements(operand(inputs, 2)),
  samples: [
    { inputs: [f32(5), i32(3), f32(3)], attrs: { axis: 0 }, domain: { index: 5 } },
    { inputs: [f32(3, 4), i32(2, 6), f32(2, 6)], attrs: { axis: 1 }, domain: { index: 5 } },
  ],
  rejects: [
    { inputs: [f32(5), i32(3), f32(2)], attrs: { axis: 0 }, code: "shape-mismatch" },
    { inputs: [f32(5), i32(3), i32(3)], attrs: { axis: 0 }, code: "dtype-mismatch" },
    { inputs: [f32(5), i32(3, 1), f32(3, 1)], attrs: { axis: 0 }, code: "rank-mismatch" },
  ],
});

const oneHot = named({
  name: "one_hot",
  summary: "A last axis of `classes`: 1 at the index, 0 elsewhere.",
  infer: (inputs, attrs) => {
    const index = operand(inputs, 0);
    if (index.dtype !== "i32") return wrongDtype("one_hot", "i32", index.dtype);
    const dtype = textAttr(attrs, "dtype");
    if (dtype !== "f32" && dtype !== "i32" && dtype !== "bool")
      return outOfRange("the element type", dtype, "f32, i32 or bool");
    const classes = dimAttr(attrs, "classes");
    if (typeof classes === "number" && classes < 1)
      return outOfRange("the number of classes", classes, "at least 1");
    return { dtype, shape: [...index.shape, classes] };
  },
  expand: (b, [index], attrs) => {
    if (!index) throw new InternalError("one_hot has one operand");
    const own = knownShape(index.type);
    const shape = [...own, knownDim(dimAttr(attrs, "classes"))];
    const wanted = makeView(
      b,
      index,
      shape,
      own.map((_, d) => plain(d)),
      0,
    );
    const here = b.node("eq", [b.node("iota", [], { shape, axis: own.length }), wanted]);
    const dtype = textAttr(attrs, "dtype");
    return dtype === "bool" ? here : b.node("cast", [here], { dtype });
  },
  flops: noFlops,
  samples: [
    { inputs: [i32(3, 2)], attrs: { classes: 4, dtype: "f32" }, domain: { index: 5 } },
    { inputs: [i32()], attrs: { classes: 4, dtype: "bool" }, domain: { index: 4 } },
  ],
  rejects: [
    { inputs: [f32(3)], attrs: { classes: 4, dtype: "f32" }, code: "dtype-mismatch" },
    { inputs: [i32(3)], attrs: { classes: 0, dtype: "f32" }, code: "value-out-of-range" },
  ],
});

export const gatherOperators: readonly OpRecord[] = [
  gather,
  scatterAdd,
  takeAlong,
  scatterAlong,
  oneHot,
];
