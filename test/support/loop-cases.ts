// Loops over time in all their forms, as graphs of primitives.

import type { Graph, Node } from "../../compiler/ir/graph.ts";
import { buildGraph, type GraphBuilder } from "./graphs.ts";

export interface LoopCase {
  readonly name: string;
  readonly graph: () => Graph;
  /** Inputs to differentiate by. */
  readonly wrt: readonly string[];
  /** A loop within a loop, which has no plan yet. */
  readonly nested?: boolean;
}

/** A loop of `length` steps: rows of `xs`, carries from `init`; `step` gives what is stacked and what is handed on. */
export function loop(
  b: GraphBuilder,
  name: string,
  { xs, init, reverse = false }: { xs: readonly Node[]; init: readonly Node[]; reverse?: boolean },
  step: (
    rows: readonly Node[],
    carries: readonly Node[],
  ) => { give: readonly Node[]; next: readonly Node[] },
): { readonly stacks: readonly Node[]; readonly last: readonly Node[] } {
  const attrs = { loop: name, length: xs[0]?.type.shape[0] ?? 0, reverse };
  const rows = xs.map((x) => b.node("scan_row", [x], attrs));
  const carries = init.map((x, slot) => b.node("scan_carry", [x], { ...attrs, slot }));
  const { give, next } = step(rows, carries);
  const end = b.node("scan_end", next, attrs);
  return {
    stacks: give.map((x) => b.node("scan_stack", [x, end], attrs)),
    last: next.map((x, slot) => b.node("scan_last", [x, end], { ...attrs, slot })),
  };
}

const product = (b: GraphBuilder, x: Node, w: Node): Node =>
  b.node("einsum", [x, w], { a: ["n", "k"], b: ["h", "k"], out: ["n", "h"] });

function part(b: GraphBuilder, x: Node, from: number, count: number): Node {
  const [n = 0] = x.type.shape.map(Number);
  return b.node("slice", [x], {
    ranges: [
      [0, n, 1],
      [from, count, 1],
    ],
  });
}

/** h = tanh(W x + U h). */
function rnn(
  reverse: boolean,
  wanted: "stack" | "last" | "both",
  [length, batch, inputs, hidden]: readonly [number, number, number, number] = [5, 2, 3, 4],
): () => Graph {
  return () =>
    buildGraph((b) => {
      const x = b.input("x", "f32", [length, batch, inputs]);
      const h0 = b.input("h0", "f32", [batch, hidden]);
      const w = b.input("w", "f32", [hidden, inputs]);
      const u = b.input("u", "f32", [hidden, hidden]);
      const { stacks, last } = loop(b, "rnn", { xs: [x], init: [h0], reverse }, ([x_t], [h]) => {
        if (!x_t || !h) throw new Error("no row");
        const next = b.node("tanh", [b.node("add", [product(b, x_t, w), product(b, h, u)])]);
        return { give: [next], next: [next] };
      });
      return {
        ...(wanted === "last" || !stacks[0] ? {} : { ys: stacks[0] }),
        ...(wanted === "stack" || !last[0] ? {} : { last: last[0] }),
      };
    });
}

/** PyTorch's GRU cell: gates r, z, n. */
function gru(): Graph {
  return buildGraph((b) => {
    const [x, h0] = [b.input("x", "f32", [6, 2, 3]), b.input("h0", "f32", [2, 4])];
    const [w, u] = [b.input("w", "f32", [12, 3]), b.input("u", "f32", [12, 4])];
    const { stacks, last } = loop(b, "gru", { xs: [x], init: [h0] }, ([x_t], [h]) => {
      if (!x_t || !h) throw new Error("no row");
      const [gi, gh] = [product(b, x_t, w), product(b, h, u)];
      const gate = (i: number): Node =>
        b.node("sigmoid", [b.node("add", [part(b, gi, 4 * i, 4), part(b, gh, 4 * i, 4)])]);
      const [r, z] = [gate(0), gate(1)];
      const candidate = b.node("mul", [r, part(b, gh, 8, 4)]);
      const n = b.node("tanh", [b.node("add", [part(b, gi, 8, 4), candidate])]);
      const next = b.node("add", [n, b.node("mul", [z, b.node("sub", [h, n])])]);
      return { give: [next], next: [next] };
    });
    return { ys: stacks[0] ?? x, last: last[0] ?? x };
  });
}

