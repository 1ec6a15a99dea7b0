// What stands beyond the diagonal. Of a value with two axes that grow, one for the place that looks (q) and one for the
// place that is seen (k), this tells what all elements with k > q are, where that can be known from the graph alone: a causal
// mask is false there, masked scores are very negative, their exponentials 0. It is how a kept state is known not to
// hang on what comes later.

import type { Form } from "../ir/graph.ts";
import { formsAttr } from "../ops/shapes.ts";
import type { Pair } from "./pairs.ts";
import { sameAxes } from "./reshape-axes.ts";

/** A number (1 and 0 for bool), or so low that its exponential is 0 whatever of usual size is added. */
export type Future = number | "low";

/** From here on a score counts as masked: its exponential is 0 in f32 beside any score of a model that works. */
const lowFrom = -1e4;

export function isLow(future: Future | undefined): boolean {
  return future === "low" || (future !== undefined && future <= lowFrom);
}

/** An integer as Σ coefficient·index of an axis + offset. */
interface Affine {
  readonly terms: ReadonlyMap<number, number>;
  readonly offset: number;
}

export interface FutureTable {
  /** What every element of a value is whose index along `k` is larger than that along `q`; undefined if unknown. */
  readonly of: (pair: Pair, q: number, k: number) => Future | undefined;
}

export function createFutureTable(): FutureTable {
  const futures = new Map<Pair, Map<string, Future | undefined>>();
  const affines = new Map<Pair, Affine | undefined>();

  function of(pair: Pair, q: number, k: number): Future | undefined {
    const own = futures.get(pair) ?? new Map<string, Future | undefined>();
    futures.set(pair, own);
    const key = `${q},${k}`;
    if (own.has(key)) return own.get(key);
    const found = find(pair, q, k);
    own.set(key, found);
    return found;
  }

  function find(pair: Pair, q: number, k: number): Future | undefined {
    const { node, inputs } = pair;
    const [x, y, z] = inputs;
    const at = (operand: Pair | undefined): Future | undefined => operand && of(operand, q, k);
    switch (node.op) {
      case "constant": {
        const { value } = node.attrs;
        return typeof value === "number" ? value : typeof value === "boolean" ? +value : undefined;
      }
      case "view":
        return x && throughView(pair, x, q, k);
      case "reshape":
        return x && throughReshape(pair, x, q, k);
      case "stop_gradient":
        return at(x);
      case "cast":
        return at(x);
      case "not": {
        const value = at(x);
        return value === undefined || value === "low" ? undefined : value === 0 ? 1 : 0;
      }
      case "select": {
        const condition = at(x);
        if (condition === 1) return at(y);
        if (condition === 0) return at(z);
        const [a, b] = [at(y), at(z)];
        if (a === b) return a;
        return isLow(a) && isLow(b) ? "low" : undefined;
      }
      case "and":
        return at(x) === 0 || at(y) === 0 ? 0 : at(x) === 1 && at(y) === 1 ? 1 : undefined;
      case "or":
        return at(x) === 1 || at(y) === 1 ? 1 : at(x) === 0 && at(y) === 0 ? 0 : undefined;
      case "exp":
        return isLow(at(x)) ? 0 : undefined;
      case "add":
        if (isLow(at(x)) || isLow(at(y))) return "low";
        return at(x) === 0 && at(y) === 0 ? 0 : undefined;
      case "sub":
        if (isLow(at(x)) && !isLow(at(y))) return "low";
        return at(x) === 0 && at(y) === 0 ? 0 : undefined;
      case "mul":
        if (at(x) === 0 || at(y) === 0) return 0;
        return scaled(at(x), at(y)) ?? scaled(at(y), at(x));
      case "div": {
        if (at(x) === 0) return 0;
        const divisor = at(y);
        return typeof divisor === "number" && divisor !== 0
          ? scaled(at(x), 1 / divisor)
          : undefined;
      }
      case "le":
      case "lt":
      case "ge":
      case "gt":
      case "eq":
      case "ne":
        return x && y && compared(node.op, x, y, q, k);
      default:
        return undefined;
    }
  }

  function throughView(pair: Pair, x: Pair, q: number, k: number): Future | undefined {
    if (x.node.op === "constant") return of(x, 0, 1);
    const forms = formsAttr(pair.node.attrs, "forms");
    const from = readAlong(forms, q);
    const to = readAlong(forms, k);
    if (!from || !to || pair.node.attrs["fill"] !== "unreachable") return undefined;
    return to.offset >= from.offset ? of(x, from.axis, to.axis) : undefined;
  }

  function throughReshape(pair: Pair, x: Pair, q: number, k: number): Future | undefined {
    const back = new Map([...sameAxes(x.shape, pair.shape)].map(([from, to]) => [to, from]));
    const [from, to] = [back.get(q), back.get(k)];
    return from === undefined || to === undefined ? undefined : of(x, from, to);
  }

  function compared(op: string, x: Pair, y: Pair, q: number, k: number): Future | undefined {
    const [a, b] = [affine(x), affine(y)];
    if (!a || !b) return undefined;
    const difference = plus(a, b, -1);
    const step = difference.terms.get(k) ?? 0;
    const others = [...difference.terms.keys()].filter((axis) => axis !== q && axis !== k);
    if (others.length > 0 || (difference.terms.get(q) ?? 0) !== -step) return undefined;
    // Beyond the diagonal k − q ≥ 1.
    const nearest = step + difference.offset;
    const low = step < 0 ? -Infinity : nearest;
    const high = step > 0 ? Infinity : nearest;
    const decide = (sure: boolean, never: boolean): Future | undefined =>
      sure ? 1 : never ? 0 : undefined;
    switch (op) {
      case "le":
        return decide(high <= 0, low > 0);
      case "lt":
        return decide(high < 0, low >= 0);
      case "ge":
        return decide(low >= 0, high < 0);
      case "gt":
        return decide(low > 0, high <= 0);
      case "eq":
        return decide(false, low > 0 || high < 0);
      default:
        return decide(low > 0 || high < 0, false);
    }
  }

  function affine(pair: Pair): Affine | undefined {
    if (!affines.has(pair)) affines.set(pair, findAffine(pair));
    return affines.get(pair);
  }

  function findAffine(pair: Pair): Affine | undefined {
    const { node, inputs } = pair;
    const [x, y] = inputs;
    const a = (): Affine | undefined => x && affine(x);
    const b = (): Affine | undefined => y && affine(y);
    switch (node.op) {
      case "constant": {
        const { value } = node.attrs;
        const isSame = value === pair.shorter.attrs["value"];
        return typeof value === "number" && isSame
          ? { terms: new Map(), offset: value }
          : undefined;
      }
      case "iota": {
        const axis = Number(node.attrs["axis"]);
        return { terms: new Map((pair.shape[axis] ?? 1) > 1 ? [[axis, 1]] : []), offset: 0 };
      }
      case "view": {
        const source = a();
        return source && viewed(source, pair);
      }
      case "reshape": {
        const source = a();
        const same = x && sameAxes(x.shape, pair.shape);
        if (!source || !same) return undefined;
        const terms = new Map<number, number>();
        for (const [axis, coefficient] of source.terms) {
          const place = same.get(axis);
          if (place === undefined) return undefined;
          terms.set(place, coefficient);
        }
        return { terms, offset: source.offset };
      }
      case "stop_gradient":
      case "cast":
        return node.type.dtype === "bool" ? undefined : a();
      case "add":
      case "sub": {
        const [left, right] = [a(), b()];
        return left && right && plus(left, right, node.op === "add" ? 1 : -1);
      }
      case "mul": {
        const [left, right] = [a(), b()];
        if (!left || !right) return undefined;
        if (right.terms.size === 0)
          return plus({ terms: new Map(), offset: 0 }, left, right.offset);
        if (left.terms.size === 0) return plus({ terms: new Map(), offset: 0 }, right, left.offset);
        return undefined;
      }
      default:
        return undefined;
    }
  }

  return { of };
}

