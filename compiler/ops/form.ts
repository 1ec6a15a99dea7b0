// Arithmetic on index forms: sums of terms in a normal form, ranges, substitution.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Form } from "../ir/graph.ts";

/** Coefficients by axis. */
export type Terms = Map<number, number>;

/** The terms of a form without axes of size 1, which are always 0. */
export function termsWithoutUnits(form: Form, sizes: readonly number[]): Terms {
  const terms: Terms = new Map();
  for (const { axis, coefficient } of form.terms) {
    if ((sizes[axis] ?? 1) !== 1) terms.set(axis, (terms.get(axis) ?? 0) + coefficient);
  }
  for (const [axis, coefficient] of terms) if (coefficient === 0) terms.delete(axis);
  return terms;
}

/** Sorted by axis, none zero. */
export function toTerms(terms: ReadonlyMap<number, number>): Form["terms"] {
  return [...terms]
    .filter(([, coefficient]) => coefficient !== 0)
    .sort(([a], [b]) => a - b)
    .map(([axis, coefficient]) => ({ axis, coefficient }));
}

/** Sorted terms, none zero, and the divisor divided out where everything is a multiple of it. */
export function normalForm(
  coefficients: ReadonlyMap<number, number>,
  offset: number,
  divisor: number,
): Form {
  const terms = toTerms(coefficients);
  const common = terms.reduce(
    (g, t) => greatestCommonDivisor(g, Math.abs(t.coefficient)),
    greatestCommonDivisor(divisor, Math.abs(offset)),
  );
  if (common <= 1) return { terms, offset: offset === 0 ? 0 : offset, divisor };
  return {
    terms: terms.map((t) => ({ axis: t.axis, coefficient: t.coefficient / common })),
    offset: offset === 0 ? 0 : offset / common,
    divisor: divisor / common,
  };
}

/** The same form over axes with other numbers. */
export function renumber(form: Form, place: ReadonlyMap<number, number>): Form {
  const coefficients = new Map<number, number>();
  for (const term of form.terms) {
    const axis = place.get(term.axis);
    if (axis === undefined) throw new InternalError("a form names an axis that is gone");
    coefficients.set(axis, term.coefficient);
  }
  return { terms: toTerms(coefficients), offset: form.offset, divisor: form.divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

export function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
