// Training steps of whole models: kernel counts, and every combination of fusion and updates in place against the
// reference.

import { describe, expect, test } from "vitest";
import type { Graph } from "../../compiler/ir/graph.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import { kernelLetter } from "../../compiler/schedule/print.ts";
import { sizeOf } from "../../runtime/types.ts";
import { lenet, mlp } from "./models.ts";
import {
  builder,
  checkGraph,
  graphOf,
  input,
  nameOf,
  numbers,
  persistentOf,
  type Values,
} from "./support.ts";

const reversed = { terms: [{ axis: 0, coefficient: -1 }], offset: 3, divisor: 1 };

/** Values for all inputs; second moments of optimizers are positive. */
function valuesFor(graph: Graph, classes = 10): Values {
  return Object.fromEntries(
    graph.inputs.map((node, i) => {
      const name = nameOf(node);
      const size = sizeOf(node.type.shape.map(Number));
      if (name === "$step") return [name, [3]];
      const drawn = numbers(size, i + 1, node.type.dtype === "i32" ? classes : undefined);
      return [
        name,
        name.endsWith(".v")
          ? drawn.map(Math.abs)
          : drawn.map((n) => (node.attrs["role"] === "parameter" ? n / 4 : n)),
      ];
    }),
  );
}

function letters(graph: Graph): string {
  const plan = schedule(graph, { persistent: persistentOf(graph) });
  return plan.kernels.map(kernelLetter).join("");
}

describe("LeNet", () => {
  test("a training step has at most 26 kernels", () => {
    expect(letters(lenet(256)).length).toBeLessThanOrEqual(26);
    expect(letters(lenet(256, "adam")).length).toBeLessThanOrEqual(27);
  });
  test("computes what the reference computes", () => {
    const graph = lenet(2, "sgd", 16);
    const plan = checkGraph(graph, valuesFor(graph));
    expect(plan.steps.every((step) => step.kind === "kernel")).toBe(true);
  });
});

describe("MLP", () => {
  for (const optimizer of ["sgd", "adam"] as const) {
    test(`${optimizer} computes what the reference computes, in place`, () => {
      const graph = mlp(5, [7, 6, 4], optimizer);
      const plan = checkGraph(graph, valuesFor(graph, 4));
      expect(plan.steps.every((step) => step.kind === "kernel")).toBe(true);
    });
  }
});

describe("large graphs", () => {
  test("a long chain of operators neither overflows nor makes one endless kernel", () => {
    const b = builder();
    let x = input(b, "x", [4]);
    for (let i = 0; i < 5000; i++) x = b.node(i % 2 === 0 ? "tanh" : "neg", [x]);
    const graph = graphOf({ y: x });
    const plan = schedule(graph, { persistent: persistentOf(graph) });
    expect(plan.kernels.length).toBeGreaterThan(10);
    let y = input(b, "x", [4]);
    for (let i = 0; i < 5000; i++)
      y = b.node("view", [y], { shape: [4], forms: [reversed], fill: 0 });
    expect(schedule(graphOf({ y }), { persistent: persistentOf(graph) }).kernels).toHaveLength(1);
  });
});
