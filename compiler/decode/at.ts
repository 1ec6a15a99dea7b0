// Which part of a value a step works out.

import type { Pair } from "./pairs.ts";

/**
 * One an axis: a number c for the one row at position + c of an axis that grows, "whole" for all of its rows, of which
 * those up to the position mean something, undefined for an axis that does not grow.
 */
export type At = number | "whole" | undefined;

/** The latest row of every axis that grows. */
export function latest(pair: Pair): At[] {
  return [...pair.growth];
}

/** The shape of that part: single rows keep their axis. */
export function partShape(pair: Pair, at: readonly At[]): number[] {
  return pair.shape.map((size, axis) => (typeof at[axis] === "number" ? 1 : size));
}

export function atText(at: readonly At[]): string {
  return at.map((each) => each ?? "-").join(",");
}
