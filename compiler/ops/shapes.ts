// What the type rules share: reading attributes, comparing shapes, refusals.

import type { Code, DiagnosticArguments } from "../../grammar/diagnostic-table.ts";
import { InternalError } from "../../grammar/diagnostic.ts";
import type { DType } from "../../runtime/types.ts";
import { compare, formatDim, isOpen, product, type Dim } from "../ir/dim.ts";
import type { Attr, Attrs, Form, TensorType } from "../ir/graph.ts";
import type { OpFailure } from "./define.ts";

export function refuse<C extends Code>(
  failure: C,
  args: DiagnosticArguments<C>,
  details: { readonly notes?: readonly string[]; readonly help?: string } = {},
): OpFailure<C> {
  return { failure, args, ...details };
}

export function formatShape(shape: readonly Dim[]): string {
  return `[${shape.map(formatDim).join(", ")}]`;
}

export const f32 = (...shape: readonly Dim[]): TensorType => ({ dtype: "f32", shape });
export const i32 = (...shape: readonly Dim[]): TensorType => ({ dtype: "i32", shape });
export const bool = (...shape: readonly Dim[]): TensorType => ({ dtype: "bool", shape });

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16";
}

/** The operand at a position; that it exists was checked by `arity`. */
export function operand(inputs: readonly TensorType[], position: number): TensorType {
  const found = inputs[position];
  if (!found) throw new InternalError(`operand ${position} is missing`);
  return found;
}

/** Why two sizes do not fit, as an equation; undefined if they do. */
export function unequal(
  left: Dim,
  right: Dim,
): { readonly note: string; readonly help?: string } | undefined {
  const found = compare(left, right);
  if (found === "equal") return undefined;
  if (found === "different")
    return { note: `${formatDim(left)} = ${formatDim(right)} does not hold` };
  return {
    note: `${formatDim(left)} = ${formatDim(right)} is not known to hold`,
    help: "a `let` with a shape pattern assumes it; the assumption is checked when the sizes are known",
  };
}

/** A refusal that names both shapes and the equation that failed. */
export function mismatch(
  what: string,
  left: readonly Dim[],
  right: readonly Dim[],
  why: { readonly note: string; readonly help?: string },
): OpFailure<"shape-mismatch"> {
  const args = { what, left: formatShape(left), right: formatShape(right) };
  return refuse("shape-mismatch", args, {
    notes: [why.note],
    ...(why.help !== undefined && { help: why.help }),
  });
}

/** Refuses unless the shapes are equal axis by axis. */
export function differentShapes(
  what: string,
  left: readonly Dim[],
  right: readonly Dim[],
): OpFailure | undefined {
  if (left.length !== right.length) {
    return mismatch(what, left, right, {
      note: `${left.length} axes are not ${right.length} axes`,
    });
  }
  for (const [axis, size] of left.entries()) {
    const why = unequal(size, right[axis] ?? size);
    if (why) return mismatch(what, left, right, { ...why, note: `axis ${axis}: ${why.note}` });
  }
  return undefined;
}

/** Whether two shapes hold the same number of elements, and if not why. */
export function countsDiffer(
  left: readonly Dim[],
  right: readonly Dim[],
): { readonly note: string; readonly known: boolean } | undefined {
  const a = product(left);
  const b = product(right);
  const found = compare(a, b);
  if (found === "equal") return undefined;
  const verb = found === "different" ? "does not hold" : "is not known to hold";
  return { note: `${formatDim(a)} = ${formatDim(b)} ${verb}`, known: found === "different" };
}

export function wrongRank(what: string, expected: string, shape: readonly Dim[]): OpFailure {
  return refuse("rank-mismatch", { what, expected, found: formatShape(shape) });
}

export function wrongDtype(what: string, expected: string, found: DType): OpFailure {
  return refuse("dtype-mismatch", { what, expected, found });
}

