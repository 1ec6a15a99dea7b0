// Solving index forms for axes: the part of the adjoint that decides, see adjoint.ts.

import type { Form, Node } from "../ir/graph.ts";
import { leastCommonMultiple, normalForm, toTerms, type Terms } from "./form.ts";
import { canLeave, fixed, plain } from "./make.ts";
import { knownShape } from "./shapes.ts";

export interface Operand {
  readonly node: Node;
  /** One form a dimension, over the old axes. */
  readonly forms: readonly Form[];
}

/** How a dimension of the target is put together from the dimensions of the raw result. */
export type Piece =
  /** One dimension, index by index. */
  | { readonly kind: "whole"; readonly axis: number }
  /** All elements but one are zero. */
  | { readonly kind: "single"; readonly position: number }
  /** J = s·q − start: a dimension q, zeros between. */
  | {
      readonly kind: "spread";
      readonly axis: number;
      readonly stride: number;
      readonly start: number;
    }
  /** J = s·q + r − start: two dimensions q and r (the first `count` of s phases; the others are zero). */
  | {
      readonly kind: "phases";
      readonly axis: number;
      readonly stride: number;
      readonly count: number;
      readonly start: number;
    };

/** What is known of old axes in terms of new ones, while dimension after dimension is solved. */
export class Solver {
  /** Sizes of the new axes. */
  readonly sizes: number[] = [];
  /** New axes that are dimensions of the raw result, in order. */
  readonly out: number[] = [];
  /** What an old axis is in terms of new ones. */
  readonly solved = new Map<number, Form>();
  /** Further dimensions of the first operand that hold a form in range: its size. */
  readonly guards: { readonly form: Form; readonly size: number }[] = [];
  readonly oldSizes: readonly number[];
  readonly operands: readonly Operand[];

  constructor(oldSizes: readonly number[], operands: readonly Operand[]) {
    this.oldSizes = oldSizes;
    this.operands = operands;
    oldSizes.forEach((size, axis) => {
      if (size === 1) this.solved.set(axis, fixed(0));
    });
  }

  newAxis(size: number): number {
    this.sizes.push(size);
    return this.sizes.length - 1;
  }

  newOutput(size: number): number {
    const axis = this.newAxis(size);
    this.out.push(axis);
    return axis;
  }

  sizeOf(axis: number): number {
    return this.oldSizes[axis] ?? 1;
  }

  /** An old axis as a form of new ones; one that nothing determined becomes an axis to sum over. */
  valueOf(axis: number): Form {
    const known = this.solved.get(axis);
    if (known) return known;
    const free = plain(this.newAxis(this.sizeOf(axis)));
    this.solved.set(axis, free);
    return free;
  }

  /** Gives an old axis its value, and a guard if neither the value's range nor an operand holds it in bounds. */
  solve(axis: number, value: Form): void {
    this.solved.set(axis, value);
    const size = this.sizeOf(axis);
    if (!canLeave(value, this.sizes, size)) return;
    const held = this.operands.some(({ node, forms }) => {
      const shape = knownShape(node.type);
      return forms.some((form, d) => {
        const [term, ...more] = form.terms;
        const direct = term?.axis === axis && term.coefficient === 1 && more.length === 0;
        return direct && form.offset === 0 && form.divisor === 1 && shape[d] === size;
      });
    });
    if (!held) this.guards.push({ form: value, size });
  }

  /** A form over old axes, rewritten over new ones. */
  compose(form: Form): Form {
    const values = form.terms.map((term) => ({ ...term, value: this.valueOf(term.axis) }));
    const common = values.reduce(
      (product, { value }) => leastCommonMultiple(product, value.divisor),
      1,
    );
    const coefficients = new Map<number, number>();
    let offset = form.offset * common;
    for (const { coefficient, value } of values) {
      const factor = (coefficient * common) / value.divisor;
      offset += factor * value.offset;
      for (const term of value.terms) {
        coefficients.set(term.axis, (coefficients.get(term.axis) ?? 0) + factor * term.coefficient);
      }
    }
    return normalForm(coefficients, offset, form.divisor * common);
  }
}

