// A block's signature: settings get their types, inputs are matched with their patterns, the result is checked.

import type { Body, Expr, Param, Type } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import { compare, type Dim } from "../ir/dim.ts";
import { inputName, type Node } from "../ir/graph.ts";
import { emit, emitValue, report, type Context } from "./context.ts";
import { convert, convertLike } from "./convert.ts";
import {
  evaluateShape,
  matchShape,
  newBindings,
  type Bindings,
  type Matching,
} from "./dimensions.ts";
import { evaluate, evaluateForced } from "./evaluate.ts";
import { force } from "./force.ts";
import { bind, bindOne, type Scope } from "./scope.ts";
import { castNode, toTensor } from "./tensors.ts";
import { describeValue } from "./text.ts";
import {
  errorValue,
  isNumber,
  noneValue,
  tensor,
  tuple,
  type BlockDefinition,
  type BlockValue,
  type GivenValue,
  type Value,
} from "./values.ts";

/** The settings of a block as names; defaults see the settings before them. Undefined after reporting. */
export function bindSettings(ctx: Context, block: BlockValue, span: Span): Scope | undefined {
  let scope = block.definition.scope;
  let failed = false;
  for (const param of block.definition.settings) {
    const value = settingValue(ctx, block, param, scope, span);
    failed ||= value.kind === "error";
    scope = bindOne(scope, param.name.text, value);
  }
  return failed ? undefined : scope;
}

function settingValue(
  ctx: Context,
  block: BlockValue,
  param: Param,
  scope: Scope,
  span: Span,
): Value {
  const what = `the setting \`${param.name.text}\` of \`${block.definition.name}\``;
  const given = block.given.get(param.name.text);
  const value = given?.value ?? (param.default ? evaluate(ctx, param.default, scope) : noneValue);
  const at = given?.span ?? param.default?.span ?? span;
  if (param.type) return convert(ctx, value, param.type, what, at);
  if (given && param.default)
    return convertLike(ctx, value, evaluate(ctx, param.default, scope), what, at);
  return value;
}

export interface Signature {
  /** What the body sees. */
  readonly scope: Scope;
  readonly bindings: Bindings;
  readonly outer: Scope;
  readonly span: Span;
}

/** Inputs bound to their names, dimensions to theirs. Undefined after reporting. */
export function bindInputs(
  ctx: Context,
  definition: BlockDefinition,
  settings: Scope,
  inputs: ReadonlyMap<string, GivenValue>,
  span: Span,
): Signature | undefined {
  const bindings = newBindings();
  const names = new Map<string, Value>();
  for (const param of definition.inputs) {
    const given = inputs.get(param.name.text);
    const value =
      given?.value ?? (param.default ? evaluateForced(ctx, param.default, settings) : noneValue);
    if (!param.type) continue;
    const what = `the input \`${param.name.text}\` of \`${definition.name}\``;
    const fitted = fitInput(ctx, value, param.type, {
      ctx,
      bindings,
      scope: settings,
      what,
      span: given?.span ?? span,
    });
    if (!fitted) return undefined;
    names.set(param.name.text, fitted);
  }
  const scope = bind(bind(settings, bindings.names), names);
  return { scope, bindings, outer: settings, span };
}

interface InputPlace {
  readonly ctx: Context;
  readonly bindings: Bindings;
  readonly scope: Scope;
  readonly what: string;
  readonly span: Span;
}

function fitInput(ctx: Context, given: Value, type: Type, place: InputPlace): Value | undefined {
  const { what, span } = place;
  if (type.optional && given.kind === "none") return given;
  const value = force(ctx, given, span);
  if (type.kind === "tuple") {
    const items = value.kind === "tuple" || value.kind === "list" ? value.items : undefined;
    if (items?.length !== type.items.length) {
      if (value.kind !== "error") {
        report(ctx, "wrong-kind", span, {
          what,
          wanted: `a tuple of ${type.items.length} tensors`,
          found: describeValue(value),
        });
      }
      return undefined;
    }
    const parts: Value[] = [];
    for (const [i, part] of type.items.entries()) {
      const fitted = fitInput(ctx, items[i] ?? errorValue, part.type, {
        ...place,
        what: `part ${i} of ${what}`,
      });
      if (!fitted) return undefined;
      parts.push(fitted);
    }
    return tuple(parts);
  }
  if (type.kind !== "tensor") return value;
  const wanted = (type.element?.text ?? "f32") as DType;
  const known =
    isNumber(value) ||
    value.kind === "bool" ||
    ((value.kind === "list" || value.kind === "tuple") && !value.hasTensor);
  const raw = toTensor(ctx, span, value, known ? wanted : undefined, what);
  // Without an element type in the declaration, integers and bools count as numbers: `average(guess == label)`.
  const node = raw && !type.element ? castNode(ctx, span, raw, "f32") : raw;
  if (!node) return undefined;
  if (node.type.dtype !== wanted) {
    report(
      ctx,
      "dtype-mismatch",
      span,
      { what, expected: wanted, found: node.type.dtype },
      { notes: [{ message: "declared here", span: type.span }], help: `\`${wanted}(…)\` converts` },
    );
    return undefined;
  }
  const source = sourceOf(node);
  const matching: Matching = {
    what,
    declared: type.span,
    assume: false,
    result: false,
    ...(source ? { source } : {}),
  };
  return matchShape(ctx, type.shape, node.type.shape, place.bindings, place.scope, span, matching)
    ? tensor(node)
    : undefined;
}

