// How a contraction is carried out, decided with the plan: which operand becomes the lanes of the tile, which one is
// packed whole, along which axes both are packed, in which order the sum runs, and the scratch memory for all that.

import { loadsIn } from "../../schedule/access.ts";
import { stepAxis } from "../../schedule/elements.ts";
import type {
  Axis,
  Contract,
  ContractLayout,
  OperandSum,
  Place,
  Repeated,
  Scalar,
  ValueId,
} from "../../schedule/kernel.ts";
import { extentOf } from "./axes.ts";
import { blockingOf, blocksOf, groupsAtOnce, panelBytes, sumBytes } from "./blocking.ts";
import { borderAcross, borderOf, type Border } from "./borders.ts";
import { pointCost } from "./choose-lanes.ts";
import { createPrinter, type Printer } from "./expression.ts";
import { flattenKernel } from "./flatten.ts";
import { i32 } from "./ir.ts";
import { dependsOnAxis, groupsOfTile, isPlainAlong, type Orientation, type Side } from "./sides.ts";
import { bytesOfRowSums } from "./sums.ts";

export interface ContractionLayout extends ContractLayout {
  /** Over flat addresses, its axes in the order in which loops run. */
  readonly kernel: Contract;
  readonly orientation: Orientation;
  readonly borders: Borders;
  /** Threads that it is shared among at most. */
  readonly threads: number;
  readonly scratch: Scratch;
  /** In a loop, the counter of the step in which the thread's own operand is packed, once for all steps. */
  readonly keptFrom?: number;
}

/** Borders of the thread's own operand: the same for all lanes, and across the lanes. */
export interface Borders {
  readonly along?: Border;
  readonly across?: Border;
}

export interface Scratch {
  /** Bytes of the operand that is packed whole; of a thread's own tile of the other; of sums that wait. */
  readonly shared: number;
  readonly tile: number;
  readonly sums: number;
  /** Whether every thread has a `shared` and `sums` of its own. */
  readonly each: boolean;
}

export interface LayoutSettings {
  /** Threads that share the contraction at most. */
  readonly threads: number;
  /** Whether multiply-add is one instruction. */
  readonly relaxed: boolean;
}

/** What choices are made by. */
interface Judge {
  readonly printer: Printer;
  readonly places: ReadonlyMap<ValueId, Place>;
  readonly relaxed: boolean;
}

/** Threads take whole products of a batch where there are at least so many. */
const manyProducts = 8;

export function layOutContraction(
  given: Contract,
  places: ReadonlyMap<ValueId, Place>,
  { threads, relaxed }: LayoutSettings,
  repeated: Repeated | undefined,
): ContractionLayout {
  const flat = flattenKernel(given, places);
  if (flat.kind !== "contract") throw new RangeError("a flat contraction is one");
  // Only asked about indices: nothing is printed here.
  const printer = createPrinter({ places, relaxed, bytes: 0, t: i32(0) });
  const chosen = bordersFirst({ printer, places, relaxed }, flat);
  const { kernel, orientation, borders } = chosen;
  const scratch = scratchOf(kernel, orientation);
  const copies = scratch.each ? threads : 1;
  const isKept = repeated && mayKeep(kernel, chosen, places, repeated);
  const text = describe(kernel, orientation, borders);
  return {
    ...chosen,
    threads,
    scratch,
    scratchBytes: copies * (scratch.shared + scratch.sums) + threads * scratch.tile,
    ...(isKept ? { keptFrom: repeated.first, keptBytes: keptBytes(kernel.k, orientation) } : {}),
    text: isKept ? `${text}, ${orientation.own.axes === kernel.m ? "a" : "b"} packed once` : text,
  };
}

/** Whether the thread's own operand is the same in all steps of the loop, so that its panels can stay. */
function mayKeep(
  kernel: Contract,
  { orientation: { own }, borders }: Pick<ContractionLayout, "orientation" | "borders">,
  places: ReadonlyMap<ValueId, Place>,
  { written }: Repeated,
): boolean {
  if (borders.along || extentOf(kernel.batch) > 1) return false;
  if (sumsOf(kernel, own.axes).length > 0) return false;
  const isFixed = loadsIn([own.value]).every(
    ({ from }) => !written.has(from) && !places.get(from)?.row,
  );
  return isFixed && !dependsOnAxis(own.value, { name: stepAxis });
}

/** Panels of every block of every group. */
function keptBytes(k: readonly Axis[], { own }: Orientation): number {
  return blocksOf(blockingOf(k)) * own.groups * panelBytes(k);
}

