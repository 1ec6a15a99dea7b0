// Indices and addresses as code. Sums are built from the outermost block inwards, so that what does not change in a loop
// stands before it.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { origin } from "../../../runtime/devices/wasm/layout.ts";
import { elementBytes } from "../../../runtime/types.ts";
import type { Index, IndexAtom, Place, Scalar, ValueId } from "../../schedule/kernel.ts";
import { walkScalars } from "../../schedule/values.ts";
import { atomKey, atomLoads, type Dependence } from "../dependence.ts";
import { homeScope } from "../scope.ts";
import { bind, boundTo, rootOf, type Block } from "./block.ts";
import { add, apply, i32, times, type Expr } from "./ir.ts";
import { laneOffsets, type Offsets } from "./lane-offsets.ts";

export interface Indices {
  /** An index as one i32; for lanes that of the first. */
  readonly index: (block: Block, at: Index) => Expr;
  /** Address of an element (for lanes of the first) as a variable part and a constant one. */
  readonly address: (block: Block, of: ValueId, at: readonly Index[]) => Address;
  /** Where lanes along axes lie, in elements from the first; undefined where that is not the same everywhere. */
  readonly offsets: (of: readonly Index[], axes: ReadonlySet<string>) => Offsets | undefined;
  /** Whether a value depends on one of the axes. */
  readonly varies: (value: Scalar, axes: ReadonlySet<string>) => boolean;
  /** Whether loads may run where their guard does not hold: they stay in memory whatever the axes are. */
  readonly isSafe: (value: Scalar) => boolean;
  /** Whether all lanes of a load stay in memory, those beyond the end of their axis too. */
  readonly staysInside: (of: ValueId, at: readonly Index[], offsets: Offsets) => boolean;
  readonly placeOf: (value: ValueId) => Place;
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

export interface IndexOptions {
  readonly places: ReadonlyMap<ValueId, Place>;
  /** End of the plan's memory in bytes. */
  readonly bytes: number;
  /** Counter of the plan's loop. */
  readonly t: Expr;
  readonly dependence: Dependence;
  /** A stored integer in an index. */
  readonly single: (block: Block, value: Scalar) => Expr;
}

export function createIndices(options: IndexOptions): Indices {
  const { places, bytes, t, single } = options;
  const { needs, atomNeeds } = options.dependence;
  const safety = new Map<Scalar, boolean>();

  function placeOf(value: ValueId): Place {
    const place = places.get(value);
    if (!place) throw new InternalError(`value ${value} has no place`);
    return place;
  }

  function isSafe(value: Scalar): boolean {
    const known = safety.get(value);
    if (known !== undefined) return known;
    let safe = true;
    walkScalars([value], (scalar) => {
      if (scalar.kind !== "load" || !safe) return;
      const [at] = scalar.at;
      safe = at !== undefined && !at.terms.some(({ atom: of }) => atomLoads(of));
      safe &&= staysInside(scalar.from, scalar.at, [0, 1, 2, 3]);
    });
    safety.set(value, safe);
    return safe;
  }

  function staysInside(of: ValueId, [at]: readonly Index[], offsets: Offsets): boolean {
    const place = placeOf(of);
    const size = elementBytes[place.dtype];
    const rows = place.row ? place.row.stride * place.row.ring : 0;
    const low = place.offset + ((at?.low ?? 0) + Math.min(...offsets)) * size;
    const high = place.offset + ((at?.high ?? 0) + Math.max(...offsets) + 1) * size + rows;
    return low >= -margin && high <= bytes + margin;
  }

  function atom(block: Block, of: IndexAtom): Expr {
    switch (of.kind) {
      case "axis":
        return boundTo(block, of.name);
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

  function varies(value: Scalar, axes: ReadonlySet<string>): boolean {
    const needed = needs(value);
    return [...axes].some((axis) => needed.has(axis));
  }

  function address(block: Block, of: ValueId, at: readonly Index[]): Address {
    const place = placeOf(of);
    const [flat] = at;
    if (!flat || at.length !== 1) throw new InternalError("an address that is not flat");
    const size = elementBytes[place.dtype];
    const terms = flat.terms.map((term) => ({ ...term, coefficient: term.coefficient * size }));
    const constant = origin + place.offset + flat.offset * size;
    // An immediate offset is added without wrapping, so the rest must not be negative. What lifts it above that is the
    // same for all places at a constant distance: they share the variable part.
    const lift = Math.max(0, (flat.offset - flat.low) * size);
    const fits = constant >= lift;
    let base = linear(block, fits ? lift : constant, terms);
    if (place.row) base = add(base, rowOffset(block, place.row));
    return { base, offset: fits ? constant - lift : 0 };
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
    return at && laneOffsets(at, axes, (value) => varies(value, axes));
  }

  return { index, address, offsets, varies, isSafe, staysInside, placeOf };
}