/** A row goes through a layer with a bias and a relu, of which a gather and a slice are read, before it meets the state. */
function rowsThroughLayers(): Graph {
  return buildGraph((b) => {
    const [index, table] = [b.input("index", "i32", [4, 2]), b.input("table", "f32", [5, 6])];
    const [w, bias] = [b.input("w", "f32", [3, 3]), b.input("bias", "f32", [3])];
    const [v, u] = [b.input("v", "f32", [4, 3]), b.input("u", "f32", [4, 4])];
    const { stacks, last } = loop(
      b,
      "layers",
      { xs: [index], init: [b.full(0, [2, 4])] },
      ([word], [h]) => {
        if (!word || !h) throw new Error("no row");
        const x = part(b, b.node("gather", [table, word], { axis: 0 }), 3, 3);
        const whole = b.node("broadcast", [bias], { shape: [2, 3] });
        const first = b.node("tanh", [b.node("add", [product(b, x, w), whole])]);
        const next = b.node("tanh", [b.node("add", [product(b, first, v), product(b, h, u)])]);
        return { give: [next, first], next: [next] };
      },
    );
    const [ys, firsts] = stacks;
    return { ys: ys ?? index, firsts: firsts ?? index, last: last[0] ?? index };
  });
}

/** A product of rows of both loops in the inner one, and one of the outer row. */
function productsInTwoLoops(): Graph {
  return buildGraph((b) => {
    const [x, k] = [b.input("x", "f32", [3, 4, 2, 2]), b.input("k", "f32", [2, 2])];
    const w = b.input("w", "f32", [2, 2]);
    const outer = loop(b, "outer", { xs: [x], init: [k] }, ([rows], [s]) => {
      if (!rows || !s) throw new Error("no row");
      const all = b.node("einsum", [rows, w], {
        a: ["t", "n", "k"],
        b: ["h", "k"],
        out: ["n", "h"],
      });
      const inner = loop(b, "inner", { xs: [rows], init: [s] }, ([x_t], [c]) => {
        if (!x_t || !c) throw new Error("no row");
        const mixed = b.node("add", [product(b, x_t, w), product(b, x_t, all)]);
        const next = b.node("tanh", [b.node("add", [mixed, b.node("mul", [c, k])])]);
        return { give: [next], next: [next] };
      });
      const next = b.node("add", [inner.last[0] ?? s, b.sum(inner.stacks[0] ?? rows, [0])]);
      return { give: [next], next: [next] };
    });
    return { ys: outer.stacks[0] ?? x, last: outer.last[0] ?? x };
  });
}

/** Two carries; the second is handed on by the first of the step before. */
function twoCarries(reverse: boolean): () => Graph {
  return () =>
    buildGraph((b) => {
      const [x, m] = [b.input("x", "f32", [4, 3]), b.input("m", "f32", [3])];
      const { stacks, last } = loop(
        b,
        "two",
        { xs: [x], init: [m, b.full(0.5, [3])], reverse },
        ([x_t], [a, c]) => {
          if (!x_t || !a || !c) throw new Error("no row");
          const next = b.node("mul", [b.node("add", [a, x_t]), c]);
          return { give: [c, next, b.node("mul", [x_t, c])], next: [next, a] };
        },
      );
      const [before, after, other] = stacks;
      return {
        ...(before && after && other ? { before, after, other } : {}),
        ...(last[1] ? { last: last[1] } : {}),
      };
    });
}

const sum = (length: number, reverse: boolean) => (): Graph =>
  buildGraph((b) => {
    const x = b.input("x", "f32", [length, 3]);
    const { last } = loop(b, "sum", { xs: [x], init: [b.full(1, [3])], reverse }, ([x_t], [s]) => {
      if (!x_t || !s) throw new Error("no row");
      return { give: [], next: [b.node("add", [b.node("mul", [s, x_t]), x_t])] };
    });
    return { last: last[0] ?? x };
  });

