// Making tensors of values, and explicit broadcasts and casts: pointwise operators see operands of one shape.

import type { Span } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import { compare, formatDim, isOpen, type Dim } from "../ir/dim.ts";
import type { Node, TensorType } from "../ir/graph.ts";
import { emit, report, step, stop, type Context } from "./context.ts";
import { limits } from "./limits.ts";
import { force } from "./force.ts";
import { describeValue, formatShape } from "./text.ts";
import { tensor, type ListValue, type TupleValue, type Value } from "./values.ts";

const order: readonly DType[] = ["bool", "u8", "i32", "f16", "f32"];

export function isFloat(dtype: DType): boolean {
  return dtype === "f32" || dtype === "f16";
}

/** Where operands of two element types meet. */
export function higher(a: DType, b: DType): DType {
  return order.indexOf(a) >= order.indexOf(b) ? a : b;
}

export function constantNode(
  ctx: Context,
  span: Span,
  value: number,
  dtype: DType,
): Node | undefined {
  const stored = dtype === "bool" ? Number(value !== 0) : value;
  return emit(ctx, span, "constant", [], { value: stored }, { dtype, shape: [] });
}

/** A dimension as a number of rank 0. */
export function dimNode(ctx: Context, span: Span, value: Dim, dtype: DType): Node | undefined {
  if (!isOpen(value)) return constantNode(ctx, span, value, dtype);
  const wanted = dtype === "i32" ? "i32" : "f32";
  const node = emit(ctx, span, "dim", [], { value }, { dtype: wanted, shape: [] });
  return node && castNode(ctx, span, node, dtype);
}

export function castNode(ctx: Context, span: Span, node: Node, dtype: DType): Node | undefined {
  return node.type.dtype === dtype ? node : emit(ctx, span, "cast", [node], { dtype });
}

/** The element type that a number, list or tensor brings into arithmetic; undefined for what is none. */
export function elementOf(ctx: Context, span: Span, value: Value): DType | undefined {
  step(ctx, span);
  switch (value.kind) {
    case "tensor":
      return value.node.type.dtype;
    case "int":
      return "i32";
    case "float":
      return "f32";
    case "bool":
      return "bool";
    case "list":
    case "tuple":
      return value.items.reduce<DType | undefined>((found, item) => {
        const own = elementOf(ctx, span, item);
        return own && found ? higher(own, found) : undefined;
      }, "bool");
    default:
      return undefined;
  }
}

/** A number, bool, list of numbers or tensor as a tensor; undefined after reporting. */
export function toTensor(
  ctx: Context,
  span: Span,
  given: Value,
  wanted?: DType,
  what = "this value",
): Node | undefined {
  const value = force(ctx, given, span);
  switch (value.kind) {
    case "tensor":
      return wanted ? castNode(ctx, span, value.node, wanted) : value.node;
    case "int":
      return dimNode(ctx, span, value.value, wanted ?? "i32");
    case "float":
      return constantNode(ctx, span, value.value, wanted ?? "f32");
    case "bool":
      return constantNode(ctx, span, Number(value.value), wanted ?? "bool");
    case "list":
    case "tuple":
      return listTensor(ctx, span, value, wanted, what);
    case "error":
      return undefined;
    default:
      report(ctx, "wrong-kind", span, {
        what,
        wanted: "a tensor or a number",
        found: describeValue(value),
      });
      return undefined;
  }
}

/** Nested lists of numbers as a constant, lists of tensors stacked along a new first axis. */
function listTensor(
  ctx: Context,
  span: Span,
  value: ListValue | TupleValue,
  wanted: DType | undefined,
  what: string,
): Node | undefined {
  const dtype = wanted ?? elementOf(ctx, span, value);
  const values: number[] = [];
  const shape = dtype && !value.hasTensor ? flatten(ctx, span, value, values) : undefined;
  if (dtype && shape) {
    if (values.length > limits.listLength)
      stop(ctx, span, "the length of this list", `${limits.listLength}`);
    return emit(ctx, span, "constant", [], { values }, { dtype, shape });
  }
  if (dtype && !value.hasTensor && !holdsOpen(ctx, span, value)) {
    const found = "a list whose parts differ in length";
    report(ctx, "wrong-kind", span, { what, wanted: "a tensor or a number", found });
    return undefined;
  }
  const parts: Node[] = [];
  for (const item of value.items) {
    const part = toTensor(ctx, span, item, dtype, what);
    if (!part) return undefined;
    parts.push(part);
  }
  if (parts.length === 0) {
    report(ctx, "wrong-kind", span, {
      what,
      wanted: "a tensor or a number",
      found: "an empty list",
    });
    return undefined;
  }
  return emit(ctx, span, "stack", parts, { axis: 0 });
}

