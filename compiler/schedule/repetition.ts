// How often readers compute a cheap value again: a convolution's window reads each element many times, and a packed
// operand would be computed as often.

import { sizeOf } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { formsOf, numbersOf, shapeOf } from "./attributes.ts";
import { headKind, isPointwise, type Expansion } from "./storage.ts";

/** Repeated work (operations and loads beyond the first, times repetitions) above which a value is stored. */
const worthStoring = 30;

/** Cheap values that are stored after all, because one reader computes each element many times. */
export function repeatedValues(
  order: readonly Node[],
  users: ReadonlyMap<Node, readonly Node[]>,
  stored: ReadonlySet<Node>,
  expansions: ReadonlyMap<Node, Expansion>,
): Set<Node> {
  const repeated = new Set<Node>();
  const repetitions = new Map<Node, number>();
  for (let i = order.length - 1; i >= 0; i--) {
    const node = order[i];
    if (!node) continue;
    let most = 0;
    for (const user of users.get(node) ?? []) {
      const again = stored.has(user) || repeated.has(user) ? 1 : (repetitions.get(user) ?? 1);
      most = Math.max(most, again * readsPerElement(user, node));
    }
    repetitions.set(node, most);
    if (stored.has(node) || !isPointwise(node)) continue;
    const expansion = expansions.get(node);
    if (!expansion) continue;
    const work = expansion.work + Math.max(0, expansion.reads.size - 1);
    if (expansion.work > 0 && work * (most - 1) > worthStoring) repeated.add(node);
  }
  return repeated;
}

/** How often `user` reads each element of one of its inputs, on average. */
function readsPerElement(user: Node, input: Node): number {
  const size = Math.max(1, sizeOf(shapeOf(input)));
  if (user.op === "contract" && headKind(user) !== undefined) {
    const sizes = numbersOf(user.attrs["sizes"]);
    let points = 0;
    (["a", "b"] as const).forEach((side, i) => {
      if (user.inputs[i] !== input) return;
      const axes = new Set(
        formsOf(user.attrs[side]).flatMap((form) => form.terms.map((t) => t.axis)),
      );
      points = Math.max(points, sizeOf([...axes].map((axis) => sizes[axis] ?? 1)));
    });
    return points / size;
  }
  const isSource =
    user.op === "view" ||
    user.op === "contract" ||
    (user.op === "gather" && user.inputs[0] === input);
  return isSource ? sizeOf(shapeOf(user)) / size : 1;
}
