// A loop step of the plan with rows: a running sum over time in a ring, forward and in reverse.

import { describe, expect, it } from "vitest";

import { interpret } from "../../compiler/schedule/interpret.ts";
import type { Index, Loop, Place, Plan, Scalar } from "../../compiler/schedule/kernel.ts";
import { memoryOf, runInJs } from "../support/plans.ts";
import { oneThread, runInWasm } from "../support/run-wasm.ts";

const axis = { name: "p0", extent: 3 };
const at: Index = {
  offset: 0,
  terms: [{ atom: { kind: "axis", ...axis }, coefficient: 1 }],
  text: "p0",
  low: 0,
  high: 2,
};
const load = (from: number): Scalar => ({ kind: "load", from, at: [at], dtype: "f32" });

/** carry[t + 1] = carry[t] + x[t], with carries in a ring of `ring` rows; value 2 is the place written. */
function plan(count: number, ring: number, reverse: boolean): Plan {
  const kernel: Loop = {
    kind: "loop",
    name: "sum",
    origins: [],
    parallel: [axis],
    inner: [],
    passes: [
      {
        accumulators: [],
        stores: [
          {
            to: 2,
            at: [at],
            value: { kind: "apply", op: "add", args: [load(0), load(1)], dtype: "f32" },
          },
        ],
      },
    ],
    after: [],
  };
  const place = (offset: number, row?: Place["row"]): Place => ({
    buffer: 0,
    offset,
    dtype: "f32",
    shape: [3],
    strides: [1],
    ...(row ? { row } : {}),
  });
  const stride = 12;
  const back = reverse ? 1 : 0;
  return {
    kernels: [kernel],
    layouts: new Map(),
    buffers: [],
    places: new Map([
      [0, place(0, { stride, add: 0, ring: count })],
      [1, place(256, { stride, add: back, ring })],
      [2, place(256, { stride, add: 1 - back, ring })],
    ]),
    steps: [{ kind: "loop", count, reverse, body: [{ kind: "kernel", kernel: 0 }] }],
    inputs: [],
    outputs: [],
    base: 0,
    arenaBytes: 512,
    scratch: { offset: 512, bytes: 0 },
    peak: { kernel: 0, bytes: 0 },
  };
}

describe("rows of a loop step", () => {
  for (const [reverse, ring] of [
    [false, 6],
    [false, 2],
    [true, 6],
    [true, 2],
  ] as const) {
    it(`${reverse ? "reverse" : "forward"}, ring of ${ring}`, () => {
      const count = 5;
      const made = plan(count, ring, reverse);
      const inJs = memoryOf(made, new Map());
      const xs = new Float32Array(inJs, 0, count * 3);
      xs.forEach((_, i) => (xs[i] = i + 1));
      const carries = new Float32Array(inJs, 256, ring * 3);
      const first = reverse ? count % ring : 0;
      carries.fill(0);
      carries.set([10, 20, 30], first * 3);
      const interpreted = inJs.slice(0);
      const inWasm = inJs.slice(0);
      runInJs(made, inJs);
      runInWasm(made, inWasm, oneThread);
      interpret(made, interpreted);
      const last = reverse ? 0 : count % ring;
      const sums = [10, 20, 30].map((start, j) => {
        let sum = start;
        for (let t = 0; t < count; t++) sum += t * 3 + j + 1;
        return sum;
      });
      expect([...carries.subarray(last * 3, last * 3 + 3)]).toEqual(sums);
      expect(new Uint8Array(inJs)).toEqual(new Uint8Array(interpreted));
      expect(new Uint8Array(inWasm)).toEqual(new Uint8Array(interpreted));
    });
  }
});
