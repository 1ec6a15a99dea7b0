// What an expression depends on: the axes and accumulators it needs, whether it reads memory, and its identity as text.
// Printers place statements by it; see scope.ts.

import type { Index, IndexAtom, Scalar } from "../schedule/kernel.ts";

export interface Dependence {
  /** Axes and accumulators (`acc:<slot>`) that a scalar depends on. */
  readonly needs: (value: Scalar) => ReadonlySet<string>;
  /** The same of an index and of an atom, added to `into`. */
  readonly indexNeeds: (at: Index, into: Set<string>) => void;
  readonly atomNeeds: (atom: IndexAtom, into: Set<string>) => void;
  /** Whether its evaluation reads memory, so that it must not leave the guard it stands in. */
  readonly hasLoad: (value: Scalar) => boolean;
}

/** Remembers what it has found: scalars are shared, so expressions are much larger than they look. */
export function createDependence(): Dependence {
  const needsOf = new Map<Scalar, ReadonlySet<string>>();
  const loadsIn = new Map<Scalar, boolean>();

  function atomNeeds(atom: IndexAtom, into: Set<string>): void {
    if (atom.kind === "axis") into.add(atom.name);
    else if (atom.kind === "value") for (const name of needs(atom.of)) into.add(name);
    else indexNeeds(atom.of, into);
  }

  function indexNeeds(at: Index, into: Set<string>): void {
    for (const { atom } of at.terms) atomNeeds(atom, into);
  }

  function needs(value: Scalar): ReadonlySet<string> {
    const known = needsOf.get(value);
    if (known) return known;
    const found = new Set<string>();
    needsOf.set(value, found);
    switch (value.kind) {
      case "number":
        break;
      case "index":
      case "within":
      case "even":
        indexNeeds(value.at, found);
        break;
      case "load":
        for (const at of value.at) indexNeeds(at, found);
        break;
      case "random":
        indexNeeds(value.at, found);
        for (const part of [value.seed, value.step])
          for (const name of needs(part)) found.add(name);
        break;
      case "apply":
        for (const part of value.args) for (const name of needs(part)) found.add(name);
        break;
      case "accumulator":
        found.add(`acc:${value.slot}`);
        break;
      default:
        value satisfies never;
    }
    return found;
  }

  function hasLoad(value: Scalar): boolean {
    const known = loadsIn.get(value);
    if (known !== undefined) return known;
    const found = findLoad(value);
    loadsIn.set(value, found);
    return found;
  }

  function findLoad(value: Scalar): boolean {
    switch (value.kind) {
      case "load":
      case "random": // its seed and step are loads
        return true;
      case "index":
      case "within":
      case "even":
        return indexLoads(value.at);
      case "apply":
        return value.args.some(hasLoad);
      case "number":
      case "accumulator":
        return false;
      default:
        return value satisfies never;
    }
  }

  return { needs, indexNeeds, atomNeeds, hasLoad };
}

/** Whether an index holds a stored integer. */
export function indexLoads(at: Index): boolean {
  return at.terms.some(({ atom }) => atomLoads(atom));
}

export function atomLoads(atom: IndexAtom): boolean {
  return atom.kind === "value" || (atom.kind !== "axis" && indexLoads(atom.of));
}

/** Canonical text of an atom: identity in sums. */
export function atomKey(atom: IndexAtom): string {
  switch (atom.kind) {
    case "axis":
      return atom.name;
    case "value":
      return scalarKey(atom.of);
    case "div":
    case "mod":
      return `${atom.kind}(${atom.of.text}, ${atom.by})`;
    default:
      return atom satisfies never;
  }
}

/** Text of a stored integer that is used as an index (a load, perhaps cast). */
function scalarKey(value: Scalar): string {
  switch (value.kind) {
    case "load":
      return `load ${value.from} [${value.at.map((i) => i.text).join(", ")}]`;
    case "apply":
      return `${value.op}(${value.args.map(scalarKey).join(", ")}):${value.dtype}`;
    case "number":
      return `${value.value}`;
    case "index":
      return value.at.text;
    case "within":
      return `within(${value.at.text}, ${value.last})`;
    case "even":
      return `even(${value.at.text}, ${value.by})`;
    case "random":
      return `random(${value.at.text}, ${value.key.join(" ")})`;
    case "accumulator":
      return `acc:${value.slot}`;
    default:
      return value satisfies never;
  }
}
