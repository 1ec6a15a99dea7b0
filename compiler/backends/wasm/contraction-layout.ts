// How a contraction is carried out, decided with the plan: which operand becomes the lanes of the tile, which one is
// packed whole, along which axes both are packed, in which order the sum runs, and the scratch memory for all that.

import type {
  Axis,
  Contract,
  ContractLayout,
  Place,
  Scalar,
  Store,
  ValueId,
} from "../../schedule/kernel.ts";
import { extentOf } from "./axes.ts";
import { blockingOf, groupsAtOnce, panelBytes, sumBytes } from "./blocking.ts";
import { borderOf, type Border } from "./borders.ts";
import { pointCost } from "./choose-lanes.ts";
import { createPrinter, type Printer } from "./expression.ts";
import { flattenKernel } from "./flatten.ts";
import { i32 } from "./ir.ts";
import type { Orientation, Side } from "./sides.ts";
import { bytesOfRowSums } from "./sums.ts";

export interface ContractionLayout extends ContractLayout {
  /** Over flat addresses, its axes in the order in which loops run. */
  readonly kernel: Contract;
  readonly orientation: Orientation;
  /** Of the thread's own operand. */
  readonly border: Border | undefined;
  /** Threads that it is shared among at most. */
  readonly threads: number;
  readonly scratch: Scratch;
}

export interface Scratch {
  /** Bytes of the operand that is packed whole; of a thread's own tile of the other; of sums that wait. */
  readonly shared: number;
  readonly tile: number;
  readonly sums: number;
  /** Whether every thread has a `shared` and `sums` of its own. */
  readonly each: boolean;
}

type Places = ReadonlyMap<ValueId, Place>;

/** Threads take whole products of a batch where there are at least so many. */
const manyProducts = 8;

export function layOutContraction(
  given: Contract,
  places: Places,
  threads: number,
): ContractionLayout {
  const flat = flattenKernel(given, places);
  if (flat.kind !== "contract") throw new RangeError("a flat contraction is one");
  // Only asked about indices: nothing is printed here.
  const printer = createPrinter({ places, relaxed: false, bytes: 0, t: i32(0) });
  const chosen = bordersFirst(printer, places, flat);
  const { kernel, orientation, border } = chosen;
  const scratch = scratchOf(kernel, orientation);
  const copies = scratch.each ? threads : 1;
  return {
    ...chosen,
    threads,
    scratch,
    scratchBytes: copies * (scratch.shared + scratch.sums) + threads * scratch.tile,
    text: describe(kernel, orientation, border),
  };
}

/** Sums along an axis with a border outside the others, so that the steps beyond it lie together. */
function bordersFirst(
  printer: Printer,
  places: Places,
  kernel: Contract,
): Pick<ContractionLayout, "kernel" | "orientation" | "border"> {
  const orientation = orient(printer, places, kernel);
  const border = borderOf(printer, orientation.own, kernel.k);
  if (!border) return { kernel, orientation, border };
  const k = [border.axis, ...kernel.k.filter((axis) => axis !== border.axis)];
  const changed = { ...kernel, k };
  const other = orient(printer, places, changed);
  return other.own.packing === "along"
    ? { kernel: changed, orientation: other, border }
    : { kernel, orientation, border: undefined };
}

function scratchOf(kernel: Contract, orientation: Orientation): Scratch {
  const { batch, k } = kernel;
  const { own, common } = orientation;
  const panel = panelBytes(k);
  return {
    shared: groupsAtOnce(k, common.groups) * panel,
    tile: 2 * panel,
    sums: blockingOf(k).whole
      ? 0
      : own.groups * common.groups * sumBytes + bytesOfRowSums(kernel, orientation),
    each: extentOf(batch) >= manyProducts,
  };
}

function describe(
  { m, k, sums }: Contract,
  { lanes, own, common }: Orientation,
  border: Border | undefined,
): string {
  const name = (side: Side): string => (side.axes === m ? "a" : "b");
  const packed = (side: Side): string =>
    `${name(side)} ${side.packing === "along" ? `along ${side.axes.at(-1)?.name ?? "one row"}` : "along the sum"}`;
  const atOnce = groupsAtOnce(k, common.groups);
  const whole = atOnce < common.groups ? `in stretches of ${4 * atOnce} rows` : "whole";
  const { whole: once, cut, inner, outer } = blockingOf(k);
  const parts = [
    `lanes ${name(lanes)}`,
    `${packed(own)} by tiles`,
    `${packed(common)} ${whole}`,
    `sum over ${k.map((axis) => axis.name).join(" ") || "nothing"}`,
  ];
  if (!once && cut) {
    const blocks = extentOf(outer) * Math.ceil(cut.axis.extent / cut.chunk);
    parts.push(`${blocks} blocks of ${cut.chunk * extentOf(inner)}`);
  }
  for (const { of } of sums) parts.push(`${of} summed too`);
  if (border) parts.push(`without the border of ${border.axis.name}`);
  return parts.join(", ");
}

/** The cheapest orientation: packing, empty places in tiles, and how results are stored. Costs are in vector
 *  instructions. The operand with more rows is packed a tile at a time, the other one whole. */
function orient(printer: Printer, places: Places, kernel: Contract): Orientation {
  const { m, n, k, a, b } = kernel;
  const depth = extentOf(k);
  let best: Orientation | undefined;
  let least = Infinity;
  const sidesOf = (axes: readonly Axis[], value: Scalar): readonly (readonly [Side, number])[] => {
    const along: Side = { axes, value, packing: "along", groups: groupsAlong(axes) };
    const down: Side = { axes, value, packing: "depth", groups: Math.ceil(extentOf(axes) / 4) };
    return [
      [along, alongCost(printer, places, along, depth)],
      [down, depthCost(printer, places, down, k)],
    ];
  };
  const ofM = sidesOf(m, a);
  const ofN = sidesOf(n, b);
  const isOwnM = extentOf(m) >= extentOf(n);
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
          const along = turned ? rows : lanes;
          const after = afterCost(printer, places, kernel.after, { along, lanes, rows });
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

function alongCost(printer: Printer, places: Places, side: Side, depth: number): number {
  const name = side.axes.at(-1)?.name ?? "";
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
  { along, lanes, rows }: { readonly along: Side; readonly lanes: Side; readonly rows: Side },
): number {
  const name = along.axes.at(-1)?.name ?? "";
  const roots = after.map((store): Scalar => store.value);
  const vectors = lanes.groups * rows.groups * 4;
  const turn = along === lanes ? 0 : 2;
  return vectors * (turn + pointCost(printer, places, roots, after, name));
}
