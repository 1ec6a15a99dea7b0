// `x[…]`: of lists and tuples known parts, of tensors NumPy's slicing; a tensor in an index gathers.

import type { Slice } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { add, compare, floorDivide, formatDim, subtract, type Dim } from "../ir/dim.ts";
import type { Node } from "../ir/graph.ts";
import { emit, report, step, type Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { castNode } from "./tensors.ts";
import { counted, describeValue, formatShape } from "./text.ts";
import { errorValue, list, tensor, tuple, type Value } from "./values.ts";

/** An evaluated place of an index. */
type Part =
  | { readonly kind: "rest"; readonly span: Span }
  | { readonly kind: "new"; readonly span: Span }
  | { readonly kind: "at"; readonly index: Dim; readonly span: Span }
  | { readonly kind: "gather"; readonly index: Node; readonly span: Span }
  | {
      readonly kind: "range";
      readonly from?: Dim;
      readonly to?: Dim;
      readonly step: number;
      readonly span: Span;
    };

export function index(
  ctx: Context,
  target: Value,
  slices: readonly Slice[],
  scope: Scope,
  span: Span,
): Value {
  if (target.kind === "error") return target;
  const parts: Part[] = [];
  for (const slice of slices) {
    const part = evaluatePart(ctx, slice, scope);
    if (!part) return errorValue;
    parts.push(part);
  }
  if (target.kind === "tensor") return indexTensor(ctx, target.node, parts, span);
  if (target.kind === "list" || target.kind === "tuple")
    return indexItems(ctx, target, parts, span);
  return report(ctx, "wrong-kind", span, {
    what: "what is indexed",
    wanted: "a tensor, list or tuple",
    found: describeValue(target),
  });
}

function evaluatePart(ctx: Context, slice: Slice, scope: Scope): Part | undefined {
  const { span } = slice;
  if (slice.kind === "rest") return { kind: "rest", span };
  if (slice.kind === "at") {
    const value = evaluateForced(ctx, slice.value, scope);
    if (value.kind === "none") return { kind: "new", span };
    if (value.kind === "int") return { kind: "at", index: value.value, span };
    if (value.kind === "tensor") return { kind: "gather", index: value.node, span };
    if (value.kind !== "error") {
      report(ctx, "wrong-kind", span, {
        what: "an index",
        wanted: "an int, a slice, none or an integer tensor",
        found: describeValue(value),
      });
    }
    return undefined;
  }
  const bounds: (Dim | undefined)[] = [];
  for (const bound of [slice.from, slice.to, slice.step]) {
    const value = bound && evaluateForced(ctx, bound, scope);
    if (value === undefined || value.kind === "none") {
      bounds.push(undefined);
    } else if (value.kind === "int") {
      bounds.push(value.value);
    } else {
      if (value.kind !== "error")
        report(ctx, "wrong-kind", bound?.span ?? span, {
          what: "a bound of a slice",
          wanted: "an int",
          found: describeValue(value),
        });
      return undefined;
    }
  }
  const [from, to, step = 1] = bounds;
  if (typeof step !== "number" || step === 0) {
    report(ctx, "value-out-of-range", slice.step?.span ?? span, {
      what: "the step of a slice",
      value: formatDim(step),
      expected: "a known number other than 0",
    });
    return undefined;
  }
  return {
    kind: "range",
    span,
    step,
    ...(from === undefined ? {} : { from }),
    ...(to === undefined ? {} : { to }),
  };
}

function indexItems(
  ctx: Context,
  target: Extract<Value, { kind: "list" | "tuple" }>,
  parts: readonly Part[],
  span: Span,
): Value {
  const [part, ...more] = parts;
  const { items } = target;
  if (
    !part ||
    more.length > 0 ||
    part.kind === "rest" ||
    part.kind === "new" ||
    part.kind === "gather"
  ) {
    return report(ctx, "wrong-kind", span, {
      what: "the index of a list",
      wanted: "one int or slice known while compiling",
      found: counted(parts.length, "part"),
    });
  }
  if (part.kind === "at") {
    const at = typeof part.index === "number" ? part.index : NaN;
    const found = items[at < 0 ? at + items.length : at];
    return (
      found ??
      report(ctx, "index-out-of-range", part.span, {
        index: at,
        length: counted(items.length, "element"),
      })
    );
  }
  const { start, length, backwards, stride } = clip(part, items.length);
  if (typeof start !== "number" || typeof length !== "number")
    return report(ctx, "not-known", part.span, { what: "a bound of this slice" });
  step(ctx, part.span, length);
  const picked = Array.from({ length }, (_, i) => items[start + i * stride] ?? errorValue);
  if (backwards) picked.reverse();
  return target.kind === "list" ? list(picked) : tuple(picked);
}

/** Elements `start`, `start + stride`, … (`length` of them), in turn backwards: a slice within `size`. */
function clip(
  part: Extract<Part, { kind: "range" }>,
  size: Dim,
): { start: Dim; length: Dim; stride: number; backwards: boolean } {
  const stride = Math.abs(part.step);
  const backwards = part.step < 0;
  const inside = (bound: Dim): Dim => {
    const placed = typeof bound === "number" && bound < 0 ? add(size, bound) : bound;
    if (typeof placed !== "number") return isMore(placed, size) ? size : placed;
    if (placed < 0) return 0;
    return typeof size === "number" ? Math.min(placed, size) : placed;
  };
  if (!backwards) {
    const start = part.from === undefined ? 0 : inside(part.from);
    const end = part.to === undefined ? size : inside(part.to);
    const count = floorDivide(add(subtract(end, start), stride - 1), stride);
    return {
      start,
      length: typeof count === "number" ? Math.max(0, count) : count,
      stride,
      backwards,
    };
  }
  // x[from:to:-s] runs from `from` down to just above `to`.
  const last =
    part.from === undefined
      ? subtract(size, 1)
      : isMore(add(inside(part.from), 1), size)
        ? subtract(size, 1)
        : inside(part.from);
  const stop = part.to === undefined ? -1 : inside(part.to);
  const count = floorDivide(add(subtract(last, stop), stride - 1), stride);
  const length = typeof count === "number" ? Math.max(0, count) : count;
  const start = typeof length === "number" ? subtract(last, (length - 1) * stride) : 0;
  return { start: length === 0 ? 0 : start, length, stride, backwards };
}

function isMore(a: Dim, b: Dim): boolean {
  const difference = subtract(a, b);
  return typeof difference === "number" && difference > 0;
}

/** One output axis or none for each part, after `...` has been filled up. */
function indexTensor(ctx: Context, x: Node, written: readonly Part[], span: Span): Value {
  const rank = x.type.shape.length;
  const used = written.filter((part) => part.kind !== "new" && part.kind !== "rest").length;
  if (used > rank || written.filter((part) => part.kind === "rest").length > 1) {
    return report(ctx, "rank-mismatch", span, {
      what: "this index",
      expected: `at most ${counted(rank, "axis").replace(/axiss$/, "axes")}`,
      found: formatShape(x.type.shape),
    });
  }
  const full = (): Part => ({ kind: "range", step: 1, span });
  const filling = Array.from({ length: rank - used }, full);
  const rest = written.findIndex((part) => part.kind === "rest");
  const parts =
    rest < 0
      ? [...written, ...filling]
      : [...written.slice(0, rest), ...filling, ...written.slice(rest + 1)];

  const ranges: Dim[][] = [];
  const flips: number[] = [];
  const dropped: number[] = [];
  let gathered: Extract<Part, { kind: "gather" }> | undefined;
  let axis = 0;
  for (const part of parts) {
    const size = x.type.shape[axis] ?? 1;
    if (part.kind === "new" || part.kind === "rest") continue;
    if (part.kind === "gather") {
      if (gathered)
        return report(ctx, "not-yet", part.span, { what: "an index with several tensors" });
      gathered = part;
      ranges.push([0, size, 1]);
    } else if (part.kind === "at") {
      const at =
        typeof part.index === "number" && part.index < 0 ? add(size, part.index) : part.index;
      const outside =
        (typeof at === "number" && at < 0) ||
        (compare(at, size) !== "unknown" && !isMore(size, at));
      if (outside)
        return report(ctx, "index-out-of-range", part.span, {
          index: Number(part.index),
          length: `${formatDim(size)} of axis ${axis}`,
        });
      ranges.push([at, 1, 1]);
      dropped.push(axis);
    } else {
      const { start, length, stride, backwards } = clip(part, size);
      ranges.push([start, length, stride]);
      if (backwards) flips.push(axis);
    }
    axis += 1;
  }
  let node: Node | undefined = x;
  const whole = ranges.every(
    ([start, length, stride], i) =>
      start === 0 && stride === 1 && compare(length ?? 0, x.type.shape[i] ?? 0) === "equal",
  );
  if (!whole) node = emit(ctx, span, "slice", [node], { ranges });
  if (node && flips.length > 0) node = emit(ctx, span, "flip", [node], { axes: flips });
  if (node && gathered) node = gather(ctx, node, gathered, parts);
  if (node && dropped.length > 0)
    node = emit(ctx, span, "squeeze", [node], {
      axes: gathered ? shifted(dropped, parts, gathered) : dropped,
    });
  const added = newAxes(parts, gathered);
  if (node && added.length > 0) node = emit(ctx, span, "unsqueeze", [node], { axes: added });
  return node ? tensor(node) : errorValue;
}

function gather(
  ctx: Context,
  x: Node,
  part: Extract<Part, { kind: "gather" }>,
  parts: readonly Part[],
): Node | undefined {
  const { dtype } = part.index.type;
  if (dtype === "bool" || dtype === "f32" || dtype === "f16") {
    report(
      ctx,
      "dtype-mismatch",
      part.span,
      { what: "a tensor in an index", expected: "i32", found: dtype },
      dtype === "bool" ? { help: "`where(mask, x, 0)` keeps the shape" } : {},
    );
    return undefined;
  }
  const index = castNode(ctx, part.span, part.index, "i32");
  const axis = parts.slice(0, parts.indexOf(part)).filter((before) => before.kind !== "new").length;
  return index && emit(ctx, part.span, "gather", [x, index], { axis });
}

/** Dropped axes after the gathered one have moved by the index's rank. */
function shifted(
  dropped: readonly number[],
  parts: readonly Part[],
  gathered: Extract<Part, { kind: "gather" }>,
): number[] {
  const at = parts.slice(0, parts.indexOf(gathered)).filter((part) => part.kind !== "new").length;
  return dropped.map((axis) => (axis > at ? axis + gathered.index.type.shape.length - 1 : axis));
}

/** Where the axes of `none` stand in the result. */
function newAxes(parts: readonly Part[], gathered: Part | undefined): number[] {
  const axes: number[] = [];
  let place = 0;
  for (const part of parts) {
    if (part.kind === "new") axes.push(place++);
    else if (part.kind === "gather" && part === gathered) place += part.index.type.shape.length;
    else if (part.kind === "range") place += 1;
  }
  return axes;
}
