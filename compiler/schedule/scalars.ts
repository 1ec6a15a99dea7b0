// Scalar expressions of one kernel, hash-consed: equal expressions are one object. Guards that ranges decide become
// numbers, and what depends on them folds.

import type { DType } from "../../runtime/types.ts";
import { constantIndex, valueIndex } from "./index-form.ts";
import type { Index, Scalar, ScalarOp, ValueId } from "./kernel.ts";

export interface Scalars {
  number(value: number, dtype: DType): Scalar;
  /** An index as an i32. */
  index(at: Index): Scalar;
  load(from: ValueId, at: readonly Index[], dtype: DType): Scalar;
  apply(op: ScalarOp, args: readonly Scalar[], dtype: DType): Scalar;
  /** 0 ≤ at ≤ last. */
  within(at: Index, last: number): Scalar;
  /** `at` is divisible by `by`. */
  even(at: Index, by: number): Scalar;
  random(at: Index, key: readonly [number, number], seed: Scalar, step: Scalar): Scalar;
  accumulator(slot: number, dtype: DType): Scalar;
  /** All of the guards. */
  all(guards: readonly Scalar[]): Scalar;
  /** `value` where the guard holds, else `other`. */
  select(guard: Scalar, value: Scalar, other: Scalar): Scalar;
  /** An i32 scalar as an index in [0, extent), as the caller knows or guards. */
  asIndex(value: Scalar, extent: number): Index;
}

export function createScalars(): Scalars {
  const known = new Map<string, Scalar>();
  const numbers = new Map<Scalar, number>();

  function intern(key: string, make: () => Scalar): Scalar {
    const found = known.get(key);
    if (found) return found;
    const made = make();
    known.set(key, made);
    numbers.set(made, numbers.size);
    return made;
  }

  const name = (value: Scalar): string => `#${numbers.get(value) ?? -1}`;
  const texts = (at: readonly Index[]): string => at.map((index) => index.text).join(", ");

  const scalars: Scalars = {
    number(value, dtype) {
      const text = Object.is(value, -0) ? "-0" : String(value);
      return intern(`${text}:${dtype}`, () => ({ kind: "number", value, dtype }));
    },
    index(at) {
      if (at.terms.length === 0) return scalars.number(at.offset, "i32");
      const [term] = at.terms;
      if (term?.atom.kind === "value" && at.text === name(term.atom.of)) return term.atom.of;
      return intern(`index ${at.text}`, () => ({ kind: "index", at, dtype: "i32" }));
    },
    load(from, at, dtype) {
      return intern(`load ${from} [${texts(at)}]`, () => ({ kind: "load", from, at, dtype }));
    },
    apply(op, args, dtype) {
      return intern(`${op}:${dtype}(${args.map(name).join(",")})`, () => ({
        kind: "apply",
        op,
        args,
        dtype,
      }));
    },
    within(at, last) {
      if (at.low >= 0 && at.high <= last) return scalars.number(1, "bool");
      if (at.high < 0 || at.low > last) return scalars.number(0, "bool");
      return intern(`within(${at.text}, ${last})`, () => ({
        kind: "within",
        at,
        last,
        dtype: "bool",
      }));
    },
    even(at, by) {
      const divides = at.terms.every((term) => term.coefficient % by === 0);
      if (divides) return scalars.number(at.offset % by === 0 ? 1 : 0, "bool");
      return intern(`even(${at.text}, ${by})`, () => ({ kind: "even", at, by, dtype: "bool" }));
    },
    random(at, key, seed, step) {
      return intern(`random(${at.text}, ${key.join(" ")}, ${name(seed)}, ${name(step)})`, () => ({
        kind: "random",
        at,
        key,
        seed,
        step,
        dtype: "f32",
      }));
    },
    accumulator(slot, dtype) {
      return intern(`accumulator ${slot}:${dtype}`, () => ({ kind: "accumulator", slot, dtype }));
    },
    all(guards) {
      const open = [...new Set(guards)].filter((guard) => decided(guard) !== true);
      if (open.some((guard) => decided(guard) === false)) return scalars.number(0, "bool");
      const [first, ...rest] = open;
      if (!first) return scalars.number(1, "bool");
      return rest.reduce((sum, guard) => scalars.apply("and", [sum, guard], "bool"), first);
    },
    select(guard, value, other) {
      const known = decided(guard);
      if (known !== undefined) return known ? value : other;
      return value === other ? value : scalars.apply("select", [guard, value, other], value.dtype);
    },
    asIndex(value, extent) {
      if (value.kind === "number") return constantIndex(value.value);
      if (value.kind === "index") return value.at;
      return valueIndex({ kind: "value", of: value, extent }, name(value));
    },
  };
  return scalars;
}

/** The truth of a guard, if it is known. */
export function decided(guard: Scalar): boolean | undefined {
  return guard.kind === "number" ? guard.value !== 0 : undefined;
}
