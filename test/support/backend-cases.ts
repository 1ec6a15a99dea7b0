// Graphs that every backend must run: each operator's samples, and small models' parts with their gradients.

import type { Attrs, Graph, Node } from "../../compiler/ir/graph.ts";
import { operators } from "../../compiler/ops/index.ts";
import { inputName, isPersistent } from "../../compiler/ir/input.ts";
import { schedule } from "../../compiler/schedule/index.ts";
import type { LayOutContract, Plan } from "../../compiler/schedule/kernel.ts";
import type { Named, Persistent } from "../../runtime/artifact.ts";
import { elementBytes, sizeOf, type Tensor } from "../../runtime/types.ts";
import { lenet, mlp } from "../schedule/models.ts";
import { difference, drawInputs, evaluateGraph, inputKey } from "./evaluate-graph.ts";
import { buildGraph, gradientGraph, type GraphBuilder } from "./graphs.ts";
import { memoryOf, viewOf } from "./plans.ts";

export interface BackendCase {
  readonly name: string;
  readonly graph: () => Graph;
}

/** A graph scheduled for a backend, its memory before the run, and what should stand there afterwards. */
export interface ScheduledCase {
  readonly plan: Plan;
  readonly memory: ArrayBuffer;
  readonly results: readonly (Named & { readonly expected: Tensor })[];
}

export interface CaseOptions {
  readonly layOutContract?: LayOutContract;
  /** By name; drawn by default. */
  readonly inputs?: Readonly<Record<string, Tensor>>;
}

export function scheduleCase(graph: Graph, options: CaseOptions = {}): ScheduledCase {
  const persistent = persistentOf(graph);
  const { layOutContract } = options;
  const plan = schedule(graph, { persistent, ...(layOutContract ? { layOutContract } : {}) });
  const drawn = drawInputs(graph, 7);
  const given = Object.fromEntries(
    graph.inputs.map((node) => {
      const key = inputKey(node);
      return [key, options.inputs?.[inputName(node)] ?? drawn[key] ?? missing(key)];
    }),
  );
  const memory = memoryOf(plan, new Map());
  for (const node of graph.inputs) {
    const name = inputName(node);
    const at =
      persistent.tensors.find((tensor) => tensor.name === name) ?? named(plan, plan.inputs, name);
    if (at) viewOf(memory, at).set(given[inputKey(node)]?.data ?? []);
  }
  const found = evaluateGraph(graph, given);
  const results = graph.outputs.map(({ role, name }) => {
    const at =
      role === "update"
        ? persistent.tensors.find((tensor) => tensor.name === name)
        : named(plan, plan.outputs, name);
    return { ...(at ?? missing(name)), expected: found[`${role} ${name}`] ?? missing(name) };
  });
  return { plan, memory, results };
}

function persistentOf(graph: Graph): Persistent {
  const tensors: Named[] = [];
  let bytes = 0;
  for (const node of graph.inputs.filter(isPersistent)) {
    const { dtype } = node.type;
    const shape = shapeOf(node);
    tensors.push({ name: inputName(node), dtype, shape, offset: bytes });
    bytes = Math.ceil((bytes + sizeOf(shape) * elementBytes[dtype]) / 64) * 64;
  }
  return { tensors, bytes };
}

function named(plan: Plan, entries: Plan["inputs"], name: string): Named | undefined {
  const entry = entries.find((candidate) => candidate.name === name);
  const place = entry && plan.places.get(entry.value);
  return place && { name, dtype: place.dtype, shape: place.shape, offset: place.offset };
}

/** Where the results in memory differ from the expected ones; random bits must be the same bits. */
export function differences(
  results: ScheduledCase["results"],
  memory: ArrayBuffer,
  tolerance: number,
): string[] {
  return results.flatMap(({ expected, ...result }) => {
    const found = { ...expected, data: viewOf(memory, result) };
    const problem = difference(found, expected, result.name === "bits" ? 0 : tolerance);
    return problem === undefined ? [] : [`${result.name}: ${problem}`];
  });
}

function missing(name: string): never {
  throw new Error(`${name} is missing`);
}

