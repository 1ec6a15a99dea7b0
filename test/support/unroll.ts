// A graph with loops over time as one without: every step's nodes for themselves. What loops mean, written another way.

import type { Builder } from "../../compiler/ir/build.ts";
import { graphNodes, type Graph, type Node } from "../../compiler/ir/graph.ts";
import {
  findLoops,
  isLoopOutput,
  loopOf,
  openLoops,
  orderWithLoops,
  slotOf,
} from "../../compiler/ir/loops.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { affine, fixed, makeView, plain } from "../../compiler/ops/make.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";

export function unroll(graph: Graph): Graph {
  const order = orderWithLoops([...graph.inputs, ...graph.outputs.map(({ node }) => node)]);
  const open = openLoops(order);
  const loops = findLoops(order, open);
  const [first] = graphNodes(graph);
  if (!first) return graph;
  const b = newBuilder(first.origin);
  const made = new Map<Node, Node>();
  const of = (node: Node): Node => {
    const found = made.get(node);
    if (!found) throw new Error(`${node.op} is read before it is made`);
    return found;
  };

  function run(nodes: readonly Node[], depth: number): void {
    for (const node of nodes) {
      if ((open.get(node)?.size ?? 0) !== depth) continue;
      if (!isLoopOutput(node)) {
        if (node.op.startsWith("scan_")) continue;
        made.set(node, b.node(node.op, node.inputs.map(of), node.attrs, node.type));
        continue;
      }
      const loop = loops.get(loopOf(node) ?? "");
      if (loop && loop.outputs[0] === node) runLoop(loop, depth);
    }
  }

  function runLoop(loop: NonNullable<ReturnType<typeof loops.get>>, depth: number): void {
    const length = Number(loop.length);
    const steps = Array.from({ length }, (_, i) => (loop.reverse ? length - 1 - i : i));
    const stacks = new Map<Node, Node[]>();
    for (const { carry } of loop.carries) {
      const init = carry?.inputs[0];
      if (carry && init) made.set(carry, of(init));
    }
    let handed: Node[] = [];
    for (const t of steps) {
      for (const row of loop.rows) {
        const [xs] = row.inputs;
        if (xs) made.set(row, rowOf(b, of(xs), t));
      }
      run(loop.body, depth + 1);
      for (const output of loop.outputs) {
        const [value] = output.inputs;
        if (output.op !== "scan_stack" || !value) continue;
        const rows = stacks.get(output) ?? [];
        rows[t] = of(value);
        stacks.set(output, rows);
      }
      handed = loop.carries.map(({ next }) => of(next));
      loop.carries.forEach(({ carry }, slot) => {
        const next = handed[slot];
        if (carry && next) made.set(carry, next);
      });
    }
    for (const output of loop.outputs) {
      const rows = stacks.get(output);
      const last = handed[slotOf(output)];
      if (rows)
        made.set(
          output,
          b.node(
            "concat",
            rows.map((row) => asRow(b, row)),
            { axis: 0 },
          ),
        );
      else if (last) made.set(output, last);
    }
  }

  run(order, 0);
  return {
    inputs: graph.inputs.map(of),
    outputs: graph.outputs.map((output) => ({ ...output, node: of(output.node) })),
  };
}

function rowOf(b: Builder, xs: Node, t: number): Node {
  const shape = knownShape(xs.type).slice(1);
  return makeView(b, xs, shape, [fixed(t), ...shape.map((_, d) => plain(d))], 0);
}

function asRow(b: Builder, row: Node): Node {
  const shape = knownShape(row.type);
  return makeView(
    b,
    row,
    [1, ...shape],
    shape.map((_, d) => affine(d + 1, 1, 0)),
    0,
  );
}
