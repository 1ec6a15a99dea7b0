// Which integer fields are class numbers, and of how many classes: found in the graph, where a field picks from an axis
// (`iota(classes) == label`, an index of `gather`). A label out of range is then an error of the data with its row, not
// a silent zero.

import type { TrainingUnit } from "../elaborate/unit.ts";
import { inputName, topological, type Node } from "../ir/graph.ts";

/** Values that integer fields may take, by field name. Fields with an ignored label are left out. */
export function labelRanges(unit: TrainingUnit): Map<string, { from: number; below: number }> {
  const ranges = new Map<string, { from: number; below: number }>();
  const ignoring = new Set<string>();
  for (const node of topological(unit.step.outputs.map((o) => o.node))) {
    const [a, b] = node.inputs;
    if (!a) continue;
    switch (node.op) {
      case "eq":
      case "ne":
        for (const [one, other] of [
          [a, b],
          [b, a],
        ]) {
          const field = one && fieldBehind(one);
          if (field === undefined || !other) continue;
          const source = origin(other);
          if (source.op === "iota") add(field, source.type.shape[Number(source.attrs["axis"])]);
          else if (source.op === "constant") ignoring.add(field);
        }
        break;
      case "gather":
      case "take_along": {
        const field = b && fieldBehind(b);
        if (field !== undefined) add(field, a.type.shape[Number(node.attrs["axis"])]);
        break;
      }
      case "one_hot": {
        const field = fieldBehind(a);
        if (field !== undefined) add(field, node.type.shape.at(-1));
        break;
      }
    }
  }
  for (const field of ignoring) ranges.delete(field);
  return ranges;

  function add(field: string, size: unknown): void {
    if (typeof size !== "number") return;
    ranges.set(field, { from: 0, below: Math.min(size, ranges.get(field)?.below ?? Infinity) });
  }
}

const movers: ReadonlySet<string> = new Set([
  "reshape",
  "unsqueeze",
  "squeeze",
  "broadcast",
  "cast",
]);

/** Where a value comes from, behind what only moves it. */
function origin(node: Node): Node {
  let at = node;
  for (let next = at.inputs[0]; movers.has(at.op) && next; next = at.inputs[0]) at = next;
  return at;
}

function fieldBehind(node: Node): string | undefined {
  const source = origin(node);
  const isField =
    source.op === "input" && source.attrs["role"] === "field" && source.type.dtype === "i32";
  return isField ? inputName(source) : undefined;
}
