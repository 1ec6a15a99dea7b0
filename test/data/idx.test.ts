import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { gzipSync } from "node:zlib";
import { expect, test, describe } from "vitest";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { DataHost } from "../../runtime/host.ts";
import { epochOrder, openData, type Dataset } from "../../runtime/data/open.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import type { DataSpec, SplitSpec } from "../../runtime/data/spec.ts";
import { dataDir, describeShared } from "../support/shared.ts";

/** An IDX file of bytes. */
function idxFile(shape: readonly number[], values: readonly number[], type = 8): Uint8Array {
  const sizes = shape.flatMap((n) => [n >>> 24, (n >>> 16) & 255, (n >>> 8) & 255, n & 255]);
  return Uint8Array.from([0, 0, type, shape.length, ...sizes, ...values]);
}

const pixels = Array.from({ length: 6 * 4 }, (_, i) => i);
const images = idxFile([6, 2, 2], pixels);
const labels = idxFile([6], [0, 1, 2, 3, 4, 5]);
const small = {
  "toy/train-images-idx3-ubyte.gz": gzipSync(images),
  "toy/train-labels-idx1-ubyte": labels,
  "toy/t10k-images-idx3-ubyte": idxFile([2, 2, 2], [9, 9, 9, 9, 8, 8, 8, 8]),
  "toy/t10k-labels-idx1-ubyte.gz": gzipSync(idxFile([2], [7, 6])),
};

function spec(name: string, split: SplitSpec = { kind: "none" }): DataSpec {
  return {
    name: "toy",
    reader: "idx",
    arguments: { name },
    place: "model.dlm:1:12",
    columns: [
      {
        input: "image",
        dtype: "u8",
        shape: [1, "h", "w"],
        source: { kind: "column", name: "image" },
      },
      { input: "label", dtype: "i32", shape: [], source: { kind: "column", name: "label" } },
    ],
    split,
  };
}

function open(files: Record<string, Uint8Array>, split?: SplitSpec, seed = 0): Promise<Dataset> {
  return openData(spec("toy", split), memoryHost(files), { seed });
}

describe("idx", () => {
  test("reads image and label files, packed or not", async () => {
    const data = await open(small);
    expect(data.splits["train"]?.rows).toEqual(Int32Array.of(0, 1, 2, 3, 4, 5));
    expect(data.splits["test"]?.rows).toEqual(Int32Array.of(6, 7));
    expect(data.dims).toEqual({ h: 2, w: 2 });
    expect(data.read("image", [6, 1])).toEqual(Uint8Array.of(9, 9, 9, 9, 4, 5, 6, 7));
    expect(data.read("label", [7, 0, 5])).toEqual(Int32Array.of(6, 0, 5));
    expect(data.place(7)).toBe("toy/t10k-labels-idx1-ubyte.gz, example 1");
    expect(data.fingerprint).toMatch(/^[0-9a-f]{64}$/);
  });

  test("reads a single file", async () => {
    const host = memoryHost({ "one.idx": idxFile([2, 3], [1, 2, 3, 4, 5, 6]) });
    const column = { input: "x", dtype: "f32", shape: ["d"] } as const;
    const one: DataSpec = {
      ...spec("one.idx"),
      columns: [{ ...column, source: { kind: "column", name: "features" } }],
    };
    const data = await openData(one, host, { seed: 0 });
    expect(data.dims).toEqual({ d: 3 });
    expect(data.read("x", [1])).toEqual(Float32Array.of(4, 5, 6));
  });

  test("tells columns from the header alone", () => {
    const info = readerCatalogue(
      memoryHost({ ...small, "toy/train-images-idx3-ubyte": images }),
    ).info("idx", { name: "toy" });
    expect(info?.columns[0]).toEqual({ name: "image", type: "u8", shape: [1, 2, 2] });
    expect(readerCatalogue().info("idx", { name: "mnist" })?.columns[0]?.shape).toEqual([
      1, 28, 28,
    ]);
    expect(readerCatalogue().info("idx", { name: "elsewhere" })?.complete).toBe(false);
  });

  const wrong: readonly (readonly [string, Record<string, Uint8Array>, RegExp])[] = [
    ["a cut gz", { "toy/train-images-idx3-ubyte.gz": gzipSync(images).subarray(0, 30) }, /cut off/],
    [
      "a damaged gz",
      { "toy/train-images-idx3-ubyte.gz": gzipSync(images).fill(7, 12, 25) },
      /cut off or damaged/,
    ],
    [
      "a wrong magic",
      { "toy/train-images-idx3-ubyte.gz": Uint8Array.of(80, 75, 3, 4, 1, 1) },
      /50 4b 03 04/,
    ],
    ["an empty file", { "toy/train-images-idx3-ubyte.gz": new Uint8Array(0) }, /empty/],
    [
      "a cut file",
      { "toy/train-images-idx3-ubyte.gz": images.subarray(0, 30) },
      /announces 40 bytes, there are 30/,
    ],
    [
      "more than announced",
      { "toy/train-images-idx3-ubyte.gz": gzipSync(Uint8Array.of(...images, 1)) },
      /announce|damaged/,
    ],
    [
      "impossible sizes",
      { "toy/train-images-idx3-ubyte.gz": idxFile([2 ** 31, 2 ** 31, 2 ** 31], []) },
      /impossible sizes/,
    ],
    [
      "a small gz that announces much",
      { "toy/train-images-idx3-ubyte.gz": gzipSync(idxFile([2 ** 20, 28, 28], [])) },
      /packed bytes can hold|announces/,
    ],
    [
      "counts that differ",
      { "toy/train-labels-idx1-ubyte": idxFile([5], [1, 2, 3, 4, 5]) },
      /6 images but 5 labels/,
    ],
    [
      "test images of another size",
      { "toy/t10k-images-idx3-ubyte": idxFile([2, 1, 1], [1, 2]) },
      /1 × 1 × 1.*1 × 2 × 2/,
    ],
  ];
  for (const [what, files, message] of wrong) {
    test(`refuses ${what}, in memory and on disk`, async () => {
      const all = { ...small, ...files };
      const folder = mkdtempSync(path.join(tmpdir(), "dlm-"));
      mkdirSync(path.join(folder, "toy"));
      for (const [name, bytes] of Object.entries(all))
        writeFileSync(path.join(folder, name), bytes);
      const hosts = [memoryHost(all), createDataHost({ folder, environment: {} })];
      for (const host of hosts) {
        const opened = openData(spec("toy"), host, { seed: 0 });
        const error: unknown = await opened.catch((thrown: unknown) => thrown);
        expect(error).toMatchObject({ name: "UserError", message: expect.stringMatching(message) });
        expect(error).toHaveProperty("place", expect.stringMatching(/toy\/(train|t10k)-/));
      }
      rmSync(folder, { recursive: true });
    });
  }

  test("reads packed files from the disk", async () => {
    const folder = mkdtempSync(path.join(tmpdir(), "dlm-"));
    mkdirSync(path.join(folder, "toy"));
    for (const [name, bytes] of Object.entries(small))
      writeFileSync(path.join(folder, name), bytes);
    const host = createDataHost({ folder, environment: {} });
    const data = await openData(spec("toy"), host, { seed: 0 });
    const same = await open(small);
    rmSync(folder, { recursive: true });
    const rows = [0, 1, 2, 3, 4, 5, 6, 7];
    expect(data.read("image", rows)).toEqual(same.read("image", rows));
    expect(data.fingerprint).toBe(same.fingerprint);
  });

  test("says where to put missing files", async () => {
    const host: DataHost = { ...memoryHost({}), places: ["/here", "/there"] };
    await expect(openData(spec("mnist"), host, { seed: 0 })).rejects.toMatchObject({
      message: expect.stringContaining("mnist/train-images-idx3-ubyte.gz"),
      help: expect.stringMatching(/\/here[^]*\/there[^]*9912422 bytes/),
    });
  });
});

