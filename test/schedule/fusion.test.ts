// What shares a kernel: structure by counts and kinds, values by the reference.

import { describe, expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { optimise } from "../../compiler/passes/index.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import { explainKernels, explainPlan, kernelLetter } from "../../compiler/schedule/print.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import { sizeOf } from "../../runtime/types.ts";
import { crossEntropy } from "./models.ts";
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

function letters(plan: Plan): string {
  return plan.kernels.map(kernelLetter).join("");
}

/** Kernels of a graph, after its values were compared with the reference. */
function kernels(graph: Graph): string {
  return letters(checkGraph(graph, valuesOf(graph), 1e-3));
}

function valuesOf(graph: Graph) {
  return Object.fromEntries(
    graph.inputs.map((node, i) => {
      const limit = node.type.dtype === "i32" ? 4 : undefined;
      return [nameOf(node), numbers(sizeOf(node.type.shape.map(Number)), i + 1, limit)];
    }),
  );
}

function layerNorm(b: Build, shape: [number, number]): Node {
  const x = input(b, "x", shape);
  const weight = input(b, "weight", [shape[1]], "f32", "parameter");
  const bias = input(b, "bias", [shape[1]], "f32", "parameter");
  const mean = b.node("mean", [x], { axes: [1] });
  const centred = b.node("sub", [x, spread(b, mean, shape, [0])]);
  const variance = b.node("mean", [b.node("mul", [centred, centred])], { axes: [1] });
  const small = spread(b, constant(b, 1e-5), [shape[0]], []);
  const deviation = b.node("sqrt", [b.node("add", [variance, small])]);
  const scaled = b.node("div", [centred, spread(b, deviation, shape, [0])]);
  const product = b.node("mul", [scaled, spread(b, weight, shape, [1])]);
  return b.node("add", [product, spread(b, bias, shape, [1])]);
}

describe("rows", () => {
  test("softmax cross entropy with its gradient is one kernel of rows and the mean", () => {
    const b = builder();
    const loss = crossEntropy(b, input(b, "x", [6, 4]), input(b, "label", [6], "i32"));
    expect(kernels(optimise(vjp(lower(graphOf({ loss })))))).toBe("WR");
  });
  test("layer normalisation is one kernel", () => {
    expect(kernels(lower(graphOf({ y: layerNorm(builder(), [5, 6]) })))).toBe("W");
  });
  test("its backward pass is one kernel of rows and one for the parameters", () => {
    const graph = optimise(vjp(lower(graphOf({ y: layerNorm(builder(), [5, 6]) }))));
    expect(kernels(graph).length).toBeLessThanOrEqual(3);
  });
  test("axes of extent 1 do not matter", () => {
    const b = builder();
    const x = input(b, "x", [6, 1, 4]);
    const max = b.node("reduce", [x], { kind: "max", axes: [2], ties: "share" });
    const kept = b.node("reshape", [max], { shape: [6, 1, 1] });
    const y = b.node("sub", [x, spread(b, kept, [6, 1, 4], [0, 1, 2])]);
    expect(kernels(graphOf({ y }))).toBe("W");
  });
  test("a long row is not gone over twice", () => {
    const b = builder();
    const x = input(b, "x", [2, 5000]);
    const sum = b.node("reduce", [x], { kind: "sum", axes: [1], ties: "share" });
    const y = b.node("exp", [b.node("div", [x, spread(b, sum, [2, 5000], [0])])]);
    const plan = schedule(graphOf({ y }), { persistent: { tensors: [], bytes: 0 } });
    expect(letters(plan)).toBe("RM");
  });
  test("two reductions over the same rows share a pass", () => {
    const b = builder();
    const x = input(b, "x", [6, 5]);
    const max = b.node("reduce", [x], { kind: "max", axes: [1], ties: "share" });
    const first = b.node("argmax", [x], { kind: "max", axes: [1] });
    expect(kernels(graphOf({ max, first }))).toBe("R");
  });
});

describe("contractions", () => {
  const matmul = (b: Build, m: number, n: number, k: number): Node =>
    b.node("matmul", [input(b, "a", [m, k]), input(b, "b", [k, n])]);
  test("take what follows them as epilogue, with several stores", () => {
    const b = builder();
    const y = matmul(b, 8, 6, 16);
    const bias = spread(b, input(b, "bias", [6]), [8, 6], [1]);
    const z = b.node("tanh", [b.node("add", [y, bias])]);
    const graph = lower(graphOf({ z, w: b.node("exp", [z]) }));
    expect(kernels(graph)).toBe("C");
  });
  test("take what is cheap as prologue", () => {
    const b = builder();
    const a = input(b, "a", [8, 16]);
    const zero = spread(b, constant(b, 0), [8, 16], []);
    const y = b.node("matmul", [b.node("max", [a, zero]), input(b, "b", [16, 6])]);
    expect(kernels(lower(graphOf({ y })))).toBe("C");
  });
  test("a transposed reader still is an epilogue", () => {
    const b = builder();
    const y = b.node("transpose", [matmul(b, 8, 6, 16)], { perm: [1, 0] });
    expect(kernels(lower(graphOf({ y: b.node("tanh", [y]) })))).toBe("C");
  });
  test("a row times a matrix, and depthwise products, are loops", () => {
    const b = builder();
    expect(kernels(lower(graphOf({ y: matmul(b, 1, 9, 16) })))).toBe("R");
    const forms = (axes: number[]) =>
      axes.map((axis) => ({ terms: [{ axis, coefficient: 1 }], offset: 0, divisor: 1 }));
    const depthwise = b.node("contract", [input(b, "x", [4, 9]), input(b, "y", [4, 9])], {
      sizes: [4, 9],
      out: [0],
      a: forms([0, 1]),
      b: forms([0, 1]),
    });
    expect(kernels(graphOf({ depthwise }))).toBe("R");
  });
  test("the longer side is m", () => {
    const b = builder();
    const plan = checkGraph(lower(graphOf({ y: matmul(b, 5, 12, 16) })), {
      a: numbers(80, 1),
      b: numbers(192, 2),
    });
    const [kernel] = plan.kernels;
    if (kernel?.kind !== "contract") throw new Error("not a contraction");
    expect(kernel.m.map((axis) => axis.extent)).toEqual([12]);
    expect(kernel.n.map((axis) => axis.extent)).toEqual([5]);
  });
  test("a window does not compute its operand again and again", () => {
    const b = builder();
    const x = input(b, "x", [2, 3, 8, 8]);
    const two = b.node("mul", [
      x,
      b.node("mul", [x, b.node("sub", [x, spread(b, constant(b, 1), [2, 3, 8, 8], [])])]),
    ]);
    const attrs = {
      stride: [1, 1],
      padding: [
        [2, 2],
        [2, 2],
      ],
      dilation: [1, 1],
      groups: 1,
    };
    const y = b.node("conv", [two, input(b, "w", [4, 3, 5, 5])], attrs);
    expect(kernels(lower(graphOf({ y })))).toBe("MC");
  });
});

describe("scalars", () => {
  test("values of one element share a kernel", () => {
    const b = builder();
    const step = b.node("cast", [input(b, "$step", [], "i32", "scalar")], { dtype: "f32" });
    const graph = graphOf({ p: b.node("exp", [step]), q: b.node("tanh", [step]) });
    expect(letters(checkGraph(graph, { $step: [2] }))).toBe("M");
  });
});

test("plans and kernels print", () => {
  const b = builder();
  const loss = crossEntropy(b, input(b, "x", [6, 4]), input(b, "label", [6], "i32"));
  const graph = lower(graphOf({ loss }));
  const plan = schedule(graph, { persistent: persistentOf(graph) });
  expect(explainPlan(plan)).toMatch(/^W .*6; 4 .*test\.dlm:1:1$/m);
  expect(explainPlan(plan)).toContain("2 kernels");
  expect(explainKernels(plan)).toContain("acc0 max %");
});
