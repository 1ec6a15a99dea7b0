// Expressions to values.

import type { Expr } from "../../grammar/ast.ts";
import { suggestValue } from "../../grammar/suggest.ts";
import { binary, negate, not } from "./arithmetic.ts";
import { apply } from "./apply.ts";
import { call } from "./call.ts";
import { deeper, report, step, stop, type Context } from "./context.ts";
import { symbol } from "../ir/dim.ts";
import { force } from "./force.ts";
import { index } from "./indexing.ts";
import { limits } from "./limits.ts";
import { member } from "./members.ts";
import { lookup, visibleNames, type Scope } from "./scope.ts";
import { describeValue } from "./text.ts";
import {
  bool,
  errorValue,
  float,
  int,
  isCallable,
  list,
  noneValue,
  tuple,
  type Callable,
  type RecordEntry,
  type Value,
} from "./values.ts";

/** The value of an expression; blocks without inputs are left as they are, so that a call may configure them. */
export function evaluate(ctx: Context, expr: Expr, scope: Scope): Value {
  const value = valueOf(ctx, expr, scope);
  ctx.observe?.(expr, value);
  return value;
}

function valueOf(ctx: Context, expr: Expr, scope: Scope): Value {
  step(ctx, expr.span);
  switch (expr.kind) {
    case "number":
      return expr.integer ? int(expr.value) : float(expr.value);
    case "string":
      return { kind: "string", value: expr.value, literal: expr.span, scope };
    case "bool":
      return bool(expr.value);
    case "none":
      return noneValue;
    case "name":
      return name(ctx, expr, scope);
    case "error":
      return errorValue;
    case "lambda":
      return {
        kind: "lambda",
        syntax: expr,
        scope,
        owner: ctx.place.owner,
        repetition: ctx.place.repetition,
      };
    case "binary":
    case "pipe":
      return deeper(ctx, expr.span, () => spine(ctx, expr, scope));
    default:
      return deeper(ctx, expr.span, () => nested(ctx, expr, scope));
  }
}

/** The value of an expression, with a block without inputs worked out. */
export function evaluateForced(ctx: Context, expr: Expr, scope: Scope): Value {
  return force(ctx, evaluate(ctx, expr, scope), expr.span);
}

type Nested = Extract<
  Expr,
  { kind: "tuple" | "list" | "record" | "if" | "unary" | "call" | "index" | "member" }
>;

function nested(ctx: Context, expr: Nested, scope: Scope): Value {
  switch (expr.kind) {
    case "tuple":
      return tuple(expr.items.map((item) => evaluateForced(ctx, item, scope)));
    case "list":
      return listValue(ctx, expr, scope);
    case "record":
      return recordValue(ctx, expr, scope);
    case "if": {
      const condition = compileTimeBool(ctx, expr.condition, scope);
      if (condition === undefined) return errorValue;
      return evaluate(ctx, condition ? expr.then : expr.else, scope);
    }
    case "unary": {
      const operand = evaluateForced(ctx, expr.operand, scope);
      if (operand.kind === "error") return operand;
      return expr.operator === "-" ? negate(ctx, operand, expr.span) : not(ctx, operand, expr.span);
    }
    case "call":
      return call(ctx, expr, scope);
    case "index":
      return index(ctx, evaluateForced(ctx, expr.target, scope), expr.slices, scope, expr.span);
    case "member":
      return member(ctx, evaluateForced(ctx, expr.target, scope), expr.name);
    default:
      return expr satisfies never;
  }
}

/** Chains of operators and pipes lean to the left; they are walked without going deeper. */
function spine(
  ctx: Context,
  expr: Extract<Expr, { kind: "binary" | "pipe" }>,
  scope: Scope,
): Value {
  const pending: Extract<Expr, { kind: "binary" | "pipe" }>[] = [];
  let at: Expr = expr;
  while (at.kind === "binary" || at.kind === "pipe") {
    pending.push(at);
    at = at.left;
  }
  let value = evaluate(ctx, at, scope);
  let leftSpan = at.span;
  for (let node = pending.pop(); node; node = pending.pop()) {
    step(ctx, node.span);
    if (node.kind === "pipe") {
      value = pipe(ctx, force(ctx, value, leftSpan), evaluate(ctx, node.right, scope), node.right);
    } else {
      const left = force(ctx, value, leftSpan);
      const decided =
        (node.operator === "and" && !truth(left, true)) ||
        (node.operator === "or" && truth(left, false));
      value = decided
        ? left
        : binary(ctx, node.operator, left, evaluateForced(ctx, node.right, scope), node.span);
    }
    leftSpan = node.span;
    ctx.observe?.(node, value);
  }
  return value;
}