/** The operand's axis that is read along an axis of the result, shifted alone. */
function readAlong(
  forms: readonly Form[],
  axis: number,
): { readonly axis: number; readonly offset: number } | undefined {
  const found = forms.findIndex((form) => form.terms.some((term) => term.axis === axis));
  const form = forms[found];
  if (!form || form.terms.length !== 1 || form.divisor !== 1) return undefined;
  return form.terms[0]?.coefficient === 1 ? { axis: found, offset: form.offset } : undefined;
}

function viewed(source: Affine, pair: Pair): Affine | undefined {
  const [longer, shorter] = [pair.node, pair.shorter].map(({ attrs }) => formsAttr(attrs, "forms"));
  const terms = new Map<number, number>();
  let offset = source.offset;
  for (const [axis, coefficient] of source.terms) {
    const form = longer?.[axis];
    const isSame = form?.offset === shorter?.[axis]?.offset;
    if (!form || !isSame || form.divisor !== 1 || pair.node.attrs["fill"] !== "unreachable") {
      return undefined;
    }
    offset += coefficient * form.offset;
    for (const term of form.terms) {
      terms.set(term.axis, (terms.get(term.axis) ?? 0) + coefficient * term.coefficient);
    }
  }
  return { terms, offset };
}

/** a + factor·b, without terms that vanish. */
function plus(a: Affine, b: Affine, factor: number): Affine {
  const terms = new Map(a.terms);
  for (const [axis, coefficient] of b.terms) {
    terms.set(axis, (terms.get(axis) ?? 0) + factor * coefficient);
  }
  for (const [axis, coefficient] of terms) if (coefficient === 0) terms.delete(axis);
  return { terms, offset: a.offset + factor * b.offset };
}

function scaled(value: Future | undefined, factor: Future | undefined): Future | undefined {
  if (typeof factor !== "number" || factor <= 0) return undefined;
  if (typeof value === "number") return value * factor;
  // "low" may be no lower than the threshold.
  return value === "low" && factor >= 1 ? "low" : undefined;
}

/** Whether elements of this value change nothing in a sum or maximum over them. */
export function isNeutral(kind: string, future: Future | undefined): boolean {
  return kind === "sum" ? future === 0 : kind === "max" && isLow(future);
}
