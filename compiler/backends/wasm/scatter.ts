// `scatter` kernels: every thread clears its own columns, then walks all rows in order and adds to its columns, so the
// order of additions is always the same.

import type { Axis, Scatter } from "../../schedule/kernel.ts";
import { eachVector, eachVectorOfShare, openAxes, openShare, vectorsOf } from "./axes.ts";
import { childBlock, openIf, type Block } from "./block.ts";
import type { Printer } from "./expression.ts";
import { apply, f32, i32 } from "./ir.ts";
import { areContiguous } from "./lane-offsets.ts";
import { shareOf, type Threads } from "./threads.ts";

/** The axis of columns that lie side by side, if the rows do not depend on it. */
function lanesOfColumns(printer: Printer, kernel: Scatter): Axis | undefined {
  return kernel.parallel.find(
    (axis) =>
      axis.extent > 1 &&
      isContiguous(printer, kernel, axis) &&
      !printer.needs(kernel.row).has(axis.name),
  );
}

function isContiguous(printer: Printer, { at }: Scatter, { name }: Axis): boolean {
  const offsets = printer.offsets(at, name);
  return offsets !== undefined && areContiguous(offsets);
}

export function printScatter(
  printer: Printer,
  root: Block,
  kernel: Scatter,
  threads: Threads,
): void {
  const lanes = lanesOfColumns(printer, kernel);
  const others = kernel.parallel.filter((axis) => axis !== lanes);
  const [first, ...rest] = others;
  /** Visits this thread's columns of the block's other axes. */
  let around = root;
  let columns = (block: Block, print: (point: Block) => void): void => print(block);
  if (first) {
    around = openAxes(openShare(root, [first], shareOf(root, threads, first.extent)), rest);
    if (lanes) columns = (block, print) => eachVector(block, lanes, print);
  } else if (lanes) {
    const share = shareOf(root, threads, vectorsOf(lanes));
    columns = (block, print) => eachVectorOfShare(block, lanes, share, print);
  }
  const rows = { name: "row", extent: kernel.rows };
  const { dtype } = kernel.value;
  const zero = dtype === "f32" ? f32(0) : i32(0);
  columns(openAxes(around, [rows]), (point) => {
    printer.store(point, kernel.to, kernel.at, { lanes: false, expr: zero }, dtype);
  });
  const walk = childBlock(around);
  around.rest.push(walk);
  const step = openAxes(walk, kernel.ordered);
  const row = printer.single(step, kernel.row);
  const inside = apply("i32.lt_u", [row, i32(kernel.rows)]);
  columns(openIf(step, inside, { bindings: { row } }), (point) => {
    const sum = printer.added(point, kernel.to, kernel.at, kernel.value);
    printer.store(point, kernel.to, kernel.at, sum, dtype);
  });
}
