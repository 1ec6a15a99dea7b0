// Bounds of elaboration: a file from elsewhere ends promptly, with a diagnostic instead of a hang.

import { isOpen, type Dim } from "../ir/dim.ts";

export const limits = {
  /** Expressions and statements evaluated for one declaration. */
  steps: 400_000,
  /** Expressions inside expressions and blocks inside blocks. */
  depth: 400,
  /** Elements of a list, times of a repeat. */
  listLength: 100_000,
  nodes: 200_000,
  /** Layers of a model. */
  layers: 10_000,
  /** Elements of one tensor; a row-major index must stay exact. */
  tensorElements: 2 ** 31,
  /** Elements of all parameters together. */
  parameterElements: 2 ** 34,
  /** Terms of an open dimension. */
  dimensionTerms: 64,
  rank: 16,
} as const;

/** Thrown when a bound is passed, after the diagnostic was reported; caught where elaboration starts. */
export class LimitReached extends Error {
  override readonly name = "LimitReached";
}

/** Whether a dimension has grown past what is kept exact. */
export function tooComplex(dim: Dim): boolean {
  return isOpen(dim)
    ? dim.terms.length > limits.dimensionTerms || dim.text.length > 4000
    : !Number.isSafeInteger(dim);
}
