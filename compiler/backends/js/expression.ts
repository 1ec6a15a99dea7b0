// Printing of scalar expressions and addresses into scopes. Shared subexpressions become locals of the outermost scope
// that knows their axes; a `select` whose branches load under a guard becomes an `if`, so that nothing is read outside.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { elementBytes, type DType } from "../../../runtime/types.ts";
import type { Index, IndexAtom, Place, Scalar, ValueId } from "../../schedule/kernel.ts";
import { atomKey, atomLoads, createDependence, indexLoads } from "../dependence.ts";
import { childScope, findLocal, freshName, homeScope, type Scope } from "../scope.ts";
import { numberText, scalarPrinters } from "./scalars.ts";

export interface Printer {
  /** A JavaScript expression (a local or a literal) with the scalar's value. */
  scalar(scope: Scope, value: Scalar): string;
  /** A JavaScript expression with the index's value. */
  index(scope: Scope, at: Index): string;
  /** The typed-array element of a value. */
  element(scope: Scope, value: ValueId, at: readonly Index[]): string;
  /** The value as it is stored: bools become 0 or 1. */
  stored(scope: Scope, value: Scalar): string;
  /** Axes and accumulators that the value depends on. */
  needs(value: Scalar): ReadonlySet<string>;
}

const arrays: Readonly<Record<DType, string>> = {
  f32: "f32",
  f16: "f16",
  i32: "i32",
  u8: "u8",
  bool: "u8",
};

interface LinearTerm {
  readonly atom: IndexAtom;
  readonly coefficient: number;
}

