// Reductions: of tensors nodes, of lists of numbers numbers.

import { isOpen, type Dim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { binary } from "../arithmetic.ts";
import { emit, emitValue, report } from "../context.ts";
import { castNode, isFloat } from "../tensors.ts";
import { describeValue } from "../text.ts";
import {
  bool,
  errorValue,
  float,
  int,
  isNumber,
  noneValue,
  tensor,
  tuple,
  type Value,
} from "../values.ts";
import { extreme } from "./arithmetic.ts";
import {
  input,
  inputName,
  type Intrinsic,
  type IntrinsicCall,
  type IntrinsicSetting,
} from "./define.ts";
import { readAxes, readAxis, readBool, readInt, readString, tensorInputOf } from "./read.ts";

const axisAndKeep: readonly IntrinsicSetting[] = [
  { name: "axis", default: noneValue },
  { name: "keep", default: bool(false) },
];

interface Reduced {
  readonly node: Node;
  readonly axes: readonly number[];
  readonly keep: boolean;
}

/** The operand with its axes and whether they stay as 1. */
function operand(call: IntrinsicCall): Reduced | undefined {
  const node = tensorInputOf(call);
  if (!node) return undefined;
  const { shape } = node.type;
  const axes = readAxes(
    call,
    "axis",
    shape.length,
    shape,
    shape.map((_, axis) => axis),
  );
  const keep = readBool(call, "keep");
  return axes && keep !== undefined ? { node, axes, keep } : undefined;
}

function finish(
  call: IntrinsicCall,
  { axes, keep }: Pick<Reduced, "axes" | "keep">,
  node: Node | undefined,
): Value {
  if (!node) return errorValue;
  return keep && axes.length > 0
    ? emitValue(call.ctx, call.span, "unsqueeze", [node], { axes: [...axes] })
    : tensor(node);
}

function reduceNode(
  call: IntrinsicCall,
  node: Node,
  kind: string,
  axes: readonly number[],
  ties = "share",
): Node | undefined {
  if (axes.length === 0) return node;
  return emit(call.ctx, call.span, "reduce", [node], { kind, axes: [...axes], ties });
}

/** Items of a list of numbers, for reductions known while compiling. */
function numbersOf(call: IntrinsicCall): readonly Value[] | undefined {
  const x = input(call, 0);
  if (isNumber(x) || x.kind === "bool") return [x];
  return (x.kind === "list" || x.kind === "tuple") && !x.hasTensor && x.items.every(isNumber)
    ? x.items
    : undefined;
}

function fold(
  call: IntrinsicCall,
  items: readonly Value[],
  operator: "+" | "*",
  start: Value,
): Value {
  return items.reduce((total, item) => binary(call.ctx, operator, total, item, call.span), start);
}

/** Integers and bools are summed as i32. */
function summable(call: IntrinsicCall, node: Node): Node | undefined {
  const { dtype } = node.type;
  return dtype === "bool" || dtype === "u8" ? castNode(call.ctx, call.span, node, "i32") : node;
}

const sum: Intrinsic = {
  name: "sum",
  settings: axisAndKeep,
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const known = numbersOf(call);
    if (known) return fold(call, known, "+", int(0));
    const reduced = operand(call);
    const node = reduced && summable(call, reduced.node);
    return reduced && node
      ? finish(call, reduced, reduceNode(call, node, "sum", reduced.axes))
      : errorValue;
  },
};

const prod: Intrinsic = {
  name: "prod",
  settings: axisAndKeep,
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const known = numbersOf(call);
    if (known) return fold(call, known, "*", int(1));
    const reduced = operand(call);
    const node = reduced && summable(call, reduced.node);
    return reduced && node
      ? finish(call, reduced, reduceNode(call, node, "prod", reduced.axes))
      : errorValue;
  },
};

/** The mean over axes, in floats. */
function meanNode(call: IntrinsicCall, node: Node, axes: readonly number[]): Node | undefined {
  const wide = isFloat(node.type.dtype) ? node : castNode(call.ctx, call.span, node, "f32");
  if (!wide || axes.length === 0) return wide;
  return emit(call.ctx, call.span, "mean", [wide], { axes: [...axes] });
}

const mean: Intrinsic = {
  name: "mean",
  settings: axisAndKeep,
  inputs: ["x"],
  numeric: true,
  build: (call) => {
    const known = numbersOf(call);
    if (known && known.length > 0) {
      const total = fold(call, known, "+", float(0));
      return binary(call.ctx, "/", total, float(known.length), call.span);
    }
    const reduced = operand(call);
    return reduced ? finish(call, reduced, meanNode(call, reduced.node, reduced.axes)) : errorValue;
  },
};

/** Mean and biased variance over axes; the variance is the mean squared distance from the mean. */
function momentsOver(
  call: IntrinsicCall,
  x: Node,
  axes: readonly number[],
): { mean: Node; variance: Node } | undefined {
  const { ctx, span } = call;
  const middle = meanNode(call, x, axes);
  const spread =
    middle &&
    (axes.length === 0 ? middle : emit(ctx, span, "unsqueeze", [middle], { axes: [...axes] }));
  const wide = spread && castNode(ctx, span, x, spread.type.dtype);
  if (!wide || !spread || !middle) return undefined;
  const distance = binary(ctx, "-", tensor(wide), tensor(spread), span);
  const square = binary(ctx, "*", distance, distance, span);
  if (square.kind !== "tensor") return undefined;
  const variance = meanNode(call, square.node, axes);
  return variance ? { mean: middle, variance } : undefined;
}