/** The field of the data, or the input of a model by itself, that a tensor is. */
function sourceOf(node: Node): Matching["source"] {
  const { op, attrs, origin, type } = node;
  const isField = op === "input" && attrs["role"] === "field" && type.shape.length > 0;
  return isField ? { name: inputName(node), span: origin.span } : undefined;
}

/** The value of a body against the declared result. */
export function checkResult(
  ctx: Context,
  definition: BlockDefinition,
  signature: Signature,
  value: Value,
): Value {
  const type = definition.syntax.result;
  if (!type) return value;
  const what = `the result of \`${definition.name}\``;
  return fitResult(ctx, value, type, signature, what, returned(definition.syntax.body));
}

/** What a body returns, if that stands in one place. */
function returned(body: Body): Expr | undefined {
  const last = body.statements.at(-1);
  const branches = body.statements.some((statement) => statement.kind === "if");
  return last?.kind === "return" && !branches ? last.value : undefined;
}

function fitResult(
  ctx: Context,
  value: Value,
  type: Type,
  signature: Signature,
  what: string,
  expr: Expr | undefined,
): Value {
  const span = expr?.span ?? type.span;
  if (type.optional && value.kind === "none") return value;
  if (type.kind === "tuple") {
    const [only, ...more] = type.items;
    if (only && more.length === 0)
      return fitResult(
        ctx,
        value,
        only.type,
        signature,
        only.name ? `the result \`${only.name.text}\`` : what,
        expr,
      );
    if (value.kind !== "tuple" || value.items.length !== type.items.length) {
      return report(ctx, "wrong-kind", span, {
        what,
        wanted: `a tuple of ${type.items.length}`,
        found: describeValue(value),
      });
    }
    const parts = type.items.map((item, i) =>
      fitResult(
        ctx,
        value.items[i] ?? errorValue,
        item.type,
        signature,
        `the result \`${item.name?.text ?? i}\``,
        expr?.kind === "tuple" ? expr.items[i] : expr,
      ),
    );
    return parts.some((part) => part.kind === "error")
      ? errorValue
      : tuple(
          parts,
          type.items.map((item) => item.name?.text),
        );
  }
  if (type.kind !== "tensor") return convert(ctx, value, type, what, span);
  const wanted = (type.element?.text ?? "f32") as DType;
  const known = isNumber(value) || value.kind === "bool";
  // A number for a scalar result stays a number: a schedule that is constant.
  if (isNumber(value) && type.shape.length === 0) return value;
  const node = toTensor(ctx, span, value, known ? wanted : undefined, what);
  if (!node) return errorValue;
  if (type.element ? node.type.dtype !== wanted : false) {
    return report(
      ctx,
      "dtype-mismatch",
      span,
      { what, expected: wanted, found: node.type.dtype },
      { help: `\`${wanted}(…)\` converts` },
    );
  }
  const matching: Matching = { what, declared: type.span, assume: false, result: true };
  const fits = matchShape(
    ctx,
    type.shape,
    node.type.shape,
    signature.bindings,
    signature.outer,
    span,
    matching,
  );
  return fits ? tensor(node) : errorValue;
}

/** `let name: [shape] = value`: names are bound, what is not known to be equal is assumed; other types convert. */
export function assumeType(
  ctx: Context,
  value: Value,
  type: Type,
  scope: Scope,
  span: Span,
  bindings: Bindings,
  what = "this value",
): Value {
  if (value.kind === "error") return value;
  if (type.kind !== "tensor") return convert(ctx, value, type, what, span);
  if (type.optional && value.kind === "none") return value;
  const wanted = (type.element?.text ?? "f32") as DType;
  const known = value.kind !== "tensor";
  const node = toTensor(ctx, span, value, known ? wanted : undefined, what);
  if (!node) return errorValue;
  if (node.type.dtype !== wanted) {
    return report(
      ctx,
      "dtype-mismatch",
      span,
      { what, expected: wanted, found: node.type.dtype },
      { help: `\`${wanted}(…)\` converts` },
    );
  }
  const matching: Matching = {
    what,
    declared: type.span,
    assume: true,
    result: false,
  };
  if (!matchShape(ctx, type.shape, node.type.shape, bindings, scope, span, matching))
    return errorValue;
  const shape = assumedShape(ctx, type, bindings, node, scope);
  if (!shape || shape.every((size, i) => compare(size, node.type.shape[i] ?? 0) === "equal"))
    return tensor(node);
  // The reshape to the assumed sizes is where specialising checks them.
  return emitValue(ctx, span, "reshape", [node], { shape, assumed: true });
}

/** The tensor's shape with the declared dimensions in the place of its own where they are known. */
function assumedShape(
  ctx: Context,
  type: Extract<Type, { kind: "tensor" }>,
  bindings: Bindings,
  node: Node,
  scope: Scope,
): Dim[] | undefined {
  if (
    type.shape.some(
      (dim) => dim.kind === "rest" || (dim.value.kind === "name" && dim.value.name === "_"),
    )
  )
    return undefined;
  return evaluateShape(ctx, type.shape, bind(scope, bindings.names));
}

/** A tensor of rank 0 or the right shape in the declared type; for initial values. */
export function toType(
  ctx: Context,
  node: Node,
  dtype: DType,
  shape: readonly Dim[],
  span: Span,
): Node | undefined {
  const converted = castNode(ctx, span, node, dtype);
  return (
    converted &&
    (node.type.shape.length === 0 && shape.length > 0
      ? emit(ctx, span, "broadcast", [converted], { shape: [...shape] })
      : converted)
  );
}
