// Walking trees of any kind of node: an editor asks what stands at a place.

import type { Expr } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";

export interface Node {
  readonly kind?: string;
  readonly span: Span;
}

/** The parts of a node that have a place, in the order of its fields. */
export function* partsOf(node: object): Generator<Node> {
  for (const [name, value] of Object.entries(node)) {
    if (name === "span" || name === "file") continue;
    if (Array.isArray(value)) {
      for (const item of value) if (isObject(item)) yield* itself(item);
    } else if (isObject(value)) yield* itself(value);
  }
}

function* itself(value: object): Generator<Node> {
  if ("span" in value) yield value as Node;
  else yield* partsOf(value);
}

function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

/** A node and all its parts, outer ones first. Chains that lean to the left are long: no recursion along them. */
export function* allNodes(root: object): Generator<Node> {
  const pending: Node[] = [...partsOf(root)].reverse();
  for (let node = pending.pop(); node; node = pending.pop()) {
    yield node;
    pending.push(...[...partsOf(node)].reverse());
  }
}

/** Nodes around an offset, the innermost first. */
export function nodesAt(root: object, offset: number): Node[] {
  const found: Node[] = [];
  let parts = [...partsOf(root)];
  for (;;) {
    const inner = parts.find(({ span }) => span.start <= offset && offset <= span.end);
    if (!inner) return found.reverse();
    found.push(inner);
    parts = [...partsOf(inner)];
    // Where two parts touch, the one that begins here is meant.
    const next = parts.find(({ span }) => span.start === offset);
    if (next) parts = [next];
  }
}

const expressionKinds: ReadonlySet<string> = new Set([
  "number", "string", "bool", "none", "name", "tuple", "list", "record", "if", "lambda", "pipe",
  "binary", "unary", "call", "index", "member", "error",
]); // prettier-ignore

export function isExpr(node: Node): node is Expr {
  // A pattern of one name is called so, too, but holds a name with its place.
  if (node.kind === "name" && "name" in node && typeof node.name !== "string") return false;
  return node.kind !== undefined && expressionKinds.has(node.kind) && !("statements" in node);
}
