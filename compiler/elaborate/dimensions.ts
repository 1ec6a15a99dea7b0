// Matching the dimensions of a declared shape with those of a tensor: names are bound, expressions solved.

import type { DimExpr, Expr } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import {
  compare,
  divideExactly,
  formatDim,
  linearIn,
  subtract,
  symbol,
  type Dim,
} from "../ir/dim.ts";
import { report, type Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import { bind, lookup, type Scope } from "./scope.ts";
import { describeValue, formatShape, sourceText } from "./text.ts";
import { int, list, type Value } from "./values.ts";

/** What a signature has bound so far. */
export interface Bindings {
  readonly names: Map<string, Value>;
  /** What plain `...` stands for. */
  rest: readonly Dim[] | undefined;
}

export function newBindings(): Bindings {
  return { names: new Map(), rest: undefined };
}

/** How a mismatch is told, and what is forgiven. */
export interface Matching {
  /** "the input `x` of `dense`". */
  readonly what: string;
  readonly declared: Span;
  /** Where the tensor comes from, if it is an input of the graph. */
  readonly source?: { readonly name: string; readonly span: Span };
  /** Dimensions that are not known to be equal are taken to be (`let` patterns). */
  readonly assume: boolean;
  /** Names bound nowhere stand for anything, and plain `...` too (results). */
  readonly result: boolean;
}

/** Matches from the left up to `...` and from the right back to it. False after reporting. */
export function matchShape(
  ctx: Context,
  pattern: readonly DimExpr[],
  shape: readonly Dim[],
  bindings: Bindings,
  scope: Scope,
  span: Span,
  matching: Matching,
): boolean {
  const rest = pattern.findIndex((dim) => dim.kind === "rest");
  const fixed = rest < 0 ? pattern.length : pattern.length - 1;
  const wanted = `[${pattern.map(sourceText).join(", ")}]`;
  const fail = (
    note: string,
    code: "shape-mismatch" | "shape-unknown" = "shape-mismatch",
  ): false => {
    report(
      ctx,
      code,
      span,
      { what: matching.what, left: wanted, right: formatShape(shape) },
      {
        notes: [
          { message: note },
          { message: "the shape is declared here", span: matching.declared },
          ...(matching.source
            ? [
                {
                  message: `\`${matching.source.name}\` comes from here`,
                  span: matching.source.span,
                },
              ]
            : []),
        ],
        ...(code === "shape-unknown"
          ? { help: "a `let` with a shape for its type assumes it: `let y: [batch, d] = x`" }
          : {}),
      },
    );
    return false;
  };
  if (rest < 0 ? shape.length !== fixed : shape.length < fixed) {
    return fail(
      `${shape.length === 1 ? "1 axis" : `${shape.length} axes`} where ${rest < 0 ? "" : "at least "}${fixed} stand in the declaration`,
    );
  }
  const before = rest < 0 ? pattern.length : rest;
  const after = pattern.length - before - (rest < 0 ? 0 : 1);
  const one = (at: number, axis: number): boolean => {
    const dim = pattern[at];
    const size = shape[axis];
    if (!dim || size === undefined || dim.kind === "rest") return true;
    const problem = matchDim(ctx, dim.value, size, bindings, scope, matching);
    if (problem === "reported") return false;
    return problem === undefined || fail(`axis ${axis}: ${problem.note}`, problem.code);
  };
  for (let i = 0; i < before; i++) if (!one(i, i)) return false;
  for (let i = 1; i <= after; i++) if (!one(pattern.length - i, shape.length - i)) return false;
  const restDim = pattern[rest];
  if (restDim?.kind !== "rest") return true;
  const middle = shape.slice(before, shape.length - after);
  const problem = matchRest(restDim.name?.text, middle, bindings, scope, matching);
  return problem === undefined || fail(problem.note, problem.code);
}

type Problem = { readonly note: string; readonly code: "shape-mismatch" | "shape-unknown" };

function matchRest(
  name: string | undefined,
  middle: readonly Dim[],
  bindings: Bindings,
  scope: Scope,
  matching: Matching,
): Problem | undefined {
  if (name === undefined) {
    if (!bindings.rest) bindings.rest = middle;
    else if (!matching.result) return sameDims(bindings.rest, middle, "`...`", matching);
    return undefined;
  }
  const known = bindings.names.get(name) ?? lookup(scope, name);
  const dims = known?.kind === "list" || known?.kind === "tuple" ? dimsOf(known.items) : undefined;
  if (dims) return sameDims(dims, middle, `\`...${name}\``, matching);
  bindings.names.set(name, list(middle.map(int)));
  return undefined;
}

function sameDims(
  left: readonly Dim[],
  right: readonly Dim[],
  what: string,
  matching: Matching,
): Problem | undefined {
  const differ = `${what} is ${formatShape(left)} = ${formatShape(right)}`;
  if (left.length !== right.length)
    return { note: `${differ} does not hold`, code: "shape-mismatch" };
  for (const [i, size] of left.entries()) {
    const found = compare(size, right[i] ?? 0);
    if (found === "different") return { note: `${differ} does not hold`, code: "shape-mismatch" };
    if (found === "unknown" && !matching.assume)
      return { note: `${differ} is not known to hold`, code: "shape-unknown" };
  }
  return undefined;
}

/** Ints of a list as dimensions; undefined if something else is among them. */
export function dimsOf(items: readonly Value[]): Dim[] | undefined {
  const dims: Dim[] = [];
  for (const item of items) {
    if (item.kind !== "int") return undefined;
    dims.push(item.value);
  }
  return dims;
}

function matchDim(
  ctx: Context,
  expr: Expr,
  size: Dim,
  bindings: Bindings,
  scope: Scope,
  matching: Matching,
): Problem | "reported" | undefined {
  if (expr.kind === "name") {
    if (expr.name === "_") return undefined;
    const known = intNamed(expr.name, bindings, scope);
    if (known === undefined) {
      bindings.names.set(expr.name, int(size));
      return undefined;
    }
    return equation(known, size, expr.name, matching);
  }
  const unbound = [...freeNames(expr)].filter(
    (name) => intNamed(name, bindings, scope) === undefined && !isBound(name, bindings, scope),
  );
  const [unknown, ...more] = unbound;
  if (unknown !== undefined && matching.result) return undefined;
  if (more.length > 0) {
    report(ctx, "dimension-unsolved", expr.span, { text: sourceText(expr) });
    return "reported";
  }
  const inner = bind(
    scope,
    new Map<string, Value>([
      ...bindings.names,
      ...(unknown === undefined ? [] : [[unknown, int(symbol(` ${unknown}`))] as const]),
    ]),
  );
  const value = evaluateForced(ctx, expr, inner);
  if (value.kind === "error") return "reported";
  if (value.kind !== "int") {
    report(ctx, "wrong-kind", expr.span, {
      what: "a dimension",
      wanted: "an int",
      found: describeValue(value),
    });
    return "reported";
  }
  if (unknown === undefined) return equation(value.value, size, sourceText(expr), matching);
  const linear = linearIn(value.value, ` ${unknown}`);
  const solution = linear && divideExactly(subtract(size, linear.rest), linear.coefficient);
  if (!linear) {
    report(ctx, "dimension-unsolved", expr.span, { text: sourceText(expr) });
    return "reported";
  }
  if (solution === undefined)
    return {
      note: `${sourceText(expr)} = ${formatDim(size)} has no whole solution`,
      code: "shape-mismatch",
    };
  bindings.names.set(unknown, int(solution));
  return undefined;
}

function equation(wanted: Dim, size: Dim, text: string, matching: Matching): Problem | undefined {
  const found = compare(wanted, size);
  if (found === "equal" || (found === "unknown" && matching.assume)) return undefined;
  const named = formatDim(wanted) === text ? text : `${text} = ${formatDim(wanted)}`;
  const verb = found === "different" ? "does not hold" : "is not known to hold";
  return {
    note: `${named} = ${formatDim(size)} ${verb}`,
    code: found === "different" ? "shape-mismatch" : "shape-unknown",
  };
}

/** The int that a name stands for; blocks and the like of the same name do not count. */
function intNamed(name: string, bindings: Bindings, scope: Scope): Dim | undefined {
  const value = bindings.names.get(name) ?? lookup(scope, name);
  return value?.kind === "int" ? value.value : undefined;
}

function isBound(name: string, bindings: Bindings, scope: Scope): boolean {
  return (bindings.names.get(name) ?? lookup(scope, name)) !== undefined;
}

/** Names in a dimension's expression. */
export function freeNames(expr: Expr, into: Set<string> = new Set()): Set<string> {
  switch (expr.kind) {
    case "name":
      into.add(expr.name);
      break;
    case "binary":
      freeNames(expr.left, into);
      freeNames(expr.right, into);
      break;
    case "unary":
      freeNames(expr.operand, into);
      break;
    case "call":
      for (const argument of expr.arguments) freeNames(argument.value, into);
      break;
    case "index":
    case "member":
      freeNames(expr.target, into);
      break;
    default:
      break;
  }
  return into;
}

/** The sizes of a shape whose names are all known: of parameters, states, fields. Undefined after reporting. */
export function evaluateShape(
  ctx: Context,
  shape: readonly DimExpr[],
  scope: Scope,
): Dim[] | undefined {
  const dims: Dim[] = [];
  for (const dim of shape) {
    if (dim.kind === "rest") {
      const known = dim.name && lookup(scope, dim.name.text);
      const spread =
        known?.kind === "list" || known?.kind === "tuple" ? dimsOf(known.items) : undefined;
      if (!spread) {
        if (known?.kind !== "error")
          report(ctx, "dimension-unsolved", dim.span, { text: sourceText(dim) });
        return undefined;
      }
      dims.push(...spread);
      continue;
    }
    const value = evaluateForced(ctx, dim.value, scope);
    if (value.kind === "error") return undefined;
    if (value.kind !== "int") {
      report(ctx, "wrong-kind", dim.span, {
        what: "a dimension",
        wanted: "an int",
        found: describeValue(value),
      });
      return undefined;
    }
    if (typeof value.value === "number" && value.value < 0) {
      report(ctx, "value-out-of-range", dim.span, {
        what: "a dimension",
        value: String(value.value),
        expected: "0 or more",
      });
      return undefined;
    }
    dims.push(value.value);
  }
  return dims;
}
