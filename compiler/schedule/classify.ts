// Contractions by dependence: an axis in both operands and the result is batch, only in one of them m or n, and what
// is summed is k. Decides also which contractions are better plain loops.

import type { Node } from "../ir/graph.ts";
import { createExpander } from "./expand.ts";
import { axisIndex } from "./index-form.ts";
import { createScalars } from "./scalars.ts";
import { axesOf, coordinates, operandsAt, type Value } from "./values.ts";

export type Role = "batch" | "m" | "n" | "k";

/** Roles of the axes of a contraction's space. `swapped`: a and b change places, so that m is the longer side. */
export interface Classification {
  readonly roles: readonly Role[];
  readonly swapped: boolean;
  readonly size: Readonly<Record<Role, number>>;
}

export function classify(value: Value, stored: ReadonlyMap<Node, Value>): Classification {
  const scalars = createScalars();
  const expander = createExpander(scalars, (node, at) => {
    const source = stored.get(node);
    return source && scalars.load(source.id, at, source.dtype);
  });
  const axes = value.space.map(({ extent }, i) => axisIndex({ name: `x${i}`, extent }));
  const [a, b] = operandsAt(value, coordinates(value, axes).full, scalars, expander);
  const inA = axesOf(a ? [a] : []);
  const inB = axesOf(b ? [b] : []);
  const roles = value.space.map(({ reduced }, i): Role => {
    if (reduced) return "k";
    const name = `x${i}`;
    if (inA.has(name) && inB.has(name)) return "batch";
    return inB.has(name) ? "n" : "m";
  });
  const size = { batch: 1, m: 1, n: 1, k: 1 };
  value.space.forEach(({ extent }, i) => (size[roles[i] ?? "k"] *= extent));
  if (size.m >= size.n) return { roles, swapped: false, size };
  const other: Readonly<Record<Role, Role>> = { batch: "batch", k: "k", m: "n", n: "m" };
  return {
    roles: roles.map((role) => other[role]),
    swapped: true,
    size: { ...size, m: size.n, n: size.m },
  };
}

/** Below this many products a side shorter than a tile does not pay for packing. */
const shortSum = 64;

/** Whether packing pays: depthwise products, matrix times vector and tiny ones do not. */
export function worthPacking({ size }: Classification): boolean {
  if (size.n === 1 || size.m === 1) return false;
  if (size.n < 4 && size.k <= shortSum) return false;
  return size.m * size.n * size.k >= shortSum;
}
