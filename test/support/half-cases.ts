// Graphs with numbers of half precision, for every backend.

import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { formsAsAttr, plain } from "../../compiler/ops/make.ts";
import type { Tensor } from "../../runtime/types.ts";
import { buildGraph, type GraphBuilder } from "./graphs.ts";

/** Numbers of single precision and what NumPy 1.24 makes of them: `np.float16(np.float32(x))`. Ties, the largest number,
 *  overflow, numbers below 2⁻¹⁴, and half of the smallest one. */
export const roundings: readonly (readonly [number, number])[] = [
  [0, 0],
  [-0, -0],
  [1, 1],
  [0.10000000149011612, 0.0999755859375],
  [-0.30000001192092896, -0.300048828125],
  [0.3333333432674408, 0.333251953125],
  [2049, 2048],
  [2050.5, 2050],
  [2051, 2052],
  [65503.8984375, 65504],
  [65519.8984375, 65504],
  [65520, Infinity],
  [-70000, -Infinity],
  [3.0000000054977558e38, Infinity],
  [9.99999993922529e-9, 0],
  [2.9800000689306216e-8, 0],
  [2.9803000956007963e-8, 5.960464477539063e-8],
  [5.960000137861243e-8, 5.960464477539063e-8],
  [-8.899999670575198e-8, -5.960464477539063e-8],
  [6.0999998822808266e-5, 6.097555160522461e-5],
  [6.1034999816911295e-5, 6.103515625e-5],
  [6.1005353927612305e-5, 6.103515625e-5],
  [1.0009765625, 1.0009765625],
  [1.00048828125, 1],
  [1.00146484375, 1.001953125],
  [-2.5, -2.5],
  [0.0010000000474974513, 0.00100040435791015625],
  [Infinity, Infinity],
  [-Infinity, -Infinity],
  [NaN, NaN],
];

/** The input of the two graphs of roundings. */
export const halfInputs: Readonly<Record<string, Tensor>> = {
  x: { dtype: "f32", shape: [roundings.length], data: Float32Array.from(roundings, ([x]) => x) },
};

const half = (b: GraphBuilder, x: Node): Node => b.node("cast", [x], { dtype: "f16" });
const single = (b: GraphBuilder, x: Node): Node => b.node("cast", [x], { dtype: "f32" });

/** Rounded within a kernel. */
export function roundingGraph(): Graph {
  return buildGraph((b) => ({ y: single(b, half(b, b.input("x", "f32", [roundings.length]))) }));
}

/** Stored as f16, and read again. */
export function storingGraph(): Graph {
  return buildGraph((b) => {
    const kept = half(b, b.input("x", "f32", [roundings.length]));
    return { kept, y: single(b, kept) };
  });
}

function product(b: GraphBuilder, x: Node, w: Node): Node {
  const [m = 1, k = 1] = x.type.shape.map(Number);
  const n = Number(w.type.shape[1]);
  return b.node("contract", [x, w], {
    sizes: [m, n, k],
    out: [0, 1],
    a: formsAsAttr([plain(0), plain(2)]),
    b: formsAsAttr([plain(2), plain(1)]),
  });
}

/** Of small multiples of 1/4 all products and sums are exact, in half precision as well. */
export const halfCases: readonly { readonly name: string; readonly graph: () => Graph }[] = [
  ...[
    [5, 12, 7],
    [33, 20, 18],
    [1, 9, 4],
  ].map(([m = 1, k = 1, n = 1]) => ({
    name: `products ${m}·${k}·${n} of and in halves`,
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [m, k]);
        const w = b.input("w", "f32", [k, n]);
        const y = half(b, product(b, half(b, x), half(b, w)));
        const z = b.node("max", [single(b, y), b.full(0, [m, n])]);
        return { y: single(b, y), z, s: b.sum(y, [0]) };
      }),
  })),
  {
    name: "the sums of a stored operand beside its product",
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [40, 8]);
        const g = half(b, b.node("mul", [b.input("g", "f32", [40, 6]), b.full(0.5, [40, 6])]));
        const turned = b.node("transpose", [half(b, x)], { perm: [1, 0] });
        return { weight: product(b, turned, g), bias: b.sum(g, [0]), g: single(b, g) };
      }),
  },
];
