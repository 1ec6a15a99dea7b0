// Printing of scalar expressions and addresses into blocks, one number at a time or four. What does not depend on the
// axis of the lanes stays one number; what neither vectors nor one rule can do is done a lane at a time.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { DType } from "../../../runtime/types.ts";
import type { Index, Place, Scalar, ValueId } from "../../schedule/kernel.ts";
import { createDependence } from "../dependence.ts";
import { findLocal, homeScope } from "../scope.ts";
import {
  bind,
  boundTo,
  childBlock,
  laneOf,
  lanesOf,
  rootOf,
  statementsOf,
  type Block,
  type Lanes,
  type Value,
} from "./block.ts";
import { createIndices } from "./indices.ts";
import { add, apply, f32x4, get, i32, i32x4, local, set, type Expr } from "./ir.ts";
import { areEqual, type Offsets } from "./lane-offsets.ts";
import {
  clamped,
  insertLane,
  loadLanes,
  loadSingle,
  shapeOf,
  splat,
  storeLanes,
  storeSingle,
  zeroLanes,
} from "./memory.ts";
import { numberExpr, operations } from "./scalars.ts";
import { asWord, uniformLanes, uniformSingle } from "./uniform.ts";
import type { Vectors } from "./vectors.ts";

export interface Printer {
  /** The scalar's value, as one number or a number a lane. */
  value(block: Block, scalar: Scalar): Value;
  /** The value as lanes, whether it varies or not. */
  lanes(block: Block, scalar: Scalar): Expr;
  /** One number: the scalar does not vary over the lanes, or there are none. */
  single(block: Block, scalar: Scalar): Expr;
  /** An index as one i32; for lanes that of the first. */
  index(block: Block, at: Index): Expr;
  /** The index as i32 lanes. */
  indexLanes(block: Block, at: Index): Expr;
  /** Stores a value that is at hand. */
  store(block: Block, to: ValueId, at: readonly Index[], value: Value, dtype: DType): void;
  /** What stands at an element, plus a value. */
  added(block: Block, to: ValueId, at: readonly Index[], value: Scalar): Value;
  /** Axes and accumulators that the value depends on. */
  needs(value: Scalar): ReadonlySet<string>;
  /** Where lanes along an axis lie, in elements from the first; undefined where that is not the same everywhere. */
  offsets(of: readonly Index[], axis: string): Offsets | undefined;
  vectors(block: Block): Vectors;
}

export interface PrinterOptions {
  readonly places: ReadonlyMap<ValueId, Place>;
  readonly relaxed: boolean;
  /** End of the plan's memory in bytes. */
  readonly bytes: number;
  /** Counter of the plan's loop. */
  readonly t: Expr;
}

