// Augmentation that moves pixels: every result is a window of the image that the definition allows, each as often as it
// should be, the same for a seed, nothing but the middle outside training, and equal bit for bit on every device.

import { describe, expect, test } from "vitest";
import { places, type Place } from "../oracle/support/program.ts";
import { openExample, type Example } from "../support/run-data.ts";

const js: Place = { name: "js", target: "js" };

/** An image [2, h, w] whose pixels are 1, 2, 3, … in row-major order, so that 0 is a pixel from outside. */
function numbered(h: number, w: number, expression: string, shape: string): string {
  const count = 2 * h * w;
  return `data d = synthetic(1) {
    let image = f32(iota(${count})) + 1 |> reshape([2, ${h}, ${w}])
    field out: ${shape} = ${expression}
  }`;
}

/** Pixels of that image's first channel from row `top` and column `left` on, 0 outside. */
function windowOf(
  h: number,
  w: number,
  top: number,
  left: number,
  size: readonly number[],
): number[] {
  const [rows = 0, columns = 0] = size;
  const out: number[] = [];
  for (let c = 0; c < 2; c++)
    for (let y = top; y < top + rows; y++)
      for (let x = left; x < left + columns; x++)
        out.push(y >= 0 && y < h && x >= 0 && x < w ? 1 + (c * h + y) * w + x : 0);
  return out;
}

/** How often each result was drawn in so many steps. */
async function counts(example: Example, steps: number, seed = 3): Promise<Map<string, number>> {
  const seen = new Map<string, number>();
  for (let step = 0; step < steps; step++) {
    const key = ((await example(seed, step))["out"] ?? []).join();
    seen.set(key, (seen.get(key) ?? 0) + 1);
  }
  return seen;
}

/** Pearson's χ² of counts against equal shares. */
function chiSquared(seen: ReadonlyMap<string, number>, cells: number, draws: number): number {
  const share = draws / cells;
  let sum = (cells - seen.size) * share;
  for (const count of seen.values()) sum += (count - share) ** 2 / share;
  return sum;
}

describe("random_crop", () => {
  const text = numbered(5, 4, "image |> random_crop((4, 3), padding = (1, 2))", "[2, 4, 3]");
  const windows = [-1, 0, 1, 2].flatMap((top) =>
    [-2, -1, 0, 1, 2, 3].map((left) => windowOf(5, 4, top, left, [4, 3]).join()),
  );

  test("gives every window of the padded image, and each as often", async () => {
    const seen = await counts(await openExample(text, js), 4800);
    expect([...seen.keys()].sort()).toEqual([...windows].sort());
    // 23 degrees of freedom: χ² above 49.7 has a probability of 0.001.
    expect(chiSquared(seen, windows.length, 4800)).toBeLessThan(49.7);
  });

  test("takes the middle outside training, which without a change of size is the image", async () => {
    const same = numbered(5, 4, "image |> random_crop((5, 4), padding = 4)", "[2, 5, 4]");
    const kept = await openExample(same, js, "evaluation");
    expect((await kept(1, 2))["out"]).toEqual(windowOf(5, 4, 0, 0, [5, 4]));
    const cut = await openExample(text, js, "evaluation");
    expect((await cut(1, 2))["out"]).toEqual(windowOf(5, 4, 0, 0, [4, 3]));
  });
});

describe("center_crop", () => {
  // torchvision's: offsets int(round((h - size) / 2.0)), halves to the even number; zeros where the image is smaller.
  test.each([
    [9, 9, [6, 4], 2, 2],
    [7, 5, [4, 4], 2, 0],
    [3, 4, [5, 6], -1, -1],
  ] as const)("of [2, %i, %i] to %s starts at %i, %i", async (h, w, size, top, left) => {
    const use = numbered(h, w, `image |> center_crop((${size.join()}))`, `[2, ${size.join()}]`);
    const out = (await (await openExample(use, js))(0, 0))["out"];
    expect(out).toEqual(windowOf(h, w, top, left, size));
  });
});