/** One graph an operator and sample. */
export const operatorCases: readonly BackendCase[] = Object.values(operators)
  .filter(({ name }) => name !== "host") // runs in the reference only
  .flatMap((record) =>
    record.samples.map((sample, i): BackendCase => ({
      name: `${record.name} ${i}`,
      graph: () =>
        buildGraph((b) => {
          const inputs = sample.inputs.map(({ dtype, shape }, n) =>
            b.input(
              `x${n}`,
              dtype,
              shape.map(Number),
              record.name === "random" ? "scalar" : "field",
            ),
          );
          return { y: b.node(record.name, inputs, sample.attrs ?? {}) };
        }),
    })),
  );

const spatial = (stride: number, padding: number, dilation = 1, groups = 1): Attrs => ({
  stride: [stride, stride],
  padding: [
    [padding, padding],
    [padding, padding],
  ],
  dilation: [dilation, dilation],
  groups,
});

function shapeOf(x: Node): number[] {
  return x.type.shape.map(Number);
}

/** Half the sum of squares, so that the gradient depends on the values. */
function squares(b: GraphBuilder, x: Node): Node {
  const sum = b.sum(
    b.node("mul", [x, x]),
    shapeOf(x).map((_, d) => d),
  );
  return b.node("mul", [sum, b.full(0.5, [])]);
}

function spread(b: GraphBuilder, x: Node, like: Node, axes: readonly number[]): Node {
  const shape = shapeOf(like).map((size, d) => (axes.includes(d) ? 1 : size));
  return b.node("broadcast", [b.node("reshape", [x], { shape })], { shape: shapeOf(like) });
}

function bias(b: GraphBuilder, x: Node, name: string, axis: number): Node {
  const others = shapeOf(x)
    .map((_, d) => d)
    .filter((d) => d !== axis);
  return b.node("add", [x, spread(b, b.input(name, "f32", [shapeOf(x)[axis] ?? 1]), x, others)]);
}

function logSoftmax(b: GraphBuilder, x: Node): Node {
  const last = shapeOf(x).length - 1;
  const reduce = (kind: string, of: Node): Node =>
    spread(b, b.node("reduce", [of], { kind, axes: [last], ties: "share" }), x, [last]);
  const shifted = b.node("sub", [x, b.node("stop_gradient", [reduce("max", x)])]);
  return b.node("sub", [shifted, b.node("log", [reduce("sum", b.node("exp", [shifted]))])]);
}

function convolution(name: string, channels: number, filters: number, attrs: Attrs): BackendCase {
  return {
    name,
    graph: () =>
      gradientGraph(["x", "weight", "bias"], (b) => {
        const groups = Number(attrs["groups"]);
        const x = b.input("x", "f32", [2, channels, 9, 7]);
        const weight = b.input("weight", "f32", [filters, channels / groups, 3, 3]);
        const y = b.node("sigmoid", [bias(b, b.node("conv", [x, weight], attrs), "bias", 1)]);
        return { y, loss: squares(b, y) };
      }),
  };
}

function pool(
  name: string,
  kernel: number,
  stride: number,
  padding: number,
  ties: string,
): BackendCase {
  return {
    name,
    graph: () =>
      gradientGraph(["x"], (b) => {
        const x = b.input("x", "f32", [2, 3, 8, 6]);
        const attrs = spatial(stride, padding);
        const windows = b.node("windows", [x], {
          axes: [2, 3],
          kernel: [kernel, kernel],
          stride: attrs["stride"] ?? [],
          padding: attrs["padding"] ?? [],
          dilation: [1, 1],
          fill: padding > 0 ? "-inf" : "none",
        });
        const y = b.node("reduce", [windows], { kind: "max", axes: [4, 5], ties });
        return { y, loss: squares(b, y) };
      }),
  };
}