/** A printer for one kernel, whose loads and stores have flat addresses. */
export function createPrinter({ places, relaxed, bytes, t }: PrinterOptions): Printer {
  const dependence = createDependence();
  const { needs } = dependence;
  const indices = createIndices({ places, bytes, t, dependence, single });
  const { index, address, offsets, varies, isSafe, staysInside, placeOf } = indices;

  function vectors(block: Block): Vectors {
    return {
      bind: (value) => bind(block, value),
      emit: (statement) => void block.prelude.push(statement),
      constant: (value) => constant(block, f32x4(value)),
      integer: (value) => constant(block, i32x4(value)),
      words: (words) => constant(block, i32x4(...words)),
      relaxed,
    };
  }

  /** Lanes that are set once, before all loops. */
  function constant(block: Block, value: Expr): Expr {
    if (value.kind !== "vector") throw new InternalError("no constant");
    const root = rootOf(block);
    const key = `words ${value.words.join(" ")}`;
    const found = root.locals.get(key);
    if (found) return found.expr;
    const to = local("v128", `c${root.counter.next++}`);
    root.prelude.unshift(set(to, value));
    root.locals.set(key, { lanes: true, expr: get(to) });
    return get(to);
  }

  function indexLanes(block: Block, at: Index): Expr {
    const lanes = lanesOf(block);
    if (!lanes) return splat(index(block, at));
    const found = offsets([at], lanes.axes);
    if (!found) return byLane(block, "i32", (inner) => index(inner, at));
    if (areEqual(found)) return splat(index(block, at));
    const added = constant(block, i32x4(...found));
    return bind(block, apply("i32x4.add", [splat(index(block, at)), added]));
  }

  function value(block: Block, scalar: Scalar): Value {
    if (scalar.kind === "number") {
      return { lanes: false, expr: numberExpr(scalar.value, scalar.dtype) };
    }
    if (scalar.kind === "accumulator") {
      const found = findLocal(block, `acc:${scalar.slot}`);
      if (!found) throw new InternalError(`accumulator ${scalar.slot} is not at hand`);
      return narrowed(block, found, scalar.dtype);
    }
    const found = findLocal(block, scalar);
    if (found) return narrowed(block, found, scalar.dtype);
    const home = homeScope(block, needs(scalar), !isSafe(scalar));
    const made = compute(home, scalar);
    const bound = { lanes: made.lanes, expr: bind(home, made.expr) };
    home.locals.set(scalar, bound);
    return bound;
  }

  /** In a block for one lane, that lane of a value of outer lanes. */
  function narrowed(block: Block, found: Value, dtype: DType): Value {
    const lane = found.lanes ? laneOf(block) : undefined;
    if (lane === undefined) return found;
    return { lanes: false, expr: extractLane(found.expr, lane.number, dtype) };
  }

  function compute(block: Block, scalar: Scalar): Value {
    const lanes = lanesOf(block);
    const isVarying = lanes !== undefined && varies(scalar, lanes.axes);
    switch (scalar.kind) {
      case "number":
      case "accumulator":
        return value(block, scalar);
      case "index":
        return isVarying
          ? { lanes: true, expr: indexLanes(block, scalar.at) }
          : { lanes: false, expr: index(block, scalar.at) };
      case "load":
        return readElement(block, scalar, isVarying ? lanes : undefined);
      case "within": {
        // One unsigned comparison serves both bounds.
        if (!isVarying) {
          const at = index(block, scalar.at);
          return { lanes: false, expr: apply("i32.le_u", [at, i32(scalar.last)]) };
        }
        const last = vectors(block).integer(scalar.last);
        return { lanes: true, expr: apply("i32x4.le_u", [indexLanes(block, scalar.at), last]) };
      }
      case "even": {
        if (isVarying) return { lanes: true, expr: byLane(block, "bool", evenIn(scalar)) };
        return { lanes: false, expr: evenIn(scalar)(block) };
      }
      case "random": {
        const draw = {
          key: scalar.key,
          seed: asWord(single(block, scalar.seed)),
          step: asWord(single(block, scalar.step)),
        };
        const v = vectors(block);
        if (!isVarying) {
          const at = index(block, scalar.at);
          return { lanes: false, expr: uniformSingle(v, at, draw) };
        }
        const at = indexLanes(block, scalar.at);
        return { lanes: true, expr: uniformLanes(v, at, draw) };
      }
      case "apply":
        return applied(block, scalar, isVarying);
      default:
        return scalar satisfies never;
    }
  }

  const evenIn =
    ({ at, by }: Extract<Scalar, { kind: "even" }>) =>
    (block: Block): Expr =>
      apply("i32.eqz", [apply("i32.rem_s", [index(block, at), i32(by)])]);

  function applied(
    block: Block,
    scalar: Extract<Scalar, { kind: "apply" }>,
    isVarying: boolean,
  ): Value {
    const { op, args, dtype } = scalar;
    if (op === "select" && !args.slice(1).every(isSafe)) {
      if (!isVarying) return { lanes: false, expr: branch(block, args, dtype) };
      return { lanes: true, expr: byLane(block, dtype, (b) => single(b, scalar)) };
    }
    const values = args.map((arg) => value(block, arg));
    const types = args.map((arg) => arg.dtype);
    const v = vectors(block);
    if (values.every((each) => !each.lanes)) {
      const singles = values.map(({ expr }) => expr);
      return { lanes: false, expr: operations[op].single(v, singles, dtype, types) };
    }
    const wide = values.map((part, i) => asLanes(block, part, types[i] ?? dtype));
    const [mask, kept] = wide;
    const other = args[2];
    if (op === "select" && mask && kept && other?.kind === "number" && Object.is(other.value, 0)) {
      // All bits of zero are 0: a mask takes the others away.
      return { lanes: true, expr: apply("v128.and", [mask, kept]) };
    }
    return { lanes: true, expr: operations[op].lanes(v, wide, dtype, types) };
  }

  /** A value as lanes; a single one is spread once, where it is known. */
  function asLanes(block: Block, part: Value, dtype: DType): Expr {
    if (part.lanes) return part.expr;
    if (part.expr.kind === "const") {
      const v = vectors(block);
      if (dtype === "bool") return v.integer(part.expr.value ? -1 : 0);
      return dtype === "f32" || dtype === "f16"
        ? v.constant(part.expr.value)
        : v.integer(part.expr.value);
    }
    const key = part.expr.kind === "get" ? part.expr.local : part.expr;
    const home = (part.expr.kind === "get" && block.counter.homes.get(part.expr.local)) || block;
    const found = findLocal(block, key);
    if (found) return found.expr;
    const expr = bind(home, splat(part.expr, dtype));
    home.locals.set(key, { lanes: true, expr });
    return expr;
  }

  function lanes(block: Block, scalar: Scalar): Expr {
    return asLanes(block, value(block, scalar), scalar.dtype);
  }

  function single(block: Block, scalar: Scalar): Expr {
    const found = value(block, scalar);
    if (found.lanes) throw new InternalError("a value of lanes where one number is wanted");
    return found.expr;
  }

  /** A select whose loads need their guard: only the branch taken is evaluated. */
  function branch(block: Block, args: readonly Scalar[], dtype: DType): Expr {
    const [condition, a, b] = args;
    if (!condition || !a || !b) throw new InternalError("select needs three arguments");
    const test = single(block, condition);
    const to = local(shapeOf(dtype), `v${block.counter.next++}`);
    const sides = [a, b].map((side) => {
      const inner = childBlock(block, { guarded: true });
      const expr = single(inner, side);
      inner.rest.push(set(to, expr));
      return inner;
    });
    const [taken, other] = sides;
    if (!taken || !other) throw new InternalError("a branch has two sides");
    block.prelude.push(() => [
      { kind: "if", test, then: statementsOf(taken), otherwise: statementsOf(other) },
    ]);
    return get(to);
  }

  /** What `make` gives for each lane by itself, put together; lanes that are not active are 0. */
  function byLane(block: Block, dtype: DType, make: (inner: Block) => Expr): Expr {
    const at = lanesOf(block);
    if (!at) throw new InternalError("no lanes");
    let sum = zeroLanes();
    for (let lane = 0; lane < at.active; lane++) {
      const inner = laneBlock(block, at, lane);
      const expr = bind(inner, make(inner));
      block.prelude.push(inner);
      sum = bind(block, insertLane(sum, expr, lane, dtype));
    }
    return sum;
  }

  /** A block in which one of the lanes is the only point. */
  function laneBlock(block: Block, { axes, overhangs = false }: Lanes, number: number): Block {
    const bindings: Record<string, Expr> = {};
    for (const axis of axes) bindings[axis] = add(boundTo(block, axis), i32(number));
    return childBlock(block, { bindings, lanes: null, lane: { number, overhangs } });
  }

  function readElement(
    block: Block,
    scalar: Extract<Scalar, { kind: "load" }>,
    at: Lanes | undefined,
  ): Value {
    const { dtype } = placeOf(scalar.from);
    const v = vectors(block);
    if (!at) {
      const { base, offset } = address(block, scalar.from, scalar.at);
      if (!laneOf(block)?.overhangs) {
        return { lanes: false, expr: loadSingle(v, dtype, base, offset) };
      }
      const inside = clamped(v, base, offset, bytes);
      return { lanes: false, expr: loadSingle(v, dtype, inside, 0) };
    }
    const moves = offsets(scalar.at, at.axes);
    if (moves && areEqual(moves)) {
      const { base, offset } = address(block, scalar.from, scalar.at);
      return { lanes: false, expr: loadSingle(v, dtype, base, offset) };
    }
    if (moves && dtype !== "f16") {
      const { base, offset } = address(block, scalar.from, scalar.at);
      const isInside = !at.overhangs || staysInside(scalar.from, scalar.at, moves);
      const limit = isInside ? undefined : bytes;
      return { lanes: true, expr: loadLanes(v, dtype, { base, offset, limit }, moves, at.active) };
    }
    return {
      lanes: true,
      expr: byLane(block, dtype, (inner) => single(inner, scalar)),
    };
  }

  function store(
    block: Block,
    to: ValueId,
    at: readonly Index[],
    stored: Value,
    dtype: DType,
  ): void {
    const kept = placeOf(to).dtype;
    const active = lanesOf(block);
    const moves = active && offsets(at, active.axes);
    if (!active || (moves && areEqual(moves))) {
      if (stored.lanes) throw new InternalError("lanes in one place");
      const { base, offset } = address(block, to, at);
      block.rest.push(...storeSingle(vectors(block), kept, base, offset, stored.expr));
      return;
    }
    const wide = asLanes(block, stored, dtype);
    if (moves && kept !== "f16") {
      const { base, offset } = address(block, to, at);
      block.rest.push(...storeLanes(kept, base, offset, moves, active.active, wide));
      return;
    }
    for (let lane = 0; lane < active.active; lane++) {
      const inner = laneBlock(block, active, lane);
      const { base, offset } = address(inner, to, at);
      const expr = extractLane(wide, lane, dtype);
      inner.rest.push(...storeSingle(vectors(inner), kept, base, offset, expr));
      block.rest.push(inner);
    }
  }

  function added(block: Block, to: ValueId, at: readonly Index[], scalar: Scalar): Value {
    const { dtype } = scalar;
    const active = lanesOf(block);
    const old = readElement(block, { kind: "load", from: to, at, dtype }, active);
    const more = value(block, scalar);
    const type = shapeOf(dtype);
    if (!old.lanes && !more.lanes) {
      return { lanes: false, expr: bind(block, apply(`${type}.add`, [old.expr, more.expr])) };
    }
    const sum = apply(`${type}x4.add`, [asLanes(block, old, dtype), asLanes(block, more, dtype)]);
    return { lanes: true, expr: bind(block, sum) };
  }

  return {
    value,
    lanes,
    single,
    index,
    indexLanes,
    store,
    added,
    needs,
    offsets: (of, axis) => offsets(of, new Set([axis])),
    vectors,
  };
}

/** One lane as one number; a mask becomes 0 or 1. */
export function extractLane(lanes: Expr, lane: number, dtype: DType): Expr {
  if (shapeOf(dtype) === "f32") return apply("f32x4.extract_lane", [lanes], { lane });
  const number = apply("i32x4.extract_lane", [lanes], { lane });
  return dtype === "bool" ? apply("i32.and", [number, i32(1)]) : number;
}
