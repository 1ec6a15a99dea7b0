// Images of examples as PNG in a page.

import { PNG } from "pngjs";

import type { Picture } from "../api/inspect.ts";

/** Larger pictures are made smaller: a page with 40 photographs should stay light. */
const mostPixels = 96;

/** A data address. The least value is black and the greatest white, since inputs may be normalised in any way. */
export function pictureAddress({ shape, values }: Picture): string {
  const [channels, height, width] = shape;
  const shrink = Math.max(1, Math.ceil(Math.max(height, width) / mostPixels));
  const png = new PNG({ width: Math.ceil(width / shrink), height: Math.ceil(height / shrink) });
  let low = Infinity;
  let high = -Infinity;
  for (const value of values) {
    low = Math.min(low, value);
    high = Math.max(high, value);
  }
  const scale = high > low ? 255 / (high - low) : 0;
  const valueAt = (channel: number, y: number, x: number): number => {
    const at = ((channel % channels) * height + y) * width + x;
    return Math.round(((values[at] ?? low) - low) * scale);
  };
  for (let y = 0; y < png.height; y++) {
    for (let x = 0; x < png.width; x++) {
      const at = 4 * (y * png.width + x);
      for (let c = 0; c < 3; c++) png.data[at + c] = valueAt(c, y * shrink, x * shrink);
      png.data[at + 3] = 255;
    }
  }
  return `data:image/png;base64,${PNG.sync.write(png).toString("base64")}`;
}
