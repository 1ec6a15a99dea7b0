// The two operands of a contraction as the template sees them: rows in groups of four, packed with vectors along the
// rows or along the sum; one of them becomes the lanes of the tile, the other its rows.

import type { Axis, Contract, Place, Scalar, Store, ValueId } from "../../schedule/kernel.ts";
import { walkScalars } from "../../schedule/values.ts";
import { extentOf } from "./axes.ts";
import { isPrivateM } from "./blocking.ts";
import { pointCost } from "./choose-lanes.ts";
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

type Places = ReadonlyMap<ValueId, Place>;

/** The cheapest of all layouts: packing, empty places in tiles, and how results are stored. */
export function orient(printer: Printer, places: Places, kernel: Contract): Orientation {
  const { m, n, k, a, b } = kernel;
  const depth = extentOf(k);
  let best: Orientation | undefined;
  let least = Infinity;
  const sidesOf = (axes: readonly Axis[], value: Scalar): readonly (readonly [Side, number])[] => {
    const along: Side = { axes, value, packing: "along", groups: groupsAlong(axes) };
    const down: Side = {
      axes,
      value,
      packing: "depth",
      groups: Math.ceil(extentOf(axes) / 4),
    };
    return [
      [along, alongCost(printer, places, along, depth)],
      [down, depthCost(printer, places, down, k)],
    ];
  };
  const ofM = sidesOf(m, a);
  const ofN = sidesOf(n, b);
  const isOwnM = isPrivateM(m, n);
  for (const [mSide, mCost] of ofM) {
    for (const [nSide, nCost] of ofN) {
      const [own, common] = isOwnM ? [mSide, nSide] : [nSide, mSide];
      for (const [lanes, rows] of [
        [mSide, nSide],
        [nSide, mSide],
      ] as const) {
        // The operand that is packed whole comes from the second cache: as lanes it is twice as much.
        const fetch = lanes === own ? 8 : 9;
        const multiply = Math.ceil(lanes.groups / 2) * rows.groups * fetch * depth;
        for (const turned of [false, true]) {
          const after = afterCost(
            printer,
            places,
            kernel.after,
            turned ? rows : lanes,
            lanes,
            rows,
          );
          const cost = mCost + nCost + multiply + after;
          if (cost < least) [best, least] = [{ lanes, rows, own, common, turned }, cost];
        }
      }
    }
  }
  if (!best) throw new RangeError("a contraction has a layout");
  return best;
}

function groupsAlong(axes: readonly Axis[]): number {
  const inner = axes.at(-1)?.extent ?? 1;
  return (extentOf(axes) / inner) * Math.ceil(inner / 4);
}

/** Costs are in vector instructions. */
function alongCost(printer: Printer, places: Places, side: Side, depth: number): number {
  const { name } = innermost(side);
  return side.groups * depth * (1 + pointCost(printer, places, [side.value], [], name));
}

function depthCost(printer: Printer, places: Places, side: Side, k: readonly Axis[]): number {
  const inner = k.at(-1);
  if (!inner) return Infinity;
  const vectors = (extentOf(k) / inner.extent) * Math.ceil(inner.extent / 4);
  const turn = 12;
  const four = 4 * pointCost(printer, places, [side.value], [], inner.name) + turn;
  return side.groups * vectors * four;
}

function afterCost(
  printer: Printer,
  places: Places,
  after: readonly Store[],
  along: Side,
  lanes: Side,
  rows: Side,
): number {
  const { name } = innermost(along);
  const roots = after.map((store): Scalar => store.value);
  const vectors = along === lanes ? lanes.groups * rows.groups * 4 : rows.groups * lanes.groups * 4;
  const turn = along === lanes ? 0 : 2;
  return vectors * (turn + pointCost(printer, places, roots, after, name));
}
