// Building nodes: types are inferred from the operator table, equal nodes are built once.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Attr, Attrs, Node, Origin, TensorType } from "./graph.ts";
import { isOpen } from "./dim.ts";

/** The operator table as far as building needs it: gives a type or a refusal. */
export type Infer<F> = (op: string, inputs: readonly TensorType[], attrs: Attrs) => TensorType | F;

export interface Builder {
  /** A node, or the same node as before if an equal one was built. Throws InternalError if the operator refuses. */
  node(op: string, inputs: readonly Node[], attrs?: Attrs, type?: TensorType): Node;
  /** What `node` gives for the following calls' origins. */
  at(origin: Origin): void;
  readonly origin: Origin;
}

/** Builder whose refusals are values of type F (the elaborator makes diagnostics of them). */
export interface CheckedBuilder<F> extends Builder {
  tryNode(op: string, inputs: readonly Node[], attrs?: Attrs, type?: TensorType): Node | F;
}

/**
 * `type` overrides inference for operators whose type the attributes do not give (`constant`, `input`, `dim`).
 * Nodes are hash-consed by operator, inputs, attributes and type; the first origin is kept.
 */
export function createBuilder<F extends { readonly failure: string }>(
  infer: Infer<F>,
  origin: Origin,
): CheckedBuilder<F> {
  const known = new Map<string, Node>();
  const numbers = new Map<Node, number>(); // inputs may come from another builder, whose ids mean nothing here
  const numberOf = (node: Node): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };
  let current = origin;
  let count = 0;

  function tryNode(
    op: string,
    inputs: readonly Node[],
    attrs: Attrs = {},
    type?: TensorType,
  ): Node | F {
    const found =
      type ??
      infer(
        op,
        inputs.map((n) => n.type),
        attrs,
      );
    if ("failure" in found) return found;
    const key = `${op}(${inputs.map(numberOf).join(",")})${attrText(attrs)}:${typeText(found)}`;
    const existing = known.get(key);
    if (existing) return existing;
    const node: Node = { id: count++, op, inputs, attrs, type: found, origin: current };
    known.set(key, node);
    return node;
  }

  return {
    tryNode,
    node(op, inputs, attrs, type) {
      const built = tryNode(op, inputs, attrs, type);
      if ("failure" in built) {
        const shapes = inputs.map((n) => typeText(n.type)).join(", ");
        throw new InternalError(
          `${op}(${shapes}) ${attrText(attrs ?? {})} was refused: ${built.failure}`,
        );
      }
      return built;
    },
    at(next) {
      current = next;
    },
    get origin() {
      return current;
    },
  };
}

export function typeText(type: TensorType): string {
  return `${type.dtype}[${type.shape.map((d) => (typeof d === "number" ? d : d.text)).join(", ")}]`;
}

/** Canonical text of an attribute: keys sorted, dimensions by their text. */
export function attrText(attr: Attr): string {
  if (isOpen(attr)) return attr.text;
  if (Array.isArray(attr)) return `[${(attr as readonly Attr[]).map(attrText).join(",")}]`;
  if (typeof attr === "object" && attr !== null) {
    const record = attr as { readonly [key: string]: Attr };
    return `{${Object.keys(record)
      .sort()
      .map((k) => `${k}:${attrText(record[k] ?? null)}`)
      .join(",")}}`;
  }
  if (typeof attr === "number" && Object.is(attr, -0)) return "-0";
  return typeof attr === "number" ? String(attr) : JSON.stringify(attr);
}
