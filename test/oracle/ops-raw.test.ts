// Operators of the graph, without the language: forward and gradients on the reference, judged by PyTorch's figures.

import { expect, test } from "vitest";
import { vjp } from "../../compiler/autodiff/index.ts";
import type { Attrs, Node, TensorType } from "../../compiler/ir/graph.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { lower } from "../../compiler/ops/lower.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";
import type { Tensor } from "../../runtime/types.ts";
import { origin, run } from "../ops/support.ts";
import { describeShared } from "../support/shared.ts";
import { disagreement } from "./support/compare.ts";
import {
  readCases,
  readTensors,
  tensorOf,
  type OracleCase,
  type TensorInfo,
} from "./support/manifest.ts";

interface OpCase extends OracleCase {
  readonly inputs: Readonly<Record<string, TensorInfo>>;
  readonly outputs: Readonly<Record<string, TensorInfo>>;
  readonly grads: Readonly<Record<string, { readonly atol: number }>>;
}

/** What a case is built with. */
interface Given {
  readonly in: (name: string) => Node;
  readonly has: (name: string) => boolean;
  readonly names: readonly string[];
  readonly attr: (name: string) => unknown;
  readonly node: (op: string, inputs: readonly Node[], attrs?: Attrs) => Node;
}

type Built = Node | Readonly<Record<string, Node>>;

const builder = newBuilder(origin);

/** NumPy's common shape of some operands. */
function together(g: Given, nodes: readonly Node[]): Node[] {
  const shapes = nodes.map((node) => knownShape(node.type));
  const rank = Math.max(...shapes.map((shape) => shape.length));
  const shape = Array.from({ length: rank }, (_, i) =>
    Math.max(...shapes.map((own) => own[i - rank + own.length] ?? 1)),
  );
  return nodes.map((node) => g.node("broadcast", [node], { shape }));
}

function constant(value: number, like: Node): Node {
  const node = builder.node("constant", [], { value }, { dtype: like.type.dtype, shape: [] });
  return builder.node("broadcast", [node], { shape: knownShape(like.type) });
}

const unary = (op: string) => (g: Given) => g.node(op, [g.in("x")]);
const binary = (op: string) => (g: Given) => g.node(op, together(g, [g.in("a"), g.in("b")]));

const list = (value: unknown): number[] => (Array.isArray(value) ? value : [value]) as number[];
const number = (value: unknown): number => Number(value);
const axisOf = (g: Given, node: Node): number => {
  const axis = number(g.attr("axis"));
  return axis < 0 ? axis + node.type.shape.length : axis;
};

function convolution(op: string) {
  return (g: Given): Node => {
    const y = g.node(op, [g.in("x"), g.in("weight")], {
      stride: list(g.attr("stride")),
      padding: list(g.attr("padding")).map((p) => [p, p]),
      dilation: list(g.attr("dilation")),
      groups: number(g.attr("groups")),
      ...(op === "conv_transpose" && { output_padding: list(g.attr("output_padding")) }),
    });
    return g.has("bias") ? withBias(g, y, 1) : y;
  };
}

function withBias(g: Given, y: Node, axis: number): Node {
  const shape = knownShape(y.type);
  const own = shape.map((size, d) => (d === axis ? size : 1));
  const bias = g.node("broadcast", [g.node("reshape", [g.in("bias")], { shape: own })], { shape });
  return g.node("add", [y, bias]);
}

function reduction(kind: "sum" | "mean" | "max" | "min") {
  return (g: Given): Node =>
    reduceOver(g, kind, g.in("x"), list(g.attr("axes")), g.attr("keepdim") === true);
}

function reduceOver(
  g: Given,
  kind: string,
  x: Node,
  given: readonly number[],
  keep: boolean,
): Node {
  const rank = x.type.shape.length;
  const axes = given.map((axis) => (axis < 0 ? axis + rank : axis));
  const y =
    kind === "mean"
      ? g.node("mean", [x], { axes })
      : g.node("reduce", [x], { kind, axes, ties: "share" });
  return keep ? g.node("unsqueeze", [y], { axes }) : y;
}

function everything(g: Given): Record<string, Node> {
  const x = g.in("x");
  const axes = x.type.shape.map((_, axis) => axis);
  return Object.fromEntries(
    ["sum", "mean", "max", "min"].map((kind) => [kind, reduceOver(g, kind, x, axes, false)]),
  );
}

/** Windows over the last two axes. */
function pooled(g: Given, fill: number): Node {
  return g.node("windows", [g.in("x")], {
    axes: [2, 3],
    kernel: list(g.attr("kernel")),
    stride: list(g.attr("stride")),
    padding: list(g.attr("padding")).map((p) => [p, p]),
    dilation: [1, 1],
    fill,
  });
}

