// Augmentation that computes pixels: against PyTorch's figures, and, for what is drawn, against torchvision's definitions written
// out pixel by pixel with the draws of the seed.

import { describe, expect, test } from "vitest";
import { places, type Place } from "../oracle/support/program.ts";
import { drawsOf, openExample } from "../support/run-data.ts";
import { figures } from "./image-figures.ts";
import { adjustHue, blend, cut, gray, pattern, resize, type Image } from "./images.ts";

const js: Place = { name: "js", target: "js" };

/** A field `out` of the image with pixels ((37 i) mod 101) / 100. */
function withPattern(shape: string, use: string, result: string): string {
  const count = shape.replaceAll(",", " *").replace("[", "(").replace("]", ")");
  return `data d = synthetic(1) {
    let image: ${shape} = f32((37 * iota${count}) % 101) / 100 |> reshape(${shape})
    field out: ${result} = image |> ${use}
  }`;
}

/** By the largest difference of two lists of numbers. */
function expectNear(
  found: readonly number[] | undefined,
  expected: readonly number[],
  within: number,
): void {
  expect(found).toHaveLength(expected.length);
  const gap = Math.max(...expected.map((value, i) => Math.abs(value - (found?.[i] ?? NaN))));
  expect(gap).toBeLessThan(within);
}

describe.each(figures)("$name", ({ shape, use, result, expected }) => {
  test.each(places)("$name", async (place) => {
    const text = withPattern(shape, use.includes("=>") ? `(${use})` : use, result);
    const example = await openExample(text, place);
    expectNear((await example(0, 0))["out"], expected, 2e-6);
  });
});

test("resizing to the size that it has keeps every bit", async () => {
  const text = withPattern("[1, 5, 6]", "resize((5, 6))", "[1, 5, 6]");
  const expected = pattern(1, 5, 6).flat(2).map(Math.fround);
  expect((await (await openExample(text, js))(0, 0))["out"]).toEqual(expected);
});

describe("random_resized_crop", () => {
  const [h, w] = [12, 16];
  const text = withPattern(`[2, ${h}, ${w}]`, "random_resized_crop((5, 4))", "[2, 5, 4]");
  const ratio = [0.75, 1.3333333333333333] as const;

  /** torchvision's RandomResizedCrop.get_params with these draws: areas, logarithms of ratios, row and column. */
  function box([areas = [], ratios = [], row = [], column = []]: readonly number[][]): [
    number,
    number,
    number,
    number,
  ] {
    for (const [i, u] of areas.entries()) {
      const area = h * w * (0.08 + 0.92 * u);
      const [low, high] = ratio.map(Math.log) as [number, number];
      const aspect = Math.exp(low + (high - low) * (ratios[i] ?? NaN));
      const width = Math.round(Math.sqrt(area * aspect));
      const height = Math.round(Math.sqrt(area / aspect));
      if (width > 0 && width <= w && height > 0 && height <= h) {
        const top = Math.floor((row[0] ?? NaN) * (h - height + 1));
        return [top, Math.floor((column[0] ?? NaN) * (w - width + 1)), height, width];
      }
    }
    return [0, 0, h, w]; // 16 / 12 is within the ratio
  }

  test("takes torchvision's part of the image and resizes it", async () => {
    const [example, draws] = [await openExample(text, js), drawsOf(text)];
    const image = pattern(2, h, w);
    const sizes = new Set<string>();
    for (let step = 0; step < 200; step++) {
      const [top, left, height, width] = box(draws(5, step));
      sizes.add(`${height}×${width}`);
      const expected = resize(cut(image, top, left, height, width), 5, 4).flat(2);
      expectNear((await example(5, step))["out"], expected, 2e-6);
    }
    expect(sizes.size).toBeGreaterThan(30);
  });

  test.each([
    ["wide", 4, 30, [0, 12, 4, 5]], // round(4 · 4/3) = 5 columns of 30
    ["high", 40, 6, [16, 0, 8, 6]], // round(6 / 0.75) = 8 rows of 40
  ] as const)(
    "takes the middle of a %s image where no part fits",
    async (_, rows, columns, part) => {
      const whole = `random_resized_crop((3, 4), scale = (1, 1))`;
      const example = await openExample(
        withPattern(`[1, ${rows}, ${columns}]`, whole, "[1, 3, 4]"),
        js,
      );
      const [top, left, height, width] = part;
      const expected = resize(cut(pattern(1, rows, columns), top, left, height, width), 3, 4).flat(
        2,
      );
      expectNear((await example(1, 1))["out"], expected, 2e-6);
    },
  );

  test("outside training it takes the largest part of the wanted shape", async () => {
    const example = await openExample(text, js, "evaluation");
    // 12 rows · (4 / 5) = 9.6 → 10 columns of 16
    const expected = resize(cut(pattern(2, h, w), 0, 3, 12, 10), 5, 4).flat(2);
    expectNear((await example(1, 1))["out"], expected, 2e-6);
  });
});

