// A picture drawn pixel by pixel: images in cells, captions in a small font, written as PNG.

import font from "oled-font-5x7";
import { PNG } from "pngjs";

import type { TypedArray } from "../../runtime/types.ts";

export interface Canvas {
  /** An image [c, h, w] (1 or 3 channels) scaled into a square of `side` pixels; `low` is drawn black, `high` full. */
  image(x: number, y: number, side: number, image: Picture): void;
  /** Text whose letters are 10 × 14 pixels, cut to `width` pixels. */
  text(x: number, y: number, text: string, width: number): void;
  png(): Uint8Array;
}

export interface Picture {
  readonly values: TypedArray;
  readonly channels: number;
  readonly height: number;
  readonly width: number;
  readonly low: number;
  readonly high: number;
}

const zoom = 2;
/** Pixels from one letter to the next, and of a line. */
export const letterWidth = (font.width + 1) * zoom;
export const letterHeight = font.height * zoom;

const paper = 0xff;
const ink = [0x22, 0x22, 0x22] as const;

export function createCanvas(width: number, height: number): Canvas {
  const png = new PNG({ width, height, colorType: 2 });
  png.data.fill(paper);
  const set = (x: number, y: number, color: readonly number[]): void => {
    if (x < 0 || x >= width || y < 0 || y >= height) return;
    const at = 4 * (y * width + x);
    for (let k = 0; k < 3; k++) png.data[at + k] = color[k] ?? color[0] ?? 0;
  };
  return {
    image(left, top, side, picture) {
      const scale = side / Math.max(picture.height, picture.width);
      const [rows, columns] = [picture.height, picture.width].map((n) => Math.round(n * scale));
      const [y0, x0] = [top, left].map(
        (from, i) => from + Math.floor((side - ((i === 0 ? rows : columns) ?? 0)) / 2),
      );
      for (let y = 0; y < (rows ?? 0); y++)
        for (let x = 0; x < (columns ?? 0); x++)
          set((x0 ?? 0) + x, (y0 ?? 0) + y, pixelOf(picture, y / scale, x / scale, 1 / scale));
    },
    text(left, top, text, room) {
      const most = Math.floor((room + zoom) / letterWidth);
      const letters = Array.from(text);
      const shown =
        letters.length > most ? [...letters.slice(0, Math.max(0, most - 2)), ".", "."] : letters;
      for (const [i, letter] of shown.entries()) drawLetter(letter, left + i * letterWidth, top);
    },
    png: () => PNG.sync.write(png, { colorType: 2 }),
  };

  function drawLetter(letter: string, left: number, top: number): void {
    const columns = columnsOf(letter);
    for (let y = 0; y < letterHeight; y++)
      for (let x = 0; x < font.width * zoom; x++)
        if (((columns[Math.floor(x / zoom)] ?? 0) >> Math.floor(y / zoom)) & 1)
          set(left + x, top + y, ink);
  }
}

/** A letter's columns; without its accent where the font lacks it, a question mark where it lacks that too. */
function columnsOf(letter: string): readonly number[] {
  const bare = letter.normalize("NFD")[0] ?? letter;
  const place =
    [letter, bare, "?"].map((one) => font.lookup.indexOf(one)).find((at) => at >= 0) ?? 0;
  return font.fontData.slice(place * font.width, (place + 1) * font.width);
}

/** The mean of the image's pixels under one of the canvas, whose side is `reach` of them; at least the nearest. */
function pixelOf(picture: Picture, y: number, x: number, reach: number): number[] {
  const { values, channels, height, width, low, high } = picture;
  const span = (from: number, size: number): [number, number] => {
    const first = Math.min(size - 1, Math.floor(from + 1e-9));
    return [first, Math.max(first + 1, Math.min(size, Math.round(from + reach)))];
  };
  const [y0, y1] = span(y, height);
  const [x0, x1] = span(x, width);
  return Array.from({ length: channels }, (_, c) => {
    let sum = 0;
    for (let row = y0; row < y1; row++)
      for (let column = x0; column < x1; column++)
        sum += values[(c * height + row) * width + column] ?? 0;
    const mean = sum / ((y1 - y0) * (x1 - x0));
    return Math.max(0, Math.min(255, Math.round((255 * (mean - low)) / (high - low || 1))));
  });
}