/** Sums along axes with a border outside the others, so that the steps beyond it lie together. */
function bordersFirst(
  judge: Judge,
  kernel: Contract,
): Pick<ContractionLayout, "kernel" | "orientation" | "borders"> {
  const orientation = orient(judge, kernel);
  // A sum of an operand runs over whole panels.
  const isSummed = sumsOf(kernel, orientation.own.axes).length > 0;
  const along = isSummed ? undefined : borderOf(judge.printer, orientation.own, kernel.k);
  if (!along) return { kernel, orientation, borders: {} };
  const first = kernel.k.filter((axis) => axis === along.axis);
  const others = kernel.k.filter((axis) => axis !== along.axis);
  const across = borderAcross(judge.printer, orientation.own, others);
  if (across) {
    const k = [...first, across.axis, ...others.filter((axis) => axis !== across.axis)];
    const changed = { ...kernel, k };
    const found = orient(judge, changed);
    if (blockingOf(k).inner.includes(across.axis) && maySpread(found, along)) {
      const spread = { ...found, spread: true };
      return { kernel: changed, orientation: spread, borders: { along, across } };
    }
  }
  const changed = { ...kernel, k: [...first, ...others] };
  const other = orient(judge, changed);
  return other.own.packing === "along"
    ? { kernel: changed, orientation: other, borders: { along } }
    : { kernel, orientation, borders: {} };
}

/** Most places of tiles along the outermost axis for each that is there. */
const mostSpread = 1.15;

/** Whether the groups of a tile may lie along the outermost axis – the same pixels of several images –, so that both
 *  borders are the same for all of them: they must fill tiles there. */
function maySpread({ own, lanes, width }: Orientation, { rest }: Border): boolean {
  const [outermost] = own.axes;
  if (own !== lanes || own.packing !== "along" || !outermost || own.axes.length < 2) return false;
  const isSame = rest.terms.every(
    ({ atom }) => atom.kind !== "axis" || atom.name !== outermost.name,
  );
  const places = Math.ceil(outermost.extent / width) * width;
  return isSame && places <= mostSpread * outermost.extent;
}

function scratchOf(kernel: Contract, orientation: Orientation): Scratch {
  const { batch, k } = kernel;
  const { rows, own, common } = orientation;
  const panel = panelBytes(k);
  return {
    shared: groupsAtOnce(k, common.groups, groupsOfTile(orientation, common)) * panel,
    tile: groupsOfTile(orientation, own) * panel,
    sums: blockingOf(k).whole
      ? 0
      : own.groups * common.groups * sumBytes(rows.size) + bytesOfRowSums(kernel, orientation),
    each: extentOf(batch) >= manyProducts,
  };
}

function describe(
  { m, k, sums }: Contract,
  orientation: Orientation,
  { along, across }: Borders,
): string {
  const { lanes, rows, own, common, width } = orientation;
  const name = (side: Side): string => (side.axes === m ? "a" : "b");
  const packed = (side: Side): string =>
    `${name(side)} ${side.packing === "along" ? `along ${side.axes.at(-1)?.name ?? "one row"}` : "along the sum"}`;
  const atOnce = groupsAtOnce(k, common.groups, groupsOfTile(orientation, common));
  const whole = atOnce < common.groups ? `in stretches of ${common.size * atOnce} rows` : "whole";
  const blocking = blockingOf(k);
  const parts = [
    `lanes ${name(lanes)}`,
    `tiles of ${rows.size} by ${4 * width}`,
    `${packed(own)} by tiles`,
    `${packed(common)} ${whole}`,
    `sum over ${k.map((axis) => axis.name).join(" ") || "nothing"}`,
  ];
  const { cut } = blocking;
  if (!blocking.whole && cut)
    parts.push(`${blocksOf(blocking)} blocks of ${cut.chunk * extentOf(blocking.inner)}`);
  for (const { of } of sums) parts.push(`${of} summed too`);
  const beyond = [along, across].flatMap((border) => (border ? [border.axis.name] : []));
  if (orientation.spread) parts.push(`groups of a tile along ${own.axes[0]?.name}`);
  if (beyond.length > 0) parts.push(`without the border of ${beyond.join(" and ")}`);
  return parts.join(", ");
}

/** Rows a group and groups of lanes a tile. Three by three is one register more: without multiply-add as one
 *  instruction, products need another one, and sums would be spilled. */
const tiles = { four: { size: 4, width: 2 }, three: { size: 3, width: 3 } } as const;

/** The cheapest orientation: packing, empty places in tiles, and how results are stored. Costs are in vector
 *  instructions. The operand with more rows is packed a tile at a time, the other one whole. */
