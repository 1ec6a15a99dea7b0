// Index arithmetic against plain evaluation, and the cancellations that fusion relies on.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  addIndex,
  axisIndex,
  constantIndex,
  divideIndex,
  evaluateIndex,
  linearIndex,
  moduloIndex,
  offsetIndex,
  ravelIndex,
  scaleIndex,
  substituteAxes,
  unravelIndex,
} from "../../compiler/schedule/index-form.ts";
import type { Index } from "../../compiler/schedule/kernel.ts";

const extents = { i: 6, j: 5, k: 4, l: 1 } as const;
type Name = keyof typeof extents;
const names = Object.keys(extents) as Name[];
type Point = Readonly<Record<string, number>>;

/** An expression as a tree, with its plain meaning. */
interface Sample {
  readonly index: Index;
  readonly value: (at: Point) => number;
}

const axis = (name: Name): Sample => ({
  index: axisIndex({ name, extent: extents[name] }),
  value: (at) => at[name] ?? 0,
});
const floorMod = (a: number, b: number): number => a - Math.floor(a / b) * b;

const leaf: fc.Arbitrary<Sample> = fc.oneof(
  fc.constantFrom(...names).map(axis),
  fc.integer({ min: -9, max: 9 }).map((n) => ({ index: constantIndex(n), value: () => n })),
);

const { sample } = fc.letrec<{ sample: Sample }>((tie) => ({
  sample: fc.oneof(
    { maxDepth: 6, depthSize: "large" },
    leaf,
    fc.tuple(tie("sample"), tie("sample")).map(([a, b]) => ({
      index: addIndex(a.index, b.index),
      value: (at: Point) => a.value(at) + b.value(at),
    })),
    fc.tuple(tie("sample"), fc.integer({ min: -30, max: 30 })).map(([a, by]) => ({
      index: scaleIndex(a.index, by),
      value: (at: Point) => a.value(at) * by,
    })),
    fc.tuple(tie("sample"), fc.integer({ min: 1, max: 30 })).map(([a, by]) => ({
      index: divideIndex(a.index, by),
      value: (at: Point) => Math.floor(a.value(at) / by),
    })),
    fc.tuple(tie("sample"), fc.integer({ min: 1, max: 30 })).map(([a, by]) => ({
      index: moduloIndex(a.index, by),
      value: (at: Point) => floorMod(a.value(at), by),
    })),
  ),
}));

const points: Point[] = [];
for (let i = 0; i < extents.i; i++) {
  for (let j = 0; j < extents.j; j++) {
    for (let k = 0; k < extents.k; k++) points.push({ i, j, k, l: 0 });
  }
}

function evaluate(index: Index, at: Point): number {
  return evaluateIndex(
    index,
    (name) => at[name] ?? 0,
    () => NaN,
  );
}

describe("index forms", () => {
  test("mean what they are made of, inside their range", () => {
    fc.assert(
      fc.property(sample, ({ index, value }) => {
        for (const at of points) {
          const found = evaluate(index, at);
          if (found !== value(at)) return false;
          if (found < index.low || found > index.high) return false;
        }
        return true;
      }),
      { numRuns: 2000, seed: 7 },
    );
  });

  test("substitution means evaluation with other values", () => {
    const shifted = offsetIndex(axis("k").index, 1); // inside the range of i
    fc.assert(
      fc.property(sample, ({ index, value }) => {
        const replaced = substituteAxes(index, (name) => (name === "i" ? shifted : undefined));
        return points.every(
          (at) => evaluate(replaced, at) === value({ ...at, i: (at["k"] ?? 0) + 1 }),
        );
      }),
      { numRuns: 500, seed: 8 },
    );
  });

  test("equal sums have equal texts, in whatever order they are added", () => {
    fc.assert(
      fc.property(fc.array(sample, { minLength: 2, maxLength: 4 }), (samples) => {
        const sum = (list: readonly Sample[]): string =>
          linearIndex(
            0,
            list.map(({ index }) => ({ index, coefficient: 3 })),
          ).text;
        return sum(samples) === sum([...samples].reverse());
      }),
      { numRuns: 500, seed: 9 },
    );
  });
});

describe("cancellation", () => {
  const a = axisIndex({ name: "a", extent: 8 });
  const b = axisIndex({ name: "b", extent: 3 });
  const c = axisIndex({ name: "c", extent: 7 });
  const flat = axisIndex({ name: "x", extent: 8 * 3 * 7 });
  const texts = (at: readonly Index[]): string[] => at.map((index) => index.text);

  test("a flattened position comes apart into its axes", () => {
    expect(texts(unravelIndex(ravelIndex([a, b, c], [8, 3, 7]), [8, 3, 7]))).toEqual([
      "a",
      "b",
      "c",
    ]);
    expect(texts(unravelIndex(ravelIndex([a, b, c], [8, 3, 7]), [24, 7]))).toEqual([
      "a*3 + b",
      "c",
    ]);
    expect(texts(unravelIndex(ravelIndex([a, b, c], [8, 3, 7]), [8, 21]))).toEqual([
      "a",
      "b*7 + c",
    ]);
    expect(texts(unravelIndex(ravelIndex([a, b, c], [8, 3, 7]), [2, 4, 21]))).toEqual([
      "div(a, 4)",
      "mod(a, 4)",
      "b*7 + c",
    ]);
  });

  test("parts of a position go together again", () => {
    for (const shape of [[8, 21], [24, 7], [8, 3, 7], [4, 6, 7], [2, 2, 2, 3, 7], [168]]) {
      expect(ravelIndex(unravelIndex(flat, shape), shape).text).toBe("x");
    }
    const [high = flat, low = flat] = unravelIndex(flat, [8, 21]);
    const [, middle = flat, last = flat] = unravelIndex(
      ravelIndex([high, low], [8, 21]),
      [8, 3, 7],
    );
    expect(ravelIndex([middle, last], [3, 7]).text).toBe(low.text);
  });

  test("offsets that are whole multiples leave a quotient", () => {
    expect(divideIndex(offsetIndex(scaleIndex(a, 6), 13), 6).text).toBe("a + 2");
    expect(moduloIndex(offsetIndex(scaleIndex(a, 6), 13), 6).text).toBe("1");
    expect(divideIndex(addIndex(scaleIndex(a, 14), c), 7).text).toBe("a*2");
    expect(moduloIndex(moduloIndex(flat, 21), 7).text).toBe("mod(x, 7)");
    expect(divideIndex(divideIndex(flat, 3), 7).text).toBe("div(x, 21)");
  });
});
