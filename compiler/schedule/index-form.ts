// Integer index expressions in canonical form, with ranges. Equal expressions get equal texts, and most divisions and
// remainders vanish: splitting heads, flattening before a dense layer and `(a b)` patterns cancel where an axis
// boundary coincides.

import type { Axis, Index, IndexAtom } from "./kernel.ts";

interface Term {
  readonly atom: IndexAtom;
  readonly coefficient: number;
}

/** Texts of atoms; a `value` atom gets its text from the kernel's hash-consing (scalars.ts). */
const atomTexts = new WeakMap<IndexAtom, string>();

export function constantIndex(given: number): Index {
  const value = given + 0; // no negative zero
  return { offset: value, terms: [], text: String(value), low: value, high: value };
}

/** The counter of a loop axis; an axis of extent 1 is the constant 0. */
export function axisIndex(axis: Axis): Index {
  if (axis.extent === 1) return constantIndex(0);
  return fromAtom({ kind: "axis", name: axis.name, extent: axis.extent }, axis.name);
}

/** A stored integer as an index in [0, extent); `text` is the identity of its scalar. */
export function valueIndex(atom: Extract<IndexAtom, { kind: "value" }>, text: string): Index {
  return fromAtom(atom, text);
}

export function addIndex(a: Index, b: Index): Index {
  if (a.terms.length === 0) return offsetIndex(b, a.offset);
  if (b.terms.length === 0) return offsetIndex(a, b.offset);
  return normalise(a.offset + b.offset, [...a.terms, ...b.terms]);
}

export function offsetIndex(a: Index, by: number): Index {
  return by === 0 ? a : build(a.offset + by, a.terms);
}

export function scaleIndex(a: Index, by: number): Index {
  if (by === 1) return a;
  if (by === 0) return constantIndex(0);
  return build(a.offset * by, scaleTerms(a.terms, by));
}

/** offset + Σ coefficient·index. */
export function linearIndex(
  offset: number,
  parts: readonly { readonly index: Index; readonly coefficient: number }[],
): Index {
  const terms: Term[] = [];
  for (const { index, coefficient } of parts) {
    offset += index.offset * coefficient;
    terms.push(...scaleTerms(index.terms, coefficient));
  }
  return normalise(offset, terms);
}

/** floor(x / by) for positive `by`. */
export function divideIndex(x: Index, by: number): Index {
  if (by === 1) return x;
  const constant = Math.floor(x.low / by);
  if (constant === Math.floor(x.high / by)) return constantIndex(constant);
  // What divides evenly leaves the quotient: floor((by·w + r) / by) = w + floor(r / by).
  const whole: Term[] = [];
  const rest: Term[] = [];
  for (const { atom, coefficient } of x.terms) {
    const remainder = coefficient % by;
    if (remainder !== coefficient)
      whole.push({ atom, coefficient: (coefficient - remainder) / by });
    if (remainder !== 0) rest.push({ atom, coefficient: remainder });
  }
  const carried = Math.floor(x.offset / by);
  if (whole.length === 0 && carried === 0) return divideRest(x, by);
  const remaining = divideRest(build(x.offset - carried * by, rest), by);
  return normalise(carried + remaining.offset, [...whole, ...remaining.terms]);
}

/** floor(x / by) where no coefficient is larger than `by` and 0 ≤ offset < by. */
function divideRest(x: Index, by: number): Index {
  const constant = Math.floor(x.low / by);
  if (constant === Math.floor(x.high / by)) return constantIndex(constant);
  const [only] = x.terms;
  if (x.terms.length === 1 && only?.coefficient === 1) {
    const { atom } = only;
    if (atom.kind === "div") {
      return divideIndex(offsetIndex(atom.of, x.offset * atom.by), atom.by * by);
    }
    if (atom.kind === "mod" && x.offset === 0 && atom.by % by === 0) {
      return moduloIndex(divideIndex(atom.of, by), atom.by / by);
    }
  }
  const split = splitByDivisor(x, by);
  if (split) return divideIndex(split.quotient, by / split.divisor);
  return fromAtom({ kind: "div", of: x, by });
}

/** The remainder of x / by in [0, by), for positive `by`. */
export function moduloIndex(x: Index, by: number): Index {
  if (by === 1) return constantIndex(0);
  const quotient = Math.floor(x.low / by);
  if (quotient === Math.floor(x.high / by)) return offsetIndex(x, -quotient * by);
  const rest: Term[] = [];
  let offset = x.offset;
  let opened = false;
  for (const { atom, coefficient } of x.terms) {
    const remainder = coefficient % by;
    if (remainder === 0) continue;
    if (atom.kind === "mod" && (remainder * atom.by) % by === 0) {
      // mod(y, e) ≡ y where `by` divides coefficient·e
      rest.push(...scaleTerms(atom.of.terms, remainder));
      offset += atom.of.offset * remainder;
      opened = true;
    } else {
      rest.push({ atom, coefficient: remainder });
    }
  }
  offset -= Math.floor(offset / by) * by;
  const reduced = normalise(offset, rest);
  if (opened) return moduloIndex(reduced, by);
  const carried = Math.floor(reduced.low / by);
  if (carried === Math.floor(reduced.high / by)) return offsetIndex(reduced, -carried * by);
  const split = splitByDivisor(reduced, by);
  if (split) {
    const high = moduloIndex(split.quotient, by / split.divisor);
    return addIndex(scaleIndex(high, split.divisor), split.remainder);
  }
  return fromAtom({ kind: "mod", of: reduced, by });
}