describe("color_jitter", () => {
  const settings = { brightness: 0.8, contrast: 0.6, saturation: 1.5, hue: 0.3 };
  const use = `color_jitter(${Object.values(settings).join()})`;

  /** torchvision's ColorJitter with these draws: chances that order the four changes, three factors, hue's shift. */
  function jitter(image: Image, [chances = [], ...others]: readonly number[][]): Image {
    const one = (i: number): number => others[i]?.[0] ?? NaN;
    const factor = (i: number, spread: number): number => {
      const least = Math.max(0, 1 - spread);
      return least + one(i) * (1 + spread - least);
    };
    const mean = (lines: number[][]): number => {
      const all = lines.flat();
      return all.reduce((sum, value) => sum + value, 0) / all.length;
    };
    const changes: ((x: Image) => Image)[] = [
      (x) => blend(x, () => 0, factor(0, settings.brightness)),
      (x) => {
        const level = mean(gray(x));
        return blend(x, () => level, factor(1, settings.contrast));
      },
      (x) => {
        const dull = gray(x);
        return blend(x, (y, column) => dull[y]?.[column] ?? NaN, factor(2, settings.saturation));
      },
      (x) => adjustHue(x, (2 * one(3) - 1) * settings.hue),
    ];
    const order = [0, 1, 2, 3].sort((a, b) => (chances[a] ?? 0) - (chances[b] ?? 0));
    return order.reduce((x, kind) => changes[kind]?.(x) ?? x, image);
  }

  test("changes what torchvision changes, in a random order", async () => {
    const text = withPattern("[3, 4, 5]", use, "[3, 4, 5]");
    const [example, draws] = [await openExample(text, js), drawsOf(text)];
    const orders = new Set<string>();
    for (let step = 0; step < 300; step++) {
      const drawn = draws(9, step);
      orders.add(drawn[0]?.map((u) => drawn[0]?.filter((v) => v < u).length).join() ?? "");
      const expected = jitter(pattern(3, 4, 5), drawn).flat(2);
      expectNear((await example(9, step))["out"], expected, 1e-5);
    }
    expect(orders.size).toBe(24);
  });

  test("keeps the hue of gray images, and everything outside training", async () => {
    const grayText = withPattern("[1, 4, 5]", "color_jitter(0.5, 0, 0.5, 0.5)", "[1, 4, 5]");
    const [example, draws] = [await openExample(grayText, js), drawsOf(grayText)];
    const factor = 0.5 + (draws(1, 1)[1]?.[0] ?? NaN);
    const expected = blend(pattern(1, 4, 5), () => 0, factor).flat(2);
    expectNear((await example(1, 1))["out"], expected, 1e-6);
    const evaluation = await openExample(
      withPattern("[3, 4, 5]", use, "[3, 4, 5]"),
      js,
      "evaluation",
    );
    expect((await evaluation(1, 1))["out"]).toEqual(pattern(3, 4, 5).flat(2).map(Math.fround));
  });
});

describe("rotation", () => {
  test("turns by an angle within ±degrees, and not at all outside training", async () => {
    const text = withPattern("[1, 5, 6]", "rotation(40)", "[1, 5, 6]");
    const fixed = (angle: number): string =>
      withPattern("[1, 5, 6]", `(p => rotate(p, ${angle}))`, "[1, 5, 6]");
    const [example, draws] = [await openExample(text, js), drawsOf(text)];
    for (let step = 0; step < 8; step++) {
      const angle = 80 * (draws(2, step)[0]?.[0] ?? NaN) - 40;
      const expected = (await (await openExample(fixed(angle), js))(0, 0))["out"] ?? [];
      expectNear((await example(2, step))["out"], expected, 1e-5);
    }
    const evaluation = await openExample(text, js, "evaluation");
    expect((await evaluation(1, 1))["out"]).toEqual(pattern(1, 5, 6).flat(2).map(Math.fround));
  });
});

test("every device draws and computes the same", async () => {
  const use = "random_resized_crop(6) |> rotation(20) |> color_jitter(0.4, 0.4, 0.4, 0.1)";
  const text = withPattern("[3, 8, 9]", use, "[3, 6, 6]");
  const first = await openExample(text, js);
  const expected = await Promise.all([0, 1, 2].map((step) => first(4, step)));
  for (const place of places) {
    const here = await openExample(text, place);
    for (const [step, fields] of expected.entries())
      expectNear((await here(4, step))["out"], fields["out"] ?? [], 1e-4);
  }
});
