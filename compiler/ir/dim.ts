// Dimensions: integers, or polynomials with integer coefficients over open dimensions (`batch`) and the atoms
// `floor(p / q)` and exact quotients `p / q`. An open dimension is equal to another exactly when their canonical
// texts are equal.

/** A known size, or one that stays open until the graph is specialised. */
export type Dim = number | OpenDim;

export interface OpenDim {
  readonly kind: "open";
  readonly terms: readonly Term[];
  /** Canonical text; equal dimensions have equal texts. */
  readonly text: string;
}

interface Term {
  readonly coefficient: number;
  /** Atoms with positive powers, sorted by text. Empty for the constant term. */
  readonly factors: readonly { readonly atom: Atom; readonly power: number }[];
}

/** `symbol`: bound when the graph is specialised. `floor`, `exact`: a quotient that did not simplify. */
export type Atom =
  | { readonly kind: "symbol"; readonly text: string }
  | { readonly kind: "floor" | "exact"; readonly of: Dim; readonly by: Dim; readonly text: string };

export type Comparison = "equal" | "different" | "unknown";

export function isOpen(value: unknown): value is OpenDim {
  return (
    typeof value === "object" && value !== null && (value as { kind?: unknown }).kind === "open"
  );
}

export function symbol(name: string): OpenDim {
  return fromAtom({ kind: "symbol", text: name });
}

export function formatDim(dim: Dim): string {
  return typeof dim === "number" ? String(dim) : dim.text;
}

export function add(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a + b;
  return fromTerms([...termsOf(a), ...termsOf(b)]);
}

export function negate(a: Dim): Dim {
  return multiply(a, -1);
}

export function subtract(a: Dim, b: Dim): Dim {
  return add(a, negate(b));
}

export function multiply(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return a * b;
  const products: Term[] = [];
  for (const x of termsOf(a)) {
    for (const y of termsOf(b)) {
      products.push({
        coefficient: x.coefficient * y.coefficient,
        factors: [...x.factors, ...y.factors],
      });
    }
  }
  return fromTerms(products);
}

export function product(dims: readonly Dim[]): Dim {
  return dims.reduce<Dim>(multiply, 1);
}

/** `a / b` that must come out even: undefined if it is known not to. */
export function divideExactly(a: Dim, b: Dim): Dim | undefined {
  if (typeof b === "number") {
    if (b === 0) return undefined;
    if (typeof a === "number") return a % b === 0 ? a / b : undefined;
    if (a.terms.every((t) => t.coefficient % b === 0)) {
      return fromTerms(a.terms.map((t) => ({ ...t, coefficient: t.coefficient / b })));
    }
    // p is even only where its remaining part is; a polynomial whose constant part alone is uneven may still be.
    return quotient("exact", a, b);
  }
  if (compare(a, b) === "equal") return 1;
  if (a === 0) return 0;
  const cancelled = cancelSingleTerm(a, b);
  if (cancelled !== undefined) return cancelled;
  // 4n / 3n is 4 / 3, which is known to be uneven.
  const [divisor, ...more] = b.terms;
  if (divisor && more.length === 0) {
    const factors = fromTerms([{ coefficient: 1, factors: divisor.factors }]);
    const rest = cancelSingleTerm(a, factors);
    if (typeof rest === "number") return divideExactly(rest, divisor.coefficient);
  }
  return quotient("exact", a, b);
}

/** `floor(a / b)` for positive b. */
export function floorDivide(a: Dim, b: Dim): Dim {
  if (typeof a === "number" && typeof b === "number") return Math.floor(a / b);
  if (b === 1) return a;
  if (compare(a, b) === "equal") return 1;
  if (typeof b === "number" && typeof a !== "number") {
    // Split off what divides evenly: floor((4n + 3) / 2) = 2n + 1.
    const whole = a.terms.filter((t) => t.coefficient % b === 0);
    const rest = a.terms.filter((t) => t.coefficient % b !== 0);
    if (whole.length > 0) {
      const evenPart = fromTerms(whole.map((t) => ({ ...t, coefficient: t.coefficient / b })));
      return add(evenPart, floorDivide(fromTerms(rest), b));
    }
    const constant = a.terms.find((t) => t.factors.length === 0)?.coefficient ?? 0;
    const carried = Math.floor(constant / b);
    if (carried !== 0) return add(carried, quotient("floor", subtract(a, carried * b), b));
  }
  const cancelled = cancelSingleTerm(a, b);
  return cancelled ?? quotient("floor", a, b);
}

/** Whether two dimensions are the same size whatever the open ones turn out to be. */
export function compare(a: Dim, b: Dim): Comparison {
  const difference = subtract(a, b);
  if (difference === 0) return "equal";
  return typeof difference === "number" ? "different" : "unknown";
}

/** Thrown by `substitute` where `dividend / divisor`, written with the exact `/`, turns out uneven. */
export class UnevenQuotient extends RangeError {
  readonly dividend: Dim;
  readonly divisor: Dim;

  constructor(dividend: Dim, divisor: Dim, from: string) {
    super(`${formatDim(dividend)} / ${formatDim(divisor)} does not come out even (from ${from})`);
    this.dividend = dividend;
    this.divisor = divisor;
  }
}

/** Puts numbers (or other dimensions) in the place of symbols. Throws an UnevenQuotient if an exact quotient is uneven. */
export function substitute(dim: Dim, values: ReadonlyMap<string, Dim>): Dim {
  if (typeof dim === "number") return dim;
  let sum: Dim = 0;
  for (const term of dim.terms) {
    let value: Dim = term.coefficient;
    for (const { atom, power } of term.factors) {
      const base = substituteAtom(atom, values);
      for (let i = 0; i < power; i++) value = multiply(value, base);
    }
    sum = add(sum, value);
  }
  return sum;
}

