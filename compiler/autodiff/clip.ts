// Gradient clipping: by the norm of all gradients together, or value by value.

import type { Clip } from "../elaborate/unit.ts";
import type { Builder } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { makeConstant, makeLike, makeSpread, makeSum } from "../ops/make.ts";
import { knownShape } from "../ops/shapes.ts";

/** What is added to the norm before dividing, as PyTorch does. */
const EPSILON = 1e-6;

/** `norm`, where it is known already: that of all gradients together. */
export function clipGradients(
  b: Builder,
  gradients: readonly Node[],
  clip: Clip,
  norm?: Node,
): readonly Node[] {
  if (gradients.length === 0) return gradients;
  switch (clip.kind) {
    case "norm":
      return clipNorm(b, gradients, clip.limit, norm ?? gradientNorm(b, gradients));
    case "value":
      return gradients.map((g) => {
        const below = b.node("min", [g, makeLike(b, g, clip.limit)]);
        return b.node("max", [below, makeLike(b, g, -clip.limit)]);
      });
    default:
      return clip.kind satisfies never;
  }
}

/** ‖all g‖₂, of all gradients together. */
export function gradientNorm(b: Builder, gradients: readonly Node[]): Node {
  const squares = gradients.map((g) =>
    makeSum(
      b,
      b.node("mul", [g, g]),
      g.type.shape.map((_, axis) => axis),
    ),
  );
  return b.node("sqrt", [squares.reduce((sum, square) => b.node("add", [sum, square]))]);
}

/** g · min(1, limit / (‖all g‖₂ + 1e-6)). */
function clipNorm(
  b: Builder,
  gradients: readonly Node[],
  limit: number,
  norm: Node,
): readonly Node[] {
  const divisor = b.node("add", [norm, makeConstant(b, "f32", EPSILON)]);
  const factor = b.node("min", [
    b.node("div", [makeConstant(b, "f32", limit), divisor]),
    makeConstant(b, "f32", 1),
  ]);
  return gradients.map((g) => {
    const shape = knownShape(g.type);
    return b.node("mul", [
      g,
      makeSpread(
        b,
        factor,
        shape,
        shape.map((_, axis) => axis),
      ),
    ]);
  });
}
