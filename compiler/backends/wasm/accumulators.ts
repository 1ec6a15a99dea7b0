// Sums, products, extremes and their positions while the inner axes of a loop are walked: as one number, or one a lane
// that are joined at the end in a fixed order.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Accumulator } from "../../schedule/kernel.ts";
import { bind, lanesOf, variable, type Block } from "./block.ts";
import { extractLane, type Printer } from "./expression.ts";
import { apply, f32, f32x4, i32, i32x4, set, type Expr } from "./ir.ts";
import { shapeOf } from "./memory.ts";
import { shuffleWords } from "./vectors.ts";

type Variable = Expr & { readonly kind: "get" };

/** An accumulator with its variables. */
export interface Running {
  readonly acc: Accumulator;
  /** Whether it holds lanes. */
  readonly wide: boolean;
  readonly value: Variable;
  /** What argmax and argmin compare with. */
  readonly best: Variable | undefined;
}

/** What an accumulator begins with: it changes nothing. */
function neutral({ kind, dtype }: Accumulator): number {
  const float = shapeOf(dtype) === "f32";
  switch (kind) {
    case "sum":
    case "argmax":
    case "argmin":
      return 0;
    case "prod":
      return 1;
    case "max":
      return float ? -Infinity : dtype === "bool" ? 0 : -(2 ** 31);
    case "min":
      return float ? Infinity : dtype === "bool" ? 1 : 2 ** 31 - 1;
    default:
      return kind satisfies never;
  }
}

function constant(value: number, dtype: Accumulator["dtype"], wide: boolean): Expr {
  if (shapeOf(dtype) === "f32") return wide ? f32x4(value) : f32(value);
  if (!wide) return i32(value);
  return i32x4(dtype === "bool" ? -value : value);
}

function isArg({ kind }: Accumulator): boolean {
  return kind === "argmax" || kind === "argmin";
}

/** Variables of an accumulator, set to what changes nothing. */
export function startAccumulator(block: Block, acc: Accumulator, wide: boolean): Running {
  const type = (dtype: Accumulator["dtype"]) => (wide ? "v128" : shapeOf(dtype));
  const value = variable(block, type(acc.dtype), "acc");
  block.rest.push(set(value.local, constant(neutral(acc), acc.dtype, wide)));
  if (!isArg(acc)) return { acc, wide, value, best: undefined };
  const { dtype } = acc.value;
  const best = variable(block, type(dtype), "best");
  block.rest.push(set(best.local, constant(worst(acc), dtype, wide)));
  return { acc, wide, value, best };
}

/** What every value is better than. */
function worst({ kind, value }: Accumulator): number {
  const float = shapeOf(value.dtype) === "f32";
  if (kind === "argmax") return float ? -Infinity : -(2 ** 31);
  return float ? Infinity : 2 ** 31 - 1;
}

/** Adds a part to the whole. */
export function addPart(block: Block, whole: Running, part: Running): void {
  block.rest.push(set(whole.value.local, combine(whole, whole.value, part.value)));
}

/** Takes in the value of one point or vector; `innerLanes`: the lanes run along a reduced axis, so that those which are
 *  not active must change nothing. */
export function accumulate(
  printer: Printer,
  block: Block,
  running: Running,
  innerLanes: boolean,
): void {
  const { acc, wide } = running;
  const active = lanesOf(block)?.active ?? 4;
  const given = wide ? printer.lanes(block, acc.value) : printer.single(block, acc.value);
  const masked = wide && innerLanes && active < 4;
  if (running.best) {
    const value = masked
      ? onlyActive(given, active, constant(worst(acc), acc.value.dtype, true))
      : given;
    takeBetter(printer, block, running, running.best, bind(block, value));
    return;
  }
  const value = masked ? onlyActive(given, active, constant(neutral(acc), acc.dtype, true)) : given;
  block.rest.push(set(running.value.local, combine(running, running.value, value)));
}

function onlyActive(value: Expr, active: number, other: Expr): Expr {
  const mask = i32x4(...[0, 1, 2, 3].map((lane) => (lane < active ? -1 : 0)));
  return apply("v128.bitselect", [value, other, mask]);
}

function combine({ acc, wide }: Running, a: Expr, b: Expr): Expr {
  const shape = shapeOf(acc.dtype);
  const type = wide ? `${shape}x4` : shape;
  switch (acc.kind) {
    case "sum":
      return apply(`${type}.add`, [a, b]);
    case "prod":
      return apply(`${type}.mul`, [a, b]);
    case "max":
    case "min": {
      if (acc.dtype === "bool") {
        return apply(`${wide ? "v128" : "i32"}.${acc.kind === "max" ? "or" : "and"}`, [a, b]);
      }
      // f32 keeps NaN on either side, as the reference does.
      if (shape === "f32") return apply(`${type}.${acc.kind}`, [a, b]);
      if (wide) return apply(`${type}.${acc.kind}_s`, [a, b]);
      return apply("select", [a, b, apply(acc.kind === "max" ? "i32.gt_s" : "i32.lt_s", [a, b])]);
    }
    case "argmax":
    case "argmin":
      throw new InternalError("positions are not combined");
    default:
      return acc.kind satisfies never;
  }
}

