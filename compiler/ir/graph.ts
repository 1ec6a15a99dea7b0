// The graph: SSA nodes with types, the one value between elaboration and scheduling.

import type { Span } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import type { Dim } from "./dim.ts";

export interface TensorType {
  readonly dtype: DType;
  readonly shape: readonly Dim[];
}

/** Where a node comes from: its source, and the layers (by path and block) that led to it, outermost first. */
export interface Origin {
  readonly span: Span;
  readonly blocks: readonly string[];
  readonly role: "forward" | "backward" | "update" | "initial" | "data";
}

/** Attributes print and parse as text; dimensions in them are substituted when the graph is specialised. */
export type Attr =
  number | string | boolean | null | Dim | readonly Attr[] | { readonly [key: string]: Attr };
export type Attrs = Readonly<Record<string, Attr>>;

export interface Node {
  readonly id: number;
  readonly op: string;
  readonly inputs: readonly Node[];
  readonly attrs: Attrs;
  readonly type: TensorType;
  readonly origin: Origin;
}

/**
 * Roles of `input` nodes (attrs `{ name, role }`):
 * field – a batch's field or a data column; scalar – `$seed $draw $step $steps $epoch $examples` (i32, rank 0);
 * parameter, state – of the model; optimizer, metric, fitted – states of an optimizer, a metric, a data declaration; frozen – of a second, fixed model; decode – kept from token to token.
 */
export type InputRole =
  | "field"
  | "scalar"
  | "parameter"
  | "state"
  | "optimizer"
  | "metric"
  | "fitted"
  | "frozen"
  | "decode";

/** What a graph gives. The name of an `update` is the path of the parameter or state that takes the value. */
export interface Output {
  readonly name: string;
  readonly role: "result" | "loss" | "metric" | "gradient" | "update";
  readonly node: Node;
}

export interface Graph {
  readonly inputs: readonly Node[];
  readonly outputs: readonly Output[];
}

/** One dimension of an operand as a function of axes: (Σ coefficient·axis + offset) / divisor.
 *  Out of range, or not even, and the element is the fill (`view`) or contributes nothing (`contract`). */
export interface Form {
  readonly terms: readonly { readonly axis: number; readonly coefficient: number }[];
  readonly offset: number;
  readonly divisor: number;
}

/** Nodes that outputs need, each after its inputs. Iterative, so deep graphs do not overflow the stack. */
export function topological(
  roots: readonly Node[],
  needs: (node: Node) => readonly Node[] = (node) => node.inputs,
): Node[] {
  const order: Node[] = [];
  const state = new Map<Node, "open" | "done">();
  const stack: Node[] = [...roots].reverse();
  for (let node = stack.at(-1); node; node = stack.at(-1)) {
    if (state.get(node) === "done") {
      stack.pop();
    } else if (state.get(node) === "open") {
      stack.pop();
      state.set(node, "done");
      order.push(node);
    } else {
      state.set(node, "open");
      const inputs = needs(node);
      for (let i = inputs.length - 1; i >= 0; i--) {
        const input = inputs[i];
        if (input && !state.has(input)) stack.push(input);
      }
    }
  }
  return order;
}

export function graphNodes(graph: Graph): Node[] {
  return topological([...graph.inputs, ...graph.outputs.map((o) => o.node)]);
}

/** The name of an `input` node: a field, a scalar, or the path of something persistent. */
export function inputName(node: Node): string {
  const name = node.attrs["name"];
  return typeof name === "string" ? name : "";
}