const table: Readonly<Record<string, (g: Given) => Built>> = {
  ...Object.fromEntries(
    [
      "neg",
      "abs",
      "sign",
      "floor",
      "exp",
      "log",
      "log1p",
      "sqrt",
      "sin",
      "cos",
      "erf",
      "tanh",
      "sigmoid",
    ].map((op) => [op, unary(op)]),
  ),
  relu: (g) => g.node("max", [g.in("x"), constant(0, g.in("x"))]),
  add: binary("add"),
  sub: binary("sub"),
  mul: binary("mul"),
  div: binary("div"),
  maximum: binary("max"),
  minimum: binary("min"),
  pow_tensor: binary("pow"),
  pow: (g) => g.node("pow", [g.in("x"), constant(number(g.attr("exponent")), g.in("x"))]),
  where: (g) => {
    const [c, a, b] = together(g, [g.in("cond"), g.in("a"), g.in("b")]);
    return g.node("select", c && a && b ? [c, a, b] : []);
  },
  compare: (g) =>
    Object.fromEntries(["eq", "ne", "lt", "le", "gt", "ge"].map((op) => [op, binary(op)(g)])),
  clamp: (g) => {
    const x = g.in("x");
    const bound = (node: Node, op: "lt" | "gt", value: unknown): Node => {
      if (value === null) return node;
      const limit = constant(number(value), x);
      return g.node("select", [g.node(op, [x, limit]), limit, node]);
    };
    return bound(bound(x, "lt", g.attr("min")), "gt", g.attr("max"));
  },
  matmul: (g) => g.node("matmul", [g.in("a"), g.in("b")]),
  linear: (g) => {
    const y = g.node("matmul", [
      g.in("x"),
      g.node("transpose", [g.in("weight")], { perm: [1, 0] }),
    ]);
    return g.has("bias") ? withBias(g, y, y.type.shape.length - 1) : y;
  },
  gather: (g) => g.node("take_along", [g.in("x"), g.in("index")], { axis: axisOf(g, g.in("x")) }),
  take: (g) => g.node("gather", [g.in("x"), g.in("index")], { axis: axisOf(g, g.in("x")) }),
  scatter_add: (g) =>
    g.node("scatter_along", [g.in("x"), g.in("index"), g.in("src")], {
      axis: axisOf(g, g.in("x")),
    }),
  one_hot: (g) =>
    g.node("one_hot", [g.in("index")], { classes: number(g.attr("classes")), dtype: "f32" }),
  conv1d: convolution("conv"),
  conv2d: convolution("conv"),
  conv_transpose2d: convolution("conv_transpose"),
  max_pool2d: (g) =>
    g.node("reduce", [pooled(g, -Infinity)], { kind: "max", axes: [4, 5], ties: "first" }),
  avg_pool2d: (g) => {
    if (g.attr("count_include_pad") === true)
      return g.node("mean", [pooled(g, 0)], { axes: [4, 5] });
    const sum = g.node("reduce", [pooled(g, 0)], { kind: "sum", axes: [4, 5], ties: "share" });
    const ones: Given = { ...g, in: (name) => constant(1, g.in(name)) };
    return g.node("div", [
      sum,
      g.node("reduce", [pooled(ones, 0)], { kind: "sum", axes: [4, 5], ties: "share" }),
    ]);
  },
  global_avg_pool2d: (g) => g.node("mean", [g.in("x")], { axes: [2, 3] }),
  sum: reduction("sum"),
  mean: reduction("mean"),
  max: reduction("max"),
  max_ties: reduction("max"),
  min: reduction("min"),
  sum_all: everything,
  argmax: (g) => {
    const x = g.in("x");
    const axes = [axisOf(g, x)];
    const position = (kind: string): Node => {
      const y = g.node("argmax", [x], { kind, axes });
      return g.attr("keepdim") === true ? g.node("unsqueeze", [y], { axes }) : y;
    };
    return { argmax: position("max"), argmin: position("min") };
  },
  cumsum: (g) => g.node("cumsum", [g.in("x")], { axis: axisOf(g, g.in("x")) }),
  reshape: (g) => {
    const x = g.in("x");
    const shape = list(g.attr("shape"));
    const total = knownShape(x.type).reduce((a, b) => a * b, 1);
    const rest = shape.filter((n) => n !== -1).reduce((a, b) => a * b, 1);
    return g.node("reshape", [x], { shape: shape.map((n) => (n === -1 ? total / rest : n)) });
  },
  transpose: (g) => g.node("transpose", [g.in("x")], { perm: list(g.attr("perm")) }),
  slice: (g) => {
    const x = g.in("x");
    const sizes = knownShape(x.type);
    const ranges = g.attr("ranges") as readonly (readonly [number | null, number | null, number])[];
    return g.node("slice", [x], {
      ranges: ranges.map(([start, stop, step], axis) => {
        const size = sizes[axis] ?? 0;
        const place = (at: number | null, missing: number): number =>
          at === null ? missing : Math.min(Math.max(at < 0 ? at + size : at, 0), size);
        const from = place(start, 0);
        return [from, Math.max(0, Math.ceil((place(stop, size) - from) / step)), step];
      }),
    });
  },
  concat: (g) => g.node("concat", g.names.map(g.in), { axis: axisOf(g, g.in("x0")) }),
  stack: (g) => {
    const axis = number(g.attr("axis"));
    return g.node("stack", g.names.map(g.in), {
      axis: axis < 0 ? axis + g.in("x0").type.shape.length + 1 : axis,
    });
  },
  split: (g) => {
    const x = g.in("x");
    const axis = axisOf(g, x);
    let start = 0;
    return Object.fromEntries(
      list(g.attr("sizes")).map((length, i) => {
        const ranges = knownShape(x.type).map((size, d) =>
          d === axis ? [start, length, 1] : [0, size, 1],
        );
        start += length;
        return [`y${i}`, g.node("slice", [x], { ranges })];
      }),
    );
  },
  flip: (g) => {
    const rank = g.in("x").type.shape.length;
    return g.node("flip", [g.in("x")], {
      axes: list(g.attr("axes")).map((axis) => (axis < 0 ? axis + rank : axis)),
    });
  },
  expand: (g) => g.node("broadcast", [g.in("x")], { shape: list(g.attr("shape")) }),
};

