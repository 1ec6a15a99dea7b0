import { expect, test, describe } from "vitest";
import { memoryHost } from "../../runtime/memory-host.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import type { Column, DataSpec } from "../../runtime/data/spec.ts";
import { dataDir, describeShared } from "../support/shared.ts";

/** Records with the given first bytes; every pixel is its place in the record, plus `shift`, modulo 256. */
function records(labels: readonly (readonly number[])[], shift = 0): Uint8Array {
  return Uint8Array.from(
    labels.flatMap((bytes) => [
      ...bytes,
      ...Array.from({ length: 3072 }, (_, i) => (i + shift) % 256),
    ]),
  );
}

function column(name: string, dtype: "u8" | "i32", shape: readonly number[]): Column {
  return { input: name, dtype, shape, source: { kind: "column", name } };
}

function spec(name: string, labels: readonly string[] = ["label"]): DataSpec {
  return {
    name: "toy",
    reader: "cifar",
    arguments: { name },
    place: "model.dlm:1:12",
    columns: [column("image", "u8", [3, 32, 32]), ...labels.map((l) => column(l, "i32", []))],
    split: { kind: "none" },
  };
}

const cifar10 = {
  "c10/data_batch_1.bin": records([[3], [1]]),
  "c10/data_batch_2.bin": records([[7]], 5),
  "c10/test_batch.bin": records([[9], [0]]),
  "c10/batches.meta.txt": "cat\ndog\r\nfrog\n\n",
};

function open(files: Record<string, Uint8Array | string>, data = spec("c10")): Promise<Dataset> {
  return openData(data, memoryHost(files), { seed: 0 });
}

describe("cifar", () => {
  test("reads every batch, the test file apart", async () => {
    const data = await open(cifar10);
    expect(data.splits["train"]?.rows).toEqual(Int32Array.of(0, 1, 2));
    expect(data.splits["test"]?.rows).toEqual(Int32Array.of(3, 4));
    expect(data.read("label", [4, 2, 0, 1])).toEqual(Int32Array.of(0, 7, 3, 1));
    const [first, second] = [data.read("image", [2]), data.read("image", [1])];
    expect([first[0], first[3071], second[0], second[3071]]).toEqual([5, 4, 0, 255]);
    expect(data.columns.get("label")?.labels).toEqual(["cat", "dog", "frog"]);
    expect(data.place(4)).toBe("c10/test_batch.bin, example 1");
    expect(data.files.map(({ path }) => path)).toEqual([
      "c10/data_batch_1.bin",
      "c10/data_batch_2.bin",
      "c10/test_batch.bin",
    ]);
  });

  test("reads both labels of CIFAR-100", async () => {
    const files: Record<string, Uint8Array> = {
      "c100/train.bin": records([
        [4, 30],
        [1, 99],
      ]),
      "c100/test.bin": records([[2, 5]]),
    };
    const data = await open(files, spec("c100/", ["label", "coarse"]));
    expect(data.read("label", [0, 1, 2])).toEqual(Int32Array.of(30, 99, 5));
    expect(data.read("coarse", [0, 1, 2])).toEqual(Int32Array.of(4, 1, 2));
    expect(data.read("image", [1])[1]).toBe(1);
    const info = readerCatalogue(memoryHost(files)).info("cifar", { name: "c100" });
    expect(info?.columns.map(({ name }) => name)).toEqual(["image", "coarse", "label"]);
  });

  const wrong: readonly (readonly [string, Record<string, Uint8Array | string>, RegExp])[] = [
    ["nothing there", {}, /no data file c10\/data_batch_1\.bin/],
    ["a cut file", { "c10/data_batch_1.bin": records([[1]]).subarray(0, 3000) }, /records of 3073/],
    ["an empty file", { "c10/data_batch_1.bin": new Uint8Array(0) }, /empty/],
  ];
  test.each(wrong)("%s is an error of the user", async (_, files, message) => {
    await expect(open(files)).rejects.toThrow(message);
  });
});

describeShared("CIFAR-10 as published", () => {
  test("has the counts of the published labels", async () => {
    const host = createDataHost({ folder: dataDir ?? "", environment: {} });
    const data = await openData(spec("cifar-10"), host, { seed: 0 });
    const counts = (split: string): number[] => {
      const labels = data.read("label", data.splits[split]?.rows ?? []);
      return Array.from({ length: 10 }, (_, k) => labels.filter((label) => label === k).length);
    };
    // From the data's own description, counted there by another program.
    expect(counts("train")).toEqual([1005, 974, 1032, 1016, 999, 937, 1030, 1001, 1025, 981]);
    expect(counts("test")).toEqual([103, 89, 100, 103, 90, 86, 112, 102, 106, 109]);
    expect(data.columns.get("label")?.labels?.[6]).toBe("frog");
  });
});