const variance: Intrinsic = {
  name: "var",
  settings: [...axisAndKeep, { name: "correction", default: int(0) }],
  inputs: ["x"],
  build: (call) => {
    const reduced = operand(call);
    const correction = readInt(call, "correction");
    const found = reduced && momentsOver(call, reduced.node, reduced.axes);
    if (!reduced || !found || correction === undefined) return errorValue;
    let value: Value = tensor(found.variance);
    if (correction !== 0) {
      const count = countOf(reduced.node, reduced.axes);
      const factor = binary(
        call.ctx,
        "/",
        toFloat(count),
        toFloat(binaryMinus(count, correction)),
        call.span,
      );
      value = binary(call.ctx, "*", value, factor, call.span);
    }
    return value.kind === "tensor" ? finish(call, reduced, value.node) : value;

    function binaryMinus(from: Value, less: number): Value {
      return binary(call.ctx, "-", from, int(less), call.span);
    }
    function toFloat(value: Value): Value {
      return value.kind === "int" && !isOpen(value.value)
        ? float(value.value)
        : binary(call.ctx, "*", value, float(1), call.span);
    }
    function countOf(node: Node, axes: readonly number[]): Value {
      const sizes = axes.map((axis): Dim => node.type.shape[axis] ?? 1);
      return sizes.reduce<Value>(
        (product, size) => binary(call.ctx, "*", product, int(size), call.span),
        int(1),
      );
    }
  },
};

const moments: Intrinsic = {
  name: "moments",
  settings: [{ name: "keep" }],
  inputs: ["x"],
  build: (call) => {
    const node = tensorInputOf(call);
    if (!node) return errorValue;
    const { shape } = node.type;
    const kept = readAxes(call, "keep", shape.length, shape, []);
    if (!kept) return errorValue;
    const axes = shape.map((_, axis) => axis).filter((axis) => !kept.includes(axis));
    const found = momentsOver(call, node, axes);
    return found ? tuple([tensor(found.mean), tensor(found.variance)]) : errorValue;
  },
};

function extremeIntrinsic(name: "max" | "min"): Intrinsic {
  return {
    name,
    settings: [...axisAndKeep, { name: "ties", default: { kind: "string", value: "share" } }],
    inputs: ["a", "b"],
    required: 1,
    numeric: true,
    build: (call) => {
      const b = input(call, 1);
      if (b.kind !== "none") return extreme(call, input(call, 0), b);
      const known = numbersOf(call);
      if (known) {
        const [first, ...rest] = known;
        if (!first)
          return report(call.ctx, "wrong-kind", call.span, {
            what: inputName(call, "a"),
            wanted: "a list with elements",
            found: "an empty list",
          });
        return rest.reduce((best, item) => extreme(call, best, item), first);
      }
      const ties = readString(call, "ties");
      const reduced = operand(call);
      if (!reduced || !ties) return errorValue;
      if (ties.value !== "share" && ties.value !== "first") {
        return report(call.ctx, "wrong-kind", call.span, {
          what: `the setting \`ties\` of \`${name}\``,
          wanted: '"share" or "first"',
          found: describeValue(ties),
        });
      }
      const node = summable(call, reduced.node);
      return node
        ? finish(call, reduced, reduceNode(call, node, name, reduced.axes, ties.value))
        : errorValue;
    },
  };
}

/** All or any of bools: the least or largest of them as numbers. */
function quantifier(name: "all" | "any"): Intrinsic {
  return {
    name,
    settings: axisAndKeep,
    inputs: ["x"],
    build: (call) => {
      const reduced = operand(call);
      if (!reduced) return errorValue;
      const { ctx, span } = call;
      if (reduced.node.type.dtype !== "bool") {
        return report(ctx, "dtype-mismatch", span, {
          what: inputName(call),
          expected: "bool",
          found: reduced.node.type.dtype,
        });
      }
      const counted = castNode(ctx, span, reduced.node, "i32");
      const found =
        counted && reduceNode(call, counted, name === "all" ? "min" : "max", reduced.axes);
      return finish(call, reduced, found && castNode(ctx, span, found, "bool"));
    },
  };
}

function argIntrinsic(name: "argmax" | "argmin"): Intrinsic {
  return {
    name,
    settings: [
      { name: "axis", default: int(-1) },
      { name: "keep", default: bool(false) },
    ],
    inputs: ["x"],
    build: (call) => {
      const reduced = operand(call);
      const node = reduced && summable(call, reduced.node);
      if (!reduced || !node) return errorValue;
      const attrs = { kind: name === "argmax" ? "max" : "min", axes: [...reduced.axes] };
      return finish(call, reduced, emit(call.ctx, call.span, "argmax", [node], attrs));
    },
  };
}

const cumsum: Intrinsic = {
  name: "cumsum",
  settings: [{ name: "axis", default: int(-1) }],
  inputs: ["x"],
  build: (call) => {
    const x = tensorInputOf(call);
    const node = x && summable(call, x);
    if (!node) return errorValue;
    const axis = readAxis(call, "axis", node.type.shape.length, node.type.shape);
    return axis === undefined
      ? errorValue
      : emitValue(call.ctx, call.span, "cumsum", [node], { axis });
  },
};

export const reductionIntrinsics: readonly Intrinsic[] = [
  sum,
  prod,
  mean,
  variance,
  moments,
  extremeIntrinsic("max"),
  extremeIntrinsic("min"),
  quantifier("all"),
  quantifier("any"),
  argIntrinsic("argmax"),
  argIntrinsic("argmin"),
  cumsum,
];
