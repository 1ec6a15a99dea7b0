// Printing of scalar expressions and addresses into scopes, as the JavaScript printer does it, but typed: indices are
// i32, every local has one type, and nothing is folded by the shader compiler that it might refuse.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { elementBytes, type DType } from "../../../runtime/types.ts";
import { stepAxis } from "../../schedule/elements.ts";
import type { Index, IndexAtom, Place, Scalar, Store, ValueId } from "../../schedule/kernel.ts";
import { atomKey, atomLoads, createDependence, indexLoads } from "../dependence.ts";
import { childScope, findLocal, freshName, homeScope, scopeLines, type Scope } from "../scope.ts";
import type { LibraryName } from "./library.ts";
import { placeOf, valueType, type Memory } from "./memory.ts";
import { convert, numberText, scalarPrinters } from "./scalars.ts";

export interface Printer {
  /** A WGSL expression (a local or a literal) with the scalar's value. */
  scalar(scope: Scope, value: Scalar): string;
  /** The same, converted to another type. */
  converted(scope: Scope, value: Scalar, dtype: DType): string;
  /** A WGSL expression of type i32. */
  index(scope: Scope, at: Index): string;
  /** The element that a place holds, and the statement that stores it. */
  load(scope: Scope, from: ValueId, at: readonly Index[]): string;
  store(scope: Scope, to: ValueId, at: readonly Index[], value: string): string;
  /** All values of one point are computed before its first store. */
  stores(scope: Scope, stores: readonly Store[]): void;
  /** A literal of the type. */
  number(value: number, dtype: DType): string;
  /** A test of an f32. */
  isNan(text: string): string;
  /** Functions of the library that the text printed so far calls. */
  readonly used: ReadonlySet<LibraryName>;
  /** Whether it reads the counters of loops. */
  readonly counts: () => boolean;
}

/** Where an element lies: elements from the start of one of the kernel's segments. */
interface Addressed {
  readonly dtype: DType;
  readonly segment: number;
  readonly text: string;
}

interface LinearTerm {
  readonly atom: IndexAtom;
  readonly coefficient: number;
}