describe("splits", () => {
  test("holdout takes validation from train alone and keeps the files' own test part", async () => {
    const data = await open(small, { kind: "holdout", validation: 0.34, test: 0 });
    const train = data.splits["train"]?.rows ?? [];
    const validation = data.splits["validation"]?.rows ?? [];
    expect([...train, ...validation].sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
    expect(validation).toHaveLength(2);
    expect(data.splits["test"]?.count).toBe(2);
  });

  test("depend on the seed alone", async () => {
    const split = { kind: "holdout", validation: 0.5, test: 0 } as const;
    const rows = async (seed: number): Promise<string> =>
      (await open(small, split, seed)).splits["train"]?.rows.join() ?? "";
    expect(await rows(3)).toBe(await rows(3));
    expect(new Set(await Promise.all([0, 1, 2, 3, 4, 5].map(rows))).size).toBeGreaterThan(1);
  });

  test("a second test split is refused", async () => {
    const split = { kind: "holdout", validation: 0, test: 0.2 } as const;
    await expect(open(small, split)).rejects.toThrow(/test files of their own/);
  });

  test("given names parts", async () => {
    const data = await open(small, {
      kind: "given",
      parts: { train: "test", validation: "train" },
    });
    expect(data.splits["train"]?.count).toBe(2);
    await expect(open(small, { kind: "given", parts: { train: "other" } })).rejects.toThrow(
      /no part "other"/,
    );
  });

  test("kfold covers every example once", async () => {
    const all: number[] = [];
    for (let fold = 0; fold < 4; fold++) {
      const data = await openData(spec("toy", { kind: "kfold", k: 4 }), memoryHost(small), {
        seed: 1,
        fold,
      });
      all.push(...(data.splits["validation"]?.rows ?? []));
    }
    expect(all.sort((a, b) => a - b)).toEqual([0, 1, 2, 3, 4, 5]);
  });

  test("an epoch's order is a permutation by seed and epoch", () => {
    const split = { count: 50, rows: Int32Array.from({ length: 50 }, (_, i) => 2 * i) };
    const first = epochOrder(split, 1, 0);
    expect([...first].sort((a, b) => a - b)).toEqual([...split.rows]);
    expect(epochOrder(split, 1, 0)).toEqual(first);
    expect(epochOrder(split, 1, 1)).not.toEqual(first);
    expect(epochOrder(split, 2, 0)).not.toEqual(first);
  });
});

describeShared("published datasets", () => {
  test("Fashion-MNIST", async () => {
    const host = createDataHost({ folder: dataDir ?? "", environment: { DLM_DATA: dataDir } });
    const data = await openData(spec("fashion-mnist"), host, { seed: 0 });
    expect([data.splits["train"]?.count, data.splits["test"]?.count]).toEqual([60000, 10000]);
    const values = data.read("label", data.splits["train"]?.rows ?? []);
    const counts = Array.from({ length: 10 }, () => 0);
    for (const label of values) counts[label] = (counts[label] ?? 0) + 1;
    expect(counts).toEqual(Array.from({ length: 10 }, () => 6000));
    let sum = 0;
    for (const pixel of data.read("image", data.splits["train"]?.rows ?? [])) sum += pixel;
    expect(sum / 255 / 784 / 60000).toBeCloseTo(0.286, 4);
  });
});
