// How exact the elementary functions of the wasm backend are, in units of the last place of the right result.

import { describe, expect, test } from "vitest";

import { axisIndex } from "../../../compiler/schedule/index-form.ts";
import type { Kernel, ScalarOp } from "../../../compiler/schedule/kernel.ts";
import { createScalars } from "../../../compiler/schedule/scalars.ts";
import { pointwise } from "../../../runtime/reference/pointwise.ts";
import { memoryOf, planOf, valueIn } from "../../support/plans.ts";
import { oneThread, oneThreadRelaxed, runInWasm } from "../../support/run-wasm.ts";

const count = 200_000;

/** A function of one number over `xs` in f32. */
function compute(op: ScalarOp, xs: Float32Array, relaxed: boolean): Float32Array {
  const s = createScalars();
  const axis = { name: "p0", extent: xs.length };
  const at = [axisIndex(axis)];
  const value = s.apply(op, [s.load(0, at, "f32")], "f32");
  const passes = [{ accumulators: [], stores: [{ to: 1, at, value }] }];
  const shared = { origins: [], parallel: [axis], inner: [], passes, after: [] };
  const kernel: Kernel = { ...shared, kind: "loop", name: op };
  const shape = [xs.length];
  const plan = planOf(
    [kernel],
    [0, 1].map(() => ({ dtype: "f32" as const, shape })),
  );
  const memory = memoryOf(plan, new Map([[0, xs]]));
  runInWasm(plan, memory, relaxed ? oneThreadRelaxed : oneThread);
  return valueIn(plan, memory, 1) as Float32Array;
}

/** Numbers spread over a range, evenly and by exponents of both signs. */
function spread(low: number, high: number): Float32Array {
  const random = (i: number): number => {
    const x = Math.sin(i * 12.9898 + 78.233) * 43758.5453;
    return x - Math.floor(x);
  };
  return Float32Array.from({ length: count }, (_, i) => {
    if (i % 2 === 0) return low + (high - low) * random(i);
    const size = 2 ** (-30 + random(i) * (30 + Math.log2(Math.max(-low, high))));
    const x = random(i + 0.5) < 0.5 ? -size : size;
    return Math.min(high, Math.max(low, x));
  });
}

/** Distance between neighbouring f32 at a value; below the normal range that of the smallest normal number. */
function unit(value: number): number {
  const exponent = Math.max(-126, Math.floor(Math.log2(Math.abs(value) || 2 ** -126)));
  return 2 ** (exponent - 23);
}

function worst(op: ScalarOp, low: number, high: number, relaxed: boolean): number {
  const xs = spread(low, high);
  const found = compute(op, xs, relaxed);
  const exact = pointwise[op];
  if (!exact) throw new Error(`the reference lacks ${op}`);
  const shape = [xs.length];
  const input = { dtype: "f32" as const, shape, data: Float64Array.from(xs) };
  const right = exact([input], {}, { dtype: "f32", shape }).data;
  let most = 0;
  found.forEach((value, i) => {
    const expected = right[i] ?? NaN;
    if (Math.abs(expected) > 3.4e38) return;
    most = Math.max(most, Math.abs(value - expected) / unit(expected));
  });
  return most;
}

const demands: readonly (readonly [op: ScalarOp, low: number, high: number, units: number])[] = [
  ["exp", -104, 88.7, 2],
  ["log", 1e-38, 1e30, 2],
  ["sigmoid", -100, 100, 4],
  ["tanh", -10, 10, 6],
  ["erf", -6, 6, 8],
  ["sin", -(2 ** 13), 2 ** 13, 4],
  ["cos", -(2 ** 13), 2 ** 13, 4],
  ["expm1", -50, 88, 4],
  ["log1p", -0.999, 1e20, 4],
];

for (const relaxed of [false, true]) {
  describe(relaxed ? "with fused multiply-add" : "with multiplication and addition", () => {
    for (const [op, low, high, units] of demands) {
      test(`${op} within ${units} units of the last place`, () => {
        expect(worst(op, low, high, relaxed)).toBeLessThanOrEqual(units);
      });
    }

    test("sine and cosine up to 2²⁰ within 1e-6", () => {
      const xs = spread(-(2 ** 20), 2 ** 20);
      for (const op of ["sin", "cos"] as const) {
        const found = compute(op, xs, relaxed);
        const errors = found.map((value, i) => Math.abs(value - Math[op](xs[i] ?? 0)));
        expect(errors.reduce((most, error) => Math.max(most, error), 0)).toBeLessThan(1e-6);
      }
    });
  });
}
