// Printing of scalar expressions and addresses into blocks, one number at a time or four. What does not depend on the
// axis of the lanes stays one number; what neither vectors nor one rule can do is done a lane at a time.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { elementBytes, type DType } from "../../../runtime/types.ts";
import { origin } from "../../../runtime/devices/wasm/layout.ts";
import type { Index, IndexAtom, Place, Scalar, ValueId } from "../../schedule/kernel.ts";
import { walkScalars } from "../../schedule/values.ts";
import { atomKey, atomLoads, createDependence } from "../dependence.ts";
import { findLocal, homeScope } from "../scope.ts";
import {
  bind,
  bindingOf,
  childBlock,
  laneOf,
  lanesOf,
  rootOf,
  statementsOf,
  type Block,
  type Lanes,
  type Value,
} from "./block.ts";
import { add, apply, f32x4, get, i32, i32x4, local, set, times, type Expr } from "./ir.ts";
import { areEqual, laneOffsets, type Offsets } from "./lane-offsets.ts";
import {
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
  /** Address of an element (for lanes of the first) as a variable part and a constant one. */
  address(block: Block, of: ValueId, at: readonly Index[]): Address;
  /** Axes and accumulators that the value depends on. */
  needs(value: Scalar): ReadonlySet<string>;
  /** Where lanes along an axis lie, in elements from the first; undefined where that is not the same everywhere. */
  offsets(of: readonly Index[], axis: string): Offsets | undefined;
  vectors(block: Block): Vectors;
}

export interface Address {
  readonly base: Expr;
  /** Bytes. */
  readonly offset: number;
}

interface LinearTerm {
  readonly atom: IndexAtom;
  readonly coefficient: number;
}

