// A few rows times a large matrix that is read in place: right for every number of rows, the same on several threads, with
// rows that are worked out first and an epilogue behind.

import { describe, expect, test } from "vitest";

import { layOutInWasm } from "../../../compiler/backends/wasm/index.ts";
import { scheduleCase } from "../../support/backend-cases.ts";
import { buildGraph } from "../../support/graphs.ts";
import { oneThread } from "../../support/run-wasm.ts";
import { modelOf, places, runModel } from "../../oracle/support/program.ts";

const wasm = places.filter(({ target }) => target === "wasm");

/** `columns` sums of `length`, of rows as they are, or normalised. */
function source(rows: number, columns: number, length: number, isNormed: boolean): string {
  const x = isNormed ? "(x - mean(x, axis = 1, keep = true)) * g + 1" : "x";
  return `model Net(w: [${columns}, ${length}], x: [${rows}, ${length}], g: [${length}], b: [${columns}]) -> (y: [${rows}, ${columns}]) =
  tanh(einsum("r k, c k -> r c")(${x}, w) + b) * 2 + b`;
}

function drawn(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) / 8);
}

describe.each([2, 3, 4, 5, 8])("%i rows", (rows) => {
  test.each([
    [32, 16, false],
    [36, 130, true],
    [40, 1300, true],
  ])("%i sums of %i", async (columns, length, isNormed) => {
    const [x, w] = [drawn(rows * length, 1), drawn(columns * length, 2)];
    const [g, b] = [drawn(length, 3), drawn(columns, 4)];
    const text = source(rows, columns, length, isNormed);
    const results = new Map<string, string>();
    for (const place of wasm) {
      const options = {
        place,
        inputs: { x, w, g, b },
        persistent: {},
        mode: "evaluation",
      } as const;
      const { outputs } = await runModel(text, modelOf(text), options);
      const y = Array.from(outputs["y"] ?? []);
      expect(y).toHaveLength(rows * columns);
      for (const [at, found] of y.entries()) {
        const [row, column] = [Math.floor(at / columns), at % columns];
        const own = x.subarray(row * length, (row + 1) * length);
        const mean = own.reduce((sum, each) => sum + each, 0) / length;
        let sum = 0;
        own.forEach((each, k) => {
          const value = isNormed ? (each - mean) * (g[k] ?? 0) + 1 : each;
          sum += value * (w[column * length + k] ?? 0);
        });
        const bias = b[column] ?? 0;
        expect(found).toBeCloseTo(2 * Math.tanh(sum + bias) + bias, 5);
      }
      // Threads do not change a bit.
      const kind = place.name.includes("fused") ? "fused" : "plain";
      const bits = y.join();
      expect(results.get(kind) ?? bits).toBe(bits);
      results.set(kind, bits);
    }
  });
});

test("nothing is packed where rows are few, and tiles are where they are more", () => {
  const layoutOf = (rows: number): string => {
    const graph = buildGraph((g) => ({
      y: g.node("einsum", [g.input("x", "f32", [rows, 64]), g.input("w", "f32", [48, 64])], {
        a: ["r", "k"],
        b: ["c", "k"],
        out: ["r", "c"],
      }),
    }));
    const { plan } = scheduleCase(graph, { layOutContract: layOutInWasm(oneThread) });
    return [...plan.layouts.values()].map(({ text }) => text).join();
  };
  expect(layoutOf(4)).toBe("a loop with 4 sums, the matrix read in place");
  expect(layoutOf(9)).toContain("tiles of");
});
