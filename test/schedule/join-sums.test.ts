// Sums of a contraction's operand that become part of its kernel, and those that must not: structure here, values by the
// reference in every case.

import { describe, expect, test } from "vitest";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { optimise } from "../../compiler/passes/index.ts";
import { formKernels } from "../../compiler/schedule/formation.ts";
import { mayOverwrite } from "../../compiler/schedule/in-place.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import type { Contract, Plan } from "../../compiler/schedule/kernel.ts";
import { resolveOutputs } from "../../compiler/schedule/outputs.ts";
import { explainKernels, explainPlan, kernelLetter } from "../../compiler/schedule/print.ts";
import { validatePlan } from "../../compiler/schedule/validate.ts";
import { sizeOf } from "../../runtime/types.ts";
import { lenet, mlp } from "./models.ts";
import {
  builder,
  checkGraph,
  constant,
  graphOf,
  input,
  nameOf,
  numbers,
  persistentOf,
  spread,
} from "./support.ts";

type Build = ReturnType<typeof builder>;

function planned(graph: Graph): Plan {
  const values = graph.inputs.map((node, i): [string, Float64Array] => [
    nameOf(node),
    Float64Array.from(numbers(sizeOf(node.type.shape.map(Number)), i + 1)),
  ]);
  return checkGraph(graph, Object.fromEntries(values), 1e-3);
}

const letters = (plan: Plan): string => plan.kernels.map(kernelLetter).join("");

function contractions(plan: Plan): Contract[] {
  return plan.kernels.filter((kernel): kernel is Contract => kernel.kind === "contract");
}

function sum(b: Build, x: Node, ...axes: number[]): Node {
  return b.node("reduce", [x], { kind: "sum", axes, ties: "share" });
}

/** x [k, m] and g [k, n], and their product summed over k. */
function product(b: Build, k: number, m: number, n: number): { x: Node; g: Node; y: Node } {
  const [x, g] = [input(b, "x", [k, m]), input(b, "g", [k, n])];
  return { x, g, y: b.node("matmul", [b.node("transpose", [x], { perm: [1, 0] }), g]) };
}

describe("the sum of an operand joins the contraction", () => {
  test("of the shorter side, the longer side, and both", () => {
    for (const which of [["g"], ["x"], ["x", "g"]] as const) {
      const b = builder();
      const { x, g, y } = product(b, 9, 7, 5);
      const outputs: Record<string, Node> = { y };
      for (const name of which) outputs[`sum_${name}`] = sum(b, { x, g }[name], 0);
      const plan = planned(lower(graphOf(outputs)));
      expect(letters(plan)).toBe("C");
      const [kernel] = contractions(plan);
      const sides = which.map((name) => (name === "x" ? "a" : "b")).toSorted();
      expect(kernel?.sums.map(({ of }) => of)).toEqual(sides);
    }
  });
  test("with what is computed of it: the update of a bias, in place", () => {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    const bias = input(b, "bias", [5], "f32", "parameter");
    const step = b.node("mul", [sum(b, g, 0), spread(b, constant(b, 0.1), [5], [])]);
    const graph = lower(graphOf({ y }, { bias: b.node("sub", [bias, step]) }));
    const plan = planned(graph);
    expect(letters(plan)).toBe("C");
    expect(plan.steps).toHaveLength(1);
  });
  test("where the operand is computed while it is packed", () => {
    const b = builder();
    const [x, g, z] = [input(b, "x", [9, 7]), input(b, "g", [9, 5]), input(b, "z", [9, 5])];
    const gate = b.node("mul", [g, b.node("sub", [spread(b, constant(b, 1), [9, 5], []), z])]);
    const y = b.node("matmul", [b.node("transpose", [x], { perm: [1, 0] }), gate]);
    const graph = lower(graphOf({ y, bias: sum(b, gate, 0) }));
    expect(letters(planned(graph))).toMatch(/^M?C$/);
  });
  test("over several axes, in another order, and for every product of a batch", () => {
    const b = builder();
    const [x, g] = [input(b, "x", [3, 4, 6, 6]), input(b, "g", [3, 5, 6, 6])];
    const y = b.node("einsum", [x, g], {
      a: ["n", "c", "h", "w"],
      b: ["n", "d", "h", "w"],
      out: ["c", "d"],
    });
    const turned = b.node("transpose", [g], { perm: [3, 1, 2, 0] });
    const graph = lower(graphOf({ y, bias: sum(b, turned, 0, 2, 3) }));
    expect(letters(planned(optimise(graph)))).toBe("C");

    const c = builder();
    const [p, q] = [input(c, "p", [3, 9, 6]), input(c, "q", [3, 9, 5])];
    const attrs = { a: ["b", "k", "m"], b: ["b", "k", "n"], out: ["b", "m", "n"] };
    const batched = graphOf({ y: c.node("einsum", [p, q], attrs), z: sum(c, q, 1) });
    expect(letters(planned(lower(batched)))).toBe("C");
  });
  test("in training: no bias gradient of a dense layer or a convolution reads its operand again", () => {
    for (const graph of [mlp(32, [20, 16, 12, 4]), lenet(64), lenet(64, "adam")]) {
      const plan = schedule(graph, { persistent: persistentOf(graph) });
      validatePlan(plan);
      const summed = contractions(plan).filter((kernel) => kernel.sums.length > 0);
      const biases = graph.inputs.filter(
        (node) => node.attrs["role"] === "parameter" && nameOf(node).endsWith(".bias"),
      );
      expect(summed).toHaveLength(biases.length);
    }
  });
});

