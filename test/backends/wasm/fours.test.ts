// A matrix times a vector in WebAssembly: rows four at a time have the bits that they have one by one, whatever the
// length of the sum, and are right.

import { describe, expect, test } from "vitest";
import { modelOf, places, runModel } from "../../oracle/support/program.ts";

const wasm = places.filter(({ target }) => target === "wasm");

function text(outer: number, rows: number, length: number): string {
  return `model Net(w: [${outer}, ${rows}, ${length}], x: [${length}], b: [${outer}, ${rows}]) -> (y: [${outer}, ${rows}]) =
  tanh(w @ x + b) * 2 + b`;
}

function drawn(count: number, seed: number): Float32Array {
  return Float32Array.from({ length: count }, (_, i) => Math.sin(i * 12.9898 + seed * 78.233) / 8);
}

describe.each([1, 3])("%i matrices", (outer) => {
  test.each([5, 16, 70, 1300])("sums of %i", async (length) => {
    const x = drawn(length, 1);
    const w = drawn(outer * 8 * length, 2);
    const b = drawn(outer * 8, 3);
    // Seven rows do not go in fours.
    const some = Array.from({ length: outer }, (_, i) => i);
    const w7 = some.flatMap((i) => [...w.subarray(i * 8 * length, (i * 8 + 7) * length)]);
    const b7 = some.flatMap((i) => [...b.subarray(i * 8, i * 8 + 7)]);
    const run = async (
      rows: number,
      inputs: Readonly<Record<string, ArrayLike<number>>>,
      place: (typeof wasm)[number],
    ): Promise<number[]> => {
      const source = text(outer, rows, length);
      const { outputs } = await runModel(source, modelOf(source), {
        place,
        inputs,
        persistent: {},
        mode: "evaluation",
      });
      return Array.from(outputs["y"] ?? []);
    };
    for (const place of wasm) {
      const found = await run(8, { w, x, b }, place);
      const alone = await run(7, { w: w7, x, b: b7 }, place);
      expect(found.length).toBe(outer * 8);
      for (const [at, y] of found.entries()) {
        const [i, row] = [Math.floor(at / 8), at % 8];
        if (row < 7)
          expect(Object.is(alone[i * 7 + row], y), `${place.name}, row ${at}`).toBe(true);
        const sum = x.reduce((total, each, k) => total + each * (w[at * length + k] ?? 0), 0);
        const own = b[at] ?? 0;
        expect(y).toBeCloseTo(2 * Math.tanh(sum + own) + own, 5);
      }
    }
  });
});
