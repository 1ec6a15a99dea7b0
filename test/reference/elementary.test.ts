// The elementary functions in plain arithmetic, judged by the engine's own and by published values.

import { describe, expect, test } from "vitest";
import * as elementary from "../../runtime/reference/elementary.ts";
import { cos, sin } from "../../runtime/reference/trigonometry.ts";

type Function1 = (x: number) => number;

/** Largest relative difference over an even grid. */
function worst(mine: Function1, engine: Function1, low: number, high: number): number {
  let largest = 0;
  for (let i = 0; i <= 20_000; i++) {
    const x = low + ((high - low) * (i + 0.37)) / 20_001;
    const expected = engine(x);
    const error = Math.abs(mine(x) - expected) / Math.abs(expected);
    if (!(error <= largest) && mine(x) !== expected) largest = error;
  }
  return largest;
}

const cases: readonly (readonly [string, Function1, Function1, number, number])[] = [
  ["exp", elementary.exp, Math.exp, -20, 20],
  ["exp, wide", elementary.exp, Math.exp, -740, 709],
  ["expm1", elementary.expm1, Math.expm1, -2, 2],
  ["expm1, small", elementary.expm1, Math.expm1, -1e-6, 1e-6],
  ["log", elementary.log, Math.log, 0, 3],
  ["log near 1", elementary.log, Math.log, 0.999, 1.001],
  ["log, wide", elementary.log, Math.log, 0, 1e300],
  ["log, subnormal", elementary.log, Math.log, 0, 1e-309],
  ["log1p", elementary.log1p, Math.log1p, -0.99, 3],
  ["log1p, small", elementary.log1p, Math.log1p, -1e-4, 1e-4],
  ["tanh", elementary.tanh, Math.tanh, -4, 4],
  ["sin", sin, Math.sin, -50, 50],
  ["cos", cos, Math.cos, -50, 50],
  ["sin, wide", sin, Math.sin, -9e5, 9e5],
  ["cos, exact reduction", cos, Math.cos, 1e6, 1e15],
  ["sqrt by pow", (x) => elementary.pow(x, 0.5), Math.sqrt, 0, 9],
  ["cube by pow", (x) => elementary.pow(x, 3), (x) => x * x * x, -3, 3],
];

describe("relative errors stay below 3e-15", () => {
  for (const [name, mine, engine, low, high] of cases) {
    test(name, () => expect(worst(mine, engine, low, high)).toBeLessThan(3e-15));
  }
});

describe("special values", () => {
  test("of exp and log", () => {
    expect([-Infinity, -1000, 1000, Infinity].map(elementary.exp)).toEqual([
      0,
      0,
      Infinity,
      Infinity,
    ]);
    expect([0, -1, Infinity, NaN].map(elementary.log)).toEqual([-Infinity, NaN, Infinity, NaN]);
    expect([-1, -2, Infinity].map(elementary.log1p)).toEqual([-Infinity, NaN, Infinity]);
    expect([0, -0].map(elementary.expm1)).toEqual([0, -0]);
  });
  test("of saturating functions", () => {
    expect([-1000, 0, 1000, NaN].map(elementary.tanh)).toEqual([-1, 0, 1, NaN]);
    expect([-1000, 0, 1000, NaN].map(elementary.sigmoid)).toEqual([0, 0.5, 1, NaN]);
    expect([-7, 0, 7, NaN].map(elementary.erf)).toEqual([-1, 0, 1, NaN]);
  });
  test("of pow", () => {
    const pairs = [[0, 0], [0, -1], [-2, 3], [-2, 0.5], [2, Infinity], [0.5, Infinity], [0, 100.5]] as const; // prettier-ignore
    for (const [x, y] of pairs) expect(elementary.pow(x, y)).toBe(Math.pow(x, y));
  });
});

describe("published values", () => {
  // Abramowitz and Stegun, tables 6.1 and 7.1.
  const published: readonly (readonly [string, number, number])[] = [
    ["erf(0.5)", elementary.erf(0.5), 0.5204998778130465],
    ["erf(1)", elementary.erf(1), 0.8427007929497149],
    ["erf(2)", elementary.erf(2), 0.9953222650189527],
    ["erf(3)", elementary.erf(3), 0.9999779095030014],
    ["gamma(1/2)", elementary.gamma(0.5), Math.sqrt(Math.PI)],
    ["gamma(-1/2)", elementary.gamma(-0.5), -2 * Math.sqrt(Math.PI)],
    ["gamma(1.5)", elementary.gamma(1.5), Math.sqrt(Math.PI) / 2],
    ["gamma(11)", elementary.gamma(11), 3628800],
    ["gamma(1/3)", elementary.gamma(1 / 3), 2.678938534707747],
  ];
  for (const [name, found, expected] of published) {
    test(name, () => expect(Math.abs(found / expected - 1)).toBeLessThan(2e-15));
  }
});
