// The two operands of a contraction as the template sees them: rows in groups of four, packed with vectors along the
// rows or along the sum; one of them becomes the lanes of the tile, the other its rows.

import type { Axis, Scalar } from "../../schedule/kernel.ts";
import { walkScalars } from "../../schedule/values.ts";
import { extentOf } from "./axes.ts";
import type { Printer } from "./expression.ts";

export interface Side {
  readonly axes: readonly Axis[];
  readonly value: Scalar;
  /** `along`: a vector of four rows a step of the sum; groups end where the innermost axis does.
   *  `depth`: four steps of the sum for each of four rows, turned; groups run through all rows. */
  readonly packing: "along" | "depth";
  /** Groups of four rows. */
  readonly groups: number;
}

export interface Orientation {
  readonly lanes: Side;
  readonly rows: Side;
  /** The operand that threads pack a tile at a time, and the one that is packed whole; one is lanes, the other rows. */
  readonly own: Side;
  readonly common: Side;
  /** Whether the epilogue runs along the rows of the tile, not along its lanes. */
  readonly turned: boolean;
}

/** The innermost axis of a side; without axes it has one row. */
export function innermost({ axes }: Pick<Side, "axes">): Axis {
  return axes.at(-1) ?? { name: "none", extent: 1 };
}

/** Groups within one run of the innermost axis, or of all rows. */
export function groupsInRow(side: Side): number {
  return side.packing === "along" ? Math.ceil(innermost(side).extent / 4) : side.groups;
}

/** Rows in the last group of a run: 0 where it is full. */
export function rowsLeft(side: Side): number {
  const length = side.packing === "along" ? innermost(side).extent : extentOf(side.axes);
  return length % 4;
}

/** Axes that guards depend on. */
export function guardAxes(printer: Printer, value: Scalar): ReadonlySet<string> {
  const found = new Set<string>();
  walkScalars([value], (scalar) => {
    if (scalar.kind !== "within" && scalar.kind !== "even") return;
    for (const name of printer.needs(scalar)) found.add(name);
  });
  return found;
}
