// Values that are given or made out of nothing: inputs, constants, indices, random draws.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { OpRecord } from "./define.ts";
import { noFlops, primitive } from "./record.ts";
import {
  dimsAttr,
  f32,
  i32,
  isFloat,
  numberAttr,
  operand,
  outOfRange,
  textAttr,
  wrongAxes,
  wrongDtype,
  wrongRank,
} from "./shapes.ts";

/** `constant`, `input` and `dim` have the type that the builder was given. */
const givenType =
  (name: string): OpRecord["infer"] =>
  () => {
    throw new InternalError(`${name} must be built with its type`);
  };

const seedAndStep = [i32(), i32()];

export const sourceOperators: readonly OpRecord[] = [
  primitive({
    name: "constant",
    summary: "A number of rank 0, or `values` in row-major order.",
    pointwise: false,
    infer: givenType("constant"),
    gradient: "none",
    flops: noFlops,
    samples: [],
    rejects: [],
  }),
  primitive({
    name: "dim",
    summary: "A dimension as a number of rank 0; a constant once it is known.",
    pointwise: false,
    infer: givenType("dim"),
    gradient: "none",
    flops: noFlops,
    samples: [],
    rejects: [],
  }),
  {
    level: "primitive",
    name: "input",
    summary: "A value given from outside: a field, a scalar, a parameter, a state.",
    pointwise: false,
    infer: givenType("input"),
    gradient: "none",
    reference: () => {
      throw new InternalError("an input has no value of its own");
    },
    flops: noFlops,
    samples: [],
    rejects: [],
  },
  primitive({
    name: "iota",
    summary: "i32 of the given shape: the index along `axis`.",
    pointwise: false,
    infer: (_inputs, attrs) => {
      const shape = dimsAttr(attrs, "shape");
      return wrongAxes("iota", [numberAttr(attrs, "axis")], shape) ?? { dtype: "i32", shape };
    },
    gradient: "none",
    flops: noFlops,
    samples: [
      { inputs: [], attrs: { shape: [3, 4], axis: 0 } },
      { inputs: [], attrs: { shape: [3, 4], axis: 1 } },
    ],
    rejects: [{ inputs: [], attrs: { shape: [3, 4], axis: 2 }, code: "axis-out-of-range" }],
  }),
  primitive({
    name: "random",
    summary:
      "Uniform f32 in [0, 1) of the given shape, from $seed, $draw, the place and the element's index.",
    pointwise: false,
    infer: (inputs, attrs) => {
      for (const type of inputs) {
        if (type.dtype !== "i32") return wrongDtype("seed and step", "i32", type.dtype);
        if (type.shape.length > 0) return wrongRank("seed and step", "a scalar", type.shape);
      }
      textAttr(attrs, "place");
      return { dtype: "f32", shape: dimsAttr(attrs, "shape") };
    },
    gradient: "none",
    flops: noFlops,
    samples: [
      { inputs: seedAndStep, attrs: { shape: [3, 4], place: "a.b" }, domain: { index: 100 } },
    ],
    rejects: [
      { inputs: [f32(), i32()], attrs: { shape: [2], place: "a" }, code: "dtype-mismatch" },
    ],
  }),
  primitive({
    name: "host",
    summary:
      "What the reference alone computes, in initialisers: an orthogonal matrix from a normal draw.",
    pointwise: false,
    infer: (inputs, attrs) => {
      const kind = textAttr(attrs, "kind");
      if (kind !== "orthogonal") return outOfRange("the kind of host", kind, "orthogonal");
      const x = operand(inputs, 0);
      if (!isFloat(x.dtype)) return wrongDtype("orthogonal", "f32", x.dtype);
      if (x.shape.length < 2) return wrongRank("orthogonal", "at least two axes", x.shape);
      return x;
    },
    gradient: "none",
    flops: noFlops,
    samples: [
      { inputs: [f32(3, 5)], attrs: { kind: "orthogonal" } },
      { inputs: [f32(5, 2, 1)], attrs: { kind: "orthogonal" } },
    ],
    rejects: [{ inputs: [f32(3)], attrs: { kind: "orthogonal" }, code: "rank-mismatch" }],
  }),
];
