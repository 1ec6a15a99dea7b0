// Training graphs as a whole: gradients by path, optimizer steps, clipping, what must not be differentiated.

import { describe, expect, test } from "vitest";
import { differentiate, vjp, type DifferentiateOptions } from "../../compiler/autodiff/index.ts";
import { graphNodes, type Graph, type Node } from "../../compiler/ir/graph.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { f32, i32 } from "../../compiler/ops/shapes.ts";
import { Reporter } from "../../grammar/diagnostic.ts";
import type { Tensor } from "../../runtime/types.ts";
import { graphOf, normals, origin, output, run } from "../ops/support.ts";

const tensor = (shape: readonly number[], data: readonly number[]): Tensor => ({
  dtype: "f32",
  shape,
  data: Float64Array.from(data),
});

/** loss = Σ (x·weight + bias)² with the weight [3, 2]; also a result. */
function model(): Graph {
  const b = newBuilder(origin);
  const x = b.node("input", [], { name: "x", role: "field" }, f32(4, 3));
  const weight = b.node("input", [], { name: "layer.weight", role: "parameter" }, f32(3, 2));
  const bias = b.node("input", [], { name: "layer.bias", role: "parameter" }, f32(2));
  const y = b.node("add", [
    b.node("matmul", [x, weight]),
    b.node("broadcast", [bias], { shape: [4, 2] }),
  ]);
  const loss = b.node("reduce", [b.node("mul", [y, y])], {
    kind: "sum",
    axes: [0, 1],
    ties: "share",
  });
  return lower({
    inputs: [x, weight, bias],
    outputs: [
      { name: "y", role: "result", node: y },
      { name: "loss", role: "loss", node: loss },
    ],
  });
}

/** w − lr·v with v = 0.9·v + g + $step. */
function momentum(path: string, shape: readonly number[]): { readonly step: Graph } {
  const b = newBuilder({ ...origin, role: "update" });
  const w = b.node("input", [], { name: "w", role: "field" }, f32(...shape));
  const g = b.node("input", [], { name: "g", role: "field" }, f32(...shape));
  const v = b.node("input", [], { name: `optimizer.${path}.v`, role: "optimizer" }, f32(...shape));
  const step = b.node("input", [], { name: "$step", role: "scalar" }, i32());
  const full = (node: Node): Node => b.node("broadcast", [node], { shape });
  const number = (value: number): Node => full(b.node("constant", [], { value }, f32()));
  const counted = full(b.node("cast", [step], { dtype: "f32" }));
  const next = b.node("add", [b.node("add", [b.node("mul", [v, number(0.9)]), g]), counted]);
  const moved = b.node("sub", [w, b.node("mul", [next, number(0.1)])]);
  return {
    step: lower({
      inputs: [w, g, v, step],
      outputs: [
        { name: path, role: "update", node: moved },
        { name: `optimizer.${path}.v`, role: "update", node: next },
      ],
    }),
  };
}

const optimizers: DifferentiateOptions["optimizers"] = new Map([
  ["layer.weight", momentum("layer.weight", [3, 2])],
  ["layer.bias", momentum("layer.bias", [2])],
]);

const values = {
  x: tensor([4, 3], normals("x", 12)),
  "layer.weight": tensor([3, 2], normals("weight", 6)),
  "layer.bias": tensor([2], normals("bias", 2)),
};

/** Gradients of the model by hand: 2·xᵀ·y and 2·Σ y. */
function byHand(): { weight: number[]; bias: number[] } {
  const { data: y } = output(run(model(), values), "y");
  const at = (data: ArrayLike<number>, i: number): number => data[i] ?? 0;
  const weight = Array.from({ length: 6 }, (_, i) =>
    [0, 1, 2, 3].reduce(
      (s, n) => s + 2 * at(values.x.data, n * 3 + Math.floor(i / 2)) * at(y, n * 2 + (i % 2)),
      0,
    ),
  );
  const bias = [0, 1].map((j) => [0, 1, 2, 3].reduce((s, n) => s + 2 * at(y, n * 2 + j), 0));
  return { weight, bias };
}

function expectClose(actual: ArrayLike<number>, expected: readonly number[]): void {
  expect(actual.length).toBe(expected.length);
  expected.forEach((value, i) => expect(actual[i]).toBeCloseTo(value, 10));
}