export function createPrinter(places: ReadonlyMap<ValueId, Place>, memory: Memory): Printer {
  const { needs, atomNeeds, indexNeeds, hasLoad } = createDependence();
  const used = new Set<LibraryName>();
  let counted = false;
  const use = (name: LibraryName): LibraryName => {
    used.add(name);
    return name;
  };

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
    home.prelude.push(`let ${name} = ${expression};`);
    home.locals.set(key, name);
    return name;
  }

  function atomText(scope: Scope, atom: IndexAtom): string {
    switch (atom.kind) {
      case "axis":
        return atom.name === stepAxis ? counter() : atom.name;
      case "value":
        if (valueType(atom.of.dtype) !== "i32") {
          throw new InternalError(`a value of type ${atom.of.dtype} is used as an index`);
        }
        return scalar(scope, atom.of);
      case "div":
      case "mod": {
        const needed = new Set<string>();
        indexNeeds(atom.of, needed);
        const home = homeScope(scope, needed, indexLoads(atom.of));
        const key = `${atom.kind} ${atom.by} ${atom.of.text}`;
        return local(scope, key, home, "x", () => {
          const inner = index(scope, atom.of);
          if (atom.of.low >= 0) return `${inner} ${atom.kind === "div" ? "/" : "%"} ${atom.by}`;
          return `${use(atom.kind === "div" ? "floor_div" : "floor_mod")}(${inner}, ${atom.by})`;
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
    let key = `sum ${offset}`;
    for (const home of chain) {
      const own = byScope.get(home);
      if (!own) continue;
      key += ` + ${own.map((t) => `${t.coefficient}*${atomKey(t.atom)}`).join(" + ")}`;
      const [first] = own;
      if (first && own.length === 1 && first.coefficient === 1 && text === "" && offset === 0) {
        text = atomText(scope, first.atom);
        continue;
      }
      const outer = text;
      text = local(scope, key, home, "x", () => {
        const parts = own.map(({ atom, coefficient }) => {
          const name = atomText(scope, atom);
          return coefficient === 1 ? name : `${name} * ${coefficient}`;
        });
        if (outer !== "") parts.unshift(outer);
        else if (offset !== 0) parts.push(String(offset));
        return parts.join(" + ").replaceAll("+ -", "- ");
      });
    }
    return text === "" ? String(offset) : text;
  }

  function index(scope: Scope, at: Index): string {
    return linear(scope, at.offset, at.terms);
  }

  /** Elements from the start of the place's segment. */
  function address(scope: Scope, value: ValueId, at: readonly Index[]): Addressed {
    const place = placeOf(places, value);
    if (at.length !== place.strides.length) {
      throw new InternalError(
        `value ${value} of rank ${place.strides.length} has ${at.length} indices`,
      );
    }
    const bytes = elementBytes[place.dtype];
    const position = memory.position(place);
    let offset = position.offset / bytes;
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
    if (!Number.isInteger(offset)) throw new InternalError(`value ${value} is not aligned`);
    const terms = [...collected.values()].filter((term) => term.coefficient !== 0);
    // A constant address below 0 stands under a guard that never holds, but a shader compiler refuses it.
    const fixed = terms.length === 0 ? String(Math.max(offset, 0)) : linear(scope, offset, terms);
    const row = place.row ? ` + ${rowOffset(scope, place.row, bytes)}` : "";
    return { dtype: place.dtype, segment: position.segment, text: `${fixed}${row}` };
  }

  /** Elements to the row of the plan's loop counter, worked out once a kernel. */
  function rowOffset(
    scope: Scope,
    { add, ring, stride }: NonNullable<Place["row"]>,
    bytes: number,
  ): string {
    const t = counter();
    const row =
      add < 0 ? `${use("floor_mod")}(${t} - ${-add}, ${ring})` : `((${t} + ${add}) % ${ring})`;
    const home = homeScope(scope, new Set(), false);
    return local(
      scope,
      `row ${add} ${ring} ${stride}`,
      home,
      "x",
      () => `${row} * ${stride / bytes}`,
    );
  }

  /** The counter of the loop that the kernel stands in. */
  function counter(): string {
    counted = true;
    return "counters.x";
  }

  function load(scope: Scope, from: ValueId, at: readonly Index[]): string {
    const { dtype, segment, text } = address(scope, from, at);
    return memory.load(dtype, segment, text);
  }

  function scalar(scope: Scope, value: Scalar): string {
    if (value.kind === "number") return numberText(value.value, value.dtype, use);
    if (value.kind === "accumulator") return `acc${value.slot}`;
    if (value.kind === "index") return index(scope, value.at);
    const known = findLocal(scope, value);
    if (known !== undefined) return known;
    const home = homeScope(scope, needs(value), hasLoad(value));
    if (value.kind === "apply" && value.op === "select" && value.args.slice(1).some(hasLoad)) {
      return branch(home, value, value.args);
    }
    return local(scope, value, home, "v", () => expression(home, value));
  }

  /** A select whose branches load: only the branch taken is evaluated. */
  function branch(home: Scope, value: Scalar, args: readonly Scalar[]): string {
    const [condition, a, b] = args;
    if (!condition || !a || !b) throw new InternalError("select needs three arguments");
    const test = scalar(home, condition);
    const name = freshName(home, "v");
    // Both sides are built before the first line is written: what they hoist must stand before the `if`.
    const [taken = [], other = []] = [a, b].map((side) => {
      const inner = childScope(home, [], true);
      inner.rest.push(`${name} = ${converted(inner, side, value.dtype)};`);
      return scopeLines(inner).map((line) => `  ${line}`);
    });
    home.prelude.push(`var ${name}: ${valueType(value.dtype)};`);
    home.prelude.push(`if (${test}) {`, ...taken, "} else {", ...other, "}");
    home.locals.set(value, name);
    return name;
  }

  function expression(
    scope: Scope,
    value: Exclude<Scalar, { kind: "number" | "accumulator" | "index" }>,
  ): string {
    switch (value.kind) {
      case "load": {
        const { dtype } = placeOf(places, value.from);
        if (valueType(dtype) !== valueType(value.dtype)) {
          throw new InternalError(`value ${value.from} is ${dtype} but loaded as ${value.dtype}`);
        }
        return load(scope, value.from, value.at);
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
        return `${index(scope, value.at)} % ${value.by} == 0`;
      case "random": {
        const keys = value.key.map((word) => `${word >>> 0}u`).join(", ");
        const run = `${scalar(scope, value.seed)}, ${scalar(scope, value.step)}`;
        return `${use("uniform_at")}(${index(scope, value.at)}, ${keys}, ${run})`;
      }
      case "apply": {
        // Literals alone are a constant expression, which must neither overflow nor be undefined: locals are none.
        const constant = value.args.every((part) => part.kind === "number");
        const args = value.args.map((part) => {
          const text = scalar(scope, part);
          return constant ? local(scope, part, scope, "c", () => text) : text;
        });
        const types = value.args.map((part) => part.dtype);
        return scalarPrinters[value.op]({ args, dtype: value.dtype, types, use });
      }
      default:
        return value satisfies never;
    }
  }

  function converted(scope: Scope, value: Scalar, dtype: DType): string {
    const text = scalar(scope, value);
    return valueType(value.dtype) === valueType(dtype)
      ? text
      : convert(text, value.dtype, dtype, use);
  }

  function store(scope: Scope, to: ValueId, at: readonly Index[], value: string): string {
    const { dtype, segment, text } = address(scope, to, at);
    return memory.store(dtype, segment, text, value);
  }

  return {
    scalar,
    converted,
    index,
    load,
    store,
    stores(scope, stores) {
      const statements = stores.map(({ to, at, value }) => {
        const { dtype } = placeOf(places, to);
        if (valueType(dtype) !== valueType(value.dtype)) {
          throw new InternalError(`value ${to} is ${dtype} but stored as ${value.dtype}`);
        }
        return store(scope, to, at, scalar(scope, value));
      });
      scope.rest.push(...statements);
    },
    number: (value, dtype) => numberText(value, dtype, use),
    isNan: (text) => `${use("is_nan")}(${text})`,
    used,
    counts: () => counted,
  };
}
