// Speed of the contraction template in JavaScript, one thread: `node --import tsx bench/js-contract.ts [seconds]`.
// The best of many runs counts: others share the machine.

import { packingBytes } from "../compiler/backends/js/pack.ts";
import type { Graph, Node } from "../compiler/ir/graph.ts";
import { operatorNamed } from "../compiler/ops/index.ts";
import { schedule } from "../compiler/schedule/index.ts";
import { buildGraph, type GraphBuilder } from "../test/support/graphs.ts";
import { kernelsInJs, memoryOf } from "../test/support/plans.ts";

const seconds = Number(process.argv[2] ?? 1);

function product(define: (b: GraphBuilder) => Node): Graph {
  return buildGraph((b) => ({ y: define(b) }));
}

function einsum(text: string, a: readonly number[], c: readonly number[]): Graph {
  const [operands = "", out = ""] = text.split("->");
  const [left = "", right = ""] = operands.split(",");
  const attrs = { a: left.split(""), b: right.split(""), out: out.split("") };
  return product((b) => b.node("einsum", [b.input("a", "f32", a), b.input("b", "f32", c)], attrs));
}

/** One of the gradients of a convolution x[8, 16, 32, 32] → 32 filters; `by` is the number of its input. */
function convolution(size: number, stride: number, by?: number): Graph {
  const attrs = {
    stride: [stride, stride],
    dilation: [1, 1],
    padding: [
      [1, 1],
      [1, 1],
    ],
    groups: 1,
  };
  const graph = product((b) => {
    const x = b.input("x", "f32", [8, 16, 32, 32]);
    const weight = b.input("weight", "f32", [32, 16, size, size]);
    return b.node("conv", [x, weight], attrs);
  });
  const [output] = graph.outputs;
  if (by === undefined || !output) return graph;
  const contract = output.node;
  return product((b) => {
    const { gradient } = gradientOf("contract");
    const g = b.input("g", "f32", contract.type.shape.map(Number));
    const wanted = gradient(b, contract, g)[by];
    if (!wanted) throw new Error("no gradient");
    return wanted;
  });
}

function gradientOf(op: string) {
  const record = operatorNamed(op);
  if (record.level !== "primitive" || record.gradient === "none")
    throw new Error(`${op} has no gradient`);
  return { gradient: record.gradient };
}

const cases: Readonly<Record<string, () => Graph>> = {
  "256×784×256 NN": () => einsum("mk,kn->mn", [256, 784], [784, 256]),
  "256×784×256 NT": () => einsum("mk,nk->mn", [256, 784], [256, 784]),
  "256×784×256 TN": () => einsum("km,kn->mn", [784, 256], [784, 256]),
  "bthd,bshd->bhts": () => einsum("bthd,bshd->bhts", [8, 64, 4, 32], [8, 64, 4, 32]),
  "conv 3×3 16→32 forward": () => convolution(3, 1),
  "conv 3×3 16→32 dX": () => convolution(3, 1, 0),
  "conv 3×3 16→32 dW": () => convolution(3, 1, 1),
  "conv 3×3 stride 2 forward": () => convolution(3, 2),
  "conv 3×3 stride 2 dX": () => convolution(3, 2, 0),
};

for (const [name, make] of Object.entries(cases)) {
  const plan = schedule(make(), { persistent: { tensors: [], bytes: 0 }, packingBytes });
  const given = new Map<number, ArrayLike<number>>();
  for (const { value } of plan.inputs) {
    const length = plan.places.get(value)?.shape.reduce((size, n) => size * n, 1) ?? 0;
    given.set(
      value,
      Float32Array.from({ length }, (_, i) => Math.sin(i)),
    );
  }
  const kernels = kernelsInJs(plan, memoryOf(plan, given));
  let products = 0;
  for (const kernel of plan.kernels) {
    if (kernel.kind !== "contract") continue;
    const axes = [...kernel.batch, ...kernel.m, ...kernel.n, ...kernel.k];
    products += axes.reduce((size, axis) => size * axis.extent, 1);
  }
  let best = Infinity;
  const end = performance.now() + seconds * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    for (const run of kernels) run(0);
    best = Math.min(best, performance.now() - start);
  }
  const speed = ((2 * products) / best / 1e6).toFixed(2);
  const kinds = plan.kernels.map((kernel) => kernel.kind).join(" ");
  console.log(
    `${name.padEnd(28)}${best.toFixed(2).padStart(8)} ms ${speed.padStart(6)} GFLOP/s  ${kinds}`,
  );
}
