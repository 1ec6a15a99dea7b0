// Random well-typed graphs over all primitives, the same for the same seed: for passes, printers and backends, which
// must give the reference's values on them.
//
// Two things are tracked for every node, so that a backend that computes in f32 can be held to a tolerance: a bound
// of its size, and whether its values are exact (whole multiples of 2^−bits, representable in f32 on every way of
// computing them). What jumps (floor, comparisons, argmax, conversions to integers) only gets exact operands.

import type { Graph, Node, Origin, Output } from "../../compiler/ir/graph.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { makeFull } from "../../compiler/ops/make.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";
import { allocate, sizeOf, type DType, type Tensor } from "../../runtime/types.ts";
import { randomSource } from "./evaluate-graph.ts";
import {
  exactBits,
  inexact,
  isExact,
  randomShape,
  type Context,
  type Fact,
} from "./random-context.ts";
import { makers, randomOps, randomView, type RandomOp } from "./random-makers.ts";

export { randomOps, type RandomOp } from "./random-makers.ts";

export interface RandomGraph {
  readonly graph: Graph;
  /** A value for every input, by name. */
  readonly inputs: Readonly<Record<string, Tensor>>;
  /** No element of an output is larger: errors in f32 are small beside it, at least by a factor of 1e-4. */
  readonly bounds: Readonly<Record<string, number>>;
}

export interface RandomGraphOptions {
  /** About how many operators are drawn (each brings a few helpers); default 12. */
  readonly size?: number;
  /** Only these primitives are drawn; default all. */
  readonly ops?: readonly RandomOp[];
}

/** Larger values, and tensors of more elements, take no further part. */
const largestBound = 2 ** 12;
const largestSize = 400;

const origin: Origin = {
  span: { file: { path: "random.dlm", text: "" }, start: 0, end: 0 },
  blocks: [],
  role: "forward",
};

/** The graph of a seed, with values for its inputs. Every value that nothing else reads is a result. */
export function randomGraph(seed: number, options: RandomGraphOptions = {}): RandomGraph {
  const r = randomSource(seed);
  const b = newBuilder(origin);
  const inputs: Record<string, Tensor> = {};
  const inputNodes: Node[] = [];
  const pool: Node[] = [];
  const known = new Map<Node, Fact>();

  const addInput = (name: string, role: string, dtype: DType, shape: readonly number[]): Node => {
    const node = b.node("input", [], { name, role }, { dtype, shape: [...shape] });
    const data = allocate(dtype, sizeOf(shape));
    for (let i = 0; i < data.length; i++) {
      data[i] =
        dtype === "bool" ? r.below(2) : dtype === "i32" ? r.below(6) - 1 : (r.below(17) - 8) / 4;
    }
    inputs[name] = { dtype, shape, data };
    known.set(node, { bound: dtype === "i32" ? 4 : 2, bits: dtype === "f32" ? 2 : 0 });
    inputNodes.push(node);
    return node;
  };

  const c: Context = {
    b,
    r,
    scalars: [addInput("$seed", "scalar", "i32", []), addInput("$step", "scalar", "i32", [])],
    draw(dtype) {
      const own = pool.filter((node) => node.type.dtype === dtype);
      return r.below(2) === 0 ? r.pick(own.slice(-3)) : r.pick(own);
    },
    fact: (node) => known.get(node) ?? inexact(largestBound),
    make: (fact, op, operands, attrs = {}) => c.note(b.node(op, operands, attrs), fact),
    note(node, fact) {
      if (!known.has(node)) known.set(node, fact);
      return node;
    },
    fit(node, shape) {
      const own = knownShape(node.type);
      return own.join() === shape.join() ? node : randomView(c, node, shape);
    },
    exact(dtype, maxBits = exactBits) {
      const own = pool.filter((node) => {
        const fact = c.fact(node);
        return node.type.dtype === dtype && isExact(fact) && (fact.bits ?? 0) <= maxBits;
      });
      return r.pick(own);
    },
    tame() {
      const x = c.draw("f32");
      return c.fact(x).bound <= 4 ? x : c.make(inexact(1), "tanh", [x]);
    },
    full: (like, value) => makeFull(b, like.type.dtype, knownShape(like.type), value),
  };
  pool.push(addInput("x", "field", "f32", randomShape(r, 1)));
  pool.push(addInput("index", "field", "i32", randomShape(r, 1, 2)));
  pool.push(addInput("mask", "field", "bool", randomShape(r)));
  pool.push(addInput("layer.weight", "parameter", "f32", randomShape(r)));

  const ops = options.ops ?? randomOps;
  for (let left = options.size ?? 12; left > 0; left--) {
    const node = makers[r.pick(ops)](c);
    // Sums of sums grow; what is too large or too long stays out.
    if (node && c.fact(node).bound <= largestBound && sizeOf(knownShape(node.type)) <= largestSize)
      pool.push(node);
  }
  const outputs = outputsOf(c, pool, inputNodes);
  const bounds = Object.fromEntries(
    outputs.map((output) => [output.name, c.fact(output.node).bound]),
  );
  return { graph: { inputs: inputNodes, outputs }, inputs, bounds };
}

function outputsOf(c: Context, pool: readonly Node[], inputs: readonly Node[]): Output[] {
  const read = new Set(pool.flatMap((node) => node.inputs));
  const sinks = [...new Set(pool)].filter((node) => !read.has(node) && node.op !== "input");
  const outputs = sinks.map((node, i): Output => ({ name: `y_${i}`, role: "result", node }));
  const weight = inputs.find((node) => node.attrs["role"] === "parameter");
  if (weight) {
    const change = c.fit(c.draw("f32"), knownShape(weight.type));
    const fact = { bound: c.fact(weight).bound + c.fact(change).bound, bits: undefined };
    const node = c.make(fact, "sub", [weight, change]);
    outputs.push({ name: "layer.weight", role: "update", node });
  }
  return outputs;
}