describe("a sum stays a kernel of its own", () => {
  const stays = (outputs: Record<string, Node>): void => {
    const plan = planned(lower(graphOf(outputs)));
    expect(contractions(plan).flatMap((kernel) => kernel.sums)).toEqual([]);
    expect(letters(plan).length).toBeGreaterThan(1);
  };
  test("of something else than the operand", () => {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    stays({ y, bias: sum(b, b.node("mul", [g, g]), 0) });
  });
  test("of the operand at other indices", () => {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    const forms = [
      { terms: [{ axis: 0, coefficient: -1 }], offset: 8, divisor: 1 },
      { terms: [{ axis: 1, coefficient: 1 }], offset: 0, divisor: 1 },
    ];
    const turned = b.node("view", [g], { shape: [9, 5], forms, fill: "unreachable" });
    stays({ y, bias: sum(b, turned, 0) });
  });
  test("over other axes than the contraction sums", () => {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    stays({ y, rows: sum(b, g, 1) });
  });
  test("that is no sum", () => {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    const most = b.node("reduce", [g], { kind: "max", axes: [0], ties: "share" });
    stays({ y, most });
  });
  test("of an operand with a border", () => {
    const b = builder();
    const [x, g] = [input(b, "x", [12, 7]), input(b, "g", [9, 5])];
    const form = (axis: number, offset: number) => ({
      terms: [{ axis, coefficient: 1 }],
      offset,
      divisor: 1,
    });
    const wide = b.node("view", [g], { shape: [12, 5], forms: [form(0, -2), form(1, 0)], fill: 0 });
    const y = b.node("matmul", [b.node("transpose", [x], { perm: [1, 0] }), wide]);
    stays({ y, bias: sum(b, wide, 0) });
  });
  test("that the contraction's operand depends on", () => {
    const b = builder();
    const [x, g] = [input(b, "x", [9, 7]), input(b, "g", [9, 5])];
    const shift = spread(b, sum(b, g, 0), [9, 5], [1]);
    const scaled = b.node("mul", [x, spread(b, sum(b, b.node("exp", [shift]), 1), [9, 7], [0])]);
    stays({ y: b.node("matmul", [b.node("transpose", [scaled], { perm: [1, 0] }), g]) });
  });
});

describe("the plan", () => {
  function example(): { plan: Plan; kernel: Contract } {
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    const plan = planned(lower(graphOf({ y, bias: b.node("exp", [sum(b, g, 0)]) })));
    const [kernel] = contractions(plan);
    if (!kernel) throw new Error("no contraction");
    return { plan, kernel };
  }
  test("shows sums", () => {
    const { plan } = example();
    expect(explainPlan(plan)).toMatch(/^C .*reduce/m);
    expect(explainKernels(plan)).toMatch(/acc1 sum of b.*\n {2}%\d+\[n0\] = exp\(acc1\)/);
  });
  test("counts the operand once", () => {
    const trafficOf = (graph: Graph): number =>
      formKernels(resolveOutputs(lower(graph)), true).traffic;
    const b = builder();
    const { g, y } = product(b, 9, 7, 5);
    const bias = sum(b, g, 0);
    expect(trafficOf(graphOf({ y, bias })) - trafficOf(graphOf({ y }))).toBe(4 * 5);
  });
  test("does not let a sum see the products, or products the sum", () => {
    const { plan, kernel } = example();
    const [own] = kernel.sums;
    if (!own) throw new Error("no sum");
    const wrong = (change: Partial<Contract>): Plan => ({
      ...plan,
      kernels: [{ ...kernel, ...change }],
    });
    expect(() => validatePlan(wrong({ sums: [{ ...own, slot: 2 }] }))).toThrow(
      /before it is complete/,
    );
    const stores = own.after.map((store) => ({ ...store, to: kernel.after[0]?.to ?? 0 }));
    expect(() => validatePlan(wrong({ after: stores, sums: [] }))).toThrow(/is wrong/);
    expect(() => validatePlan(wrong({ sums: [{ ...own, of: "a" }] }))).toThrow(/is wrong/);
  });
  test("does not store over what the other list reads", () => {
    const { plan, kernel } = example();
    const [own] = kernel.sums;
    const [target] = own?.after ?? [];
    if (!own || !target) throw new Error("no sum");
    const place = plan.places.get(target.to);
    const old = { id: 99, dtype: "f32", shape: [5] } as const;
    const to = { id: target.to, dtype: "f32", shape: place?.shape ?? [] } as const;
    const read = { kind: "load", from: 99, at: target.at, dtype: "f32" } as const;
    const inSum: Contract = { ...kernel, sums: [{ ...own, after: [{ ...target, value: read }] }] };
    expect(mayOverwrite(inSum, to, old)).toBe(true);
    const [result] = kernel.after;
    if (!result) throw new Error("no result");
    const inBoth: Contract = { ...inSum, after: [{ ...result, value: read }] };
    expect(mayOverwrite(inBoth, to, old)).toBe(false);
  });
});