describe("gradients", () => {
  test("bear the parameters' paths, and outputs stay", () => {
    const graph = differentiate(model(), { optimizers: new Map(), gradients: true });
    expect(graph.outputs.map(({ name, role }) => `${role} ${name}`)).toEqual([
      "result y",
      "loss loss",
      "gradient layer.weight",
      "gradient layer.bias",
    ]);
    const results = run(graph, values);
    expectClose(output(results, "layer.weight").data, byHand().weight);
    expectClose(output(results, "layer.bias").data, byHand().bias);
  });

  test("can be asked for by name, also of fields", () => {
    const graph = differentiate(model(), { optimizers: new Map(), gradients: true, wrt: ["x"] });
    expect(graph.outputs.map(({ name }) => name)).toEqual(["y", "loss", "x"]);
    expect(output(run(graph, values), "x").shape).toEqual([4, 3]);
  });

  test("nodes say that they belong to the backward pass", () => {
    const forward = model();
    const known = new Set(graphNodes(forward));
    const made = graphNodes(differentiate(forward, { optimizers: new Map(), gradients: true }));
    const roles = new Set(made.filter((node) => !known.has(node)).map((node) => node.origin.role));
    expect([...roles]).toEqual(["backward"]);
  });
});

describe("optimizers", () => {
  const states = {
    $step: { dtype: "i32", shape: [], data: Int32Array.of(2) } as const,
    "optimizer.layer.weight.v": tensor([3, 2], normals("v", 6)),
    "optimizer.layer.bias.v": tensor([2], normals("u", 2)),
  };

  test("update parameters and their own states", () => {
    const graph = differentiate(model(), { optimizers });
    const names = graph.outputs.filter(({ role }) => role === "update").map(({ name }) => name);
    expect(names).toEqual([
      "layer.weight",
      "optimizer.layer.weight.v",
      "layer.bias",
      "optimizer.layer.bias.v",
    ]);
    const results = run(graph, { ...values, ...states });
    const { weight } = byHand();
    const v = weight.map((g, i) => 0.9 * (states["optimizer.layer.weight.v"].data[i] ?? 0) + g + 2);
    expectClose(output(results, "optimizer.layer.weight.v").data, v);
    expectClose(
      output(results, "layer.weight").data,
      v.map((value, i) => (values["layer.weight"].data[i] ?? 0) - 0.1 * value),
    );
    expect(graph.inputs.filter((node) => node.attrs["name"] === "$step")).toHaveLength(1);
  });

  test("leave frozen parameters alone", () => {
    const graph = differentiate(model(), {
      optimizers: new Map([...optimizers, ["layer.bias", "none"]]),
    });
    const updated = graph.outputs.filter(({ role }) => role === "update").map(({ name }) => name);
    expect(updated).toEqual(["layer.weight", "optimizer.layer.weight.v"]);
  });

  test("see the gradient 0 where the loss does not reach", () => {
    const extra = new Map([...optimizers, ["other", momentum("other", [2])]]);
    const results = run(differentiate(model(), { optimizers: extra }), {
      ...values,
      ...states,
      other: tensor([2], [1, 2]),
      "optimizer.other.v": tensor([2], [0, 0]),
    });
    expectClose(output(results, "optimizer.other.v").data, [2, 2]);
  });
});

describe("clipping", () => {
  const clipped = (clip: NonNullable<DifferentiateOptions["clip"]>): number[] => {
    const results = run(
      differentiate(model(), { optimizers: new Map(), gradients: true, clip }),
      values,
    );
    return [...output(results, "layer.weight").data, ...output(results, "layer.bias").data];
  };
  const all = (): number[] => [...byHand().weight, ...byHand().bias];
  const norm = (list: readonly number[]): number =>
    Math.sqrt(list.reduce((sum, g) => sum + g * g, 0));

  test("by norm scales all gradients together", () => {
    const factor = 0.5 / (norm(all()) + 1e-6);
    expectClose(
      clipped({ kind: "norm", limit: 0.5 }),
      all().map((g) => g * factor),
    );
    expectClose(clipped({ kind: "norm", limit: 1e6 }), all());
  });

  test("by value cuts each", () => {
    expectClose(
      clipped({ kind: "value", limit: 1 }),
      all().map((g) => Math.max(-1, Math.min(1, g))),
    );
  });
});

