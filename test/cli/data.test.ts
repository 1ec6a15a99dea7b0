// `dlmc data`: figures against sums by hand, doubles and gaps that were put in, and a sheet whose pixels are the images'.

import { PNG } from "pngjs";
import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { DataReport } from "../../compiler/api/data-report.ts";
import { makeFolder, type Folder } from "../support/command.ts";
import { smallIdx } from "../support/small-idx.ts";

const rows = [
  "size,rooms,kind",
  "1,2,low",
  "3,,high",
  "5,8,low",
  "7,4,low",
  "1,2,high",
  "3,6,low",
  "7,4,low",
  "9,1,high",
];
const table = `${rows.join("\n")}\n`;
/** The same with numbers and names that nothing else bears: the header of files in a folder is not known beforehand. */
const numbers = table
  .replace("size,rooms,kind", "a_size,a_rooms,a_kind")
  .replaceAll("low", "0")
  .replaceAll("high", "1");

const sources = {
  "a.csv": table,
  "parts/a.csv": numbers,
  "parts/b.csv": "a_size,a_rooms,a_kind\n5,8,0\n2,2,1\n",
  "table.dlm": `
data d = csv("parts") {
  field x: [2] = stack([a_size, a_rooms])
  field kind: i32[] = i32(a_kind)
  split = given(train = "a.csv", test = "b.csv")
}
data plain = csv("a.csv") {
  field x: [2] = stack([size, rooms])
  field kind: i32[]
}
`,
  "pictures.dlm": `
data stripes = idx("small") {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
}
data cut = stripes { field image: [1, 28, 28] = image |> cutout(14) }
data flat = stripes { field image: [784] = image |> reshape([784]) }
`,
};

let folder: Folder;
beforeAll(() => {
  folder = makeFolder(sources);
  for (const [name, bytes] of smallIdx(40, 20)) folder.write(`small/${name}`, bytes);
});
afterAll(() => folder.remove());

async function report(...args: string[]): Promise<DataReport> {
  const ran = await folder.run(["data", ...args, "--json"]);
  expect(ran.error).toBe("");
  return JSON.parse(ran.out) as DataReport;
}

