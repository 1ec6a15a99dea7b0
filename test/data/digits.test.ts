import { describe, expect, test } from "vitest";
import { sha256 } from "../../runtime/data/bytes.ts";
import { drawDigit } from "../../runtime/data/digits/draw.ts";
import { skeletons } from "../../runtime/data/digits/skeletons.ts";

const size = 28 * 28;

function draw(count: number, seed: number): Uint8Array {
  const pixels = new Uint8Array(count * size);
  for (let row = 0; row < count; row++) drawDigit(seed, row, pixels, row * size);
  return pixels;
}

describe("digits", () => {
  test("every digit has several forms", () => {
    expect(skeletons).toHaveLength(10);
    for (const variants of skeletons) expect(variants.length).toBeGreaterThanOrEqual(4);
  });

  test("the same seed gives the same pixels on every machine", async () => {
    expect(await sha256(draw(100, 0))).toBe(
      "979cddb91ee0f5e2c5eab149fb4aab95dca40e6c07cb1142cb743531c4fd296c",
    );
    expect(draw(20, 1)).not.toEqual(draw(20, 0));
  });

  test("they lie as MNIST's do: paper at the rim, the mass near the middle, about a seventh of ink", () => {
    const pixels = draw(500, 3);
    let ink = 0;
    for (let row = 0; row < 500; row++) {
      let mass = 0;
      let x = 0;
      let y = 0;
      for (let i = 0; i < size; i++) {
        const value = pixels[row * size + i] ?? 0;
        mass += value;
        x += value * (i % 28);
        y += value * Math.floor(i / 28);
      }
      expect(Math.abs(x / mass - 13.5)).toBeLessThan(5);
      expect(Math.abs(y / mass - 13.5)).toBeLessThan(5);
      ink += mass / 255 / size;
    }
    expect(ink / 500).toBeGreaterThan(0.11);
    expect(ink / 500).toBeLessThan(0.16);
  });

  test("ten thousand are drawn in a few seconds", () => {
    const start = performance.now();
    draw(1000, 0);
    expect(performance.now() - start).toBeLessThan(1500); // 0.1 s on an idle machine
  });
});