/** Makes a dimension of the target an axis (or two) of the result, and solves its form for an old axis. */
export function solveDimension(
  solver: Solver,
  form: Form,
  terms: Terms,
  size: number,
  preferred: readonly number[],
): Piece {
  const axis = choosePivot(solver, terms, form, preferred);
  if (axis === undefined) {
    // Everything is fixed already (a diagonal): J must agree, which a dimension of size 1 says.
    const dimension = solver.newOutput(size);
    const rest = solver.compose({ terms: toTerms(terms), offset: form.offset, divisor: 1 });
    const coefficients = new Map(rest.terms.map((t) => [t.axis, t.coefficient]));
    coefficients.set(dimension, (coefficients.get(dimension) ?? 0) - form.divisor * rest.divisor);
    solver.guards.push({ form: normalForm(coefficients, rest.offset, rest.divisor), size: 1 });
    return { kind: "whole", axis: dimension };
  }

  const stride = terms.get(axis) ?? 1;
  const others = new Map(terms);
  others.delete(axis);
  const phases =
    form.divisor === 1 ? solvePhases(solver, form.offset, axis, stride, others, size) : undefined;
  if (phases) return phases;

  // y = (divisor·J − Σ c·u − offset) / s
  const dimension = solver.newOutput(size);
  const rest = solver.compose({ terms: toTerms(others), offset: form.offset, divisor: 1 });
  const sign = stride < 0 ? -1 : 1;
  const coefficients = new Map<number, number>();
  coefficients.set(dimension, sign * form.divisor * rest.divisor);
  for (const term of rest.terms) {
    coefficients.set(term.axis, (coefficients.get(term.axis) ?? 0) - sign * term.coefficient);
  }
  solver.solve(
    axis,
    normalForm(coefficients, -sign * rest.offset, Math.abs(stride) * rest.divisor),
  );
  return { kind: "whole", axis: dimension };
}

/** J − offset = s·y + c·u with s > 1, at most one other axis, and c = 1 or a multiple of s. */
function solvePhases(
  solver: Solver,
  offset: number,
  axis: number,
  stride: number,
  others: Terms,
  size: number,
): Piece | undefined {
  if (stride <= 1 || others.size > 1) return undefined;
  const [other] = others;
  if (other && solver.solved.has(other[0])) return undefined;
  const firstQuotient = Math.floor(-offset / stride);
  const quotients = Math.floor((size - 1 - offset) / stride) - firstQuotient + 1;
  const start = -offset - stride * firstQuotient; // J = s·q + r − start, q counted from firstQuotient

  if (!other || other[1] % stride === 0) {
    const q = solver.newOutput(quotients);
    const coefficients = new Map([[q, 1]]);
    if (other) {
      const free = solver.valueOf(other[0]);
      for (const term of free.terms)
        coefficients.set(term.axis, (-other[1] / stride) * term.coefficient);
    }
    solver.solve(axis, normalForm(coefficients, firstQuotient, 1));
    return { kind: "spread", axis: q, stride, start };
  }
  if (other[1] !== 1) return undefined;

  const extent = solver.sizeOf(other[0]);
  const count = Math.min(stride, extent);
  const q = solver.newOutput(quotients);
  const r = solver.newOutput(count);
  const steps = Math.ceil(extent / stride);
  if (steps === 1) {
    solver.solve(other[0], plain(r));
    solver.solve(axis, normalForm(new Map([[q, 1]]), firstQuotient, 1));
  } else {
    const j = solver.newAxis(steps);
    solver.solve(other[0], normalForm(new Map([[r, 1], [j, stride]]), 0, 1)); // prettier-ignore
    solver.solve(axis, normalForm(new Map([[q, 1], [j, -1]]), firstQuotient, 1)); // prettier-ignore
  }
  return { kind: "phases", axis: q, stride, count, start };
}

/** The axis to solve for: a preferred one, then the one that leaves the fewest terms to sum, then the larger one. */
function choosePivot(
  solver: Solver,
  terms: Terms,
  form: Form,
  preferred: readonly number[],
): number | undefined {
  let best: { axis: number; rank: readonly number[] } | undefined;
  for (const [axis, coefficient] of terms) {
    if (solver.solved.has(axis)) continue;
    let left = 1;
    for (const [other] of terms)
      if (other !== axis && !solver.solved.has(other)) left *= solver.sizeOf(other);
    const byPhases =
      form.divisor === 1 &&
      coefficient > 1 &&
      terms.size === 2 &&
      [...terms].every(([other, c]) => other === axis || c === 1 || c % coefficient === 0);
    if (byPhases) left = Math.ceil(left / coefficient);
    const divides = coefficient === 1 || coefficient === -1 || byPhases ? 0 : 1;
    const rank = [preferred.includes(axis) ? 0 : 1, divides, left, -solver.sizeOf(axis)];
    if (!best || lexicallyLess(rank, best.rank)) best = { axis, rank };
  }
  return best?.axis;
}

function lexicallyLess(a: readonly number[], b: readonly number[]): boolean {
  const i = a.findIndex((value, at) => value !== b[at]);
  return i >= 0 && (a[i] ?? 0) < (b[i] ?? 0);
}