/** `pad` with values from the edge is the library's. */
function builderOf(c: OpCase): ((g: Given) => Built) | undefined {
  if (c.op !== "pad") return table[c.op];
  if (c.attrs["mode"] !== "constant") return undefined;
  return (g) =>
    g.node("pad", [g.in("x")], {
      pads: g.attr("pads") as readonly number[][],
      value: number(g.attr("value")),
    });
}

describeShared("oracle operators, without the language", () => {
  const cases = readCases<OpCase>("ops").filter((c) => builderOf(c) !== undefined);
  test("all cases", () => {
    const faults = cases.flatMap((c) => faultsOf(c).map((fault) => `${c.id}: ${fault}`));
    expect(faults).toEqual([]);
    const families = new Set(cases.map((c) => c.op));
    process.stdout.write(
      `oracle raw operators: ${cases.length} cases of ${families.size} operators agree\n`,
    );
  });
});

function isNode(built: Built | undefined): built is Node {
  return built !== undefined && typeof built["op"] === "string";
}

function faultsOf(c: OpCase): readonly string[] {
  const tensors = readTensors(c.file ?? "");
  const inputs = new Map<string, Node>();
  for (const [name, { dtype, shape }] of Object.entries(c.inputs)) {
    const type: TensorType = { dtype, shape };
    inputs.set(name, builder.node("input", [], { name, role: "field" }, type));
  }
  const nodeOf = (name: string): Node => {
    const node = inputs.get(name);
    if (!node) throw new Error(`${c.id} has no input ${name}`);
    return node;
  };
  const built = builderOf(c)?.({
    in: nodeOf,
    has: (name) => inputs.has(name),
    names: [...inputs.keys()],
    attr: (name) => c.attrs[name],
    node: (op, nodes, attrs) => builder.node(op, nodes, attrs),
  });
  const outputs: Readonly<Record<string, Node>> = isNode(built) ? { y: built } : { ...built };
  const graph = {
    inputs: [...inputs.values()],
    outputs: Object.entries(outputs).map(([name, node]) => ({
      name,
      role: "result" as const,
      node,
    })),
  };
  const given: Record<string, Tensor> = {};
  for (const name of inputs.keys()) given[name] = tensorOf(tensors, `${c.id}/in/${name}`);
  const upstream = Object.keys(c.outputs).filter((name) => c.outputs[name]?.upstream === true);
  for (const name of upstream)
    given[`cotangent.${name}`] = tensorOf(tensors, `${c.id}/gout/${name}`);

  const direct = run(graph, given); // named operators by their own reference
  const lowered = lower(graph);
  const full =
    upstream.length > 0 ? vjp(lowered, { outputs: upstream, wrt: Object.keys(c.grads) }) : lowered;
  const forward = run(lowered, given);
  const backward = run(full, given);
  const faults: (string | undefined)[] = [];
  for (const [name, { dtype, atol }] of Object.entries(c.outputs)) {
    const tolerance =
      dtype === "f32" ? { rtol: c.rtol, atol: atol ?? c.atol } : { rtol: 0, atol: 0 };
    const expected = tensorOf(tensors, `${c.id}/out/${name}`).data;
    faults.push(disagreement(`${name} (named)`, direct[name]?.data ?? [], expected, tolerance));
    faults.push(disagreement(name, forward[name]?.data ?? [], expected, tolerance));
  }
  for (const [name, { atol }] of Object.entries(c.grads)) {
    const expected = tensorOf(tensors, `${c.id}/gin/${name}`).data;
    faults.push(
      disagreement(`gradient of ${name}`, backward[name]?.data ?? [], expected, {
        rtol: c.rtol,
        atol,
      }),
    );
  }
  return faults.filter((fault) => fault !== undefined);
}
