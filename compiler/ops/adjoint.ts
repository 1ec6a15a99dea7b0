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
import { Solver, solveDimension, type Operand, type Piece } from "./adjoint-solver.ts";
import { renumber, termsWithoutUnits } from "./form.ts";
import { fixed, formsAsAttr, makeFull, makeReshape, makeSum, makeView, plain } from "./make.ts";
import { knownShape } from "./shapes.ts";

export interface Target {
  readonly shape: readonly number[];
  readonly forms: readonly Form[];
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