describe("random_flip", () => {
  const image = windowOf(2, 3, 0, 0, [2, 3]);
  const at = (c: number, y: number, x: number): number => image[(c * 2 + y) * 3 + x] ?? NaN;
  const turned = (pixel: (c: number, y: number, x: number) => number): string =>
    image.map((_, i) => pixel(Math.floor(i / 6), Math.floor(i / 3) % 2, i % 3)).join();
  const plain = turned(at);
  const across = turned((c, y, x) => at(c, y, 2 - x));
  const down = turned((c, y, x) => at(c, 1 - y, x));
  const around = turned((c, y, x) => at(c, 1 - y, 2 - x));

  test.each([
    ["random_flip", [plain, across]],
    ['random_flip("vertical")', [plain, down]],
    ['random_flip("both")', [plain, across, down, around]],
  ] as const)("%s turns half of the images", async (use, expected) => {
    const example = await openExample(numbered(2, 3, `image |> ${use}`, "[2, 2, 3]"), js);
    const seen = await counts(example, 2000);
    expect([...seen.keys()].sort()).toEqual([...expected].sort());
    expect(chiSquared(seen, expected.length, 2000)).toBeLessThan(
      expected.length === 2 ? 10.8 : 16.3,
    );
  });

  test("turns with probability p, and nothing outside training", async () => {
    const text = numbered(2, 3, "image |> random_flip(p = 0.1)", "[2, 2, 3]");
    const seen = await counts(await openExample(text, js), 2000);
    expect(seen.get(across)).toBeGreaterThan(160); // 200 ± 3 standard deviations of 13.4
    expect(seen.get(across)).toBeLessThan(240);
    const evaluation = await openExample(text, js, "evaluation");
    expect((await counts(evaluation, 20)).size).toBe(1);
    expect((await evaluation(0, 0))["out"]?.join()).toBe(plain);
  });
});

describe("cutout", () => {
  test("blanks a square around every pixel alike, cut off at the border", async () => {
    // Cutout.py of the paper: rows clip(y - length // 2) … clip(y + length // 2), columns alike, for a random pixel (y, x).
    const expected = new Set<string>();
    for (let y = 0; y < 4; y++)
      for (let x = 0; x < 5; x++)
        expected.add(
          windowOf(4, 5, 0, 0, [4, 5])
            .map((pixel, i) => {
              const [row, column] = [Math.floor(i / 5) % 4, i % 5];
              return row >= y - 1 && row < y + 1 && column >= x - 1 && column < x + 1 ? 0 : pixel;
            })
            .join(),
        );
    const text = numbered(4, 5, "image |> cutout(2)", "[2, 4, 5]");
    const seen = await counts(await openExample(text, js), 4000);
    expect([...seen.keys()].sort()).toEqual([...expected].sort());
    expect(chiSquared(seen, 20, 4000)).toBeLessThan(43.8); // 19 degrees of freedom, 0.001
    const evaluation = await openExample(text, js, "evaluation");
    expect((await evaluation(0, 0))["out"]).toEqual(windowOf(4, 5, 0, 0, [4, 5]));
  });
});

test("draws depend on seed and draw alone, and agree on every device", async () => {
  const text = numbered(
    6,
    7,
    'image |> random_crop(5, padding = 2) |> random_flip("both") |> cutout(3) |> normalize([1, 2], [3, 4])',
    "[2, 5, 5]",
  );
  const first = await openExample(text, js);
  const again = await openExample(text, js);
  const seeds = [0, 1, 77];
  const drawn: string[] = [];
  for (const seed of seeds)
    for (let step = 0; step < 5; step++) {
      const expected = (await first(seed, step))["out"];
      expect((await again(seed, step))["out"]).toEqual(expected);
      drawn.push(expected?.join() ?? "");
    }
  expect(new Set(drawn).size).toBeGreaterThan(10);
  for (const place of places) {
    const here = await openExample(text, place);
    let at = 0;
    for (const seed of seeds)
      for (let step = 0; step < 5; step++)
        expect((await here(seed, step))["out"]?.join(), place.name).toBe(drawn[at++]);
  }
});
