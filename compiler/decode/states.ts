// What is kept between steps: persistent tensors of the role `decode`, with what they start as and what a step makes of
// them.
//
//   rows    of a value that grows with the prefix, [.., L, ..]: a step writes the row at its position
//   carry   of a loop over the tokens: a step makes the next of it
//   given   what is not made of the tokens (an encoder's result, its keys and values): written once

import type { Builder } from "../ir/build.ts";
import { topological, type Graph, type Node, type Output, type TensorType } from "../ir/graph.ts";
import { rangeOf, slotOf } from "../ir/loops.ts";
import { makeFull, makeView, plain } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";
import type { Pair } from "./pairs.ts";
import { Refusal } from "./refusal.ts";

/** A kept tensor. */
export interface KeptState {
  readonly path: string;
  readonly type: TensorType;
  /** The axis that counts the sequences; undefined where all share it. */
  readonly rowsAxis: number | undefined;
  readonly kind: "rows" | "carry" | "given";
}

export interface States {
  /** The place of the token that a step is given, a scalar. */
  readonly position: Node;
  /** The tokens that a step is given, i32 [rows, 1]. */
  readonly tokens: Node;
  /** A parameter or another input that is there anyway. */
  read(node: Node): Node;
  given(pair: Pair): Node;
  /** All rows of a value, the latest of them given. */
  rows(pair: Pair, axis: number, latest: Node): Node;
  /** What the step before handed on. */
  carry(marker: Pair, start: Pair): Node;
  carried(loop: string, slot: number, next: Node): void;
  /** Whether a value of parameters is worth keeping. */
  isCostly(node: Node): boolean;
}

export interface StateTable extends States {
  readonly kept: readonly KeptState[];
  /** Fills the states. */
  begin(): Graph;
  /** A step with its results. */
  step(results: readonly Output[]): Graph;
  /** Every sequence goes on from what the one with the number in `from` was. */
  reorder(): Graph;
}

interface Entry extends KeptState {
  readonly input: Node;
  readonly start: Node;
  next: Node | undefined;
}

export interface StatesRequest {
  readonly builder: Builder;
  readonly rows: number;
  readonly grows: string;
  /** Begins the paths of all states. */
  readonly prefix: string;
}

export function createStates({ builder: b, rows, grows, prefix }: StatesRequest): StateTable {
  const entries: Entry[] = [];
  const byNode = new Map<Node, Entry>();
  const carries = new Map<string, Entry>();
  const costly = new Map<Node, boolean>();
  const inputOf = (name: string, role: string, type: TensorType): Node =>
    b.node("input", [], { name, role }, type);

  function add(pair: Pair, kind: KeptState["kind"], start: Node): Entry {
    const path = `${prefix}${entries.length}`;
    const { type } = pair.node;
    const input = inputOf(path, "decode", type);
    const rowsAxis = rows === 1 ? undefined : rowsAxisOf(pair, rows);
    const entry = { path, type, rowsAxis, kind, input, start, next: undefined };
    entries.push(entry);
    return entry;
  }

  return {
    get kept() {
      return entries.map(({ path, type, rowsAxis, kind }) => ({ path, type, rowsAxis, kind }));
    },
    position: inputOf("$position", "scalar", { dtype: "i32", shape: [] }),
    tokens: inputOf(grows, "field", { dtype: "i32", shape: [rows, 1] }),
    read: (node) => node,
    given(pair) {
      const known = byNode.get(pair.node) ?? add(pair, "given", pair.node);
      byNode.set(pair.node, known);
      return known.input;
    },
    rows(pair, axis, latest) {
      const shape = knownShape(pair.node.type);
      const entry = add(pair, "rows", makeFull(b, pair.node.type.dtype, shape, 0));
      const length = shape[axis] ?? 1;
      const line = b.node("iota", [], { shape: [length], axis: 0 });
      const here = b.node("eq", [line, makeView(b, this.position, [length], [], 0)]);
      const forms = shape.map((_, d) =>
        d === axis ? { terms: [], offset: 0, divisor: 1 } : plain(d),
      );
      entry.next = b.node("select", [
        makeView(b, here, shape, [plain(axis)], 0),
        makeView(b, latest, shape, forms, 0),
        entry.input,
      ]);
      return entry.next;
    },
    carry(marker, start) {
      const key = carryKey(rangeOf(marker.node.attrs).loop, slotOf(marker.node));
      const known = carries.get(key);
      if (known) return known.input;
      if (start.depends || !start.timeless) {
        throw new Refusal("a loop starts from something made of the tokens", marker.node);
      }
      const entry = add(marker, "carry", start.node);
      carries.set(key, entry);
      return entry.input;
    },
    carried(loop, slot, next) {
      const entry = carries.get(carryKey(loop, slot));
      if (entry) entry.next = next;
    },
    isCostly,
    begin: () =>
      graphOf(entries.map(({ path, start }) => ({ name: path, role: "update", node: start }))),
    step: (results) =>
      graphOf([
        ...results,
        ...entries.flatMap(({ path, next }): Output[] =>
          next ? [{ name: path, role: "update", node: next }] : [],
        ),
      ]),
    reorder() {
      const from = inputOf("from", "field", { dtype: "i32", shape: [rows] });
      return graphOf(
        entries.flatMap(({ path, input, rowsAxis }): Output[] => {
          if (rowsAxis === undefined) return [];
          const node = b.node("gather", [input, from], { axis: rowsAxis });
          return [{ name: path, role: "update", node }];
        }),
      );
    },
  };

  function isCostly(node: Node): boolean {
    const found =
      costly.get(node) ??
      (/^(contract|reduce|argmax|gather|scatter_add|scan_.*)$/.test(node.op) ||
        node.inputs.some(isCostly));
    costly.set(node, found);
    return found;
  }
}

function carryKey(loop: string, slot: number): string {
  return `${loop} ${slot}`;
}

function rowsAxisOf({ perRow, node }: Pair, rows: number): number | undefined {
  const axes = perRow.flatMap((each, axis) => (each === 0 ? [] : [axis]));
  const [axis, ...more] = axes;
  if (axis === undefined) return undefined;
  if (more.length > 0 || node.type.shape[axis] !== rows) {
    throw new Refusal("an axis merges the sequences with another axis", node);
  }
  return axis;
}

function graphOf(outputs: readonly Output[]): Graph {
  const nodes = topological(outputs.map(({ node }) => node));
  return { inputs: nodes.filter(({ op }) => op === "input"), outputs };
}
