// Constants of several elements.

import type { Attr, Node } from "../ir/graph.ts";
import { attributeNumber, shapeOf } from "./attributes.ts";
import { offsetIndex, ravelIndex } from "./index-form.ts";
import type { Index, Scalar } from "./kernel.ts";
import { decided, type Scalars } from "./scalars.ts";

/** Longest table that is written as a tree of comparisons at each reader; longer ones are stored first. */
export const shortTable = 8;

/** Constants of several elements are a tree of comparisons of the row-major number. */
export function constantElement(scalars: Scalars, node: Node, at: readonly Index[]): Scalar {
  const { dtype } = node.type;
  const { values } = node.attrs;
  if (!Array.isArray(values))
    return scalars.number(attributeNumber(node.attrs["value"] ?? null), dtype);
  const numbers = (values as readonly Attr[]).map(attributeNumber);
  const [first = 0] = numbers;
  if (numbers.every((n) => Object.is(n, first))) return scalars.number(first, dtype);
  const position = ravelIndex(at, shapeOf(node));
  const tree = (low: number, high: number): Scalar => {
    if (high === low) return scalars.number(numbers[low] ?? 0, dtype);
    const middle = (low + high) >> 1;
    const guard = scalars.within(offsetIndex(position, -low), middle - low);
    if (decided(guard) === false) return tree(middle + 1, high);
    if (decided(guard) === true) return tree(low, middle);
    return scalars.select(guard, tree(low, middle), tree(middle + 1, high));
  };
  return tree(0, numbers.length - 1);
}