export const modelCases: readonly BackendCase[] = [
  {
    name: "elementwise with broadcast and stored masks",
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [5, 13]);
        const y = bias(b, x, "bias", 1);
        const positive = b.node("gt", [y, b.full(0, [5, 13])]);
        const scaled = b.node("mul", [y, spread(b, b.input("scale", "f32", []), y, [0, 1])]);
        const leaky = b.node("select", [positive, y, scaled]);
        const bytes = b.node("cast", [positive], { dtype: "u8" });
        return {
          leaky,
          positive,
          bytes,
          count: b.sum(positive, [1]),
          flipped: b.node("flip", [positive], { axes: [1] }),
        };
      }),
  },
  {
    name: "reductions",
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [3, 37, 5]);
        const i = b.input("i", "i32", [3, 37]);
        const flags = b.input("flags", "bool", [4, 5]);
        const reduce = (of: Node, kind: string, axes: number[]): Node =>
          b.node("reduce", [of], { kind, axes, ties: "share" });
        return {
          sum: reduce(x, "sum", [1]),
          total: reduce(x, "sum", [0, 1, 2]),
          max: reduce(x, "max", [0, 2]),
          min: reduce(x, "min", [1, 2]),
          product: reduce(x, "prod", [2]),
          whole: reduce(i, "sum", [1]),
          largest: reduce(i, "max", [0]),
          smallest: reduce(i, "min", [1]),
          flags: reduce(flags, "sum", [1]),
          first: b.node("argmax", [x], { kind: "max", axes: [1] }),
          last: b.node("argmax", [i], { kind: "min", axes: [0, 1] }),
        };
      }),
  },
  {
    name: "nothing to reduce, nothing at all",
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [3, 0]);
        return { sum: b.sum(x, [1]), doubled: b.node("add", [x, x]), none: b.sum(x, [0]) };
      }),
  },
  {
    name: "a long sum",
    graph: () =>
      buildGraph((b) => {
        const x = b.input("x", "f32", [2, 5000]);
        const near = b.node("add", [x, b.full(100, [2, 5000])]);
        return { sum: b.sum(near, [1]), total: b.sum(near, [0, 1]) };
      }),
  },
  {
    name: "softmax cross entropy with its gradient",
    graph: () =>
      gradientGraph(["x"], (b) => {
        const x = b.input("x", "f32", [6, 11]);
        const label = b.input("label", "i32", [6]);
        const index = b.node("iota", [], { shape: [6, 11], axis: 1 });
        const chosen = b.node("eq", [index, spread(b, label, x, [1])]);
        const picked = b.node("select", [chosen, logSoftmax(b, x), b.full(0, [6, 11])]);
        return { loss: b.node("mul", [b.sum(picked, [0, 1]), b.full(-1 / 6, [])]) };
      }),
  },
  {
    name: "layer norm with its gradient",
    graph: () =>
      gradientGraph(["x", "gain"], (b) => {
        const x = b.input("x", "f32", [4, 3, 12]);
        const mean = (of: Node): Node => spread(b, b.node("mean", [of], { axes: [2] }), x, [2]);
        const centred = b.node("sub", [x, mean(x)]);
        const variance = mean(b.node("mul", [centred, centred]));
        const deviation = b.node("sqrt", [b.node("add", [variance, b.full(1e-5, [4, 3, 12])])]);
        const gain = spread(b, b.input("gain", "f32", [12]), x, [0, 1]);
        const y = b.node("tanh", [b.node("mul", [b.node("div", [centred, deviation]), gain])]);
        return { y, loss: squares(b, y) };
      }),
  },
  {
    name: "batch norm with its gradient",
    graph: () =>
      gradientGraph(["x"], (b) => {
        const x = b.input("x", "f32", [3, 4, 5, 5]);
        const mean = (of: Node): Node =>
          spread(b, b.node("mean", [of], { axes: [0, 2, 3] }), x, [0, 2, 3]);
        const centred = b.node("sub", [x, mean(x)]);
        const variance = mean(b.node("mul", [centred, centred]));
        const deviation = b.node("sqrt", [b.node("add", [variance, b.full(1e-5, [3, 4, 5, 5])])]);
        const y = b.node("max", [b.node("div", [centred, deviation]), b.full(0, [3, 4, 5, 5])]);
        return { y, loss: squares(b, y) };
      }),
  },
  ...[
    [9, 33, 14],
    [5, 300, 6],
    [6, 2500, 5],
    [4, 4, 4],
    [1, 17, 3],
  ].map(([m = 1, k = 1, n = 1]): BackendCase => ({
    name: `matrix product ${m}×${k}×${n} with its gradients`,
    graph: () =>
      gradientGraph(["a", "b", "bias"], (b) => {
        const product = b.node("matmul", [
          b.input("a", "f32", [m, k]),
          b.input("b", "f32", [k, n]),
        ]);
        const scaled = b.node("mul", [product, b.full(1 / k, [m, n])]);
        const y = b.node("sigmoid", [bias(b, scaled, "bias", 1)]);
        return { y, loss: squares(b, y) };
      }),
  })),
  {
    name: "attention: two batched products around a softmax",
    graph: () =>
      gradientGraph(["q", "k", "v"], (b) => {
        const [q, k, v] = ["q", "k", "v"].map((name) => b.input(name, "f32", [2, 5, 3, 8]));
        if (!q || !k || !v) throw new Error("no inputs");
        const names = { q: ["b", "t", "h", "d"], k: ["b", "s", "h", "d"], p: ["b", "h", "t", "s"] };
        const scores = b.node("einsum", [q, k], { a: names.q, b: names.k, out: names.p });
        const time = (axis: number): Node => b.node("iota", [], { shape: [2, 3, 5, 5], axis });
        const hidden = b.node("gt", [time(3), time(2)]);
        const masked = b.node("select", [hidden, b.full(-Infinity, [2, 3, 5, 5]), scores]);
        const p = b.node("exp", [logSoftmax(b, masked)]);
        const y = b.node("einsum", [p, v], { a: names.p, b: names.k, out: names.q });
        return { y, loss: squares(b, y) };
      }),
  },
  convolution("convolution with its gradients", 3, 5, spatial(1, 1)),
  convolution("convolution with stride 2 and its gradients", 4, 6, spatial(2, 1)),
  convolution("convolution with dilation and its gradients", 3, 4, spatial(1, 2, 2)),
  convolution("grouped convolution with its gradients", 4, 8, spatial(1, 1, 1, 2)),
  convolution("depthwise convolution with its gradients", 4, 4, spatial(2, 1, 1, 4)),
  pool("max pool 2 with its gradient", 2, 2, 0, "first"),
  pool("max pool 3 stride 2 with padding and its gradient", 3, 2, 1, "first"),
  pool("max pool 3 stride 1, ties shared", 3, 1, 0, "share"),
  {
    name: "dropout: bits of Philox, a mask drawn again in the gradient",
    graph: () =>
      gradientGraph(["x"], (b) => {
        const seed = b.input("$seed", "i32", [], "scalar");
        const step = b.input("$step", "i32", [], "scalar");
        const x = b.input("x", "f32", [7, 19]);
        const bits = b.node("random", [seed, step], { shape: [7, 19], place: "layer.dropout" });
        const keep = b.node("lt", [bits, b.full(0.75, [7, 19])]);
        const y = b.node("select", [
          keep,
          b.node("div", [x, b.full(0.75, [7, 19])]),
          b.full(0, [7, 19]),
        ]);
        return { bits, keep, y, loss: squares(b, y) };
      }),
  },
  {
    name: "embedding: gather, and scatter in its gradient",
    graph: () =>
      gradientGraph(["table"], (b) => {
        const table = b.input("table", "f32", [3, 6]);
        const index = b.input("index", "i32", [4, 5]); // some lie outside
        const rows = b.node("gather", [table, index], { axis: 0 });
        const y = b.node("tanh", [rows]);
        return { rows, loss: squares(b, y) };
      }),
  },
  {
    name: "gather and scatter along the last axis",
    graph: () =>
      gradientGraph(["x"], (b) => {
        const x = b.input("x", "f32", [3, 4, 5]);
        const y = b.node("gather", [x, b.input("index", "i32", [6])], { axis: 2 });
        return { y, loss: squares(b, y) };
      }),
  },
  {
    name: "concat, slice, pad, flip, transpose",
    graph: () =>
      gradientGraph(["x", "y"], (b) => {
        const x = b.input("x", "f32", [4, 6]);
        const y = b.input("y", "f32", [4, 3]);
        const both = b.node("concat", [x, y], { axis: 1 });
        const every = b.node("slice", [both], {
          ranges: [
            [0, 4, 1],
            [8, 0, -2],
          ],
        });
        const padded = b.node("pad", [every], {
          pads: [
            [1, 0],
            [0, 2],
          ],
          value: 0.5,
        });
        const turned = b.node("transpose", [b.node("flip", [padded], { axes: [0] })], {
          perm: [1, 0],
        });
        return { turned, loss: squares(b, b.node("sin", [turned])) };
      }),
  },
  { name: "training step of a small perceptron, Adam", graph: () => mlp(5, [9, 7, 4], "adam") },
  { name: "training step of LeNet on small images", graph: () => lenet(2, "sgd", 16) },
];
