import { describe, expect, test } from "vitest";
import { createBatches, type ExampleInputs, type FieldSpec } from "../../runtime/data/batches.ts";
import { fitStates } from "../../runtime/data/fit.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import type { Column, DataSpec } from "../../runtime/data/spec.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { TypedArray } from "../../runtime/types.ts";

const column = (name: string): Column => ({
  input: name,
  dtype: "f32",
  shape: [],
  source: { kind: "column", name },
});

function table(text: string, columns: readonly string[]): Promise<Dataset> {
  const spec: DataSpec = {
    name: "t",
    reader: "csv",
    arguments: { path: "t.csv" },
    place: "m.dlm:1:1",
    columns: columns.map(column),
    split: { kind: "none" },
  };
  return openData(spec, memoryHost({ "t.csv": text }), { seed: 0 });
}

function synthetic(n: number): Promise<Dataset> {
  const spec: DataSpec = {
    name: "s",
    reader: "synthetic",
    arguments: { n, seed: 7 },
    place: "m.dlm:1:1",
    columns: [],
    split: { kind: "holdout", validation: 0.5, test: 0 },
  };
  return openData(spec, memoryHost({}), { seed: 0 });
}

const doubled: FieldSpec = { name: "doubled", dtype: "f32", shape: [2] };
const copied: FieldSpec = { name: "x", dtype: "f32", shape: [], column: "x" };

/** A runner that counts its runs and gives `doubled` = [2x, $draw]. */
function counting(): { runs: number; run: (inputs: ExampleInputs) => Record<string, TypedArray> } {
  const counter = {
    runs: 0,
    run: (inputs: ExampleInputs): Record<string, TypedArray> => {
      counter.runs++;
      return { doubled: Float32Array.of(2 * Number(inputs["x"] ?? 0), Number(inputs["$draw"])) };
    },
  };
  return counter;
}

describe("batches", () => {
  const rows = "x\n1\n2\n3\n4\n";

  test("a field that is a column is copied without a run", async () => {
    const dataset = await table(rows, ["x"]);
    const { runs, run } = counting();
    const batches = createBatches({
      dataset,
      fields: [copied],
      training: run,
      evaluation: run,
      augmented: false,
      seed: 0,
    });
    const batch = await batches.read([3, 0], "training", 0);
    expect(batch["x"]).toEqual(Float32Array.of(4, 1));
    expect(runs).toBe(0);
  });

  test("what does not change is computed once, as long as it fits", async () => {
    const dataset = await table(rows, ["x"]);
    for (const [cacheBytes, runs] of [
      [4 * 2 * 4, 3],
      [4 * 2 * 4 - 1, 6],
    ] as const) {
      const counter = counting();
      const batches = createBatches({
        dataset,
        fields: [copied, doubled],
        training: counter.run,
        evaluation: counter.run,
        augmented: false,
        seed: 0,
        cacheBytes,
      });
      const first = await batches.read([2, 0, 1], "training", 0);
      expect([...(first["doubled"] ?? [])].filter((_, i) => i % 2 === 0)).toEqual([6, 2, 4]);
      await batches.read([0, 1, 2], "evaluation", 0);
      expect(counter.runs).toBe(runs);
    }
  });

  test("augmentation draws anew in every epoch, by epoch and row", async () => {
    const dataset = await table(rows, ["x"]);
    const { run } = counting();
    const batches = createBatches({
      dataset,
      fields: [doubled],
      training: run,
      evaluation: run,
      augmented: true,
      seed: 5,
    });
    expect((await batches.read([1], "training", 0))["doubled"]?.[1]).toBe(1);
    expect((await batches.read([1], "training", 3))["doubled"]?.[1]).toBe(13);
  });

  test("synthetic examples draw by row and the reader's seed, the same in every epoch", async () => {
    const dataset = await synthetic(10);
    const seen: number[] = [];
    const run = (inputs: ExampleInputs): Record<string, TypedArray> => {
      seen.push(Number(inputs["$seed"]), Number(inputs["$draw"]));
      return { doubled: Float32Array.of(0, 0) };
    };
    const batches = createBatches({
      dataset,
      fields: [doubled],
      training: run,
      evaluation: run,
      augmented: true,
      seed: 5,
    });
    await batches.read([4, 9], "training", 2);
    expect(seen).toEqual([7, 4, 7, 9]);
  });

  test("orders are those of seed and epoch", async () => {
    const dataset = await synthetic(40);
    const { run } = counting();
    const create = (seed: number): Int32Array =>
      createBatches({
        dataset,
        fields: [doubled],
        training: run,
        evaluation: run,
        augmented: true,
        seed,
      }).order("train", 1);
    expect(create(1)).toEqual(create(1));
    expect(create(2)).not.toEqual(create(1));
    expect([...create(1)].sort((a, b) => a - b)).toEqual([
      ...(dataset.splits["train"]?.rows ?? []),
    ]);
  });

  test("a NaN and a value out of range are told with file and row", async () => {
    const dataset = await table("x\n1\nNA\n3\n", ["x"]);
    const { run } = counting();
    const options = { dataset, training: run, evaluation: run, augmented: false, seed: 0 };
    const nan = createBatches({ ...options, fields: [copied] });
    await expect(nan.read([0, 1], "training", 0)).rejects.toMatchObject({
      message: expect.stringContaining("`x` is not a number"),
      place: "t.csv, line 3",
    });
    const range = { from: 0, below: 3 };
    const labels = createBatches({ ...options, fields: [{ ...copied, range }] });
    await expect(labels.read([0, 2], "training", 0)).rejects.toMatchObject({
      message: "field `x` is 3, outside 0 … 2",
      place: "t.csv, line 4",
    });
  });
});

describe("fitting", () => {
  test("groups run in order over the training split and see earlier states", async () => {
    const dataset = await table("x\n1\n2\n6\n", ["x"]);
    const states = await fitStates(dataset, [
      {
        initial: { sum: Float32Array.of(0), count: Int32Array.of(0) },
        run: ({ x, sum, count }) => ({
          sum: Float32Array.of((sum as Float32Array)[0] ?? 0).map((s) => s + Number(x)),
          count: Int32Array.of(((count as Int32Array)[0] ?? 0) + 1),
        }),
      },
      {
        initial: { spread: Float32Array.of(0) },
        run: ({ x, sum, count, spread }) => {
          const mean = ((sum as Float32Array)[0] ?? 0) / ((count as Int32Array)[0] ?? 1);
          return { spread: (spread as Float32Array).map((s) => s + Math.abs(Number(x) - mean)) };
        },
      },
    ]);
    expect(states).toEqual({
      sum: Float32Array.of(9),
      count: Int32Array.of(3),
      spread: Float32Array.of(6),
    });
  });
});
