// One step of expansion: the element of a node in terms of elements of its inputs. Views, reshapes, concatenations,
// gathers, iotas and random bits exist only as index arithmetic.

import { InternalError } from "../../grammar/diagnostic.ts";
import { placeKey } from "../../runtime/random.ts";
import type { Attr, Form, Node } from "../ir/graph.ts";
import { attributeNumber, formsOf, numbersOf, shapeOf, textOf } from "./attributes.ts";
import {
  axisIndex,
  constantIndex,
  divideIndex,
  linearIndex,
  offsetIndex,
  ravelIndex,
  unravelIndex,
} from "./index-form.ts";
import type { Index, Scalar, ScalarOp } from "./kernel.ts";
import { decided, type Scalars } from "./scalars.ts";
import { constantElement } from "./tables.ts";

/** Element `at` of another node, or undefined if that has to be expanded first. */
export type Get = (node: Node, at: readonly Index[]) => Scalar | undefined;

/** One step: the element in terms of elements of the node's inputs. */
export function elementOf(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const [first] = node.inputs;
  const { dtype } = node.type;
  switch (node.op) {
    case "constant":
      return constantElement(scalars, node, at);
    case "dim":
      return scalars.number(Number(node.attrs["value"]), dtype);
    case "iota":
      return scalars.index(at[Number(node.attrs["axis"] ?? 0)] ?? constantIndex(0));
    case "random":
      return randomElement(scalars, node, at, get);
    case "view":
      return viewElement(scalars, node, at, get);
    case "reshape":
      if (!first) break;
      return get(first, unravelIndex(ravelIndex(at, shapeOf(node)), shapeOf(first)));
    case "concat":
      return concatElement(scalars, node, at, get);
    case "gather":
      return gatherElement(scalars, node, at, get);
    case "stop_gradient":
      if (!first) break;
      return get(first, at);
    case "scan_row":
      if (!first) break;
      return get(first, [stepIndex(Number(node.attrs["length"])), ...at]);
    case "reduce":
    case "argmax":
      return reducedUnitElement(scalars, node, at, get);
    case "contract":
      return productElement(scalars, node, at, get);
    default:
      if (isScalarOp(node.op)) return pointwiseElement(scalars, node, node.op, at, get);
  }
  throw new InternalError(`the scheduler cannot expand ${node.op}`);
}

/** The step of the loop at hand: an axis that no kernel has; backends bind it to their counter. */
export const stepAxis = "t";

function stepIndex(length: number): Index {
  return axisIndex({ name: stepAxis, extent: length });
}

function pointwiseElement(
  scalars: Scalars,
  node: Node,
  op: ScalarOp,
  at: readonly Index[],
  get: Get,
) {
  const args = collect(node.inputs, (input) => get(input, at));
  if (!args) return undefined;
  const [condition, a, b] = args;
  if (op === "select" && condition && a && b && decided(condition) !== undefined)
    return decided(condition) ? a : b;
  if (op === "cast" && condition?.dtype === node.type.dtype) return condition;
  return scalars.apply(op, args, node.type.dtype);
}

function viewElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const [source] = node.inputs;
  if (!source) throw new InternalError("view without a source");
  const { fill } = node.attrs;
  const read = readForms(
    scalars,
    formsOf(node.attrs["forms"]),
    shapeOf(source),
    at,
    fill !== "unreachable",
  );
  if (decided(read.guard) === false) return scalars.number(fillValue(fill), node.type.dtype);
  const value = get(source, read.at);
  return (
    value && scalars.select(read.guard, value, scalars.number(fillValue(fill), node.type.dtype))
  );
}

/** The element that forms lead to, and the guard under which it exists. */
export function readForms(
  scalars: Scalars,
  forms: readonly Form[],
  shape: readonly number[],
  axes: readonly Index[],
  guarded: boolean,
): { readonly at: readonly Index[]; readonly guard: Scalar } {
  const guards: Scalar[] = [];
  const at = forms.map((form, d) => {
    const sum = linearIndex(
      form.offset,
      form.terms.map((t) => ({
        index: axes[t.axis] ?? constantIndex(0),
        coefficient: t.coefficient,
      })),
    );
    const index = divideIndex(sum, form.divisor);
    if (guarded) {
      if (form.divisor !== 1) guards.push(scalars.even(sum, form.divisor));
      guards.push(scalars.within(index, (shape[d] ?? 1) - 1));
    }
    return index;
  });
  return { at, guard: scalars.all(guards) };
}

function concatElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const axis = Number(node.attrs["axis"] ?? 0);
  const position = at[axis] ?? constantIndex(0);
  const parts: { guard: Scalar; value: Scalar }[] = [];
  let start = 0;
  let complete = true;
  for (const input of node.inputs) {
    const size = shapeOf(input)[axis] ?? 1;
    const local = offsetIndex(position, -start);
    const guard = scalars.within(local, size - 1);
    start += size;
    if (decided(guard) === false) continue;
    const value = get(
      input,
      at.map((index, d) => (d === axis ? local : index)),
    );
    if (value) parts.push({ guard, value });
    else complete = false;
  }
  if (!complete) return undefined;
  // The last part needs no test: an index is always in one of them.
  return parts.reduceRight<Scalar | undefined>(
    (other, part) => (other ? scalars.select(part.guard, part.value, other) : part.value),
    undefined,
  );
}

function gatherElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const [source, indices] = node.inputs;
  if (!source || !indices) throw new InternalError("gather without operands");
  const axis = Number(node.attrs["axis"] ?? 0);
  const rank = shapeOf(indices).length;
  const row = get(indices, at.slice(axis, axis + rank));
  if (!row) return undefined;
  const extent = shapeOf(source)[axis] ?? 1;
  const { index, guard } = dataIndex(scalars, row, extent);
  const value = get(source, [...at.slice(0, axis), index, ...at.slice(axis + rank)]);
  return value && scalars.select(guard, value, scalars.number(0, node.type.dtype));
}

/** A computed integer as an index below `extent`, with the guard that it really is. */
export function dataIndex(
  scalars: Scalars,
  row: Scalar,
  extent: number,
): { index: Index; guard: Scalar } {
  const index = scalars.asIndex(row, extent);
  if (row.kind === "index" || row.kind === "number")
    return { index, guard: scalars.within(index, extent - 1) };
  // The atom's own range supposes that the guard holds, so the guard is written over the scalar.
  const low = scalars.apply("ge", [row, scalars.number(0, row.dtype)], "bool");
  const high = scalars.apply("lt", [row, scalars.number(extent, row.dtype)], "bool");
  const fits = row.dtype === "u8" && extent > 255;
  return {
    index,
    guard: row.dtype === "u8" ? (fits ? scalars.all([]) : high) : scalars.all([low, high]),
  };
}

function randomElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const parts = collect(node.inputs, (input) => get(input, []));
  const [seed, step] = parts ?? [];
  if (!seed || !step) return undefined;
  return scalars.random(
    ravelIndex(at, shapeOf(node)),
    placeKey(textOf(node.attrs["place"])),
    seed,
    step,
  );
}

/** A reduction over axes of size 1 alone is its operand. */
function reducedUnitElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const [source] = node.inputs;
  if (!source) throw new InternalError(`${node.op} without an operand`);
  if (node.op === "argmax") return scalars.number(0, "i32");
  const value = get(source, insertUnits(at, numbersOf(node.attrs["axes"]), shapeOf(source).length));
  if (!value || value.dtype === node.type.dtype) return value;
  return scalars.apply("cast", [value], node.type.dtype);
}

/** A contraction that sums over nothing is a product. */
function productElement(
  scalars: Scalars,
  node: Node,
  at: readonly Index[],
  get: Get,
): Scalar | undefined {
  const out = numbersOf(node.attrs["out"]);
  const axes = numbersOf(node.attrs["sizes"]).map(() => constantIndex(0));
  out.forEach((axis, i) => (axes[axis] = at[i] ?? constantIndex(0)));
  const operands = contractOperands(scalars, node, axes, get);
  return operands && scalars.apply("mul", operands, node.type.dtype);
}

/** Both operands of a contraction at a point of its axes; elements outside contribute nothing. */
export function contractOperands(
  scalars: Scalars,
  node: Node,
  axes: readonly Index[],
  get: Get,
): readonly [Scalar, Scalar] | undefined {
  const [a, b] = node.inputs;
  if (!a || !b) throw new InternalError("contract without operands");
  const sides = [
    [a, "a"],
    [b, "b"],
  ] as const;
  const [left, right] = sides.map(([source, name]) => {
    const read = readForms(scalars, formsOf(node.attrs[name]), shapeOf(source), axes, true);
    const zero = scalars.number(0, source.type.dtype);
    if (decided(read.guard) === false) return zero;
    const value = get(source, read.at);
    return value && scalars.select(read.guard, value, zero);
  });
  return left && right ? [left, right] : undefined;
}

function fillValue(fill: Attr | undefined): number {
  return fill === "unreachable" || fill === undefined ? 0 : attributeNumber(fill);
}

/** Puts index 0 where reduced axes were. */
export function insertUnits(at: readonly Index[], axes: readonly number[], rank: number): Index[] {
  const full: Index[] = [];
  let next = 0;
  for (let d = 0; d < rank; d++)
    full.push(axes.includes(d) ? constantIndex(0) : (at[next++] ?? constantIndex(0)));
  return full;
}

function collect<T>(inputs: readonly Node[], get: (node: Node) => T | undefined): T[] | undefined {
  const found = inputs.map(get);
  const complete = found.filter((value): value is T & NonNullable<T> => value !== undefined);
  return complete.length === found.length ? complete : undefined;
}

const scalarOps: ReadonlySet<string> = new Set<ScalarOp>([
  "neg", "abs", "sign", "floor", "ceil", "round", "exp", "expm1", "log", "log1p", "sqrt", "sin", "cos", "tanh",
  "sigmoid", "erf", "gamma", "not", "add", "sub", "mul", "div", "rem", "pow", "max", "min", "eq", "ne", "lt", "le",
  "gt", "ge", "and", "or", "select", "cast",
]); // prettier-ignore

export function isScalarOp(op: string): op is ScalarOp {
  return scalarOps.has(op);
}
