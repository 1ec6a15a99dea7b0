// Type rules while dimensions are still open: results are polynomials, refusals name the equation.

import { describe, expect, test } from "vitest";
import { typeText } from "../../compiler/ir/build.ts";
import { add, multiply, symbol, type Dim } from "../../compiler/ir/dim.ts";
import type { Attrs, TensorType } from "../../compiler/ir/graph.ts";
import { isFailure } from "../../compiler/ops/define.ts";
import { infer } from "../../compiler/ops/index.ts";
import { f32, i32 } from "../../compiler/ops/shapes.ts";

const batch = symbol("batch");
const time = symbol("time");
const n = symbol("n");

const conv: Attrs = { stride: [2], padding: [[1, 1]], dilation: [1], groups: 1 };

const accepted: readonly (readonly [string, readonly TensorType[], Attrs, string])[] = [
  ["add", [f32(batch, 3), f32(batch, 3)], {}, "f32[batch, 3]"],
  ["matmul", [f32(batch, time, 8), f32(8, 4)], {}, "f32[batch, time, 4]"],
  ["matmul", [f32(batch, 1, 2, 3), f32(n, 3, 2)], {}, "f32[batch, n, 2, 2]"],
  ["reshape", [f32(batch, time, 8)], { shape: [multiply(batch, time), 8] }, "f32[batch*time, 8]"],
  ["reshape", [f32(batch, 4, 4)], { shape: [batch, 16] }, "f32[batch, 16]"],
  ["broadcast", [f32(1, 3)], { shape: [batch, 3] }, "f32[batch, 3]"],
  ["slice", [f32(batch, time)], { ranges: [[0, batch, 1], [1, add(time, -1), 1]] }, "f32[batch, time - 1]"], // prettier-ignore
  ["pad", [f32(time)], { pads: [[2, 0]], value: 0 }, "f32[time + 2]"],
  ["concat", [f32(batch, 2), f32(batch, time)], { axis: 1 }, "f32[batch, time + 2]"],
  ["conv", [f32(batch, 3, time), f32(4, 3, 3)], conv, "f32[batch, 4, div(time + 1, 2)]"],
  ["reduce", [f32(batch, time)], { kind: "sum", axes: [1], ties: "share" }, "f32[batch]"],
  ["one_hot", [i32(batch)], { classes: n, dtype: "f32" }, "f32[batch, n]"],
  ["gather", [f32(100, 8), i32(batch, time)], { axis: 0 }, "f32[batch, time, 8]"],
  ["scatter_add", [i32(batch), f32(batch, 8)], { axis: 0, size: n }, "f32[n, 8]"],
  ["iota", [], { shape: [batch, time], axis: 1 }, "i32[batch, time]"],
  ["einsum", [f32(batch, time, 8), f32(batch, n, 8)], { a: ["b", "i", "d"], b: ["b", "j", "d"], out: ["b", "i", "j"] }, "f32[batch, time, n]"], // prettier-ignore
];

describe("open dimensions are kept", () => {
  for (const [op, inputs, attrs, expected] of accepted) {
    test(`${op}: ${inputs.map(typeText).join(", ")}`, () => {
      const found = infer(op, inputs, attrs);
      if (isFailure(found)) throw new Error(`${found.failure} ${JSON.stringify(found.args)}`);
      expect(typeText(found)).toBe(expected);
    });
  }
});

const refused: readonly (readonly [string, readonly Dim[], readonly Dim[], string])[] = [
  ["add", [batch, 3], [batch, 4], "axis 1: 3 = 4 does not hold"],
  ["add", [batch], [time], "axis 0: batch = time is not known to hold"],
  ["matmul", [batch, 3], [4, 5], "3 = 4 does not hold"],
  ["matmul", [batch, n], [time, 5], "n = time is not known to hold"],
];

describe("a refusal names the equation", () => {
  for (const [op, left, right, note] of refused) {
    test(note, () => {
      const found = infer(op, [f32(...left), f32(...right)], {});
      if (!isFailure(found)) throw new Error("accepted");
      expect(found.failure).toBe("shape-mismatch");
      expect(found.notes).toEqual([note]);
      expect(found.help !== undefined).toBe(note.includes("not known"));
    });
  }
});