/** Refuses the first axis that a shape lacks or that stands twice. */
export function wrongAxes(
  what: string,
  axes: readonly number[],
  shape: readonly Dim[],
): OpFailure | undefined {
  for (const [i, axis] of axes.entries()) {
    if (!Number.isInteger(axis) || axis < 0 || axis >= shape.length) {
      return refuse("axis-out-of-range", { axis, shape: formatShape(shape) });
    }
    if (axes.indexOf(axis) !== i) {
      return refuse("value-out-of-range", {
        what: `an axis of ${what}`,
        value: `${axis} twice`,
        expected: "named once",
      });
    }
  }
  return undefined;
}

export function outOfRange(what: string, value: number | string, expected: string): OpFailure {
  return refuse("value-out-of-range", { what, value: String(value), expected });
}

/** Refuses a list that has not one entry for each of `count` axes. */
export function wrongCount(
  what: string,
  list: readonly unknown[],
  count: number,
): OpFailure | undefined {
  if (list.length === count) return undefined;
  return outOfRange(`the number of entries of ${what}`, list.length, String(count));
}

// ---- attributes

function wrongAttr(name: string): InternalError {
  return new InternalError(`attribute ${name} is missing or of the wrong kind`);
}

export function numberAttr(attrs: Attrs, name: string): number {
  const value = attrs[name];
  if (typeof value !== "number") throw wrongAttr(name);
  return value;
}

export function textAttr(attrs: Attrs, name: string): string {
  const value = attrs[name];
  if (typeof value !== "string") throw wrongAttr(name);
  return value;
}

export function dimAttr(attrs: Attrs, name: string): Dim {
  const value = attrs[name];
  if (typeof value === "number") return value;
  if (isOpen(value)) return value;
  throw wrongAttr(name);
}

function listAttr(attrs: Attrs, name: string): readonly Attr[] {
  const value = attrs[name];
  if (!Array.isArray(value)) throw wrongAttr(name);
  return value as readonly Attr[];
}

export function dimsAttr(attrs: Attrs, name: string): readonly Dim[] {
  return listAttr(attrs, name).map((value) => {
    if (typeof value === "number") return value;
    if (isOpen(value)) return value;
    throw wrongAttr(name);
  });
}

export function numbersAttr(attrs: Attrs, name: string): readonly number[] {
  return listAttr(attrs, name).map((value) => {
    if (typeof value !== "number") throw wrongAttr(name);
    return value;
  });
}

export function textsAttr(attrs: Attrs, name: string): readonly string[] {
  return listAttr(attrs, name).map((value) => {
    if (typeof value !== "string") throw wrongAttr(name);
    return value;
  });
}

/** A list of lists of dimensions: ranges, pads. */
export function rowsAttr(attrs: Attrs, name: string): readonly (readonly Dim[])[] {
  return listAttr(attrs, name).map((row) => dimsAttr({ row }, "row"));
}

/** [lo, hi] pairs of numbers. */
export function pairsAttr(attrs: Attrs, name: string): readonly (readonly [number, number])[] {
  return listAttr(attrs, name).map((row) => {
    const [low, high] = numbersAttr({ row }, "row");
    if (low === undefined || high === undefined) throw wrongAttr(name);
    return [low, high];
  });
}

export function formsAttr(attrs: Attrs, name: string): readonly Form[] {
  return listAttr(attrs, name) as unknown as readonly Form[];
}

// ---- known sizes

/** The sizes of a type whose dimensions are all known; an open one is a mistake of the compiler here. */
export function knownShape(type: { readonly shape: readonly Dim[] }): readonly number[] {
  return type.shape.map(knownDim);
}

export function knownDim(size: Dim): number {
  if (typeof size === "number") return size;
  throw new InternalError(`dimension ${size.text} is still open`);
}

/** Number of elements. */
export function elements(type: { readonly shape: readonly Dim[] }): number {
  return knownShape(type).reduce((count, size) => count * size, 1);
}