export function createPrinter(places: ReadonlyMap<ValueId, Place>): Printer {
  const { needs, atomNeeds, indexNeeds, hasLoad } = createDependence();

  /** Declares a local in its home scope, or returns the one that holds the same expression. */
  function local(
    scope: Scope,
    key: unknown,
    home: Scope,
    prefix: string,
    text: () => string,
  ): string {
    const known = findLocal(scope, key);
    if (known !== undefined) return known;
    const expression = text();
    const name = freshName(scope, prefix);
    home.prelude.push(`const ${name} = ${expression};`);
    home.locals.set(key, name);
    return name;
  }

  function atomText(scope: Scope, atom: IndexAtom): string {
    switch (atom.kind) {
      case "axis":
        return atom.name;
      case "value":
        return scalar(scope, atom.of);
      case "div":
      case "mod": {
        const needed = new Set<string>();
        indexNeeds(atom.of, needed);
        const home = homeScope(scope, needed, indexLoads(atom.of));
        const key = `${atom.kind} ${atom.by} ${atom.of.text}`;
        return local(scope, key, home, "x", () => {
          const inner = index(scope, atom.of);
          if (atom.kind === "div") {
            return atom.of.low >= 0
              ? `(${inner} / ${atom.by}) | 0`
              : `Math.floor(${inner} / ${atom.by})`;
          }
          return atom.of.low >= 0 ? `${inner} % ${atom.by}` : `h.mod(${inner}, ${atom.by})`;
        });
      }
      default:
        return atom satisfies never;
    }
  }

  /** offset + Σ coefficient·atom, summed from the outermost scope inwards so that outer parts are hoisted. */
  function linear(scope: Scope, offset: number, terms: readonly LinearTerm[]): string {
    const chain: Scope[] = [];
    for (let at: Scope | undefined = scope; at; at = at.parent) chain.unshift(at);
    const byScope = new Map<Scope, LinearTerm[]>();
    for (const term of terms) {
      const needed = new Set<string>();
      atomNeeds(term.atom, needed);
      const home = homeScope(scope, needed, atomLoads(term.atom));
      byScope.set(home, [...(byScope.get(home) ?? []), term]);
    }
    let text = "";
    let key = `lin ${offset}`;
    let plain = true; // text is a local or a literal
    for (const home of chain) {
      const own = byScope.get(home);
      if (!own) continue;
      key += ` + ${own.map((t) => `${t.coefficient}*${atomKey(t.atom)}`).join(" + ")}`;
      const build = (): string => {
        const parts = own.map(({ atom, coefficient }) => {
          const name = atomText(scope, atom);
          return coefficient === 1 ? name : `${name} * ${coefficient}`;
        });
        if (text !== "") parts.unshift(text);
        else if (offset !== 0) parts.push(String(offset));
        return parts.join(" + ");
      };
      const single = own.length === 1 && own[0]?.coefficient === 1 && text === "" && offset === 0;
      if (single && own[0]) {
        text = atomText(scope, own[0].atom);
        plain = true;
      } else {
        text = local(scope, key, home, "x", build);
        plain = true;
      }
    }
    if (text === "") return String(offset);
    return plain ? text : `(${text})`;
  }

  function index(scope: Scope, at: Index): string {
    return linear(scope, at.offset, at.terms);
  }

  function element(scope: Scope, value: ValueId, at: readonly Index[]): string {
    const place = places.get(value);
    if (!place) throw new InternalError(`value ${value} has no place`);
    const bytes = elementBytes[place.dtype];
    let offset = place.offset / bytes;
    const collected = new Map<string, LinearTerm>();
    at.forEach((part, d) => {
      const stride = place.strides[d] ?? 0;
      offset += stride * part.offset;
      for (const { atom, coefficient } of part.terms) {
        const key = atomKey(atom);
        const known = collected.get(key)?.coefficient ?? 0;
        collected.set(key, { atom, coefficient: known + coefficient * stride });
      }
    });
    const terms = [...collected.values()].filter((t) => t.coefficient !== 0);
    const at0 = linear(scope, offset, terms);
    return `${arrays[place.dtype]}[${place.row ? `${at0} + ${rowOffset(scope, place.row, bytes)}` : at0}]`;
  }

  /** Elements to the row of the plan's loop counter `t`, worked out once a kernel. */
  function rowOffset(scope: Scope, row: NonNullable<Place["row"]>, bytes: number): string {
    const { add, ring, stride } = row;
    const counter = add < 0 ? `h.mod(t - ${-add}, ${ring})` : `(t + ${add}) % ${ring}`;
    const home = homeScope(scope, new Set(), false);
    return local(
      scope,
      `row ${add} ${ring} ${stride}`,
      home,
      "x",
      () => `${counter} * ${stride / bytes}`,
    );
  }

  function scalar(scope: Scope, value: Scalar): string {
    if (value.kind === "number") return numberText(value.value, value.dtype);
    if (value.kind === "accumulator") return `acc${value.slot}`;
    if (value.kind === "index") return index(scope, value.at);
    const known = findLocal(scope, value);
    if (known !== undefined) return known;
    const home = homeScope(scope, needs(value), hasLoad(value));
    if (value.kind === "apply" && value.op === "select" && guardsLoads(value)) {
      return branch(home, value, value.args);
    }
    return local(scope, value, home, "v", () => expression(home, value));
  }

  /** A select with a guarded load in a branch: only the branch taken is evaluated. */
  function guardsLoads(value: Extract<Scalar, { kind: "apply" }>): boolean {
    return value.args.slice(1).some(hasLoad);
  }

  function branch(home: Scope, value: Scalar, args: readonly Scalar[]): string {
    const [condition, a, b] = args;
    if (!condition || !a || !b) throw new InternalError("select needs three arguments");
    const test = scalar(home, condition);
    const name = freshName(home, "v");
    // Both sides are built before the first line is written: what they hoist must stand before the `if`.
    const sides = [a, b].map((side) => {
      const inner = childScope(home, [], true);
      const text = scalar(inner, side);
      return [...flatten(inner), `${name} = ${text};`].map((line) => `  ${line}`);
    });
    const [taken = [], other = []] = sides;
    home.prelude.push(`let ${name};`, `if (${test}) {`, ...taken, "} else {", ...other, "}");
    home.locals.set(value, name);
    return name;
  }

  function expression(scope: Scope, value: Scalar): string {
    switch (value.kind) {
      case "number":
      case "accumulator":
      case "index":
        return scalar(scope, value);
      case "load": {
        const place = places.get(value.from);
        const text = element(scope, value.from, value.at);
        if (place?.dtype === "bool") return `${text} !== 0`;
        return place?.dtype === "f16" ? `h.fromHalf(${text})` : text;
      }
      case "within": {
        const { low, high } = value.at;
        const at = index(scope, value.at);
        const tests: string[] = [];
        if (low < 0) tests.push(`${at} >= 0`);
        if (high > value.last) tests.push(`${at} <= ${value.last}`);
        return tests.length === 0 ? "true" : tests.join(" && ");
      }
      case "even":
        return `${index(scope, value.at)} % ${value.by} === 0`;
      case "random": {
        const [key0, key1] = value.key;
        const seed = scalar(scope, value.seed);
        return `h.uniform(${index(scope, value.at)}, ${key0}, ${key1}, ${seed}, ${scalar(scope, value.step)})`;
      }
      case "apply": {
        const args = value.args.map((part) => scalar(scope, part));
        return scalarPrinters[value.op](
          args,
          value.dtype,
          value.args.map((part) => part.dtype),
        );
      }
      default:
        return value satisfies never;
    }
  }

  return {
    scalar,
    index,
    element,
    needs,
    stored(scope, value) {
      const text = scalar(scope, value);
      if (value.dtype === "bool") return `${text} ? 1 : 0`;
      return value.dtype === "f16" ? `h.toHalf(${text})` : text;
    },
  };
}

function flatten(scope: Scope): string[] {
  return [...scope.prelude, ...scope.rest.filter((item) => typeof item === "string")];
}