/** Names of the symbols that a dimension depends on. */
export function symbolsOf(dim: Dim, into: Set<string> = new Set()): Set<string> {
  if (typeof dim === "number") return into;
  for (const term of dim.terms) {
    for (const { atom } of term.factors) {
      if (atom.kind === "symbol") into.add(atom.text);
      else {
        symbolsOf(atom.of, into);
        symbolsOf(atom.by, into);
      }
    }
  }
  return into;
}

/** If `dim` is `a·name + rest` with `rest` and `a` free of `name`, the parts; undefined otherwise. */
export function linearIn(dim: Dim, name: string): { coefficient: Dim; rest: Dim } | undefined {
  if (typeof dim === "number") return undefined;
  const withName: Term[] = [];
  const without: Term[] = [];
  for (const term of dim.terms) {
    const direct = term.factors.find((f) => f.atom.kind === "symbol" && f.atom.text === name);
    if (direct && direct.power === 1) {
      withName.push({
        coefficient: term.coefficient,
        factors: term.factors.filter((f) => f !== direct),
      });
    } else {
      without.push(term);
    }
  }
  const coefficient = fromTerms(withName);
  const rest = fromTerms(without);
  if (coefficient === 0) return undefined;
  if (symbolsOf(coefficient).has(name) || symbolsOf(rest).has(name)) return undefined;
  return { coefficient, rest };
}

function substituteAtom(atom: Atom, values: ReadonlyMap<string, Dim>): Dim {
  if (atom.kind === "symbol") return values.get(atom.text) ?? fromAtom(atom);
  const of = substitute(atom.of, values);
  const by = substitute(atom.by, values);
  if (atom.kind === "floor") return floorDivide(of, by);
  const exact = divideExactly(of, by);
  if (exact === undefined) throw new UnevenQuotient(of, by, atom.text);
  return exact;
}

function termsOf(dim: Dim): readonly Term[] {
  if (typeof dim === "number") return dim === 0 ? [] : [{ coefficient: dim, factors: [] }];
  return dim.terms;
}

function fromAtom(atom: Atom): OpenDim {
  return {
    kind: "open",
    terms: [{ coefficient: 1, factors: [{ atom, power: 1 }] }],
    text: atom.text,
  };
}

function quotient(kind: "floor" | "exact", of: Dim, by: Dim): Dim {
  const sign = kind === "floor" ? "div(" : "(";
  const infix = kind === "floor" ? ", " : " / ";
  return fromAtom({ kind, of, by, text: `${sign}${formatDim(of)}${infix}${formatDim(by)})` });
}

/** Divides by a divisor of one term when every term of `a` holds all its factors. */
function cancelSingleTerm(a: Dim, b: Dim): Dim | undefined {
  const [divisor, ...more] = termsOf(b);
  if (!divisor || more.length > 0) return undefined;
  const results: Term[] = [];
  for (const term of termsOf(a)) {
    if (term.coefficient % divisor.coefficient !== 0) return undefined;
    const factors = new Map(term.factors.map((f) => [f.atom.text, { ...f }]));
    for (const { atom, power } of divisor.factors) {
      const own = factors.get(atom.text);
      if (!own || own.power < power) return undefined;
      factors.set(atom.text, { atom, power: own.power - power });
    }
    results.push({
      coefficient: term.coefficient / divisor.coefficient,
      factors: [...factors.values()].filter((f) => f.power > 0),
    });
  }
  return fromTerms(results);
}

/** Collects equal terms, sorts them, and returns a plain number where nothing open is left. */
function fromTerms(terms: readonly Term[]): Dim {
  const collected = new Map<string, Term>();
  for (const term of terms) {
    const normal = normalFactors(term);
    const key = factorText(normal);
    const known = collected.get(key);
    collected.set(key, {
      coefficient: term.coefficient + (known?.coefficient ?? 0),
      factors: normal,
    });
  }
  const kept = [...collected].filter(([, t]) => t.coefficient !== 0);
  if (kept.length === 0) return 0;
  kept.sort(([a], [b]) => (a === "" ? 1 : b === "" ? -1 : a < b ? -1 : 1));
  const [first] = kept;
  if (kept.length === 1 && first && first[0] === "") return first[1].coefficient;
  let text = "";
  for (const [key, { coefficient }] of kept) {
    const size = Math.abs(coefficient);
    const body = key === "" ? String(size) : size === 1 ? key : `${size}*${key}`;
    text +=
      text === ""
        ? coefficient < 0
          ? `-${body}`
          : body
        : ` ${coefficient < 0 ? "-" : "+"} ${body}`;
  }
  return { kind: "open", terms: kept.map(([, t]) => t), text };
}

function normalFactors(term: Term): Term["factors"] {
  const powers = new Map<string, { atom: Atom; power: number }>();
  for (const { atom, power } of term.factors) {
    powers.set(atom.text, { atom, power: power + (powers.get(atom.text)?.power ?? 0) });
  }
  return [...powers.values()].sort((a, b) => (a.atom.text < b.atom.text ? -1 : 1));
}

function factorText(factors: Term["factors"]): string {
  return factors
    .map(({ atom, power }) => (power === 1 ? atom.text : `${atom.text}**${power}`))
    .join("*");
}