describe("special cases", () => {
  test("gradients of the parts of a split are one concatenation", () => {
    const b = newBuilder(origin);
    const x = b.node("input", [], { name: "x", role: "field" }, f32(2, 6));
    const part = (start: number, length: number): Node =>
      b.node("exp", [b.node("slice", [x], { ranges: [[0, 2, 1], [start, length, 1]] })]); // prettier-ignore
    const outputs = [part(1, 2), part(3, 3)].map((node, i) => ({
      name: `y${i}`,
      role: "result" as const,
      node,
    }));
    const graph = vjp(lower({ inputs: [x], outputs }));
    const gradient = graph.outputs.at(-1);
    expect(gradient?.node.op).toBe("concat");
    expect(gradient?.node.inputs).toHaveLength(3); // zeros for what no part reads
    expect(graphNodes(graph).some(({ op }) => op === "add")).toBe(false);
  });

  test("overlapping slices are added", () => {
    const b = newBuilder(origin);
    const x = b.node("input", [], { name: "x", role: "field" }, f32(4));
    const outputs = [0, 1].map((start) => ({
      name: `y${start}`,
      role: "result" as const,
      node: b.node("slice", [x], { ranges: [[start, 3, 1]] }),
    }));
    const ones = tensor([3], [1, 1, 1]);
    const results = run(vjp(lower({ inputs: [x], outputs })), {
      x: tensor([4], [1, 2, 3, 4]),
      "cotangent.y0": ones,
      "cotangent.y1": ones,
    });
    expectClose(output(results, "x").data, [1, 2, 2, 1]);
  });

  test("windows that do not overlap need no sum", () => {
    const attrs = {
      axes: [1],
      kernel: [2],
      stride: [2],
      padding: [[0, 0]],
      dilation: [1],
      fill: "none",
    };
    const graph = vjp(lower(graphOf("windows", [f32(2, 7)], attrs)));
    expect(graphNodes(graph).some(({ op }) => op === "reduce")).toBe(false);
  });

  test("strides leave no divisor in a convolution's gradient", () => {
    const attrs = { stride: [2, 3], padding: [[1, 1], [0, 0]], dilation: [1, 1], groups: 1 }; // prettier-ignore
    const graph = vjp(lower(graphOf("conv", [f32(2, 3, 9, 9), f32(4, 3, 3, 4)], attrs)));
    const contracts = graphNodes(graph).filter(({ op }) => op === "contract");
    expect(contracts).toHaveLength(3);
    expect(JSON.stringify(contracts.map(({ attrs: a }) => a))).not.toMatch(/"divisor":[^1]/);
  });

  test("an operator without a gradient is reported at its place", () => {
    const b = newBuilder(origin);
    const w = b.node("input", [], { name: "w0", role: "parameter" }, f32());
    const loss = b.node("gamma", [w]);
    const graph: Graph = { inputs: [w], outputs: [{ name: "loss", role: "loss", node: loss }] };
    const reporter = new Reporter();
    differentiate(graph, { optimizers: new Map(), gradients: true, reporter });
    expect(reporter.diagnostics.map(({ code }) => code)).toEqual(["not-differentiable"]);
    expect(() => differentiate(graph, { optimizers: new Map(), gradients: true })).toThrow(
      "gamma has no gradient",
    );
  });

  test("ties: shared, or all to the first", () => {
    const gradient = (ties: string): number[] => {
      const graph = vjp(lower(graphOf("reduce", [f32(4)], { kind: "max", axes: [0], ties })));
      const results = run(graph, { x0: tensor([4], [1, 3, 3, 2]), "cotangent.y": tensor([], [1]) });
      return [...output(results, "x0").data];
    };
    expect(gradient("share")).toEqual([0, 0.5, 0.5, 0]);
    expect(gradient("first")).toEqual([0, 1, 0, 0]);
  });

  test("a product with zeros", () => {
    const graph = vjp(
      lower(graphOf("reduce", [f32(3, 3)], { kind: "prod", axes: [1], ties: "share" })),
    );
    const x = tensor([3, 3], [2, 0, 3, 0, 0, 3, 2, 4, 5]);
    const results = run(graph, { x0: x, "cotangent.y": tensor([3], [1, 1, 1]) });
    expect([...output(results, "x0").data]).toEqual([0, 6, 0, 0, 0, 0, 20, 10, 8]);
  });
});
