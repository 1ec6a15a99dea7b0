// Loops over the axes of a kernel: point by point, or four points of an axis at once.

import type { Axis } from "../../schedule/kernel.ts";
import { bind, boundTo, childBlock, lanesAlong, openCounter, openIf, type Block } from "./block.ts";
import { apply, i32, times, type Expr } from "./ir.ts";
import type { Share } from "./threads.ts";

export function extentOf(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

/** Loops over axes, one inside the other; gives the innermost block. */
export function openAxes(block: Block, axes: readonly Axis[]): Block {
  return axes.reduce(
    (outer, { name, extent }) => openCounter(outer, name, { from: i32(0), to: i32(extent) }),
    block,
  );
}

/** A loop over a share of the flat row-major number of some axes. */
export function openShare(block: Block, axes: readonly Axis[], share: Share): Block {
  const [only] = axes;
  if (!only) return block;
  if (axes.length === 1) return openCounter(block, only.name, share);
  const flat = openCounter(block, "flat", share);
  return openCoordinates(flat, axes, boundTo(flat, "flat"));
}

/** A block in which a flat row-major number is split into its axes. */
export function openCoordinates(block: Block, axes: readonly Axis[], flat: Expr): Block {
  const inner = childBlock(block, { bindings: coordinates(block, axes, flat) });
  block.rest.push(inner);
  return inner;
}

/** The axes of a flat row-major number. */
export function coordinates(block: Block, axes: readonly Axis[], flat: Expr): Record<string, Expr> {
  const bindings: Record<string, Expr> = {};
  let rest = flat;
  for (let d = axes.length - 1; d >= 0; d--) {
    const axis = axes[d];
    if (!axis) continue;
    if (d === 0) bindings[axis.name] = rest;
    else {
      bindings[axis.name] = bind(block, apply("i32.rem_u", [rest, i32(axis.extent)]), "x");
      rest = bind(block, apply("i32.div_u", [rest, i32(axis.extent)]), "x");
    }
  }
  return bindings;
}

/** Vectors of an axis, the part of one at its end counted. */
export function vectorsOf(axis: Axis): number {
  return Math.ceil(axis.extent / 4);
}

/** Prints the body for every vector of an axis; the part of one at the end has code of its own. */
export function eachVector(block: Block, axis: Axis, print: (point: Block) => void): void {
  const full = axis.extent - (axis.extent % 4);
  if (full > 0) print(openVectors(block, axis, { from: i32(0), to: i32(full) }));
  if (full < axis.extent) print(openTail(block, axis));
}

/** The same for a share of the axis's vectors. */
export function eachVectorOfShare(
  block: Block,
  axis: Axis,
  share: Share,
  print: (point: Block) => void,
): void {
  if (!share.maybeEmpty) {
    eachVector(block, axis, print);
    return;
  }
  const whole = Math.floor(axis.extent / 4);
  const from = times(share.from, 4);
  const isLast = apply("i32.gt_u", [share.to, i32(whole)]);
  const end = bind(block, times(apply("select", [i32(whole), share.to, isLast]), 4), "end");
  print(openVectors(block, axis, { from, to: end, maybeEmpty: true }));
  if (axis.extent % 4 === 0) return;
  const takes = apply("i32.and", [isLast, apply("i32.lt_u", [share.from, share.to])]);
  print(openTail(openIf(block, takes, { guarded: false }), axis));
}

function openVectors(
  block: Block,
  axis: Axis,
  range: { readonly from: Expr; readonly to: Expr; readonly maybeEmpty?: boolean },
): Block {
  const lanes = lanesAlong(axis.name);
  return openCounter(block, axis.name, { ...range, step: 4 }, { lanes });
}

function openTail(block: Block, axis: Axis): Block {
  const active = axis.extent % 4;
  const tail = childBlock(block, {
    bindings: { [axis.name]: i32(axis.extent - active) },
    lanes: lanesAlong(axis.name, active),
  });
  block.rest.push(tail);
  return tail;
}
