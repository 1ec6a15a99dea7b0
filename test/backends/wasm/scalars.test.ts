// The table of scalar operations by itself: over all of f32, one number against four, and draws bit for bit.

import { describe, expect, test } from "vitest";

import { fromHalf, toHalf } from "../../../compiler/backends/wasm/half.ts";
import { operations } from "../../../compiler/backends/wasm/scalars.ts";
import { uniformLanes, uniformSingle } from "../../../compiler/backends/wasm/uniform.ts";
import type { ScalarOp } from "../../../compiler/schedule/kernel.ts";
import { jsHelpers } from "../../../runtime/devices/js-helpers.ts";
import { uniformAt } from "../../../runtime/random.ts";
import * as elementary from "../../../runtime/reference/elementary.ts";
import { cos, sin } from "../../../runtime/reference/trigonometry.ts";
import type { DType } from "../../../runtime/types.ts";
import { runOver, type Compute, type Data } from "./lanes.ts";

const exact = {
  ...elementary,
  sin,
  cos,
  gamma: jsHelpers.gamma,
  rem: jsHelpers.rem,
} as const;

/** Bit patterns all over f32, and numbers with something special to them. */
function everywhere(count: number): Float32Array {
  const xs = new Float32Array(count);
  const patterns = new Uint32Array(xs.buffer);
  const step = 2 ** 32 / count;
  patterns.forEach((_, i) => (patterns[i] = Math.round((i + (i % 7) / 7) * step)));
  const special = [
    0, 1, 2 ** -126, 2 ** -149, 2 ** -140, 3e-39, Infinity, NaN, 0.5, 1.5, 2, 3.4028234e38, 88.7228317,
    88.7228394, 103.97, 104.1, 87.4, 1e-7, 6e-8, 16777216, 8388609, Math.PI, Math.PI / 2, 1e6, 3e38,
  ]; // prettier-ignore
  special.forEach((x, i) => xs.set([x, -x], 2 * i));
  patterns[special.length * 2] = 0xffffffff; // a NaN whose bits are all set
  return xs;
}

/** Distance between `value` and the right result in units of the last place of f32; 0 if both are the same. */
function units(value: number, right: number): number {
  const rounded = Math.fround(right);
  if (Object.is(value, rounded) || value === rounded) return value === right ? 0 : 0.5;
  if (!Number.isFinite(right) || Number.isNaN(value)) return Infinity;
  // Beyond the largest number ∞ is the next one.
  const found = Number.isFinite(value) ? value : Math.sign(value) * 2 ** 128;
  const exponent = Math.min(127, Math.max(-126, Math.floor(Math.log2(Math.abs(right)))));
  return Math.abs(found - right) / 2 ** (exponent - 23);
}

function form(op: ScalarOp, single: boolean, dtype: DType, types: readonly DType[]): Compute {
  const { single: one, lanes } = operations[op];
  return (v, args) => (single ? one : lanes)(v, args, dtype, types);
}

function applyTo(
  op: ScalarOp,
  inputs: readonly Data[],
  relaxed: boolean,
  single: boolean,
  dtype: "f32" | "i32" = "f32",
): Data {
  const types = inputs.map((input) => (input instanceof Float32Array ? "f32" : "i32"));
  return runOver(form(op, single, dtype, types), inputs, dtype, { relaxed, single });
}

const demands = [
  ["exp", 2], ["expm1", 2], ["log", 1], ["log1p", 2], ["sigmoid", 3], ["tanh", 6], ["erf", 6],
  ["sin", 2], ["cos", 2], ["gamma", 1],
] as const; // prettier-ignore