function orient(judge: Judge, kernel: Contract): Orientation {
  const { m, n, k, a, b } = kernel;
  const ofM = { axes: m, value: a };
  const ofN = { axes: n, value: b };
  const isOwnM = extentOf(m) >= extentOf(n);
  let best: Orientation | undefined;
  let least = Infinity;
  for (const { size, width } of judge.relaxed ? [tiles.four, tiles.three] : [tiles.four]) {
    for (const [ofLanes, ofRows] of [
      [ofM, ofN],
      [ofN, ofM],
    ] as const) {
      if (size === 3 && !sumsOf(kernel, ofRows.axes).every(isPlainSum)) continue;
      for (const [lanes, lanesCost] of packings(judge, ofLanes, 4, k)) {
        for (const [rows, rowsCost] of packings(judge, ofRows, size, k)) {
          const isOwnLanes = (ofLanes === ofM) === isOwnM;
          const [own, common] = isOwnLanes ? [lanes, rows] : [rows, lanes];
          for (const turned of size === 4 ? [false, true] : [false]) {
            const found = { lanes, rows, own, common, width, turned, spread: false };
            const work = multiplyCost(found, extentOf(k)) + afterCost(judge, kernel, found);
            const cost = lanesCost + rowsCost + work;
            if (cost < least) [best, least] = [found, cost];
          }
        }
      }
    }
  }
  if (!best) throw new RangeError("a contraction has a layout");
  return best;
}

/** Sums of the operand with these rows. */
function sumsOf({ m, sums }: Contract, axes: readonly Axis[]): readonly OperandSum[] {
  return sums.filter(({ of }) => (of === "a") === (axes === m));
}

/** Whether vectors of a sum may begin at any row: they are known to begin at a multiple of four, but in groups of three. */
function isPlainSum({ after }: OperandSum): boolean {
  const indices = after.flatMap((store) => [
    store.at,
    ...loadsIn([store.value]).map(({ at }) => at),
  ]);
  return indices
    .flat()
    .every(({ terms }) => terms.length < 2 && terms.every(({ atom }) => atom.kind === "axis"));
}

/** Both ways to pack an operand, and what they cost. */
function packings(
  judge: Judge,
  { axes, value }: Pick<Side, "axes" | "value">,
  size: 3 | 4,
  k: readonly Axis[],
): readonly (readonly [Side, number])[] {
  const inner = axes.at(-1);
  const length = inner?.extent ?? 1;
  const runs = (extentOf(axes) / length) * Math.ceil(length / size);
  const along: Side = { axes, value, size, packing: "along", groups: runs };
  const down: Side = { ...along, packing: "depth", groups: Math.ceil(extentOf(axes) / size) };
  // Lanes are known to begin at a multiple of four, but in groups of three.
  const fits = size === 4 || !inner || isPlainAlong(value, inner);
  return [
    [along, fits ? alongCost(judge, along, extentOf(k)) : Infinity],
    [down, depthCost(judge, down, k)],
  ];
}

/** A tile takes the time of eight sums at least, for a sum waits for the one before it. */
const fewestSums = 8;

function multiplyCost(orientation: Orientation, depth: number): number {
  const { lanes, rows, own, width } = orientation;
  const height = Math.min(rows.size, extentOf(rows.axes));
  // The operand that is packed whole comes from the second cache: as lanes it is more.
  const tile = (groups: number): number =>
    Math.max(fewestSums, groups * height) + (lanes === own ? 0 : groups / 2);
  const left = lanes.groups % width;
  const row = Math.floor(lanes.groups / width) * tile(width) + (left > 0 ? tile(left) : 0);
  return rows.groups * row * depth;
}

function alongCost({ printer, places }: Judge, side: Side, depth: number): number {
  const name = side.axes.at(-1)?.name ?? "";
  return side.groups * depth * (1 + pointCost(printer, places, [side.value], [], name));
}

function depthCost({ printer, places }: Judge, side: Side, k: readonly Axis[]): number {
  const inner = k.at(-1);
  if (!inner) return Infinity;
  const vectors = (extentOf(k) / inner.extent) * Math.ceil(inner.extent / 4);
  const turn = 12;
  const rows = side.size * pointCost(printer, places, [side.value], [], inner.name) + turn;
  return side.groups * vectors * rows;
}

function afterCost(
  { printer, places }: Judge,
  { after }: Contract,
  { lanes, rows, turned }: Orientation,
): number {
  const name = (turned ? rows : lanes).axes.at(-1)?.name ?? "";
  const roots = after.map((store): Scalar => store.value);
  const vectors = lanes.groups * rows.groups * rows.size;
  const turn = turned ? 2 : 0;
  return vectors * (turn + pointCost(printer, places, roots, after, name));
}
