// The adjoint of index forms: one construction that differentiates views and contractions, and makes transposed
// convolutions.
//
//   result[J] = Σ Π operands[forms(axes)]   over all axes with target(axes) = J
//
// Every dimension of the target is solved for one axis y. `J = y` keeps its axis. `J = s·y + Σ c·u + o` gives
// `y = (J − Σ c·u − o) / s`. A divisor that throws away most of the work is avoided by phases: with c = 1,
// `J − o = s·q + r`, `u = r + s·j`, `y = q − j`; q and r are axes of the result, which are merged by a reshape.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import type { Form, Node } from "../ir/graph.ts";
import {
  canLeave,
  fixed,
  formsAsAttr,
  makeFull,
  makeReshape,
  makeSum,
  makeView,
  plain,
} from "./make.ts";
import { knownShape } from "./shapes.ts";

export interface Operand {
  readonly node: Node;
  /** One form a dimension, over the old axes. */
  readonly forms: readonly Form[];
}

export interface Target {
  readonly shape: readonly number[];
  readonly forms: readonly Form[];
}

/** How a dimension of the target is put together from the dimensions of the raw result. */
type Piece =
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

/** Old axes (coefficients by axis) without those of size 1, which are always 0. */
type Terms = Map<number, number>;

class Solver {
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

/** Builds Σ Π operands over the axes (of `sizes`) that lead to each element of the target. */
export function adjointOfForms(
  b: Builder,
  target: Target,
  sizes: readonly number[],
  operands: readonly [Operand] | readonly [Operand, Operand],
  /** Axes to solve for, where there is a choice. */
  preferred: readonly number[],
): Node {
  const [first] = operands;
  const dtype = first.node.type.dtype;
  if (target.shape.includes(0) || sizes.includes(0)) return makeFull(b, dtype, target.shape, 0);

  const solver = new Solver(sizes, operands);
  const pieces: (Piece | undefined)[] = target.shape.map(() => undefined);
  const termsOf = target.forms.map((form) => termsWithoutUnits(form, sizes));

  // Dimensions that are an axis as it stands come first: they fix that axis for the others.
  const open: number[] = [];
  target.forms.forEach((form, d) => {
    const terms = termsOf[d] ?? new Map<number, number>();
    const [entry, ...more] = terms;
    const size = target.shape[d] ?? 1;
    if (!entry) {
      const position = form.offset / form.divisor;
      if (!Number.isInteger(position) || position < 0 || position >= size) {
        pieces[d] = { kind: "single", position: -1 };
      } else pieces[d] = { kind: "single", position };
      return;
    }
    const [axis, coefficient] = entry;
    const isPlain =
      more.length === 0 && coefficient === 1 && form.offset === 0 && form.divisor === 1;
    if (isPlain && sizes[axis] === size && !solver.solved.has(axis)) {
      const kept = solver.newOutput(size);
      solver.solved.set(axis, plain(kept));
      pieces[d] = { kind: "whole", axis: kept };
    } else open.push(d);
  });
  if (pieces.some((piece) => piece?.kind === "single" && piece.position < 0)) {
    return makeFull(b, dtype, target.shape, 0);
  }

  for (const d of open) {
    const form = target.forms[d];
    const terms = termsOf[d];
    if (form && terms)
      pieces[d] = solveDimension(solver, form, terms, target.shape[d] ?? 1, preferred);
  }

  const known = pieces.filter((piece) => piece !== undefined);
  const raw = buildRaw(b, solver, operands);
  return assemble(b, raw, known, target.shape, solver);
}

function solveDimension(
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

/** The sum itself, with the output axes as its dimensions. */
function buildRaw(b: Builder, solver: Solver, operands: readonly Operand[]): Node {
  // Axes that nothing determined are summed over, also those that no operand knows: they repeat the sum.
  solver.oldSizes.forEach((_, axis) => solver.valueOf(axis));
  const composed = operands.map(({ node, forms }) => ({
    node,
    forms: forms.map((form) => solver.compose(form)),
  }));
  const isRead = (axis: number): boolean =>
    [...composed.flatMap(({ forms }) => forms), ...solver.guards.map(({ form }) => form)].some(
      (form) => form.terms.some((term) => term.axis === axis),
    );
  const summed = solver.sizes.map((_, axis) => axis).filter((axis) => !solver.out.includes(axis));
  const unread = summed.filter((axis) => !isRead(axis));
  for (const axis of unread) {
    solver.guards.push({ form: plain(axis), size: solver.sizes[axis] ?? 1 });
  }
  const [head, other] = composed;
  if (!head) throw new InternalError("an adjoint needs an operand");
  const first = guarded(b, head, solver.guards);
  // A dimension of the result that no operand knows is repeated afterwards.
  const out = solver.out.filter(isRead);
  const order = [...out, ...summed];
  const place = new Map(order.map((axis, i) => [axis, i]));

  let raw: Node;
  if (other) {
    raw = b.node("contract", [first.node, other.node], {
      sizes: order.map((axis) => solver.sizes[axis] ?? 1),
      out: out.map((_, i) => i),
      a: formsAsAttr(first.forms.map((form) => renumber(form, place))),
      b: formsAsAttr(other.forms.map((form) => renumber(form, place))),
    });
  } else {
    const shape = order.map((axis) => solver.sizes[axis] ?? 1);
    const seen = makeView(
      b,
      first.node,
      shape,
      first.forms.map((form) => renumber(form, place)),
      0,
    );
    raw = makeSum(
      b,
      seen,
      summed.map((_, i) => out.length + i),
    );
  }
  if (out.length === solver.out.length) return raw;
  const position = new Map(solver.out.map((axis, i) => [axis, i]));
  const shape = solver.out.map((axis) => solver.sizes[axis] ?? 1);
  return makeView(
    b,
    raw,
    shape,
    out.map((axis) => plain(position.get(axis) ?? 0)),
    0,
  );
}

/** Adds dimensions to an operand (by repeating it) whose forms must be in range. */
function guarded(
  b: Builder,
  operand: { readonly node: Node; readonly forms: readonly Form[] },
  guards: Solver["guards"],
): { readonly node: Node; readonly forms: readonly Form[] } {
  if (guards.length === 0) return operand;
  const own = knownShape(operand.node.type);
  const shape = [...own, ...guards.map(({ size }) => size)];
  const node = guards.every(({ size }) => size === 1)
    ? makeReshape(b, operand.node, shape)
    : makeView(
        b,
        operand.node,
        shape,
        own.map((_, d) => plain(d)),
        0,
      );
  return { node, forms: [...operand.forms, ...guards.map(({ form }) => form)] };
}

/** From the raw result to the target: phases are merged, gaps filled with zeros, offsets cut off. */
function assemble(
  b: Builder,
  raw: Node,
  pieces: readonly Piece[],
  shape: readonly number[],
  solver: Solver,
): Node {
  const size = (axis: number): number => solver.sizes[axis] ?? 1;
  // Phases that are all zero are added, so that every q has s of them.
  let node = raw;
  const rawShape = solver.out.map(size);
  const widened = [...rawShape];
  for (const piece of pieces) {
    if (piece.kind === "phases") widened[solver.out.indexOf(piece.axis) + 1] = piece.stride;
  }
  node = makeView(
    b,
    node,
    widened,
    widened.map((_, d) => plain(d)),
    0,
  );

  // The raw dimensions stand in the order in which they were solved; the target's order may differ.
  const order = pieces.flatMap((piece) => {
    if (piece.kind === "single") return [];
    const at = solver.out.indexOf(piece.axis);
    return piece.kind === "phases" ? [at, at + 1] : [at];
  });
  node = makeView(
    b,
    node,
    order.map((at) => widened[at] ?? 1),
    widened.map((_, at) => plain(order.indexOf(at))),
    0,
  );
  const merged = pieces.map((piece) => {
    if (piece.kind === "single") return 1;
    return piece.kind === "phases" ? size(piece.axis) * piece.stride : size(piece.axis);
  });
  node = makeReshape(b, node, merged);
  const forms = pieces.map((piece, d): Form => {
    switch (piece.kind) {
      case "whole":
        return plain(d);
      case "single":
        return shape[d] === 1
          ? fixed(0)
          : { terms: [{ axis: d, coefficient: 1 }], offset: -piece.position, divisor: 1 };
      case "spread":
        return { terms: [{ axis: d, coefficient: 1 }], offset: piece.start, divisor: piece.stride };
      case "phases":
        return { terms: [{ axis: d, coefficient: 1 }], offset: piece.start, divisor: 1 };
      default:
        return piece satisfies never;
    }
  });
  return makeView(b, node, shape, forms, 0);
}

function termsWithoutUnits(form: Form, sizes: readonly number[]): Terms {
  const terms: Terms = new Map();
  for (const { axis, coefficient } of form.terms) {
    if ((sizes[axis] ?? 1) !== 1) terms.set(axis, (terms.get(axis) ?? 0) + coefficient);
  }
  for (const [axis, coefficient] of terms) if (coefficient === 0) terms.delete(axis);
  return terms;
}

function toTerms(terms: ReadonlyMap<number, number>): Form["terms"] {
  return [...terms]
    .filter(([, coefficient]) => coefficient !== 0)
    .sort(([a], [b]) => a - b)
    .map(([axis, coefficient]) => ({ axis, coefficient }));
}

/** Sorted terms, none zero, and the divisor divided out where everything is a multiple of it. */
function normalForm(
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

function renumber(form: Form, place: ReadonlyMap<number, number>): Form {
  const coefficients = new Map<number, number>();
  for (const term of form.terms) {
    const axis = place.get(term.axis);
    if (axis === undefined) throw new InternalError("an adjoint lost an axis");
    coefficients.set(axis, term.coefficient);
  }
  return { terms: toTerms(coefficients), offset: form.offset, divisor: form.divisor };
}

function greatestCommonDivisor(a: number, b: number): number {
  return b === 0 ? a : greatestCommonDivisor(b, a % b);
}

function leastCommonMultiple(a: number, b: number): number {
  return (a / greatestCommonDivisor(a, b)) * b;
}
