// Drawn digits must be like handwritten ones: their nearest neighbours name MNIST's test images.

import { expect, test } from "vitest";
import { openData } from "../../runtime/data/open.ts";
import type { Dataset } from "../../runtime/data/open.ts";
import type { Argument, DataSpec } from "../../runtime/data/spec.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { dataDir, describeShared } from "../support/shared.ts";

const size = 28 * 28;

function open(reader: string, args: Readonly<Record<string, Argument>>): Promise<Dataset> {
  const image = { input: "image", dtype: "u8", shape: [1, 28, 28] } as const;
  const label = { input: "label", dtype: "i32", shape: [] } as const;
  const spec: DataSpec = {
    name: "d",
    reader,
    arguments: args,
    place: "m.dlm:1:1",
    columns: [
      { ...image, source: { kind: "column", name: "image" } },
      { ...label, source: { kind: "column", name: "label" } },
    ],
    split: { kind: "none" },
  };
  return openData(spec, createDataHost({ folder: dataDir ?? "", environment: {} }), { seed: 0 });
}

/** Pixels of rows as vectors of length 1. */
function directions(data: Dataset, rows: Int32Array): Float32Array {
  const vectors = Float32Array.from(data.read("image", rows));
  for (let i = 0; i < rows.length; i++) {
    const vector = vectors.subarray(i * size, (i + 1) * size);
    let squares = 0;
    for (const value of vector) squares += value * value;
    const length = Math.sqrt(squares);
    vector.forEach((value, k) => (vector[k] = value / length));
  }
  return vectors;
}

describeShared("digits beside MNIST", () => {
  test("the nearest of 3000 drawings names three quarters of 300 test images", async () => {
    const drawn = await open("digits", { n: 3000 });
    const mnist = await open("idx", { name: "mnist" });
    const drawnRows = drawn.splits["train"]?.rows ?? new Int32Array(0);
    const testRows = (mnist.splits["test"]?.rows ?? new Int32Array(0)).filter(
      (_, i) => i % 33 === 0,
    );
    const known = directions(drawn, drawnRows);
    const asked = directions(mnist, testRows);
    const knownLabels = drawn.read("label", drawnRows);
    const labels = mnist.read("label", testRows);
    let right = 0;
    for (let i = 0; i < testRows.length; i++) {
      let best = -1;
      let nearest = 0;
      for (let j = 0; j < drawnRows.length; j++) {
        let product = 0;
        for (let k = 0; k < size; k++) {
          product += (asked[i * size + k] ?? 0) * (known[j * size + k] ?? 0);
        }
        if (product > best) {
          best = product;
          nearest = j;
        }
      }
      if (knownLabels[nearest] === labels[i]) right++;
    }
    console.info(`${right} of ${testRows.length} MNIST test images`);
    expect(right / testRows.length).toBeGreaterThan(0.75);
  });
});