/** An open dimension is somewhere in nested lists. */
function holdsOpen(ctx: Context, span: Span, value: Value): boolean {
  step(ctx, span);
  if (value.kind === "int") return isOpen(value.value);
  return (
    (value.kind === "list" || value.kind === "tuple") &&
    value.items.some((item) => holdsOpen(ctx, span, item))
  );
}

/** Appends the numbers of nested lists; their shape, or undefined if they are ragged or not all known. */
function flatten(ctx: Context, span: Span, value: Value, into: number[]): number[] | undefined {
  step(ctx, span);
  switch (value.kind) {
    case "int":
      if (isOpen(value.value)) return undefined;
      into.push(value.value);
      return [];
    case "float":
      into.push(value.value);
      return [];
    case "bool":
      into.push(Number(value.value));
      return [];
    case "list":
    case "tuple": {
      let inner: string | undefined;
      let shape: number[] = [];
      for (const item of value.items) {
        const found = flatten(ctx, span, item, into);
        if (!found || (inner !== undefined && inner !== found.join())) return undefined;
        inner = found.join();
        shape = found;
        if (into.length > limits.listLength) return shape;
      }
      return [value.items.length, ...shape];
    }
    default:
      return undefined;
  }
}

export function broadcastNode(
  ctx: Context,
  span: Span,
  node: Node,
  shape: readonly Dim[],
): Node | undefined {
  return sameShape(node.type.shape, shape)
    ? node
    : emit(ctx, span, "broadcast", [node], { shape: [...shape] });
}

export function sameShape(a: readonly Dim[], b: readonly Dim[]): boolean {
  return a.length === b.length && a.every((size, i) => compare(size, b[i] ?? 0) === "equal");
}

/** The shape that operands have together: aligned at the last axis, equal or 1. Undefined after reporting. */
export function broadcastShape(
  ctx: Context,
  span: Span,
  what: string,
  shapes: readonly (readonly Dim[])[],
): Dim[] | undefined {
  const rank = Math.max(0, ...shapes.map((shape) => shape.length));
  const result: Dim[] = [];
  for (let fromEnd = 1; fromEnd <= rank; fromEnd++) {
    let size: Dim = 1;
    let holder: readonly Dim[] = [];
    for (const shape of shapes) {
      const own = shape.at(-fromEnd);
      if (own === undefined || own === 1) continue;
      if (size === 1) {
        size = own;
        holder = shape;
        continue;
      }
      const found = compare(size, own);
      if (found === "equal") continue;
      const sides = { what, left: formatShape(holder), right: formatShape(shape) };
      const axis = `axis ${-fromEnd}: ${formatDim(size)} = ${formatDim(own)}`;
      if (found === "different") {
        report(ctx, "shape-mismatch", span, sides, {
          notes: [{ message: `${axis} does not hold` }],
        });
      } else {
        report(ctx, "shape-unknown", span, sides, {
          notes: [{ message: `${axis} is not known to hold` }],
          help: "a `let` with a shape for its type assumes it: `let y: [batch, d] = x`",
        });
      }
      return undefined;
    }
    result.unshift(size);
  }
  return result;
}

/** A pointwise operator on values: one element type, one shape. `dtype` overrides where the operands meet. */
export function pointwise(
  ctx: Context,
  span: Span,
  op: string,
  operands: readonly Node[],
  what: string,
): Value {
  const shape = broadcastShape(
    ctx,
    span,
    what,
    operands.map((node) => node.type.shape),
  );
  if (!shape) return { kind: "error" };
  const inputs: Node[] = [];
  for (const operand of operands) {
    const wide = broadcastNode(ctx, span, operand, shape);
    if (!wide) return { kind: "error" };
    inputs.push(wide);
  }
  const node = emit(ctx, span, op, inputs);
  return node ? tensor(node) : { kind: "error" };
}

/** The type that a tensor has whatever it is made of. */
export function typeOf(value: Value): TensorType | undefined {
  return value.kind === "tensor" ? value.node.type : undefined;
}