describe("dlmc data", () => {
  it("counts, sums and finds gaps as by hand", async () => {
    const found = await report("table.dlm", "--data", "plain");
    expect(found.splits).toEqual({ train: 8 });
    const numbers = [1, 2, 3, 5, 8, 7, 4, 1, 2, 3, 6, 7, 4, 9, 1]; // the gap in the second row left out
    const mean = numbers.reduce((a, b) => a + b) / numbers.length;
    const deviation = Math.sqrt(numbers.reduce((s, v) => s + (v - mean) ** 2, 0) / numbers.length);
    const [x, kind] = found.fields;
    expect(x).toMatchObject({ name: "x", dtype: "f32", shape: [2], missing: { train: 1 } });
    expect(x?.train).toMatchObject({ min: 1, max: 9 });
    expect(x?.train?.mean).toBeCloseTo(mean, 10);
    expect(x?.train?.deviation).toBeCloseTo(deviation, 10);
    const counts = Object.fromEntries((kind?.classes ?? []).map((c) => [c.name, c.counts]));
    expect(counts).toEqual({ low: { train: 5 }, high: { train: 3 } });
    expect(found.missing).toEqual({ rooms: 1 });
  });

  it("counts absent texts of one-hot columns", async () => {
    folder.write("texts.csv", "a,b,c\nx,u,1\n,v,2\ny,,\nx,NA,4\n");
    folder.write(
      "texts.dlm",
      'data d = csv("texts.csv", missing = ["", "NA"]) { field kinds: [_] = columns("text") |> one_hot  field c: [] = c |> fill }',
    );
    expect((await report("texts.dlm")).missing).toEqual({ a: 1, b: 2, c: 1 });
  });

  it("finds examples that occur twice, in a split and across splits, and those that contradict", async () => {
    const found = await report("table.dlm", "--data", "d");
    expect(found.splits).toEqual({ train: 8, test: 2 });
    expect(found.duplicates).toEqual([
      // Rows 1 and 5 are 1,2 with other kinds; rows 4 and 7 are 7,4.
      {
        splits: ["train", "train"],
        count: 2,
        contradicting: 1,
        example: [expect.stringContaining("line 2"), expect.stringContaining("line 6")],
      },
      {
        splits: ["train", "test"],
        count: 1,
        contradicting: 0,
        example: [
          expect.stringContaining("a.csv, line 4"),
          expect.stringContaining("b.csv, line 2"),
        ],
      },
    ]);
    const ran = await folder.run(["data", "table.dlm", "--data", "d"]);
    expect(ran.out).toContain("2 examples of train repeat an earlier one, 1 with another class");
    expect(ran.out).toContain("1 example of test stands in train too");
    expect(ran.out).toContain("missing in the files: a_rooms 1");
  });

  it("draws a sheet: a row a class, the original beside what epochs make of it", async () => {
    const ran = await folder.run([
      "data",
      "pictures.dlm",
      "--data",
      "cut",
      "--sheet",
      "out/sheet.png",
    ]);
    expect(ran.error).toBe("");
    expect(ran.out).toContain("the sheet is in out/sheet.png");
    const { width, height, data } = PNG.sync.read(
      readFileSync(path.join(folder.path, "out/sheet.png")),
    );
    // Ten rows of eight cells of 28 · 4 pixels, 6 apart; caption of one letter, margins of 12, a line of heads.
    expect([width, height]).toEqual([
      12 + 12 + 6 + 8 * 118 - 6 + 12,
      12 + 14 + 6 + 10 * 118 - 6 + 12,
    ]);
    const [left, top] = [30, 32];
    const at = (column: number, row: number, y: number, x: number): number =>
      data[4 * ((top + row * 118 + y) * width + left + column * 118 + x)] ?? NaN;
    const cell = (column: number, row: number): number[] =>
      Array.from({ length: 784 }, (_, i) =>
        at(column, row, 4 * Math.floor(i / 28) + 1, 4 * (i % 28) + 2),
      );
    const images = smallIdx(40, 20).get("train-images-idx3-ubyte") ?? new Uint8Array(0);
    // Class k is first in row (3 k) mod 10 of the data, since row r has class 7 r mod 10.
    for (let k = 0; k < 10; k++) {
      const row = (3 * k) % 10;
      const original = [...images.subarray(16 + row * 784, 16 + (row + 1) * 784)];
      expect(cell(0, k)).toEqual(original);
      for (let epoch = 1; epoch < 8; epoch++) {
        const shown = cell(epoch, k);
        const changed = shown.filter((pixel, i) => pixel !== original[i]).length;
        expect(changed).toBeLessThanOrEqual(14 * 14);
        expect(shown.every((pixel, i) => pixel === original[i] || pixel === 0)).toBe(true);
      }
    }
    const draws = new Set([1, 2, 3, 4, 5, 6, 7].map((epoch) => cell(epoch, 0).join()));
    expect(draws.size).toBeGreaterThan(4);
  });

  it("tells class counts for every split", async () => {
    const found = await report("pictures.dlm", "--data", "stripes");
    const label = found.fields.find(({ name }) => name === "label");
    expect(label?.classes).toHaveLength(10);
    expect(label?.classes?.[3]?.counts).toEqual({ train: 4, test: 2 });
    expect(found.augmented).toBe(false);
    expect((await report("pictures.dlm", "--data", "cut")).augmented).toBe(true);
  });

  it("keeps within a narrow terminal", async () => {
    const { reportLines } = await import("../../compiler/cli/data-lines.ts");
    const found = await report("pictures.dlm", "--data", "stripes");
    const lines = reportLines(found, 44);
    // Places of examples have no room to break.
    const broken = lines.filter((line) => !line.includes("/"));
    expect(Math.max(...broken.map((line) => line.length))).toBeLessThanOrEqual(44);
    expect(lines).toContain("image");
    expect(lines.join("\n")).toMatch(/type f32\[1, 28, 28\]/);
  });

  it.each([
    [["pictures.dlm"], "has 3 data declarations", "--data stripes or --data cut"],
    [["pictures.dlm", "--data", "cat"], "no data called `cat`", "`stripes`, `cut`"],
    [
      ["pictures.dlm", "--data", "cut", "--sheet", "a.jpg"],
      "--sheet writes PNG, not `a.jpg`",
      "sheet.png",
    ],
    [
      ["pictures.dlm", "--data", "flat", "--sheet", "a.png"],
      "flat has no images to draw",
      "`image` [784]",
    ],
    [["none.dlm"], "there is no file none.dlm", "check the path"],
  ] as const)("says what is wrong with %j", async (args, message, help) => {
    const ran = await folder.run(["data", ...args]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain(message);
    expect(ran.error).toContain(help);
    expect(ran.out).toBe("");
  });
});
