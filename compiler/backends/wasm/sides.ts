// The two operands of a contraction as the template sees them: rows in groups of four (or three), packed with vectors
// along the rows or along the sum; one of them becomes the lanes of the tile, the other its rows.

import type { Axis, Index, Scalar } from "../../schedule/kernel.ts";
import { indicesOf, walkScalars } from "../../schedule/values.ts";
import { extentOf } from "./axes.ts";
import type { Printer } from "./expression.ts";

export interface Side {
  readonly axes: readonly Axis[];
  readonly value: Scalar;
  /** `along`: a vector of the rows of a group a step of the sum; groups end where the innermost axis does.
   *  `depth`: four steps of the sum for each row of a group, turned; groups run through all rows. */
  readonly packing: "along" | "depth";
  /** Rows a group: four; three where these, as rows of a tile, leave fewer places empty. */
  readonly size: 3 | 4;
  readonly groups: number;
}

export interface Orientation {
  readonly lanes: Side;
  readonly rows: Side;
  /** The operand that threads pack a tile at a time, and the one that is packed whole; one is lanes, the other rows. */
  readonly own: Side;
  readonly common: Side;
  /** Groups of lanes a tile: sums of 4 rows by 2 groups, or 3 by 3, are what the registers hold. */
  readonly width: 2 | 3;
  /** Whether the groups of a thread's own tile follow each other along the outermost axis, not along the innermost. */
  readonly spread: boolean;
  /** Whether the epilogue runs along the rows of the tile, not along its lanes. */
  readonly turned: boolean;
}

/** The innermost axis of a side; without axes it has one row. */
export function innermost({ axes }: Pick<Side, "axes">): Axis {
  return axes.at(-1) ?? { name: "none", extent: 1 };
}

/** Groups of a side that a tile takes. */
export function groupsOfTile({ lanes, width }: Orientation, side: Side): number {
  return side === lanes ? width : 1;
}

/** Distance in numbers of the groups of a tile. */
export function groupDistance({ own, spread }: Orientation, side: Side): number {
  return spread && side === own ? own.groups / (own.axes[0]?.extent ?? 1) : 1;
}

/** Groups within one run of the innermost axis, or of all rows. */
export function groupsInRow(side: Side): number {
  return side.packing === "along" ? Math.ceil(innermost(side).extent / side.size) : side.groups;
}

/** Rows in the last group of a run: 0 where it is full. */
export function rowsLeft(side: Side): number {
  const length = side.packing === "along" ? innermost(side).extent : extentOf(side.axes);
  return length % side.size;
}

/** Whether no quotient or remainder in a value depends on an axis: lanes may begin anywhere along it. */
export function isPlainAlong(value: Scalar, axis: Axis): boolean {
  let plain = true;
  const visit = (at: Index): void => {
    for (const { atom } of at.terms) {
      if (atom.kind === "div" || atom.kind === "mod") plain &&= !dependsOn(atom.of, axis);
    }
  };
  walkScalars([value], (scalar) => indicesOf(scalar).forEach(visit));
  return plain;
}

/** Whether an index of a value depends on an axis. */
export function dependsOnAxis(value: Scalar, axis: Pick<Axis, "name">): boolean {
  let depends = false;
  walkScalars([value], (scalar) => {
    depends ||= indicesOf(scalar).some((at) => dependsOn(at, axis));
  });
  return depends;
}

function dependsOn(at: Index, axis: Pick<Axis, "name">): boolean {
  return at.terms.some(({ atom }) => {
    if (atom.kind === "axis") return atom.name === axis.name;
    return atom.kind !== "value" && dependsOn(atom.of, axis);
  });
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
