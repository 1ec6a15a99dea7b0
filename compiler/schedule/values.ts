// Stored values: what they are, over which space they are computed, and what their definitions read.

import { InternalError } from "../../grammar/diagnostic.ts";
import { elementBytes, sizeOf, type DType } from "../../runtime/types.ts";
import type { Node } from "../ir/graph.ts";
import { formsOf, numbersOf, shapeOf } from "./attributes.ts";
import { contractOperands } from "./elements.ts";
import { createExpander, type Expander } from "./expand.ts";
import { axisIndex, constantIndex } from "./index-form.ts";
import type { Index, Scalar, ValueId } from "./kernel.ts";
import { createScalars, type Scalars } from "./scalars.ts";

/**
 * `product` is a contraction that is better a loop; `parts` is a concatenation whose parts other kernels write;
 * everything pointwise, and every view that has to be stored, is a `map`; `rows` are carries and stacks of a loop,
 * which are written under other names.
 */
export type ValueKind =
  "input" | "map" | "reduce" | "product" | "contract" | "scatter" | "parts" | "rows";

/** An axis of the space over which a value is computed; axes of extent 1 are left out. */
export interface SpaceAxis {
  readonly extent: number;
  readonly reduced: boolean;
}

export interface Value {
  readonly id: ValueId;
  readonly node: Node;
  readonly kind: ValueKind;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly space: readonly SpaceAxis[];
  /** For each dimension of the operand (axis of a contraction): its position in `space`, if its extent is not 1. */
  readonly full: readonly (number | undefined)[];
  /** For each dimension of the result: which of `full` it is. */
  readonly out: readonly number[];
}

/** A read of a stored value at an index over the reader's own axes `x0, x1, …` (positions of its space). */
export interface Load {
  readonly from: ValueId;
  readonly at: readonly Index[];
}

export function valueOf(values: ReadonlyMap<ValueId, Value>, id: ValueId): Value {
  const value = values.get(id);
  if (!value) throw new InternalError(`there is no value ${id}`);
  return value;
}

/** Row-major distances in elements. */
export function denseStrides(shape: readonly number[]): number[] {
  const strides: number[] = shape.map(() => 1);
  let stride = 1;
  for (let d = shape.length - 1; d >= 0; d--) {
    strides[d] = stride;
    stride *= shape[d] ?? 1;
  }
  return strides;
}

export function bytesOf(value: Value): number {
  return sizeOf(value.shape) * elementBytes[value.dtype];
}

export function describeValue(id: ValueId, node: Node, kind: ValueKind): Value {
  const shape = shapeOf(node);
  const { order, sizes, reduced, out } = fullSpace(node, kind, shape);
  const space: SpaceAxis[] = [];
  const full: (number | undefined)[] = sizes.map(() => undefined);
  for (const d of order) {
    const extent = sizes[d] ?? 1;
    if (extent === 1) continue;
    full[d] = space.length;
    space.push({ extent, reduced: reduced.has(d) });
  }
  return { id, node, kind, dtype: node.type.dtype, shape, space, full, out };
}

interface FullSpace {
  /** Dimensions in the order of the space. */
  readonly order: readonly number[];
  readonly sizes: readonly number[];
  readonly reduced: ReadonlySet<number>;
  readonly out: readonly number[];
}

function fullSpace(node: Node, kind: ValueKind, shape: readonly number[]): FullSpace {
  const range = (n: number): number[] => Array.from({ length: n }, (_, i) => i);
  switch (kind) {
    case "input":
    case "map":
    case "parts":
    case "rows":
      return {
        order: range(shape.length),
        sizes: shape,
        reduced: new Set(),
        out: range(shape.length),
      };
    case "reduce": {
      const sizes = shapeOf(inputOf(node, 0));
      const reduced = new Set(numbersOf(node.attrs["axes"]));
      return {
        order: storedOrder(inputOf(node, 0)) ?? range(sizes.length),
        sizes,
        reduced,
        out: range(sizes.length).filter((d) => !reduced.has(d)),
      };
    }
    case "product":
    case "contract": {
      const sizes = numbersOf(node.attrs["sizes"]);
      const out = numbersOf(node.attrs["out"]);
      const summed = range(sizes.length).filter((axis) => !out.includes(axis));
      return { order: [...out, ...summed], sizes, reduced: new Set(summed), out };
    }
    case "scatter": {
      // Over the source: its columns are independent, its rows come in order.
      const sizes = shapeOf(inputOf(node, 1));
      const axis = Number(node.attrs["axis"] ?? 0);
      const rows = range(shapeOf(inputOf(node, 0)).length).map((d) => d + axis);
      const columns = range(sizes.length).filter((d) => !rows.includes(d));
      return { order: [...columns, ...rows], sizes, reduced: new Set(rows), out: columns };
    }
    default:
      return kind satisfies never;
  }
}

