// Attributes of primitives as numbers: the scheduler sees specialised graphs only, where no dimension is open.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Attr, Form, Node } from "../ir/graph.ts";

const shapes = new WeakMap<Node, readonly number[]>();

/** The node's shape; an open dimension is a mistake of the caller. */
export function shapeOf(node: Node): readonly number[] {
  const known = shapes.get(node);
  if (known) return known;
  const shape = node.type.shape.map((dim) => {
    if (typeof dim !== "number")
      throw new InternalError(`${node.op} has the open dimension ${dim.text}`);
    return dim;
  });
  shapes.set(node, shape);
  return shape;
}

/** A word. */
export function textOf(attr: Attr | undefined): string {
  if (typeof attr !== "string") throw new InternalError("an attribute should be a word");
  return attr;
}

/** A list of integers. */
export function numbersOf(attr: Attr | undefined): readonly number[] {
  if (!Array.isArray(attr)) throw new InternalError("an attribute should be a list of numbers");
  return (attr as readonly Attr[]).map(Number);
}

/** Forms of a view's source or of one operand of a contraction. */
export function formsOf(attr: Attr | undefined): readonly Form[] {
  if (!Array.isArray(attr)) throw new InternalError("an attribute should be a list of forms");
  return attr as unknown as readonly Form[];
}

/** Infinities and NaN may be written as words in graph text. */
export function attributeNumber(value: Attr): number {
  return typeof value === "boolean" ? Number(value) : Number(value ?? 0);
}