/** x = g·quotient + remainder with 0 ≤ remainder < g for a common divisor g > 1 of `by` and some coefficients. */
function splitByDivisor(
  x: Index,
  by: number,
): { divisor: number; quotient: Index; remainder: Index } | undefined {
  const divisors = new Set<number>();
  for (const { coefficient } of x.terms) divisors.add(greatestCommonDivisor(coefficient, by));
  for (const divisor of [...divisors].sort((a, b) => b - a)) {
    if (divisor === 1) break;
    const multiples: Term[] = [];
    const others: Term[] = [];
    for (const { atom, coefficient } of x.terms) {
      if (coefficient % divisor === 0) multiples.push({ atom, coefficient: coefficient / divisor });
      else others.push({ atom, coefficient });
    }
    const whole = Math.floor(x.offset / divisor);
    const small = build(x.offset - whole * divisor, others);
    const carried = Math.floor(small.low / divisor);
    if (carried !== Math.floor(small.high / divisor)) continue;
    return {
      divisor,
      quotient: build(whole + carried, multiples),
      remainder: offsetIndex(small, -carried * divisor),
    };
  }
  return undefined;
}

/** Row-major number of an element. */
export function ravelIndex(at: readonly Index[], shape: readonly number[]): Index {
  let stride = 1;
  const parts: { index: Index; coefficient: number }[] = [];
  for (let d = shape.length - 1; d >= 0; d--) {
    const index = at[d];
    if (index && shape[d] !== 1) parts.push({ index, coefficient: stride });
    stride *= shape[d] ?? 1;
  }
  return linearIndex(0, parts);
}

/** The position of a row-major number in `shape`; dimensions of size 1 get 0, the first one is not reduced. */
export function unravelIndex(flat: Index, shape: readonly number[]): Index[] {
  const at: Index[] = shape.map(() => constantIndex(0));
  let rest = flat;
  const first = shape.findIndex((n) => n !== 1);
  for (let d = shape.length - 1; d >= 0; d--) {
    const size = shape[d] ?? 1;
    if (size === 1) continue;
    at[d] = d === first ? rest : moduloIndex(rest, size);
    if (d !== first) rest = divideIndex(rest, size);
  }
  return at;
}

/** Puts other indices in the place of axes; axes for which `replace` gives nothing stay. Value atoms stay too. */
export function substituteAxes(index: Index, replace: (axis: string) => Index | undefined): Index {
  return linearIndex(
    index.offset,
    index.terms.map(({ atom, coefficient }) => ({
      index: substituteAtom(atom, replace),
      coefficient,
    })),
  );
}

function substituteAtom(atom: IndexAtom, replace: (axis: string) => Index | undefined): Index {
  switch (atom.kind) {
    case "axis":
      return replace(atom.name) ?? fromAtom(atom, atom.name);
    case "div":
      return divideIndex(substituteAxes(atom.of, replace), atom.by);
    case "mod":
      return moduloIndex(substituteAxes(atom.of, replace), atom.by);
    case "value":
      return fromAtom(atom);
    default:
      return atom satisfies never;
  }
}

/** The number that an index stands for; `axis` and `value` give the parts that are not constant. */
export function evaluateIndex(
  index: Index,
  axis: (name: string) => number,
  value: (atom: Extract<IndexAtom, { kind: "value" }>) => number,
): number {
  let sum = index.offset;
  for (const { atom, coefficient } of index.terms)
    sum += coefficient * evaluateAtom(atom, axis, value);
  return sum;
}

function evaluateAtom(
  atom: IndexAtom,
  axis: (name: string) => number,
  value: (atom: Extract<IndexAtom, { kind: "value" }>) => number,
): number {
  switch (atom.kind) {
    case "axis":
      return axis(atom.name);
    case "value":
      return value(atom);
    case "div":
      return Math.floor(evaluateIndex(atom.of, axis, value) / atom.by);
    case "mod": {
      const of = evaluateIndex(atom.of, axis, value);
      return of - Math.floor(of / atom.by) * atom.by;
    }
    default:
      return atom satisfies never;
  }
}

