// mixup and cutmix: what is mixed with what, targets that tell the same shares, and shares that follow Beta(alpha, alpha).

import { describe, expect, test } from "vitest";
import { places, type Place } from "../oracle/support/program.ts";
import { openExample } from "../support/run-data.ts";

const js: Place = { name: "js", target: "js" };
const [n, h, w] = [4, 6, 8] as const;
const labels = [2, 0, 1, 0];

/** A batch of four images whose pixels are all the number of the image, 1 … 4. */
const batchOf = (use: string): string => `data d = synthetic(1) {
  let image: [${n}, 1, ${h}, ${w}] = (f32(iota(${n})) + 1)[:, none, none, none] * ones([${n}, 1, ${h}, ${w}])
  let label: i32[${n}] = tensor([${labels.join()}])
  let (mixed, shares) = ${use}(image, label)
  field mixed: [${n}, 1, ${h}, ${w}] = mixed
  field shares: [${n}, 3] = shares
}`;

const before = (i: number): number => (i + n - 1) % n;

/** share · own label + (1 − share) · label of the example before. */
function targets(share: number): number[] {
  return labels.flatMap((label, i) =>
    [0, 1, 2].map((k) => (k === label ? share : 0) + (k === labels[before(i)] ? 1 - share : 0)),
  );
}

function expectNear(found: readonly number[], expected: readonly number[], within = 1e-5): void {
  expect(Math.max(...expected.map((v, i) => Math.abs(v - (found[i] ?? NaN))))).toBeLessThan(within);
}

describe("mixup", () => {
  test("blends each image and its label with the one before it", async () => {
    const example = await openExample(batchOf("mixup(3, alpha = 0.7)"), js);
    const shares = new Set<number>();
    for (let step = 0; step < 50; step++) {
      const { mixed = [], shares: target = [] } = await example(1, step);
      const share = target[2] ?? NaN; // the first label is 2, the one before it 0
      shares.add(share);
      const pixels = Array.from({ length: n }, (_, i) =>
        Array<number>(h * w).fill(share * (i + 1) + (1 - share) * (before(i) + 1)),
      ).flat();
      expectNear(mixed, pixels);
      expectNear(target, targets(share));
    }
    expect(shares.size).toBe(50);
  });
});

describe("cutmix", () => {
  test("takes a rectangle of the image before, and as much of its label", async () => {
    const example = await openExample(batchOf("cutmix(3)"), js);
    const areas = new Set<number>();
    for (let step = 0; step < 200; step++) {
      const { mixed = [], shares: target = [] } = await example(1, step);
      const foreign = (y: number, x: number): boolean => mixed[y * w + x] === before(0) + 1;
      const rows = [...Array(h).keys()].filter((y) =>
        [...Array(w).keys()].some((x) => foreign(y, x)),
      );
      const columns = [...Array(w).keys()].filter((x) => rows.some((y) => foreign(y, x)));
      const area = rows.length * columns.length;
      areas.add(area);
      for (let i = 0; i < n; i++)
        for (let y = 0; y < h; y++)
          for (let x = 0; x < w; x++) {
            const isForeign = rows.includes(y) && columns.includes(x);
            expect(mixed[(i * h + y) * w + x]).toBe((isForeign ? before(i) : i) + 1);
          }
      // A rectangle: no gaps between its first and last row and column.
      expect(rows).toEqual(rows.map((_, i) => (rows[0] ?? 0) + i));
      expect(columns).toEqual(columns.map((_, i) => (columns[0] ?? 0) + i));
      expectNear(target, targets(1 - area / (h * w)));
    }
    expect(areas.size).toBeGreaterThan(8);
  });
});

test.each(["mixup(3)", "cutmix(3)"])("%s does nothing outside training", async (use) => {
  const { mixed, shares } = await (await openExample(batchOf(use), js, "evaluation"))(1, 1);
  expect(mixed).toEqual([...Array(n).keys()].flatMap((i) => Array<number>(h * w).fill(i + 1)));
  expect(shares).toEqual(targets(1));
});

test.each(["mixup(3)", "cutmix(3, alpha = 0.5)"])("%s is the same everywhere", async (use) => {
  const first = await openExample(batchOf(use), js);
  for (const place of places) {
    const here = await openExample(batchOf(use), place);
    for (let step = 0; step < 5; step++) {
      const expected = await first(8, step);
      const found = await here(8, step);
      expectNear(found["mixed"] ?? [], expected["mixed"] ?? [], 1e-4);
      expectNear(found["shares"] ?? [], expected["shares"] ?? [], 1e-4);
    }
  }
});

describe("beta", () => {
  // Distribution functions of Beta(alpha, alpha) in closed form.
  test.each([
    [0.5, (x: number) => (2 / Math.PI) * Math.asin(Math.sqrt(x))],
    [1, (x: number) => x],
    [2, (x: number) => 3 * x * x - 2 * x ** 3],
    [4, (x: number) => x ** 4 * (35 - 84 * x + 70 * x * x - 20 * x ** 3)],
  ] as const)("(%d, same) has its distribution function", async (alpha, distribution) => {
    const text = `data d = synthetic(1) { field x: [] = beta(${alpha}) }`;
    const example = await openExample(text, js);
    const draws: number[] = [];
    for (let step = 0; step < 4000; step++) draws.push((await example(6, step))["x"]?.[0] ?? NaN);
    draws.sort((a, b) => a - b);
    const gaps = draws.map((x, i) => Math.abs(distribution(x) - (i + 0.5) / draws.length));
    // Kolmogorov and Smirnov: above 1.95 / √n with a probability of 0.001.
    expect(Math.max(...gaps)).toBeLessThan(1.95 / Math.sqrt(draws.length));
  });

  test("does not underflow for a small alpha", async () => {
    const example = await openExample("data d = synthetic(1) { field x: [] = beta(0.02) }", js);
    const draws: number[] = [];
    for (let step = 0; step < 500; step++) draws.push((await example(6, step))["x"]?.[0] ?? NaN);
    expect(draws.filter((x) => !(x >= 0 && x <= 1))).toEqual([]);
    const high = draws.filter((x) => x > 0.5).length;
    expect(high).toBeGreaterThan(215); // 250 ± 3 standard deviations of 11.2
    expect(high).toBeLessThan(285);
  });
});
