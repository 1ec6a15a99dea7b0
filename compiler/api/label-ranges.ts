// Which integer fields are class numbers, and of how many classes: found in the graph, where a field picks from an axis.
// A label out of range is then an error of the data with its row, not a silent zero.

import { topological } from "../ir/graph.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";

/** Values that integer fields may take, by field name. */
export function labelRanges(unit: TrainingUnit): Map<string, { from: number; below: number }> {
  const ranges = new Map<string, { from: number; below: number }>();
  for (const node of topological(unit.step.outputs.map((o) => o.node))) {
    const classes = pickedAxis(node.op, node.attrs, node.inputs.map((n) => n.type.shape));
    if (!classes) continue;
    const source = node.inputs[classes.input];
    const field = source && fieldBehind(source);
    if (field === undefined || typeof classes.size !== "number") continue;
    const below = Math.min(classes.size, ranges.get(field)?.below ?? Infinity);
    ranges.set(field, { from: 0, below });
  }
  return ranges;
}

type Shapes = readonly (readonly unknown[])[];

/** For operators that pick by number: which input holds the numbers, and the length of the axis. */
function pickedAxis(op: string, attrs: Readonly<Record<string, unknown>>, shapes: Shapes): { input: number; size: unknown } | undefined {
  const axis = Number(attrs["axis"]);
  switch (op) {
    case "gather":
    case "take_along":
      return { input: 1, size: shapes[0]?.at(axis) };
    case "one_hot":
      return { input: 0, size: attrs["classes"] };
    default:
      return undefined;
  }
}

interface Walked {
  readonly op: string;
  readonly inputs: readonly Walked[];
  readonly attrs: Readonly<Record<string, unknown>>;
}

/** The data field that a value is, through reshapes alone. */
function fieldBehind(node: Walked): string | undefined {
  let at: Walked | undefined = node;
  while (at && (at.op === "reshape" || at.op === "unsqueeze" || at.op === "squeeze" || at.op === "cast")) at = at.inputs[0];
  return at?.op === "input" && at.attrs["role"] === "field" ? String(at.attrs["name"]) : undefined;
}
