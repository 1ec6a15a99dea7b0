// Speed of single contractions on a device: `node --import tsx bench/contract.ts [--device js] [--seconds 1] [part of a name]`.
// The best of many runs counts: others share the machine.

import "./mistakes.ts";

import { parseArgs } from "node:util";

import type { Graph, Node } from "../compiler/ir/graph.ts";
import { operatorNamed } from "../compiler/ops/index.ts";
import { schedule } from "../compiler/schedule/index.ts";
import { buildGraph, type GraphBuilder } from "../test/support/graphs.ts";
import { measureLimits } from "../compiler/cli/limits.ts";
import { UserError } from "../runtime/errors.ts";
import { plannedBackends } from "./planned.ts";

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    device: { type: "string", default: "js" },
    threads: { type: "string", default: "1" },
    seconds: { type: "string", default: "1" },
  },
});

function product(define: (b: GraphBuilder) => Node): Graph {
  return buildGraph((b) => ({ y: define(b) }));
}

function einsum(text: string, a: readonly number[], c: readonly number[]): Graph {
  const [operands = "", out = ""] = text.split("->");
  const [left = "", right = ""] = operands.split(",");
  const attrs = { a: left.split(""), b: right.split(""), out: out.split("") };
  return product((b) => b.node("einsum", [b.input("a", "f32", a), b.input("b", "f32", c)], attrs));
}

interface Convolution {
  readonly x: readonly [batch: number, channels: number, height: number, width: number];
  readonly filters: number;
  readonly stride?: number;
  /** A gradient in the place of the forward pass: by x, or by the weight. */
  readonly by?: "x" | "weight";
}

/** 3×3 with a border of one zero. */
function convolution({ x: shape, filters, stride = 1, by }: Convolution): Graph {
  const border = [1, 1];
  const attrs = {
    stride: [stride, stride],
    dilation: [1, 1],
    padding: [border, border],
    groups: 1,
  };
  const graph = product((b) => {
    const x = b.input("x", "f32", shape);
    const weight = b.input("weight", "f32", [filters, shape[1], 3, 3]);
    return b.node("conv", [x, weight], attrs);
  });
  const [output] = graph.outputs;
  if (by === undefined || !output) return graph;
  const contract = output.node;
  const record = operatorNamed("contract");
  if (record.level !== "primitive" || record.gradient === "none") throw new Error("no gradient");
  const { gradient } = record;
  return product((b) => {
    const g = b.input("g", "f32", contract.type.shape.map(Number));
    const wanted = gradient(b, contract, g)[by === "x" ? 0 : 1];
    if (!wanted) throw new Error("no gradient");
    return wanted;
  });
}

const small = { x: [16, 16, 32, 32], filters: 32 } as const;
const large = { x: [16, 64, 32, 32], filters: 64 } as const;

const cases: Readonly<Record<string, () => Graph>> = {
  "256³ NN": () => einsum("mk,kn->mn", [256, 256], [256, 256]),
  "512³ NN": () => einsum("mk,kn->mn", [512, 512], [512, 512]),
  "256×784×256 NN": () => einsum("mk,kn->mn", [256, 784], [784, 256]),
  "256×784×256 NT": () => einsum("mk,nk->mn", [256, 784], [256, 784]),
  "256×784×256 TN": () => einsum("km,kn->mn", [784, 256], [784, 256]),
  "256×256×10 NT": () => einsum("mk,nk->mn", [256, 256], [10, 256]),
  "10×256×256 TN": () => einsum("km,kn->mn", [256, 10], [256, 256]),
  "bthd,bshd->bhts": () => einsum("bthd,bshd->bhts", [8, 64, 4, 32], [8, 64, 4, 32]),
  "conv 3×3 64→64 forward": () => convolution(large),
  "conv 3×3 64→64 dX": () => convolution({ ...large, by: "x" }),
  "conv 3×3 64→64 dW": () => convolution({ ...large, by: "weight" }),
  "conv 3×3 16→32 forward": () => convolution(small),
  "conv 3×3 16→32 dX": () => convolution({ ...small, by: "x" }),
  "conv 3×3 16→32 dW": () => convolution({ ...small, by: "weight" }),
  "conv 3×3 stride 2 forward": () => convolution({ ...small, stride: 2 }),
  "conv 3×3 stride 2 dX": () => convolution({ ...small, stride: 2, by: "x" }),
  "conv 3×3 stride 2 dW": () => convolution({ ...small, stride: 2, by: "weight" }),
};

const threads = Number(values.threads);
const backend = plannedBackends[values.device];
if (!backend) {
  throw new UserError(`there is no device ${values.device}`, {
    help: `the devices are ${Object.keys(plannedBackends).join(", ")}`,
  });
}
const limit = threads * measureLimits(0.5).gflops;
console.log(
  `${values.device}, ${threads === 1 ? "one thread" : `${threads} threads`}; 128-bit limit ${limit.toFixed(1)} GFLOP/s`,
);

for (const [name, make] of Object.entries(cases)) {
  if (positionals.length > 0 && !positionals.some((part) => name.includes(part))) continue;
  const { layOutContract } = backend;
  const plan = schedule(make(), { persistent: { tensors: [], bytes: 0 }, layOutContract });
  const given = new Map<number, ArrayLike<number>>();
  for (const { value } of plan.inputs) {
    const length = plan.places.get(value)?.shape.reduce((size, n) => size * n, 1) ?? 0;
    given.set(
      value,
      Float32Array.from({ length }, (_, i) => Math.sin(i)),
    );
  }
  let products = 0;
  for (const kernel of plan.kernels) {
    if (kernel.kind !== "contract") continue;
    const axes = [...kernel.batch, ...kernel.m, ...kernel.n, ...kernel.k];
    products += axes.reduce((size, axis) => size * axis.extent, 1);
  }
  const run = backend.prepare(plan, given, threads);
  let best = Infinity;
  const end = performance.now() + Number(values.seconds) * 1000;
  while (performance.now() < end) {
    const start = performance.now();
    run();
    best = Math.min(best, performance.now() - start);
  }
  const speed = (2 * products) / best / 1e6;
  const share = `${((100 * speed) / limit).toFixed(0)} %`;
  const kinds = plan.kernels.map((kernel) => kernel.kind).join(" ");
  console.log(
    `${name.padEnd(26)}${best.toFixed(2).padStart(9)} ms ${speed.toFixed(2).padStart(7)} GFLOP/s ${share.padStart(5)}  ${kinds}`,
  );
}
