// A product of few rows with a large matrix, as in decoding several sequences at once: packing the matrix would take longer
// than multiplying it. It becomes a loop over the matrix's rows as they lie in memory, with a sum for each of the few rows;
// two of these share a pass, so that what a pass loads is used twice and no sum waits for the one before it.

import { axisIndex, constantIndex, linearIndex } from "../../schedule/index-form.ts";
import type {
  Accumulator,
  Axis,
  Contract,
  Index,
  Loop,
  Place,
  Store,
  ValueId,
} from "../../schedule/kernel.ts";
import { createScalars } from "../../schedule/scalars.ts";
import { extentOf } from "./axes.ts";
import { chooseLanes } from "./choose-lanes.ts";
import type { Printer } from "./expression.ts";
import { createRewriter } from "./flatten.ts";
import { fourAxis } from "./fours.ts";

/** From here on packing pays. */
const mostRows = 8;

/** Rows of the matrix from which reading it is what takes the time. */
const fewestColumns = 32;

/** Rows that share a pass: with four rows of the matrix eight sums, which registers hold. */
const rowsOfPass = 2;

/** The number of the few rows in scratch memory among the values of a kernel that is printed. */
export const fewRowsValue: ValueId = -1;

export interface FewRows {
  /** Works the few rows out, where they are not read as they lie; all threads do it, each the whole. */
  readonly pack?: Loop;
  readonly loop: Loop;
  /** Of the few rows in scratch memory. */
  readonly packed: Omit<Place, "offset">;
  readonly scratchBytes: number;
}

/** What takes the place of a flat contraction of few rows; undefined where it does not serve. */
export function fewRowsOf(
  printer: Printer,
  places: ReadonlyMap<ValueId, Place>,
  kernel: Contract,
): FewRows | undefined {
  const { m, n, k, a, b, batch, sums } = kernel;
  const isFirst = extentOf(m) <= extentOf(n);
  const [few, many, small, matrix] = isFirst ? [m, n, a, b] : [n, m, b, a];
  const rows = extentOf(few);
  const [axis, ...others] = few.filter(({ extent }) => extent > 1);
  const fits =
    axis !== undefined &&
    others.length === 0 &&
    rows <= mostRows &&
    extentOf(many) >= fewestColumns &&
    extentOf(batch) === 1 &&
    sums.length === 0 &&
    matrix.kind === "load" &&
    [a, b].every(({ dtype }) => dtype === "f32");
  if (!fits) return undefined;
  const depth = extentOf(k);
  const packed = {
    buffer: 0,
    dtype: "f32",
    shape: [rows * depth],
    strides: [1],
  } as const;
  const isPlain = small.kind === "load";
  const scalars = createScalars();
  const own = isPlain ? small : scalars.load(fewRowsValue, [placeOf(axis, k)], "f32");
  const changed = isFirst ? { ...kernel, a: own } : { ...kernel, b: own };
  const loop = loopOf(changed, axis, many);
  const all = new Map([...places, [fewRowsValue, { ...packed, offset: 0 }] as const]);
  if (!fourAxis(loop, chooseLanes(printer, all, loop))) return undefined;
  if (isPlain) return { loop, packed, scratchBytes: 0 };
  const store = { to: fewRowsValue, at: [placeOf(axis, k)], value: small };
  const pack: Loop = {
    ...loop,
    parallel: [axis, ...k],
    inner: [],
    passes: [{ accumulators: [], stores: [store] }],
    after: [],
  };
  return { pack, loop, packed, scratchBytes: 4 * rows * depth };
}

/** Where an element of the few rows lies: row after row, each as long as the sum. */
function placeOf(few: Axis, k: readonly Axis[]): Index {
  const parts: { index: Index; coefficient: number }[] = [];
  let stride = 1;
  for (const axis of k.toReversed()) {
    parts.unshift({ index: axisIndex(axis), coefficient: stride });
    stride *= axis.extent;
  }
  return linearIndex(0, [{ index: axisIndex(few), coefficient: stride }, ...parts]);
}

function loopOf(kernel: Contract, few: Axis, many: readonly Axis[]): Loop {
  const scalars = createScalars();
  const accumulators: Accumulator[] = [];
  const after: Store[] = [];
  for (let row = 0; row < few.extent; row++) {
    const { scalar, index } = createRewriter(
      (at) => (at.text === few.name ? constantIndex(row) : at),
      undefined,
      scalars,
      () => row,
    );
    accumulators.push({
      slot: row,
      kind: "sum",
      value: scalars.apply("mul", [scalar(kernel.a), scalar(kernel.b)], "f32"),
      dtype: "f32",
    });
    for (const { to, at, value } of kernel.after) {
      after.push({ to, at: at.map(index), value: scalar(value) });
    }
  }
  const passes = [];
  for (let from = 0; from < few.extent; from += rowsOfPass) {
    passes.push({ accumulators: accumulators.slice(from, from + rowsOfPass), stores: [] });
  }
  const { name, origins } = kernel;
  return { kind: "loop", name, origins, parallel: many, inner: kernel.k, passes, after };
}
