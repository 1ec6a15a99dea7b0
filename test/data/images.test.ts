import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { encode } from "jpeg-js";
import { PNG } from "pngjs";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { fitPlanes, planesOf } from "../../runtime/data/fit-image.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import type { Argument, DataSpec, SplitSpec } from "../../runtime/data/spec.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { pictureSize } from "../../runtime/node/picture-size.ts";
import { upright } from "../../runtime/node/read-picture.ts";

let root = "";
beforeEach(() => {
  root = mkdtempSync(path.join(tmpdir(), "dlm-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(file: string, bytes: Uint8Array): void {
  const whole = path.join(root, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, bytes);
}

/** A file whose every pixel has these channels. */
function png(width: number, height: number, pixel: readonly number[], options = {}): Buffer {
  const picture = new PNG({ width, height, ...options });
  for (let i = 0; i < width * height; i++) picture.data.set(pixel, 4 * i);
  return PNG.sync.write(picture, options);
}

/** A JPEG, red on the left half and blue on the right, with an EXIF orientation. */
function jpeg(width: number, height: number, orientation: number): Buffer {
  const data = Buffer.alloc(4 * width * height, 255);
  for (let i = 0; i < width * height; i++) {
    data.set(i % width < width / 2 ? [250, 0, 0, 255] : [0, 0, 250, 255], 4 * i);
  }
  const plain = encode({ width, height, data }, 95).data;
  const tiff = [
    0x4d,
    0x4d,
    0,
    42,
    0,
    0,
    0,
    8,
    0,
    1,
    0x01,
    0x12,
    0,
    3,
    0,
    0,
    0,
    1,
    0,
    orientation,
    0,
    0,
  ];
  const exif = [...Buffer.from("Exif\0\0"), ...tiff, 0, 0, 0, 0];
  const marker = Buffer.from([0xff, 0xe1, 0, exif.length + 2, ...exif]);
  return Buffer.concat([plain.subarray(0, 2), marker, plain.subarray(2)]);
}

function open(
  args: Record<string, Argument> = {},
  split: SplitSpec = { kind: "none" },
): Promise<Dataset> {
  const spec: DataSpec = {
    name: "p",
    reader: "images",
    arguments: { folder: "pictures/", ...args },
    place: "m.dlm:1:1",
    columns: [
      {
        input: "image",
        dtype: "u8",
        shape: ["c", "h", "w"],
        source: { kind: "column", name: "image" },
      },
      { input: "label", dtype: "i32", shape: [], source: { kind: "column", name: "label" } },
    ],
    split,
  };
  return openData(spec, createDataHost({ folder: root, environment: {} }), { seed: 0 });
}

describe("images", () => {
  test("are a folder a class, in the order of the names", async () => {
    put("pictures/dog/b.png", png(2, 3, [1, 2, 3, 255]));
    put("pictures/cat/a.PNG", png(2, 3, [9, 8, 7, 255]));
    put("pictures/notes.txt", Uint8Array.of(1));
    const data = await open();
    expect(data.columns.get("label")?.labels).toEqual(["cat", "dog"]);
    expect(data.dims).toEqual({ c: 3, h: 3, w: 2 });
    expect([...data.read("label", [0, 1])]).toEqual([0, 1]);
    expect([...data.read("image", [1])]).toEqual([
      1, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3, 3, 3, 3, 3, 3,
    ]);
    expect(data.place(1)).toMatch(/dog\/b\.png$/);
  });

  test("have parts by `given`, with the same classes in all", async () => {
    put("pictures/train/x/1.png", png(1, 1, [1, 1, 1, 255]));
    put("pictures/train/y/1.png", png(1, 1, [2, 2, 2, 255]));
    put("pictures/held/y/1.png", png(1, 1, [3, 3, 3, 255]));
    const data = await open({}, { kind: "given", parts: { train: "train", validation: "held" } });
    const rows = data.splits["validation"]?.rows ?? [];
    expect([...data.read("label", rows), ...data.read("image", rows)]).toEqual([1, 3, 3, 3]);
    expect(data.splits["train"]?.count).toBe(2);
  });

  test("of every kind become the channels that are asked for", async () => {
    put("pictures/a/1-grey.png", png(1, 1, [50, 50, 50, 255], { colorType: 0 }));
    put("pictures/a/2-alpha.png", png(1, 1, [10, 20, 30, 40], { colorType: 6 }));
    put("pictures/a/3-colour.png", png(1, 1, [200, 100, 50, 255], { colorType: 2 }));
    const colour = await open();
    expect([...colour.read("image", [0, 1, 2])]).toEqual([50, 50, 50, 10, 20, 30, 200, 100, 50]);
    const grey = await open({ channels: 1 });
    // (299 r + 587 g + 114 b) / 1000 = 124.2
    expect([...grey.read("image", [0, 2])]).toEqual([50, 124]);
  });

  test("stand upright as their camera says", async () => {
    put("pictures/a/1.jpg", jpeg(32, 16, 6));
    const data = await open();
    expect(data.dims).toEqual({ c: 3, h: 32, w: 16 });
    const red = data.read("image", [0]).subarray(0, 32 * 16);
    // Turned clockwise, the left half is the upper one.
    expect(Math.min(...red.subarray(0, 12 * 16))).toBeGreaterThan(200);
    expect(Math.max(...red.subarray(20 * 16))).toBeLessThan(50);
  });

  test("of several sizes are told, or brought to one", async () => {
    put("pictures/a/1.png", png(4, 4, [7, 7, 7, 255]));
    put("pictures/a/2.png", png(9, 5, [8, 8, 8, 255]));
    put("pictures/a/3.jpg", jpeg(32, 16, 6));
    await expect(open()).rejects.toMatchObject({
      message: "the picture is 9 × 5, the first one 4 × 4, and 1 more differ",
      place: expect.stringMatching(/2\.png$/),
      help: expect.stringContaining("size = 256"),
    });
    const sizeOf = (file: string) => pictureSize(path.join(root, "pictures/a", file));
    expect(sizeOf("2.png")).toEqual({ width: 9, height: 5 });
    expect(sizeOf("3.jpg")).toEqual({ width: 16, height: 32 }); // upright, as EXIF says
    expect(sizeOf("none.png")).toBeUndefined();
    const fitted = await open({ size: 2 });
    expect([...fitted.read("image", [1, 0])]).toEqual([...Array(12).fill(8), ...Array(12).fill(7)]);
  });

  test("that are damaged are named", async () => {
    put("pictures/a/1.png", png(40, 40, [7, 7, 7, 255]).subarray(0, 60));
    await expect(open()).rejects.toMatchObject({
      name: "UserError",
      place: expect.stringMatching(/a\/1\.png$/),
      help: expect.stringContaining("take it out of the folder"),
    });
    put("pictures/a/1.png", Buffer.from("no picture"));
    await expect(open()).rejects.toThrow(/no PNG or JPEG/);
    rmSync(path.join(root, "pictures"), { recursive: true });
    await expect(open()).rejects.toThrow(/no data file pictures/);
    mkdirSync(path.join(root, "pictures", "a"), { recursive: true });
    await expect(open()).rejects.toThrow(/no pictures in pictures/);
  });
});

test("orientations turn and mirror as EXIF defines them", () => {
  // Stored rows: a b c / d e f. Standard: CIPA DC-008, figure of the eight orientations.
  const rgba = Uint8Array.from("abcdef".split("").flatMap((c) => [c.charCodeAt(0), 0, 0, 0]));
  const shown = (orientation: number): string => {
    const { width, rgba: out } = upright({ width: 3, height: 2, rgba }, orientation);
    const text = String.fromCharCode(...out.filter((_, i) => i % 4 === 0));
    return (text.match(new RegExp(`.{${width}}`, "g")) ?? []).join(" ");
  };
  expect([1, 2, 3, 4, 5, 6, 7, 8].map(shown)).toEqual([
    "abc def",
    "cba fed",
    "fed cba",
    "def abc",
    "ad be cf",
    "da eb fc",
    "fc eb da",
    "cf be ad",
  ]);
});

// PyTorch's interpolate(mode="bilinear", antialias=True) of (37 i) mod 256, row by row, and the middle of it, rounded.
const resized: readonly (readonly [string, number, number, number, readonly number[]])[] = [
  [
    "smaller",
    20,
    30,
    4,
    [123, 128, 132, 128, 127, 129, 128, 123, 126, 129, 125, 125, 124, 128, 129, 129],
  ],
  [
    "larger",
    7,
    10,
    9,
    [
      59, 89, 120, 151, 182, 213, 94, 18, 49, 135, 165, 154, 56, 87, 118, 99, 94, 125, 109, 140,
      136, 60, 91, 121, 152, 136, 100, 56, 87, 118, 144, 127, 153, 184, 132, 47, 145, 175, 206, 216,
      33, 43, 74, 104, 135, 117, 65, 96, 122, 105, 131, 162, 193, 174, 113, 97, 128, 158, 189, 113,
      109, 140, 142, 155, 150, 131, 162, 193, 95, 84, 114, 145, 231, 155, 36, 67, 98, 129, 160, 190,
      221,
    ],
  ],
];
test.each(resized)("pictures are made %s as PyTorch does", (_, height, width, size, expected) => {
  const plane = Uint8Array.from({ length: height * width }, (_v, i) => (37 * i) % 256);
  const found = fitPlanes(plane, [1, height, width], size);
  // Rounded after rows and after columns, where PyTorch rounds once.
  expect(
    Math.max(...expected.map((value, i) => Math.abs(value - (found[i] ?? 0)))),
  ).toBeLessThanOrEqual(1);
  expect(found).toHaveLength(size * size);
});

test("grey is the luma of red, green and blue", () => {
  const rgba = Uint8Array.of(255, 0, 0, 255, 0, 255, 0, 255, 0, 0, 255, 255);
  expect([...planesOf({ width: 3, height: 1, rgba }, 1)]).toEqual([76, 150, 29]);
});
