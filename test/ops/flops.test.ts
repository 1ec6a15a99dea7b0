// Floating-point operations by hand: two for each product that is summed, one for each element of arithmetic.

import { expect, test } from "vitest";
import type { Attrs, TensorType } from "../../compiler/ir/graph.ts";
import { isFailure } from "../../compiler/ops/define.ts";
import { infer, operatorNamed } from "../../compiler/ops/index.ts";
import { f32 } from "../../compiler/ops/shapes.ts";

const window = { stride: [1, 1], padding: [[0, 0], [0, 0]], dilation: [1, 1], groups: 1 } as const; // prettier-ignore

const cases: readonly (readonly [string, readonly TensorType[], Attrs, number])[] = [
  ["matmul", [f32(5, 4, 3), f32(3, 7)], {}, 2 * 5 * 4 * 3 * 7],
  ["matmul", [f32(3), f32(3)], {}, 2 * 3],
  ["conv", [f32(8, 6, 14, 14), f32(16, 6, 5, 5)], window, 2 * 8 * 16 * 10 * 10 * 6 * 5 * 5],
  ["conv", [f32(2, 4, 5, 5), f32(6, 2, 3, 3)], { ...window, groups: 2 }, 2 * 2 * 6 * 3 * 3 * 2 * 9],
  [
    "conv_transpose",
    [f32(2, 3, 4, 4), f32(3, 5, 2, 2)],
    { ...window, output_padding: [0, 0] },
    2 * 2 * 3 * 16 * 5 * 4,
  ],
  ["einsum", [f32(2, 3, 4), f32(2, 5, 4)], { a: ["b", "i", "d"], b: ["b", "j", "d"], out: ["b", "i", "j"] }, 2 * 2 * 3 * 4 * 5], // prettier-ignore
  ["reduce", [f32(3, 4)], { kind: "sum", axes: [1], ties: "share" }, 12],
  ["add", [f32(3, 4), f32(3, 4)], {}, 12],
  ["transpose", [f32(3, 4)], { perm: [1, 0] }, 0],
];

for (const [op, inputs, attrs, expected] of cases) {
  test(`${op} ${expected}`, () => {
    const type = infer(op, inputs, attrs);
    if (isFailure(type)) throw new Error(type.failure);
    expect(operatorNamed(op).flops(inputs, attrs, type)).toBe(expected);
  });
}
