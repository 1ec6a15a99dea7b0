// Places: concatenations written in parts, updates in place, lifetimes over loops, offsets.

import { describe, expect, test } from "vitest";
import { assignOffsets } from "../../compiler/schedule/arena.ts";
import { liveness, type Work } from "../../compiler/schedule/liveness.ts";
import type { Node } from "../../compiler/ir/graph.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { sizeOf } from "../../runtime/types.ts";
import {
  builder,
  checkGraph,
  constant,
  graphOf,
  input,
  nameOf,
  numbers,
  spread,
} from "./support.ts";

type Build = ReturnType<typeof builder>;

/** A product of two matrices that needs a kernel of its own. */
function product(b: Build, name: string, rows: number, columns: number): Node {
  return b.node("matmul", [input(b, `${name}a`, [rows, 8]), input(b, `${name}b`, [8, columns])]);
}

function lowered(outputs: Record<string, Node>, updates: Record<string, Node> = {}) {
  return lower(graphOf(outputs, updates));
}

function valuesOf(graph: ReturnType<typeof graphOf>) {
  return Object.fromEntries(
    graph.inputs.map((node, i) => [nameOf(node), numbers(sizeOf(node.type.shape.map(Number)), i)]),
  );
}

describe("concatenation", () => {
  for (const axis of [0, 1]) {
    test(`operands are written in their places along axis ${axis}`, () => {
      const b = builder();
      const parts = [
        product(b, "p", 6, 5),
        product(b, "q", axis === 0 ? 4 : 6, axis === 0 ? 5 : 7),
      ];
      const whole = b.node("concat", parts, { axis });
      const graph = lowered({
        y: b.node("exp", [whole]),
        first: b.node("tanh", [parts[0] ?? whole]),
      });
      const plan = checkGraph(graph, valuesOf(graph));
      expect(plan.kernels.map((kernel) => kernel.kind)).toEqual(["contract", "contract", "loop"]);
      expect(plan.wholes?.size).toBe(2);
    });
  }
  test("one that is an output costs no kernel", () => {
    const b = builder();
    const whole = b.node("concat", [product(b, "p", 6, 5), product(b, "q", 6, 7)], { axis: 1 });
    const graph = lowered({ y: whole });
    expect(checkGraph(graph, valuesOf(graph)).kernels).toHaveLength(2);
  });
  test("operands that are read twice or come from outside are copied", () => {
    const b = builder();
    const p = product(b, "p", 6, 5);
    const x = input(b, "x", [6, 5]);
    const graph = lowered({
      y: b.node("concat", [p, x], { axis: 0 }),
      z: b.node("concat", [p, p], { axis: 0 }),
    });
    checkGraph(graph, valuesOf(graph));
  });
});

describe("updates", () => {
  test("two parameters that swap are copied at the end", () => {
    const b = builder();
    const [p, q] = ["p", "q"].map((name) => input(b, name, [6], "f32", "parameter"));
    if (!p || !q) throw new Error("no inputs");
    const graph = lowered({}, { p: q, q: p });
    const plan = checkGraph(graph, valuesOf(graph));
    expect(plan.steps.filter((step) => step.kind === "copy").length).toBeGreaterThan(0);
  });
  test("readers of the old value come before the writer", () => {
    const b = builder();
    const p = input(b, "p", [6, 6], "f32", "parameter");
    const x = input(b, "x", [6, 6]);
    const next = b.node("add", [p, x]);
    const reversed = b.node("transpose", [p], { perm: [1, 0] });
    const graph = lowered({ y: b.node("matmul", [x, reversed]), old: p }, { p: next });
    const plan = checkGraph(graph, valuesOf(graph));
    expect(plan.steps.every((step) => step.kind === "kernel")).toBe(true);
  });
  test("a value that is read elsewhere than it is written is not overwritten", () => {
    const b = builder();
    const p = input(b, "p", [6, 6], "f32", "parameter");
    const graph = lowered(
      {},
      { p: b.node("add", [p, b.node("transpose", [p], { perm: [1, 0] })]) },
    );
    const plan = checkGraph(graph, valuesOf(graph));
    expect(plan.steps.map((step) => step.kind)).toEqual(["kernel", "copy"]);
  });
  test("a chain of maps lies in one buffer", () => {
    const b = builder();
    let x = input(b, "x", [64, 64]);
    const ones = spread(b, constant(b, 1), [64, 64], []);
    // Transposing in between keeps the maps apart; a product and its operand cannot share bytes.
    for (let i = 0; i < 6; i++) x = b.node("add", [b.node("matmul", [x, x]), ones]);
    const graph = lowered({ y: x });
    const plan = checkGraph(graph, valuesOf(graph), Infinity);
    expect(plan.arenaBytes - plan.scratch.bytes).toBe(2 * 64 * 64 * 4);
  });
});

describe("lifetimes", () => {
  const once = (reads: number[], writes: number[]): Work => ({ kind: "once", reads, writes });
  test("end with the last reader", () => {
    const found = liveness([once([1], [2]), once([2], [3]), once([1, 3], [4])]);
    expect(found.get(1)).toEqual({ first: 0, last: 2 });
    expect(found.get(2)).toEqual({ first: 0, last: 1 });
  });
  test("what a loop reads from outside, or writes for outside, lives for all of it", () => {
    const body: Work[] = [once([1], [2]), once([2], [3]), once([3], [4])];
    const found = liveness([once([], [1]), { kind: "loop", body }, once([4], [])]);
    expect(found.get(1)).toEqual({ first: 0, last: 3 });
    expect(found.get(2)).toEqual({ first: 1, last: 2 }); // inside one round
    expect(found.get(4)).toEqual({ first: 1, last: 4 });
  });
  test("what a round leaves to the next lives for all of the loop, as rows do", () => {
    const body: Work[] = [once([2], [3]), once([3], [2]), once([], [5]), once([5], [6])];
    const found = liveness([{ kind: "loop", body }], new Set([6]));
    expect(found.get(2)).toEqual({ first: 0, last: 3 });
    expect(found.get(3)).toEqual({ first: 0, last: 1 });
    expect(found.get(5)).toEqual({ first: 2, last: 3 });
    expect(found.get(6)).toEqual({ first: 0, last: 3 });
  });
});

test("offsets take the lowest gap that is free in time", () => {
  const { offsets, bytes } = assignOffsets([
    { bytes: 128, first: 0, last: 1 },
    { bytes: 64, first: 1, last: 3 },
    { bytes: 100, first: 2, last: 3 },
  ]);
  expect(offsets).toEqual([0, 128, 0]);
  expect(bytes).toBe(192);
});