/**
 * Dimensions of a transposed operand in the order of what it is a view of, so that a reduction of a transposed tensor
 * and one of the tensor itself run over the same space.
 */
function storedOrder(operand: Node): readonly number[] | undefined {
  const [source] = operand.inputs;
  if (operand.op !== "view" || !source) return undefined;
  const rank = shapeOf(operand).length;
  const order: number[] = [];
  for (const { terms, offset, divisor } of formsOf(operand.attrs["forms"])) {
    const [term] = terms;
    if (terms.length !== 1 || !term || offset !== 0 || divisor !== 1 || term.coefficient !== 1)
      return undefined;
    order.push(term.axis);
  }
  return order.length === rank && new Set(order).size === rank ? order : undefined;
}

export function inputOf(node: Node, i: number): Node {
  const input = node.inputs[i];
  if (!input) throw new InternalError(`${node.op} lacks input ${i}`);
  return input;
}

/** Where a point of the space lies in the operand (`full`) and in the result (`out`). */
export function coordinates(value: Value, axes: readonly Index[]): { full: Index[]; out: Index[] } {
  const full = value.full.map(
    (axis) => (axis === undefined ? undefined : axes[axis]) ?? constantIndex(0),
  );
  return { full, out: value.out.map((d) => full[d] ?? constantIndex(0)) };
}

/** What the value is computed from at a point: one scalar; both operands of a contraction; row and source of a scatter. */
export function operandsAt(
  value: Value,
  full: readonly Index[],
  scalars: Scalars,
  expander: Expander,
): readonly Scalar[] {
  const { node } = value;
  switch (value.kind) {
    case "input":
    case "parts":
    case "rows":
      return [];
    case "map":
      return [expander.define(node, full)];
    case "reduce":
      return [expander.expand(inputOf(node, 0), full)];
    case "product":
    case "contract":
      return contractOperands(scalars, node, full, (input, at) => expander.expand(input, at)) ?? [];
    case "scatter": {
      const axis = Number(node.attrs["axis"] ?? 0);
      const rank = shapeOf(inputOf(node, 0)).length;
      const row = expander.expand(inputOf(node, 0), full.slice(axis, axis + rank));
      return [row, expander.expand(inputOf(node, 1), full)];
    }
    default:
      return value.kind satisfies never;
  }
}

/** All reads of stored values in the value's definition, each once, over the axes `x0, x1, …` of its space. */
export function loadsOf(value: Value, stored: ReadonlyMap<Node, Value>): readonly Load[] {
  const scalars = createScalars();
  const expander = createExpander(scalars, (node, at) => {
    const source = stored.get(node);
    return source && scalars.load(source.id, at, source.dtype);
  });
  const axes = value.space.map(({ extent }, i) => axisIndex({ name: `x${i}`, extent }));
  const loads: Load[] = [];
  walkScalars(operandsAt(value, coordinates(value, axes).full, scalars, expander), (scalar) => {
    if (scalar.kind === "load") loads.push(scalar);
  });
  return loads;
}

/** Every scalar that the roots are made of, also inside indices, each once. */
export function walkScalars(roots: readonly Scalar[], visit: (scalar: Scalar) => void): void {
  const seen = new Set<Scalar>(roots);
  const stack = [...roots];
  const push = (scalar: Scalar): void => {
    if (seen.has(scalar)) return;
    seen.add(scalar);
    stack.push(scalar);
  };
  for (let scalar = stack.pop(); scalar; scalar = stack.pop()) {
    visit(scalar);
    for (const part of partsOf(scalar)) push(part);
    for (const index of indicesOf(scalar)) walkIndex(index, push);
  }
}

function walkIndex(index: Index, push: (scalar: Scalar) => void): void {
  for (const { atom } of index.terms) {
    if (atom.kind === "value") push(atom.of);
    else if (atom.kind !== "axis") walkIndex(atom.of, push);
  }
}

/** Scalars directly inside another. */
export function partsOf(scalar: Scalar): readonly Scalar[] {
  if (scalar.kind === "apply") return scalar.args;
  return scalar.kind === "random" ? [scalar.seed, scalar.step] : [];
}

/** Indices directly inside a scalar. */
export function indicesOf(scalar: Scalar): readonly Index[] {
  switch (scalar.kind) {
    case "load":
      return scalar.at;
    case "index":
    case "within":
    case "even":
    case "random":
      return [scalar.at];
    case "number":
    case "apply":
    case "accumulator":
      return [];
    default:
      return scalar satisfies never;
  }
}

/** Names of the axes that scalars depend on. */
export function axesOf(roots: readonly Scalar[]): Set<string> {
  const names = new Set<string>();
  const add = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind === "axis") names.add(atom.name);
      else if (atom.kind !== "value") add(atom.of);
    }
  };
  walkScalars(roots, (scalar) => {
    for (const index of indicesOf(scalar)) add(index);
  });
  return names;
}
