// Bodies: statements in order, until one returns.

import type { Body, Let, Pattern, Statement } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { withPlace, emit, report, repetitionOf, step, type Context } from "./context.ts";
import { compileTimeBool, evaluate, evaluateForced, placeOf } from "./evaluate.ts";
import { bornLayer } from "./apply.ts";
import { newBindings } from "./dimensions.ts";
import { isDeferred, force, missingSettings } from "./force.ts";
import { declareTensor, tensorInput } from "./parameters.ts";
import { bind, bindOne, lookup, type Scope } from "./scope.ts";
import { assumeType } from "./signature.ts";
import { sameShape, toTensor } from "./tensors.ts";
import { describeValue, formatShape } from "./text.ts";
import type { OwnedTensor } from "./layers.ts";
import type { Node } from "../ir/graph.ts";
import { errorValue, isNumber, list, tensor, tuple, type Value } from "./values.ts";

/** States declared so far in a body, for `update`. */
type States = Map<string, OwnedTensor>;

/** The value that a body returns. */
export function runBody(ctx: Context, body: Body, scope: Scope): Value {
  const outcome = run(ctx, body, scope, new Map());
  return outcome.returned ?? report(ctx, "missing-return", body.span, { block: "this body" });
}

interface Outcome {
  readonly scope: Scope;
  readonly returned: Value | undefined;
}

function run(ctx: Context, body: Body, start: Scope, states: States): Outcome {
  let scope = start;
  for (const statement of body.statements) {
    const outcome = runStatement(ctx, statement, scope, states);
    if (outcome.returned) return outcome;
    scope = outcome.scope;
  }
  return { scope, returned: undefined };
}

function runStatement(ctx: Context, statement: Statement, scope: Scope, states: States): Outcome {
  step(ctx, statement.span);
  switch (statement.kind) {
    case "let": {
      const value = evaluate(ctx, statement.value, scope);
      return { scope: bindLet(ctx, statement, value, scope), returned: undefined };
    }
    case "param":
    case "state": {
      const declared = declareTensor(ctx, statement, scope);
      if (!declared)
        return { scope: bindOne(scope, statement.name.text, errorValue), returned: undefined };
      if (statement.kind === "state") states.set(statement.name.text, declared);
      const node = tensorInput(ctx, declared);
      return { scope: bindOne(scope, statement.name.text, tensor(node)), returned: undefined };
    }
    case "update":
      return { scope: update(ctx, statement, scope, states), returned: undefined };
    case "if": {
      const condition = compileTimeBool(ctx, statement.condition, scope);
      if (condition === undefined) return { scope, returned: errorValue };
      const branch = condition ? statement.then : statement.else;
      if (!branch) return { scope, returned: undefined };
      // What the branch binds ends with it; what it updates is seen after it, as the state's new value.
      const before = new Map(ctx.build.updates);
      const inner = run(ctx, branch, scope, states);
      if (inner.returned) return inner;
      return { scope: carryUpdates(ctx, scope, states, before), returned: undefined };
    }
    case "return":
      return { scope, returned: evaluateForced(ctx, statement.value, scope) };
    default:
      return statement satisfies never;
  }
}

/** States that a branch has updated read as their new values after it too. */
function carryUpdates(
  ctx: Context,
  scope: Scope,
  states: States,
  before: ReadonlyMap<string, Node>,
): Scope {
  let result = scope;
  for (const [name, state] of states) {
    const node = ctx.build.updates.get(state.path);
    const old = before.get(state.path);
    const seen = lookup(scope, name);
    const isState =
      seen?.kind === "tensor" && (seen.node === old || seen.node.attrs["name"] === state.path);
    if (node && node !== old && isState) {
      result = bindOne(result, name, tensor(node));
    }
  }
  return result;
}

function update(
  ctx: Context,
  statement: Extract<Statement, { kind: "update" }>,
  scope: Scope,
  states: States,
): Scope {
  const { name } = statement;
  const state = states.get(name.text);
  if (!state) {
    const known = lookup(scope, name.text);
    if (known?.kind !== "error") {
      report(ctx, "not-a-state", name.span, {
        name: name.text,
        found: known ? describeValue(known) : "unknown",
      });
    }
    return scope;
  }
  const owner = ctx.place.owner;
  if (!owner || !ctx.build.effective(owner)) return scope;
  const value = evaluateForced(ctx, statement.value, scope);
  const node = newValue(ctx, value, state, statement.value.span);
  if (!node) return bindOne(scope, name.text, errorValue);
  ctx.build.updates.set(state.path, node);
  return bindOne(scope, name.text, tensor(node));
}

