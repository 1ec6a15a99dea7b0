// What the makers of random graphs share: the graph so far, and what is known of its values.

import type { CheckedBuilder } from "../../compiler/ir/build.ts";
import type { Attr, Node } from "../../compiler/ir/graph.ts";
import type { OpFailure } from "../../compiler/ops/define.ts";
import type { DType } from "../../runtime/types.ts";
import type { RandomSource } from "./evaluate-graph.ts";

/** What is known of all values of a node: |x| ≤ bound; multiples of 2^−bits, or not exact. */
export interface Fact {
  readonly bound: number;
  readonly bits: number | undefined;
}

export type FloatOrInt = "f32" | "i32";

export interface Context {
  readonly b: CheckedBuilder<OpFailure>;
  readonly r: RandomSource;
  /** A node of this element type, the younger the likelier. */
  draw(dtype: DType): Node;
  readonly fact: (node: Node) => Fact;
  /** Notes what is known of a node. */
  note(node: Node, fact: Fact): Node;
  /** The inputs $seed and $step. */
  readonly scalars: readonly Node[];
  /** Builds a node and notes what is known of it. */
  make(fact: Fact, op: string, inputs: readonly Node[], attrs?: Record<string, Attr>): Node;
  /** The node, or a view of it, in this shape. */
  fit(node: Node, shape: readonly number[]): Node;
  /** An exact node; a constant if no drawn one is. */
  exact(dtype: DType, maxBits?: number): Node;
  /** A float node with |x| ≤ 4. */
  tame(): Node;
  full(like: Node, value: number): Node;
}

export type Maker = (c: Context) => Node | undefined;

/** Exact values have at most so many significant bits: f32 holds 24. */
export const exactBits = 22;

export function isExact(fact: Fact): boolean {
  return fact.bits !== undefined && fact.bits + Math.log2(Math.max(1, fact.bound)) <= exactBits;
}

export function worst(facts: readonly Fact[]): Fact {
  const bits = facts.some((f) => f.bits === undefined)
    ? undefined
    : Math.max(...facts.map((f) => f.bits ?? 0));
  return { bound: Math.max(...facts.map((f) => f.bound)), bits };
}

export const inexact = (bound: number): Fact => ({ bound, bits: undefined });
export const truth: Fact = { bound: 1, bits: 0 };

export const numberType = (r: RandomSource): FloatOrInt => r.pick(["f32", "f32", "i32"] as const);

export function randomShape(r: RandomSource, minRank = 0, maxRank = 3): readonly number[] {
  const rank = minRank + r.below(maxRank - minRank + 1);
  return Array.from({ length: rank }, () => r.pick([1, 2, 2, 3, 4, 5]));
}