/** A bool known while compiling, or `otherwise`. */
function truth(value: Value, otherwise: boolean): boolean {
  return value.kind === "bool" ? value.value : otherwise;
}

function pipe(ctx: Context, left: Value, right: Value, at: Expr): Value {
  if (left.kind === "error" || right.kind === "error") return errorValue;
  if (!isCallable(right)) {
    return report(ctx, "wrong-kind", at.span, {
      what: "what stands after `|>`",
      wanted: "a block",
      found: describeValue(right),
    });
  }
  if (isCallable(left)) return compose(ctx, [left, right], at);
  return apply(ctx, right, { positional: [left], named: [] }, at.span, placeOf(at));
}

/** Blocks one after the other; compositions inside are opened, which makes composing associative. */
export function compose(
  ctx: Context,
  parts: readonly Callable[],
  at: Expr | { readonly span: Expr["span"] },
): Value {
  step(ctx, at.span, parts.length);
  const items = parts.flatMap((part) => (part.kind === "composition" ? part.items : [part]));
  if (items.length > limits.listLength)
    stop(ctx, at.span, "the number of blocks in this chain", `${limits.listLength}`);
  step(ctx, at.span, items.length);
  const [only] = items;
  if (only && items.length === 1) return only;
  return { kind: "composition", items };
}

/** A place in the source, as a key for the layers born there. */
export function placeOf(node: { readonly span: Expr["span"] }): string {
  const { file, start, end } = node.span;
  return `${file.path}:${start}:${end}`;
}

function name(ctx: Context, expr: Extract<Expr, { kind: "name" }>, scope: Scope): Value {
  if (expr.name === "_") return { kind: "hole" };
  if (expr.name === "training") return bool(ctx.build.training);
  const found = lookup(scope, expr.name);
  if (found) return found;
  // The number of examples in a pass, known when the data are opened; states of a metric may be as long.
  if (expr.name === "examples" && ctx.place.owner?.root.kind === "metric")
    return int(symbol("examples"));
  return unknownName(ctx, expr.name, expr.span, scope);
}

export function unknownName(ctx: Context, text: string, span: Expr["span"], scope: Scope): Value {
  const details = suggestValue(text, span, visibleNames(scope));
  return report(ctx, "unknown-name", span, { name: text }, details);
}

function listValue(ctx: Context, expr: Extract<Expr, { kind: "list" }>, scope: Scope): Value {
  const items: Value[] = [];
  for (const item of expr.items) {
    const value = evaluateForced(ctx, item.value, scope);
    if (value.kind === "error") return value;
    if (!item.spread) {
      items.push(value);
    } else if (value.kind === "list" || value.kind === "tuple") {
      step(ctx, item.value.span, value.items.length);
      // Not `push(...items)`: a long list would overflow the stack of arguments.
      for (const part of value.items) items.push(part);
    } else {
      return report(ctx, "wrong-kind", item.value.span, {
        what: "what stands after `...`",
        wanted: "a list",
        found: describeValue(value),
      });
    }
    if (items.length > limits.listLength)
      stop(ctx, expr.span, "the length of this list", `${limits.listLength}`);
  }
  return list(items);
}

function recordValue(ctx: Context, expr: Extract<Expr, { kind: "record" }>, scope: Scope): Value {
  const entries = new Map<string, RecordEntry>();
  for (const entry of expr.entries) {
    const value = evaluateForced(ctx, entry.value, scope);
    const first = entries.get(entry.key.text);
    if (first) {
      const notes = [{ message: "the first one is here", span: first.key }];
      report(
        ctx,
        "duplicate-name",
        entry.key.span,
        { name: entry.key.text, what: "an entry" },
        { notes },
      );
    }
    entries.set(entry.key.text, { value, span: entry.value.span, key: entry.key.span });
  }
  return { kind: "record", entries };
}

/** The condition of an `if`, which is chosen while compiling; undefined after reporting. */
export function compileTimeBool(ctx: Context, expr: Expr, scope: Scope): boolean | undefined {
  const value = evaluateForced(ctx, expr, scope);
  if (value.kind === "bool") return value.value;
  if (value.kind === "tensor") {
    report(
      ctx,
      "not-known",
      expr.span,
      { what: "this condition" },
      {
        label: `${describeValue(value)}, known only when the program runs`,
        help: "`where(condition, a, b)` chooses element by element",
      },
    );
  } else if (value.kind !== "error") {
    report(ctx, "wrong-kind", expr.span, {
      what: "a condition",
      wanted: "true or false",
      found: describeValue(value),
    });
  }
  return undefined;
}
