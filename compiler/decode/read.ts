// Reading an operand through index forms in a step: what was a whole axis of the prefix is one row now, and the forms
// follow. A row of something that does not grow, a table of positions, is looked up at the position.

import type { Builder } from "../ir/build.ts";
import type { Form, Node } from "../ir/graph.ts";
import { fixed, formRange, makeFull, makeView, plain } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";
import type { At } from "./at.ts";
import type { Pair } from "./pairs.ts";
import { Refusal } from "./refusal.ts";

/** What is read, and by which axes. */
export interface Reading {
  readonly operand: Pair;
  readonly forms: readonly Form[];
  /** The forms on a prefix that is a token shorter. */
  readonly shorter: readonly Form[];
  /** Of the axes that the forms speak of: sizes on the longest prefix, what a step works out of them, and by how much
   *  they are longer than the prefix where they grow. */
  readonly sizes: readonly number[];
  readonly at: readonly At[];
  readonly growth: readonly (number | undefined)[];
  /** Who reads, for messages. */
  readonly reader: Node;
  /** What stands outside of the operand; undefined where nothing does. */
  readonly fill: number | undefined;
}

export interface Read {
  readonly node: Node;
  readonly forms: readonly Form[];
  /** Where the position must stand for anything to be there at all: at least here. */
  readonly from: number;
}

export interface Tools {
  readonly b: Builder;
  readonly part: (pair: Pair, at: readonly At[]) => Node;
  /** position + c, a scalar. */
  readonly position: (c: number) => Node;
}

/** How one dimension of the operand is read. */
type Dimension =
  | { readonly kind: "kept"; readonly form: Form; readonly at: At }
  /** Rows position + offset + 0 … count − 1, looked up. */
  | {
      readonly kind: "looked-up";
      readonly offset: number;
      readonly count: number;
      readonly form: Form;
    };

export function readThrough(tools: Tools, reading: Reading): Read {
  const dimensions = reading.operand.shape.map((_, d) => dimensionOf(reading, d));
  let from = 0;
  for (const dimension of dimensions) {
    if (dimension.kind === "kept" && typeof dimension.at === "number") {
      from = Math.max(from, -dimension.at);
    }
  }
  const at = dimensions.map((each, d): At =>
    each.kind === "kept" ? each.at : reading.operand.growth[d] === undefined ? undefined : "whole",
  );
  let node = tools.part(reading.operand, at);
  for (const [d, dimension] of dimensions.entries()) {
    if (dimension.kind !== "looked-up") continue;
    const { offset, count } = dimension;
    const start = makeView(tools.b, tools.position(offset), [count], [], 0);
    const rows =
      count === 1
        ? start
        : tools.b.node("add", [start, tools.b.node("iota", [], { shape: [count], axis: 0 })]);
    node = tools.b.node("gather", [node, rows], { axis: d });
  }
  return { node, forms: dimensions.map((each) => each.form), from };
}

function dimensionOf(reading: Reading, d: number): Dimension {
  const { operand, forms, shorter, sizes, at, growth, reader } = reading;
  const given = forms[d];
  const before = shorter[d];
  if (!given || !before) throw new Refusal("an operand is read in an unknown way", reader);
  // An axis of size 1 is always 0.
  const form = { ...given, terms: given.terms.filter(({ axis }) => sizes[axis] !== 1) };
  const grown = operand.growth[d];
  const growing = form.terms.filter(({ axis }) => growth[axis] !== undefined);
  const others = form.terms.filter(({ axis }) => growth[axis] === undefined);
  const [term, ...more] = growing;
  const moved = form.offset - before.offset;
  const [low, high] = formRange({ ...form, terms: others, offset: 0 }, sizes);

  if (!term) {
    if (grown === undefined) {
      if (moved !== 0) throw new Refusal("a place is counted by the length of the prefix", reader);
      return { kind: "kept", form, at: undefined };
    }
    if (form.divisor !== 1 || (moved !== 0 && moved !== 1)) throw unreadable(reader);
    if (moved === 0) {
      // A place counted from the start: only the first is there from the first step on.
      if (form.offset + high > grown) throw ahead(reader);
      return { kind: "kept", form, at: "whole" };
    }
    if (others.length > 0) throw unreadable(reader);
    // Counted from the end: the last place on the longest prefix stands for the position.
    const c = form.offset - (reading.operand.shape[d] ?? 0) + 1 + grown;
    if (c > grown) throw ahead(reader);
    return { kind: "kept", form: fixed(0), at: c };
  }

  if (more.length > 0 || term.coefficient !== 1 || form.divisor !== 1 || moved !== 0) {
    throw unreadable(reader);
  }
  const along = at[term.axis];
  const last = (growth[term.axis] ?? 0) + form.offset + high;
  if (along === "whole") {
    if (grown !== undefined && last > grown) throw ahead(reader);
    return { kind: "kept", form, at: grown === undefined ? undefined : "whole" };
  }
  const c = Number(along) + form.offset;
  if (grown !== undefined && c + high > grown) throw ahead(reader);
  if (grown !== undefined && others.length === 0) return { kind: "kept", form: fixed(0), at: c };
  if (reading.fill !== undefined && reading.fill !== 0) throw unreadable(reader);
  return {
    kind: "looked-up",
    offset: c + low,
    count: high - low + 1,
    form: { terms: others, offset: -low, divisor: 1 },
  };
}

function unreadable(reader: Node): Refusal {
  return new Refusal("places of the prefix are read in an order of their own", reader);
}

function ahead(reader: Node): Refusal {
  return new Refusal("a place looks at later ones", reader);
}

/** What was read, or `fill` while the position stands before the first row that is read. */
export function unlessBefore(tools: Tools, node: Node, from: number, fill: number): Node {
  if (from <= 0) return node;
  const { b } = tools;
  const there = b.node("ge", [tools.position(0), makeFull(b, "i32", [], from)]);
  const shape = knownShape(node.type);
  return b.node("select", [
    makeView(b, there, shape, [], 0),
    node,
    makeFull(b, node.type.dtype, shape, fill),
  ]);
}

/** Elements of an axis of a whole value that lie beyond the prefix become `neutral`. */
export function cutFuture(
  tools: Tools,
  node: Node,
  axis: number,
  last: number,
  neutral: number,
): Node {
  const { b } = tools;
  const shape = knownShape(node.type);
  const line = b.node("iota", [], { shape: [shape[axis] ?? 1], axis: 0 });
  const end = makeView(b, tools.position(last), [shape[axis] ?? 1], [], 0);
  const inside = makeView(b, b.node("le", [line, end]), shape, [plain(axis)], 0);
  return b.node("select", [inside, node, makeFull(b, node.type.dtype, shape, neutral)]);
}