/** Bytes that may be read before the first and after the last tensor of the memory. */
const margin = 32768;

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
  const { needs, atomNeeds } = createDependence();
  const unsafe = new Map<Scalar, boolean>();

  function placeOf(value: ValueId): Place {
    const place = places.get(value);
    if (!place) throw new InternalError(`value ${value} has no place`);
    return place;
  }

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

  /** Whether a load may run where its guard does not hold: it stays in memory whatever the axes are. */
  function isSafe(value: Scalar): boolean {
    const known = unsafe.get(value);
    if (known !== undefined) return !known;
    let found = false;
    walkScalars([value], (scalar) => {
      if (scalar.kind !== "load" || found) return;
      const place = placeOf(scalar.from);
      const size = elementBytes[place.dtype];
      const [at] = scalar.at;
      if (!at || at.terms.some(({ atom }) => atomLoads(atom))) found = true;
      else if (place.offset + at.low * size < -margin) found = true;
      else if (place.offset + (at.high + 4) * size + rowBytes(place) > bytes + margin) found = true;
    });
    unsafe.set(value, found);
    return !found;
  }

  // ---- indices

  function atom(block: Block, of: IndexAtom): Expr {
    switch (of.kind) {
      case "axis": {
        const binding = bindingOf(block, of.name);
        if (!binding) throw new InternalError(`axis ${of.name} is bound nowhere`);
        return binding;
      }
      case "value":
        return single(block, of.of);
      case "div":
      case "mod": {
        const needed = new Set<string>();
        atomNeeds(of, needed);
        const home = homeScope(block, needed, atomLoads(of));
        return known(home, `${of.kind} ${of.by} ${of.of.text}`, () =>
          divided(home, of, index(home, of.of)),
        );
      }
      default:
        return of satisfies never;
    }
  }

  /** Floor quotient or remainder by a positive number. */
  function divided(block: Block, of: IndexAtom & { kind: "div" | "mod" }, x: Expr): Expr {
    const shift = Math.log2(of.by);
    if (Number.isInteger(shift)) {
      return of.kind === "div"
        ? apply("i32.shr_s", [x, i32(shift)])
        : apply("i32.and", [x, i32(of.by - 1)]);
    }
    const by = i32(of.by);
    if (of.of.low >= 0) return apply(of.kind === "div" ? "i32.div_u" : "i32.rem_u", [x, by]);
    const negative = (value: Expr): Expr => apply("i32.lt_s", [value, i32(0)]);
    if (of.kind === "mod") {
      const rest = bind(block, apply("i32.rem_s", [x, by]), "x");
      return apply("select", [add(rest, by), rest, negative(rest)]);
    }
    const lower = apply("i32.sub", [x, i32(of.by - 1)]);
    return apply("i32.div_s", [apply("select", [lower, x, negative(x)]), by]);
  }

  /** The local of `home` that holds the same, or a new one. Blocks further out may bind the same axes otherwise. */
  function known(home: Block, key: unknown, make: () => Expr): Expr {
    const found = home.locals.get(key);
    if (found) return found.expr;
    const expr = bind(home, make(), "x");
    home.locals.set(key, { lanes: false, expr });
    return expr;
  }

  /** offset + Σ coefficient·atom, summed from the outermost block inwards so that outer parts are hoisted. */
  function linear(block: Block, offset: number, terms: readonly LinearTerm[]): Expr {
    const byHome = new Map<Block, LinearTerm[]>();
    for (const term of terms) {
      const needed = new Set<string>();
      atomNeeds(term.atom, needed);
      const home = homeScope(block, needed, atomLoads(term.atom));
      byHome.set(home, [...(byHome.get(home) ?? []), term]);
    }
    const chain: Block[] = [];
    for (let at: Block | undefined = block; at; at = at.parent) chain.unshift(at);
    let sum: Expr = i32(offset);
    let key = `sum ${offset}`;
    for (const home of chain) {
      const own = byHome.get(home);
      if (!own) continue;
      key += own.map((term) => ` + ${term.coefficient}*${atomKey(term.atom)}`).join("");
      const before = sum;
      sum = known(home, key, () =>
        own.reduce(
          (total, { atom: of, coefficient }) => add(total, times(atom(block, of), coefficient)),
          before,
        ),
      );
    }
    return sum;
  }

  function index(block: Block, at: Index): Expr {
    return linear(block, at.offset, at.terms);
  }

  const varyingIn = (axes: ReadonlySet<string>) => (value: Scalar) =>
    [...axes].some((axis) => needs(value).has(axis));

  function indexLanes(block: Block, at: Index): Expr {
    const lanes = lanesOf(block);
    if (!lanes) return splat(index(block, at));
    const found = laneOffsets(at, lanes.axes, varyingIn(lanes.axes));
    if (!found) return byLane(block, "i32", (inner) => index(inner, at));
    if (areEqual(found)) return splat(index(block, at));
    const added = constant(block, i32x4(...found));
    return bind(block, apply("i32x4.add", [splat(index(block, at)), added]));
  }

  // ---- addresses

  /** Bytes that the rows of a ring span. */
  function rowBytes({ row }: Place): number {
    return row ? row.stride * row.ring : 0;
  }

  function address(block: Block, of: ValueId, at: readonly Index[]): Address {
    const place = placeOf(of);
    const [flat] = at;
    if (!flat || at.length !== 1) throw new InternalError("an address that is not flat");
    const size = elementBytes[place.dtype];
    const terms = flat.terms.map((term) => ({ ...term, coefficient: term.coefficient * size }));
    const constant = origin + place.offset + flat.offset * size;
    // An immediate offset is added without wrapping, so the rest must not be negative.
    const fits = flat.low - flat.offset >= 0;
    let base = linear(block, fits ? 0 : constant, terms);
    if (place.row) base = add(base, rowOffset(block, place.row));
    return { base, offset: fits ? constant : 0 };
  }

  /** Bytes to the row of the plan's loop counter. */
  function rowOffset(block: Block, { add: ahead, ring, stride }: NonNullable<Place["row"]>): Expr {
    const root = rootOf(block);
    return known(root, `row ${ahead} ${ring} ${stride}`, () => {
      const shifted = add(t, i32(ahead < 0 ? ring * Math.ceil(-ahead / ring) + ahead : ahead));
      return times(apply("i32.rem_u", [shifted, i32(ring)]), stride);
    });
  }

  function offsets(of: readonly Index[], axes: ReadonlySet<string>): Offsets | undefined {
    const [at] = of;
    return at && laneOffsets(at, axes, varyingIn(axes));
  }

  // ---- values

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
    return { lanes: false, expr: extractLane(found.expr, lane, dtype) };
  }

  function compute(block: Block, scalar: Scalar): Value {
    const lanes = lanesOf(block);
    const varies = lanes !== undefined && varyingIn(lanes.axes)(scalar);
    switch (scalar.kind) {
      case "number":
      case "accumulator":
        return value(block, scalar);
      case "index":
        return varies
          ? { lanes: true, expr: indexLanes(block, scalar.at) }
          : { lanes: false, expr: index(block, scalar.at) };
      case "load":
        return readElement(block, scalar, varies ? lanes : undefined);
      case "within": {
        // One unsigned comparison serves both bounds.
        if (!varies) {
          const at = index(block, scalar.at);
          return { lanes: false, expr: apply("i32.le_u", [at, i32(scalar.last)]) };
        }
        const last = vectors(block).integer(scalar.last);
        return { lanes: true, expr: apply("i32x4.le_u", [indexLanes(block, scalar.at), last]) };
      }
      case "even": {
        if (varies) return { lanes: true, expr: byLane(block, "bool", evenIn(scalar)) };
        return { lanes: false, expr: evenIn(scalar)(block) };
      }
      case "random": {
        const seed = asWord(single(block, scalar.seed));
        const step = asWord(single(block, scalar.step));
        const [key0, key1] = scalar.key;
        const v = vectors(block);
        if (!varies) {
          const at = index(block, scalar.at);
          return { lanes: false, expr: uniformSingle(v, at, key0, key1, seed, step) };
        }
        const at = indexLanes(block, scalar.at);
        return { lanes: true, expr: uniformLanes(v, at, key0, key1, seed, step) };
      }
      case "apply":
        return applied(block, scalar, varies);
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
    varies: boolean,
  ): Value {
    const { op, args, dtype } = scalar;
    if (op === "select" && !args.slice(1).every(isSafe)) {
      if (!varies) return { lanes: false, expr: branch(block, args, dtype) };
      return { lanes: true, expr: byLane(block, dtype, (b) => single(b, scalar)) };
    }
    const values = args.map((arg) => value(block, arg));
    const types = args.map((arg) => arg.dtype);
    const v = vectors(block);
    if (values.every(({ lanes }) => !lanes)) {
      const singles = values.map(({ expr }) => expr);
      return { lanes: false, expr: operations[op].single(v, singles, dtype, types) };
    }
    const [test, taken, other] = args;
    if (op === "select" && other?.kind === "number" && Object.is(other.value, 0) && test && taken) {
      // All bits of zero are 0: a mask takes the others away.
      const [mask, kept] = [test, taken].map((arg, i) =>
        asLanes(block, values[i] as Value, arg.dtype),
      );
      if (mask && kept) return { lanes: true, expr: apply("v128.and", [mask, kept]) };
    }
    const wide = values.map((part, i) => asLanes(block, part, types[i] ?? dtype));
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
  function laneBlock(block: Block, { axes }: Lanes, lane: number): Block {
    const bindings: Record<string, Expr> = {};
    for (const axis of axes) {
      const first = bindingOf(block, axis);
      if (first) bindings[axis] = add(first, i32(lane));
    }
    return childBlock(block, { bindings, lanes: null, lane });
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
      return { lanes: false, expr: loadSingle(v, dtype, base, offset) };
    }
    const moves = offsets(scalar.at, at.axes);
    if (moves && areEqual(moves)) {
      const { base, offset } = address(block, scalar.from, scalar.at);
      return { lanes: false, expr: loadSingle(v, dtype, base, offset) };
    }
    if (moves && dtype !== "f16") {
      const { base, offset } = address(block, scalar.from, scalar.at);
      return { lanes: true, expr: loadLanes(v, dtype, base, offset, moves, at.active) };
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
    address,
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