/** The new value of a state: its own type, but numbers fit every one. */
function newValue(
  ctx: Context,
  value: Value,
  state: OwnedTensor,
  span: Span,
): ReturnType<typeof toTensor> {
  const { dtype, shape } = state.type;
  const what = `the new value of \`${state.name}\``;
  const node = toTensor(
    ctx,
    span,
    value,
    isNumber(value) || value.kind === "bool" ? dtype : undefined,
    what,
  );
  if (!node) return undefined;
  if (node.type.dtype !== dtype) {
    report(
      ctx,
      "dtype-mismatch",
      span,
      { what, expected: dtype, found: node.type.dtype },
      { help: `\`${dtype}(…)\` converts` },
    );
    return undefined;
  }
  if (sameShape(node.type.shape, shape)) return node;
  if (node.type.shape.length === 0)
    return emit(ctx, span, "broadcast", [node], { shape: [...shape] });
  report(
    ctx,
    "shape-mismatch",
    span,
    { what, left: formatShape(shape), right: formatShape(node.type.shape) },
    { notes: [{ message: "the state is declared here", span: state.span }] },
  );
  return undefined;
}

/** The scope after a `let`: its names, and the dimensions that its type binds. */
export function bindLet(ctx: Context, statement: Let, value: Value, scope: Scope): Scope {
  const { span } = statement.value;
  if (!statement.type) return bindPattern(ctx, statement.pattern, value, scope, span);
  const bindings = newBindings();
  const checked = assumeType(ctx, force(ctx, value, span), statement.type, scope, span, bindings);
  return bindPattern(ctx, statement.pattern, checked, bind(scope, bindings.names), span);
}

/**
 * Binds the names of a pattern. In the body of a layer a recipe that gets a name becomes a layer of that name, each
 * element of a list or tuple by itself.
 */
export function bindPattern(
  ctx: Context,
  pattern: Pattern,
  given: Value,
  scope: Scope,
  span: Span,
): Scope {
  if (pattern.kind === "name") {
    if (pattern.name.text === "_") return scope;
    const value = bear(ctx, given, pattern.name.text, placeOf(pattern), span);
    return bindOne(scope, pattern.name.text, value);
  }
  const value = force(ctx, given, span);
  if (value.kind !== "error" && value.kind !== "tuple" && value.kind !== "list") {
    report(ctx, "wrong-kind", span, {
      what: `a value for ${pattern.items.length} names`,
      wanted: "a tuple or list",
      found: describeValue(value),
    });
  }
  const items = value.kind === "tuple" || value.kind === "list" ? value.items : undefined;
  if (items && items.length !== pattern.items.length) {
    report(ctx, "tuple-length", pattern.span, {
      wanted: pattern.items.length,
      found: items.length,
    });
  }
  const fits = items?.length === pattern.items.length;
  return pattern.items.reduce<Scope>(
    (inner, part, i) =>
      bindPattern(ctx, part, (fits ? items[i] : undefined) ?? errorValue, inner, span),
    scope,
  );
}

/** What may hold recipes. */
const mayBear: ReadonlySet<Value["kind"]> = new Set(["block", "composition", "list", "tuple"]);

/** A layer for a recipe that gets a name, where there is a layer to own it; elements of a list are `name.0`, `name.1`, … */
function bear(ctx: Context, value: Value, name: string, place: string, span: Span): Value {
  if (!ctx.place.owner) return value;
  step(ctx, span);
  switch (value.kind) {
    case "list":
    case "tuple": {
      if (value.hasTensor || !value.items.some((item) => mayBear.has(item.kind))) return value;
      const items = value.items.map((item, i) =>
        bear(ctx, item, `${name}.${i}`, `${place}/${i}`, span),
      );
      return value.kind === "list" ? list(items) : tuple(items, value.names);
    }
    case "block": {
      if (isDeferred(value)) {
        const repetition = repetitionOf(ctx, ctx.place.repetition, place);
        const forced = withPlace(ctx, { ...ctx.place, repetition }, () => force(ctx, value, span));
        return bear(ctx, forced, name, place, span);
      }
      // A recipe that lacks settings cannot be a layer yet; it stays one to be configured.
      return missingSettings(value).length > 0 ? value : bornLayer(ctx, value, place, name, span);
    }
    case "composition":
      return bornLayer(ctx, value, place, name, span);
    default:
      return value;
  }
}
