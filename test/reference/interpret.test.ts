// Running graphs: large element-wise values in blocks, stored types, what is missing.

import { describe, expect, test } from "vitest";
import { emitReference } from "../../compiler/backends/reference.ts";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { f32, i32 } from "../../compiler/ops/shapes.ts";
import { interpretProgram } from "../../runtime/reference/interpret.ts";
import { graphOf, origin, output } from "../ops/support.ts";

const scalar = (value: number) =>
  ({ dtype: "i32", shape: [], data: Int32Array.of(value) }) as const;
const scalars = { $seed: scalar(3), $step: scalar(5) };

/** Box–Muller over `shape`, minus the row number. */
function normalDraw(shape: readonly number[]): Graph {
  const b = newBuilder(origin);
  const seed = b.node("input", [], { name: "$seed", role: "scalar" }, i32());
  const step = b.node("input", [], { name: "$step", role: "scalar" }, i32());
  const full = (value: number): Node =>
    b.node("broadcast", [b.node("constant", [], { value }, f32())], { shape });
  const uniform = (place: string): Node => b.node("random", [seed, step], { shape, place });
  const log = b.node("log", [b.node("sub", [full(1), uniform("a")])]);
  const radius = b.node("sqrt", [b.node("mul", [full(-2), log])]);
  const angle = b.node("mul", [full(2 * Math.PI), uniform("b")]);
  const normal = b.node("mul", [radius, b.node("cos", [angle])]);
  const row = b.node("cast", [b.node("iota", [], { shape, axis: 0 })], { dtype: "f32" });
  return lower({
    inputs: [seed, step],
    outputs: [{ name: "value", role: "result", node: b.node("sub", [normal, row]) }],
  });
}

describe("a large draw", () => {
  const code = emitReference(normalDraw([301, 333]));
  const inBlocks = output(interpretProgram(code, scalars), "value");

  test("in blocks equals the draw made whole", () => {
    const whole = output(interpretProgram(code, scalars, { observe: () => undefined }), "value");
    expect(inBlocks.data).toEqual(whole.data);
    expect(inBlocks.data).toBeInstanceOf(Float64Array);
  });

  test("is normal", () => {
    const centred = Array.from(inBlocks.data, (x, i) => x + Math.floor(i / 333));
    const mean = centred.reduce((sum, x) => sum + x, 0) / centred.length;
    const spread = Math.sqrt(centred.reduce((sum, x) => sum + x * x, 0) / centred.length);
    expect(Math.abs(mean)).toBeLessThan(5 / Math.sqrt(centred.length));
    expect(Math.abs(spread - 1)).toBeLessThan(4 / Math.sqrt(centred.length));
  });

  test("comes rounded once when stored types are asked for", () => {
    const stored = output(interpretProgram(code, scalars, { stored: true }), "value");
    expect(stored.data).toEqual(Float32Array.from(inBlocks.data));
  });
});

test("an orthogonal matrix has orthonormal rows, a tall one columns", () => {
  for (const shape of [
    [4, 7],
    [7, 2, 2],
  ]) {
    // prettier-ignore
    const graph = graphOf("host", [f32(...shape)], { kind: "orthogonal" });
    const rows = shape[0] ?? 1;
    const columns = shape.slice(1).reduce((a, b) => a * b, 1);
    const normal = Float64Array.from({ length: rows * columns }, (_, i) => Math.sin(i * i + 1));
    const x0 = { dtype: "f32", shape, data: normal } as const;
    const { data } = output(interpretProgram(emitReference(graph), { x0 }), "y");
    const [count, length] = rows < columns ? [rows, columns] : [columns, rows];
    const at = (v: number, i: number): number =>
      data[rows < columns ? v * columns + i : i * columns + v] ?? 0;
    for (let a = 0; a < count; a++) {
      for (let b = 0; b <= a; b++) {
        let product = 0;
        for (let i = 0; i < length; i++) product += at(a, i) * at(b, i);
        expect(product).toBeCloseTo(a === b ? 1 : 0, 12);
      }
    }
  }
});

test("a missing input and one of the wrong size are errors", () => {
  const code = emitReference(graphOf("neg", [f32(3)]));
  expect(() => interpretProgram(code, {})).toThrow("input x0 is missing");
  const x0 = { dtype: "f32", shape: [2], data: Float32Array.of(1, 2) } as const;
  expect(() => interpretProgram(code, { x0 })).toThrow("input x0 has 2 elements, not 3");
});
