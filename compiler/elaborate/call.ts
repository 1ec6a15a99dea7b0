// Calls: whether one applies or configures, and configuring.

import type { Expr } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { suggest } from "../../grammar/suggest.ts";
import { apply, type Arguments, type NamedArgument } from "./apply.ts";
import { report, type Context } from "./context.ts";
import { evaluate, evaluateForced, placeOf } from "./evaluate.ts";
import { force, isDeferred } from "./force.ts";
import { configureByName, declaredHere } from "./inputs.ts";
import type { Scope } from "./scope.ts";
import { counted, describeValue, parametersHelp } from "./text.ts";
import {
  errorValue,
  holdsTensor,
  isCallable,
  isText,
  type BlockValue,
  type IntrinsicValue,
  type Value,
} from "./values.ts";

export function call(ctx: Context, expr: Extract<Expr, { kind: "call" }>, scope: Scope): Value {
  const callee = evaluate(ctx, expr.callee, scope);
  const args = evaluateArguments(ctx, expr, scope);
  if (callee.kind === "error" || args === undefined) return errorValue;
  if (!isCallable(callee)) {
    return report(ctx, "wrong-kind", expr.callee.span, {
      what: "what is called",
      wanted: "a block",
      found: describeValue(callee),
    });
  }
  return callValue(ctx, callee, args, expr.span, placeOf(expr));
}

function evaluateArguments(
  ctx: Context,
  expr: Extract<Expr, { kind: "call" }>,
  scope: Scope,
): Arguments | undefined {
  const positional: Value[] = [];
  const named: NamedArgument[] = [];
  let failed = false;
  for (const argument of expr.arguments) {
    // Blocks without inputs stay recipes where a block may be wanted, but become tensors where they are ones.
    const value = argument.name
      ? evaluate(ctx, argument.value, scope)
      : evaluateForced(ctx, argument.value, scope);
    failed ||= value.kind === "error";
    if (argument.name) named.push({ name: argument.name, value, span: argument.value.span });
    else positional.push(value);
  }
  return failed ? undefined : { positional, named };
}

/** Applies if an unnamed argument is a tensor or the block has no settings; configures otherwise. */
export function callValue(
  ctx: Context,
  callee: Value,
  args: Arguments,
  span: Span,
  place: string,
): Value {
  const count = args.positional.length + args.named.length;
  const hasTensor = args.positional.some((value) => holdsTensor(value) || isText(value));
  switch (callee.kind) {
    case "block": {
      const { settings } = callee.definition;
      const isFull =
        isDeferred(callee) &&
        args.positional.length > 0 &&
        settings.every((param) => callee.given.has(param.name.text));
      if (hasTensor || isFull || (settings.length === 0 && count > 0)) {
        return apply(ctx, callee, args, span, place);
      }
      const configured = configure(ctx, callee, args, span);
      return configured.kind === "block" && isDeferred(configured)
        ? force(ctx, configured, span)
        : configured;
    }
    case "intrinsic": {
      const { intrinsic } = callee;
      const numeric = intrinsic.numeric && args.positional.length > 0;
      if (
        intrinsic.inputs.length > 0 &&
        (hasTensor || numeric || (intrinsic.settings.length === 0 && count > 0))
      ) {
        return apply(ctx, callee, args, span, place);
      }
      const configured = configureIntrinsic(ctx, callee, args, span);
      return isDeferred(configured) ? force(ctx, configured, span) : configured;
    }
    case "composition":
      if (count === 0) return callee;
      return apply(ctx, callee, args, span, place);
    case "layer": {
      const [setting] = args.named.filter((arg) => isSetting(callee.recipe, arg.name.text));
      const { recipe } = callee;
      const configures =
        args.positional.length > 0 &&
        !hasTensor &&
        recipe.kind === "block" &&
        recipe.definition.settings.length > 0;
      if (setting || configures) {
        const layer = callee.layer.path === "" ? callee.layer.block : callee.layer.path;
        return report(
          ctx,
          "layer-configured",
          setting?.name.span ?? span,
          { layer },
          { notes: [{ message: "the layer is born here", span: callee.layer.span }] },
        );
      }
      return apply(ctx, callee, args, span, place);
    }
    default:
      return apply(ctx, callee, args, span, place);
  }
}

function isSetting(recipe: Value, name: string): boolean {
  return (
    recipe.kind === "block" && recipe.definition.settings.some((param) => param.name.text === name)
  );
}

/** Unnamed arguments fill the settings not yet given, in order. */
export function configure(ctx: Context, block: BlockValue, args: Arguments, span: Span): Value {
  const named = configureByName(ctx, block, args);
  if (!named) return errorValue;
  const free = block.definition.settings.filter((param) => !named.given.has(param.name.text));
  if (args.positional.length > free.length) {
    const wanted = counted(block.definition.settings.length, "setting");
    const found = args.positional.length;
    return report(
      ctx,
      "too-many-arguments",
      span,
      { block: block.definition.name, wanted, found },
      declaredHere(block),
    );
  }
  const given = new Map(named.given);
  for (const [i, value] of args.positional.entries()) {
    const param = free[i];
    if (param) given.set(param.name.text, { value, span });
  }
  return { ...named, given };
}

/** The same for an intrinsic. */
export function configureIntrinsic(
  ctx: Context,
  callee: IntrinsicValue,
  args: Arguments,
  span: Span,
): Value {
  const { intrinsic } = callee;
  const given = new Map(callee.given);
  const known = [...intrinsic.settings.map((setting) => setting.name), ...intrinsic.inputs];
  for (const { name, value, span: at } of args.named) {
    if (!known.includes(name.text) && !intrinsic.openNames) {
      return report(
        ctx,
        "unknown-argument",
        name.span,
        { name: name.text, block: intrinsic.name },
        suggest(name.text, name.span, known, parametersHelp(intrinsic.name, known)),
      );
    }
    given.set(name.text, { value, span: at });
  }
  const free = intrinsic.settings.filter((setting) => !given.has(setting.name));
  if (args.positional.length > free.length) {
    const wanted =
      intrinsic.settings.length > 0
        ? counted(intrinsic.settings.length, "setting")
        : counted(intrinsic.inputs.length, "input");
    return report(ctx, "too-many-arguments", span, {
      block: intrinsic.name,
      wanted,
      found: args.positional.length,
    });
  }
  for (const [i, value] of args.positional.entries()) {
    const setting = free[i];
    if (setting) given.set(setting.name, { value, span });
  }
  return { ...callee, given };
}