function takeBetter(
  printer: Printer,
  block: Block,
  { acc, wide, value: position }: Running,
  best: Variable,
  value: Expr,
): void {
  const shape = shapeOf(acc.value.dtype);
  const type = wide ? `${shape}x4` : shape;
  const better = acc.kind === "argmax" ? "gt" : "lt";
  const signed = shape === "i32" ? "_s" : "";
  const and = wide ? "v128.and" : "i32.and";
  const or = wide ? "v128.or" : "i32.or";
  let test = apply(`${type}.${better}${signed}`, [value, best]);
  if (shape === "f32") {
    // The first NaN wins over everything.
    const isNaN = apply(`${type}.ne`, [value, value]);
    const wasNumber = apply(`${type}.eq`, [best, best]);
    test = apply(or, [test, apply(and, [isNaN, wasNumber])]);
  }
  const wins = bind(block, test);
  const at = acc.position;
  const here = !at ? i32(0) : wide ? printer.indexLanes(block, at) : printer.index(block, at);
  const choose = (a: Expr, b: Expr): Expr =>
    apply(wide ? "v128.bitselect" : "select", [a, b, wins]);
  block.rest.push(set(position.local, choose(here, position)));
  block.rest.push(set(best.local, choose(value, best)));
}

/** The lanes of an accumulator as one number. */
export function joinLanes(block: Block, running: Running): Expr {
  const { acc, value, best } = running;
  const lanesIn = (from: Expr, dtype: Accumulator["dtype"]): Expr[] =>
    [0, 1, 2, 3].map((lane) => bind(block, extractLane(from, lane, dtype)));
  const [a, b, c, d] = lanesIn(value, acc.dtype);
  if (!a || !b || !c || !d) throw new InternalError("a vector has four lanes");
  if (!best) {
    const single: Running = { ...running, wide: false };
    const left = bind(block, combine(single, a, c));
    const right = bind(block, combine(single, b, d));
    return bind(block, combine(single, left, right));
  }
  const values = lanesIn(best, acc.value.dtype);
  return joinPositions(acc, block, [a, b, c, d], values);
}

/** The sums of four accumulators as one vector, each added up in the order of `joinLanes`. */
export function joinFour(block: Block, vectors: readonly Expr[]): Expr {
  const [a, b, c, d] = vectors;
  if (!a || !b || !c || !d) throw new InternalError("four rows have four sums");
  const shuffle = (x: Expr, y: Expr, words: readonly number[]): Expr =>
    bind(block, shuffleWords(x, y, words));
  const low = [shuffle(a, b, [0, 4, 1, 5]), shuffle(c, d, [0, 4, 1, 5])] as const;
  const high = [shuffle(a, b, [2, 6, 3, 7]), shuffle(c, d, [2, 6, 3, 7])] as const;
  const plus = (x: Expr, y: Expr): Expr => bind(block, apply("f32x4.add", [x, y]));
  // Of every row the lanes 0 + 2 and 1 + 3, then their sum.
  const even = plus(shuffle(...low, [0, 1, 4, 5]), shuffle(...high, [0, 1, 4, 5]));
  const odd = plus(shuffle(...low, [2, 3, 6, 7]), shuffle(...high, [2, 3, 6, 7]));
  return plus(even, odd);
}

/** The position of the best lane, the first one among equals. */
function joinPositions(
  acc: Accumulator,
  block: Block,
  positions: readonly Expr[],
  values: readonly Expr[],
): Expr {
  const shape = shapeOf(acc.value.dtype);
  const better = `${shape}.${acc.kind === "argmax" ? "gt" : "lt"}${shape === "i32" ? "_s" : ""}`;
  const and = (x: Expr, y: Expr): Expr => apply("i32.and", [x, y]);
  const or = (x: Expr, y: Expr): Expr => apply("i32.or", [x, y]);
  const isNaN = (x: Expr): Expr => (shape === "f32" ? apply("f32.ne", [x, x]) : i32(0));
  let [best, position] = [values[0], positions[0]];
  for (let lane = 1; lane < 4; lane++) {
    const [value, at] = [values[lane], positions[lane]];
    if (!best || !position || !value || !at) throw new InternalError("a vector has four lanes");
    const both = and(isNaN(value), isNaN(best));
    const wasNumber = apply("i32.eqz", [isNaN(best)]);
    const same = or(apply(`${shape}.eq`, [value, best]), both);
    const earlier = and(same, apply("i32.lt_s", [at, position]));
    const above = or(apply(better, [value, best]), and(isNaN(value), wasNumber));
    const wins = bind(block, or(above, earlier));
    position = bind(block, apply("select", [at, position, wins]));
    best = bind(block, apply("select", [value, best, wins]));
  }
  return position ?? i32(0);
}