for (const relaxed of [false, true]) {
  describe(relaxed ? "with fused multiply-add" : "with multiplication and addition", () => {
    const xs = everywhere(200_000);

    for (const [op, most] of demands) {
      test(`${op} of all numbers within ${most} units of the last place`, () => {
        const found = applyTo(op, [xs], relaxed, false);
        const wrong = [...xs]
          .map((x, i) => ({ x, y: found[i] ?? 0, right: exact[op](x) }))
          .filter(({ y, right }) => !(units(y, right) <= most));
        expect(wrong.slice(0, 5)).toEqual([]);
      });
    }

    test("odd functions keep the sign of zero, tanh and erf end at 1", () => {
      const ends = Float32Array.of(-0, 0, 20, -20);
      for (const op of ["expm1", "log1p", "sin", "tanh", "erf"] as const) {
        expect([...applyTo(op, [ends], relaxed, false)].slice(0, 2), op).toEqual([-0, 0]);
      }
      for (const op of ["tanh", "erf"] as const) {
        expect([...applyTo(op, [ends], relaxed, false)].slice(2), op).toEqual([1, -1]);
        expect(applyTo(op, [xs], relaxed, false).every((y) => !(Math.abs(y) > 1))).toBe(true);
      }
    });

    test("near 1, tanh is right to its last place or the next", () => {
      const large = Float32Array.from({ length: 40_000 }, (_, i) => 2 + i / 4000);
      const found = applyTo("tanh", [large], relaxed, false);
      const most = large.reduce(
        (worst, x, i) => Math.max(worst, units(found[i] ?? 0, elementary.tanh(x))),
        0,
      );
      expect(most).toBeLessThan(1.5);
    });

    for (const op of ["pow", "rem"] as const) {
      test(`${op} of all pairs within 1 unit of the last place`, () => {
        const as = [everywhere(100_000), everywhere(1000)];
        const near = Float32Array.from({ length: 100_000 }, (_, i) =>
          Math.exp((i % 97) / 30 - 1.5),
        );
        const bs = [near.map((x, i) => (x - 1) * (i % 40)), everywhere(1000)];
        const all = everywhere(1000);
        const pairs = [
          [as[0], bs[0]],
          [near, bs[0]],
          ...[1, 3, 10, 33, 100].map((by) => [
            all,
            all.map((_, i) => all[(i * by + by) % 60] ?? 0),
          ]),
        ] as readonly (readonly [Float32Array, Float32Array])[];
        for (const [a, b] of pairs) {
          const found = applyTo(op, [a, b], relaxed, false);
          const compute = op === "pow" ? jsHelpers.pow : jsHelpers.rem;
          const wrong = [...a]
            .map((x, i) => ({ x, by: b[i] ?? 0, y: found[i] ?? 0 }))
            .filter(({ x, by, y }) => !(units(y, compute(x, by)) <= 1));
          expect(wrong.slice(0, 5)).toEqual([]);
        }
      });
    }

    test("one number and four lanes give the same bits", () => {
      const some = everywhere(20_000);
      const others = some.toReversed();
      const whole = new Int32Array(some.buffer);
      const bits = (data: Data): Int32Array => new Int32Array(data.slice().buffer);
      const isNaNBits = (word: number): boolean => (word & 0x7fffffff) > 0x7f800000;
      for (const op of Object.keys(operations) as ScalarOp[]) {
        if (["not", "and", "or", "select", "cast"].includes(op)) continue;
        if (["eq", "ne", "lt", "le", "gt", "ge"].includes(op)) continue; // masks and 0 or 1
        const inputs = ["add", "sub", "mul", "div", "rem", "pow", "max", "min"].includes(op)
          ? [some, others]
          : [some];
        const one = bits(applyTo(op, inputs, relaxed, true));
        const four = bits(applyTo(op, inputs, relaxed, false));
        const differ = one.filter(
          (word, i) => word !== four[i] && !(isNaNBits(word) && isNaNBits(four[i] ?? 0)),
        );
        expect(differ.length, op).toBe(0);
      }
      for (const op of ["neg", "abs", "sign", "max", "min", "rem", "add", "mul"] as const) {
        const inputs = ["neg", "abs", "sign"].includes(op) ? [whole] : [whole, whole.toReversed()];
        const one = applyTo(op, inputs, relaxed, true, "i32");
        expect(one, op).toEqual(applyTo(op, inputs, relaxed, false, "i32"));
      }
    });
  });
}

test("integer remainders have the sign of the divisor, and are 0 for 0", () => {
  const values = [0, 1, 2, 3, 7, 100, 2147483647, -1, -2, -3, -7, -100, -2147483647, -2147483648];
  const a = Int32Array.from(values.flatMap((x) => values.map(() => x)));
  const b = Int32Array.from(values.flatMap(() => values));
  const right = a.map((x, i) => jsHelpers.rem(x, b[i] ?? 0));
  expect(applyTo("rem", [a, b], false, false, "i32")).toEqual(right);
});

test("draws are those of the runtime, bit for bit", () => {
  const elements = Int32Array.from({ length: 4000 }, (_, i) =>
    i % 3 === 0 ? i : Math.imul(i, 0x9e3779b9),
  );
  const cases = [
    [0, 0, 0, 0],
    [0xffffffff, 0x80000000, -1, 2147483647],
    [123456789, 0xdeadbeef, 42, 1000],
    [7, 0xcafef00d, -2147483648, 3],
  ] as const;
  for (const [key0, key1, seed, step] of cases) {
    const right = Float32Array.from(elements, (at) => uniformAt(at, key0, key1, seed, step));
    for (const single of [false, true]) {
      const draw = single ? uniformSingle : uniformLanes;
      const word = (value: number) => ({ kind: "const", type: "i32", value }) as const;
      const place = { key: [key0, key1], seed: word(seed), step: word(step) } as const;
      const found = runOver((v, [at]) => draw(v, at ?? word(0), place), [elements], "f32", {
        relaxed: false,
        single,
      });
      expect(found).toEqual(right);
    }
  }
});

test("half-precision patterns are read and written as by the runtime", () => {
  const patterns = Int32Array.from({ length: 65536 }, (_, i) => i);
  const options = { relaxed: false, single: true };
  const read = runOver((v, [x]) => fromHalf(v, x ?? v.integer(0)), [patterns], "f32", options);
  expect(read).toEqual(Float32Array.from(patterns, jsHelpers.fromHalf));
  const xs = [...everywhere(50_000), ...read].map((x) => x * (1 + 2 ** -12));
  const numbers = Float32Array.from(xs.slice(0, xs.length - (xs.length % 4)));
  const written = runOver((v, [x]) => toHalf(v, x ?? v.integer(0)), [numbers], "i32", options);
  const wrong = [...numbers]
    .map((x, i) => ({ x, y: written[i] ?? 0, right: jsHelpers.toHalf(x) }))
    .filter(({ x, y, right }) => (x === x ? y !== right : (y & 0x7fff) !== 0x7e00));
  expect(wrong.slice(0, 5)).toEqual([]);
});