/** The axis that an index is, if it is nothing else. */
export function plainAxis(index: Index): string | undefined {
  const [term] = index.terms;
  if (index.terms.length !== 1 || index.offset !== 0 || !term) return undefined;
  return term.coefficient === 1 && term.atom.kind === "axis" ? term.atom.name : undefined;
}

/** Canonical text of an atom: its identity. */
export function atomText(atom: IndexAtom): string {
  const known = atomTexts.get(atom);
  if (known !== undefined) return known;
  if (atom.kind === "axis") return atom.name;
  if (atom.kind === "value") throw new RangeError("a value atom has no text of its own");
  return `${atom.kind}(${atom.of.text}, ${atom.by})`;
}

function fromAtom(atom: IndexAtom, text = atomText(atom)): Index {
  atomTexts.set(atom, text);
  const [low, high] = atomRange(atom);
  return { offset: 0, terms: [{ atom, coefficient: 1 }], text, low, high };
}

function atomRange(atom: IndexAtom): readonly [number, number] {
  switch (atom.kind) {
    case "axis":
    case "value":
      return [0, atom.extent - 1];
    case "div":
      return [Math.floor(atom.of.low / atom.by), Math.floor(atom.of.high / atom.by)];
    case "mod":
      return [0, atom.by - 1];
    default:
      return atom satisfies never;
  }
}

function scaleTerms(terms: readonly Term[], by: number): readonly Term[] {
  return by === 1 ? terms : terms.map((t) => ({ atom: t.atom, coefficient: t.coefficient * by }));
}

/** Collects equal atoms and puts quotients and remainders of the same number together again. */
function normalise(offset: number, terms: readonly Term[]): Index {
  const collected = new Map<string, Term>();
  let hasRemainder = false;
  for (const { atom, coefficient } of terms) {
    const key = atomText(atom);
    const sum = coefficient + (collected.get(key)?.coefficient ?? 0);
    if (sum === 0) collected.delete(key);
    else collected.set(key, { atom, coefficient: sum });
    if (atom.kind === "mod") hasRemainder = true;
  }
  const joined = hasRemainder ? rejoin(offset, collected) : undefined;
  return joined ?? build(offset, [...collected.values()]);
}

/** c·mod(y, a) + c·a·div(y, a) = c·y, and c·mod(y, a) + c·a·mod(div(y, a), b) = c·mod(y, a·b). */
function rejoin(offset: number, terms: ReadonlyMap<string, Term>): Index | undefined {
  for (const [key, { atom, coefficient }] of terms) {
    if (atom.kind !== "mod") continue;
    const quotient = divideIndex(atom.of, atom.by);
    const scale = coefficient * atom.by;
    if (
      quotient.terms.length > 0 &&
      quotient.terms.every(
        (t) => terms.get(atomText(t.atom))?.coefficient === t.coefficient * scale,
      )
    ) {
      const taken = new Set([key, ...quotient.terms.map((t) => atomText(t.atom))]);
      const rest = [...terms].filter(([text]) => !taken.has(text)).map(([, term]) => term);
      const whole = scaleTerms(atom.of.terms, coefficient);
      return normalise(offset - scale * quotient.offset + coefficient * atom.of.offset, [
        ...rest,
        ...whole,
      ]);
    }
    for (const [otherKey, other] of terms) {
      if (other.atom.kind !== "mod" || other.coefficient !== scale) continue;
      if (other.atom.of.text !== quotient.text) continue;
      const rest = [...terms]
        .filter(([text]) => text !== key && text !== otherKey)
        .map(([, term]) => term);
      const whole = moduloIndex(atom.of, atom.by * other.atom.by);
      return normalise(offset + coefficient * whole.offset, [
        ...rest,
        ...scaleTerms(whole.terms, coefficient),
      ]);
    }
  }
  return undefined;
}

/** From terms that are different and not zero. */
function build(offset: number, terms: readonly Term[]): Index {
  if (terms.length === 0) return constantIndex(offset);
  const keyed = terms.map((term) => ({ term, text: atomText(term.atom) }));
  keyed.sort((a, b) => (a.text < b.text ? -1 : a.text > b.text ? 1 : 0));
  let low = offset;
  let high = offset;
  const parts: string[] = [];
  for (const { term, text } of keyed) {
    const [least, most] = atomRange(term.atom);
    low += term.coefficient * (term.coefficient > 0 ? least : most);
    high += term.coefficient * (term.coefficient > 0 ? most : least);
    parts.push(term.coefficient === 1 ? text : `${text}*${term.coefficient}`);
  }
  if (offset !== 0) parts.push(String(offset));
  return { offset, terms: keyed.map((k) => k.term), text: parts.join(" + "), low, high };
}

function greatestCommonDivisor(a: number, b: number): number {
  a = Math.abs(a);
  while (b !== 0) [a, b] = [b, a % b];
  return a;
}
