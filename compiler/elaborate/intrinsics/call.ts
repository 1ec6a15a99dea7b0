// Calling an intrinsic: its inputs in order or by name, its settings with their defaults.

import type { Span } from "../../../grammar/source.ts";
import { missingArguments, type NamedArgument } from "../apply.ts";
import { configureIntrinsic } from "../call.ts";
import { step, report, type Context } from "../context.ts";
import { force } from "../force.ts";
import { counted } from "../text.ts";
import { errorValue, type GivenValue, type IntrinsicValue, type Value } from "../values.ts";

/** All settings without a default are given. */
export function isComplete(value: IntrinsicValue): boolean {
  return value.intrinsic.settings.every(
    (setting) => setting.default !== undefined || value.given.has(setting.name),
  );
}

export function buildIntrinsic(
  ctx: Context,
  callee: IntrinsicValue,
  args: readonly Value[],
  span: Span,
  named: readonly NamedArgument[] = [],
): Value {
  step(ctx, span);
  const { intrinsic } = callee;
  const configured =
    named.length > 0 ? configureIntrinsic(ctx, callee, { positional: [], named }, span) : callee;
  if (configured.kind !== "intrinsic") return errorValue;
  const { given } = configured;

  const free = intrinsic.inputs.filter((name) => !given.has(name));
  const required = intrinsic.required ?? intrinsic.inputs.length;
  const [only, ...more] = args;
  const positional =
    only?.kind === "tuple" && more.length === 0 && required > 1 && free.length > 1
      ? only.items
      : args;
  if (positional.length > free.length && !intrinsic.variadic) {
    const wanted = counted(intrinsic.inputs.length, "input");
    return report(ctx, "too-many-arguments", span, {
      block: intrinsic.name,
      wanted,
      found: positional.length,
    });
  }
  const byName = new Map<string, Value>();
  for (const name of intrinsic.inputs) {
    const known = given.get(name);
    if (known) byName.set(name, force(ctx, known.value, span));
  }
  for (const [i, name] of free.entries()) {
    const value = positional[i];
    if (value) byName.set(name, force(ctx, value, span));
  }
  const missing = [
    ...intrinsic.settings
      .filter((setting) => setting.default === undefined && !given.has(setting.name))
      .map((setting) => setting.name),
    ...intrinsic.inputs.slice(0, required).filter((name) => !byName.has(name)),
  ];
  if (missing.length > 0) return missingArguments(ctx, missing, intrinsic.name, span);

  const inputs: Value[] = intrinsic.inputs.map((name) => byName.get(name) ?? { kind: "none" });
  if (intrinsic.variadic)
    inputs.push(...positional.slice(free.length).map((value) => force(ctx, value, span)));
  if (inputs.some((value) => value.kind === "error")) return errorValue;

  const settings = new Map<string, GivenValue>();
  for (const setting of intrinsic.settings) {
    const value = given.get(setting.name) ?? (setting.default && { value: setting.default, span });
    if (value) settings.set(setting.name, { ...value, value: force(ctx, value.value, value.span) });
  }
  if (intrinsic.openNames) {
    for (const [name, value] of given)
      if (!intrinsic.inputs.includes(name)) settings.set(name, value);
  }
  if ([...settings.values()].some(({ value }) => value.kind === "error")) return errorValue;
  return intrinsic.build({ ctx, span, name: intrinsic.name, inputs, settings });
}