/** Indices in rows, a table that every step reads, and a count that is carried. */
function gathered(): Graph {
  return buildGraph((b) => {
    const [index, table] = [b.input("index", "i32", [4, 2]), b.input("table", "f32", [5, 3])];
    const { stacks, last } = loop(
      b,
      "words",
      { xs: [index], init: [b.full(0, [2, 3]), b.full(0, [], "i32")] },
      ([word], [state, count]) => {
        if (!word || !state || !count) throw new Error("no row");
        const read = b.node("gather", [table, word], { axis: 0 });
        const next = b.node("add", [b.node("mul", [state, b.full(0.5, [2, 3])]), read]);
        const one = b.node("constant", [], { value: 1 }, { dtype: "i32", shape: [] });
        return { give: [next], next: [next, b.node("add", [count, one])] };
      },
    );
    return { ys: stacks[0] ?? index, count: last[1] ?? index };
  });
}

/** The rows of one loop are what another one stacked, in the other direction. */
function inSequence(): Graph {
  return buildGraph((b) => {
    const [x, k] = [b.input("x", "f32", [5, 3]), b.input("k", "f32", [3])];
    const scaled = b.node("mul", [x, b.node("broadcast", [k], { shape: [5, 3] })]);
    const first = loop(b, "one", { xs: [scaled], init: [k] }, ([x_t], [s]) => {
      if (!x_t || !s) throw new Error("no row");
      const next = b.node("tanh", [b.node("add", [s, x_t])]);
      return { give: [next], next: [next] };
    });
    const [ys = x] = first.stacks;
    const second = loop(b, "two", { xs: [ys, x], init: [k], reverse: true }, ([y, x_t], [s]) => {
      if (!y || !x_t || !s) throw new Error("no row");
      const next = b.node("mul", [b.node("add", [s, y]), x_t]);
      return { give: [next], next: [next] };
    });
    const [zs = x] = second.stacks;
    return { zs, total: b.sum(b.node("mul", [zs, ys]), [0]) };
  });
}

/** A loop in each step of another one. */
function nested(): Graph {
  return buildGraph((b) => {
    const [x, k] = [b.input("x", "f32", [3, 4, 2]), b.input("k", "f32", [2])];
    const outer = loop(b, "outer", { xs: [x], init: [k] }, ([rows], [s]) => {
      if (!rows || !s) throw new Error("no row");
      const inner = loop(b, "inner", { xs: [rows], init: [s] }, ([x_t], [c]) => {
        if (!x_t || !c) throw new Error("no row");
        const next = b.node("tanh", [b.node("add", [b.node("mul", [c, k]), x_t])]);
        return { give: [next], next: [next] };
      });
      const [ys = rows] = inner.stacks;
      const next = b.node("add", [inner.last[0] ?? s, b.sum(ys, [0])]);
      return { give: [ys], next: [next] };
    });
    return { ys: outer.stacks[0] ?? x, last: outer.last[0] ?? x };
  });
}

/** With more units than a block of a sum has steps. */
export const wideRnn = rnn(false, "both", [3, 2, 3, 330]);

export const loopCases: readonly LoopCase[] = [
  { name: "running sum", graph: sum(5, false), wrt: ["x"] },
  { name: "running sum, even length, reverse", graph: sum(4, true), wrt: ["x"] },
  { name: "one step", graph: sum(1, false), wrt: ["x"] },
  { name: "rnn", graph: rnn(false, "both"), wrt: ["x", "h0", "w", "u"] },
  { name: "rnn, stack alone", graph: rnn(false, "stack"), wrt: ["x", "h0", "w", "u"] },
  { name: "rnn, last alone", graph: rnn(false, "last"), wrt: ["x", "h0", "w", "u"] },
  { name: "rnn, reverse", graph: rnn(true, "both"), wrt: ["x", "h0", "w", "u"] },
  { name: "gru", graph: gru, wrt: ["x", "h0", "w", "u"] },
  {
    name: "rows through two layers",
    graph: rowsThroughLayers,
    wrt: ["table", "w", "bias", "v", "u"],
  },
  { name: "products in two loops", graph: productsInTwoLoops, wrt: ["x", "k", "w"], nested: true },
  { name: "two carries", graph: twoCarries(false), wrt: ["x", "m"] },
  { name: "two carries, reverse", graph: twoCarries(true), wrt: ["x", "m"] },
  { name: "rows of indices", graph: gathered, wrt: ["table"] },
  { name: "one after the other", graph: inSequence, wrt: ["x", "k"] },
  { name: "one in the other", graph: nested, wrt: ["x", "k"], nested: true },
];
