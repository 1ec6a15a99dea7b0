// Which argument is which input: in order, by name, a tuple taken apart for a block with several inputs.

import { suggest } from "../../grammar/suggest.ts";
import type { Span } from "../../grammar/source.ts";
import { missingArguments, type Arguments } from "./apply.ts";
import { report, type Context } from "./context.ts";
import { missingSettings } from "./force.ts";
import { counted, parametersHelp } from "./text.ts";
import type { BlockValue, GivenValue } from "./values.ts";

export interface FilledInputs {
  /** With the settings that were named in the applying call. */
  readonly block: BlockValue;
  readonly values: ReadonlyMap<string, GivenValue>;
}

export function fillInputs(
  ctx: Context,
  block: BlockValue,
  args: Arguments,
  span: Span,
): FilledInputs | undefined {
  const { definition } = block;
  const configured = configureByName(ctx, block, args);
  if (!configured) return undefined;
  const values = new Map<string, GivenValue>();
  for (const param of definition.inputs) {
    const known = configured.given.get(param.name.text);
    if (known) values.set(param.name.text, known);
  }
  const free = definition.inputs.filter((param) => !values.has(param.name.text));
  const [only, ...more] = args.positional;
  // One tuple for several inputs is taken apart, unless the only input still needed is itself a tuple.
  const needed = free.filter((param) => param.type?.optional !== true && !param.default);
  const aTuple = needed.length <= 1 && (needed[0] ?? free[0])?.type?.kind === "tuple";
  const positional =
    only?.kind === "tuple" && more.length === 0 && free.length > 1 && !aTuple
      ? only.items
      : args.positional;
  if (positional.length > free.length) {
    const inputs = counted(definition.inputs.length, "input");
    const wanted =
      free.length < definition.inputs.length
        ? `${inputs}, of which ${definition.inputs.length - free.length} given by name`
        : inputs;
    report(
      ctx,
      "too-many-arguments",
      span,
      { block: definition.name, wanted, found: positional.length },
      declaredHere(block),
    );
    return undefined;
  }
  for (const [i, value] of positional.entries()) {
    const param = free[i];
    if (param) values.set(param.name.text, { value, span });
  }
  const missing = [
    ...missingSettings(configured),
    ...definition.inputs
      .filter(
        (param) => !values.has(param.name.text) && !param.default && param.type?.optional !== true,
      )
      .map((param) => param.name.text),
  ];
  if (missing.length > 0) {
    missingArguments(ctx, missing, definition.name, span);
    return undefined;
  }
  return { block: configured, values };
}

/** The block with named arguments added; later values win. Undefined after reporting a name it does not have. */
export function configureByName(
  ctx: Context,
  block: BlockValue,
  args: Pick<Arguments, "named">,
): BlockValue | undefined {
  if (args.named.length === 0) return block;
  const { definition } = block;
  const known = [...definition.settings, ...definition.inputs].map((param) => param.name.text);
  const given = new Map(block.given);
  const seen = new Set<string>();
  for (const { name, value, span } of args.named) {
    if (!known.includes(name.text)) {
      report(
        ctx,
        "unknown-argument",
        name.span,
        { name: name.text, block: definition.name },
        {
          ...declaredHere(block),
          ...suggest(name.text, name.span, known, parametersHelp(definition.name, known)),
        },
      );
      return undefined;
    }
    if (seen.has(name.text)) {
      report(ctx, "repeated-argument", name.span, { name: name.text });
      return undefined;
    }
    seen.add(name.text);
    given.set(name.text, { value, span });
  }
  return { ...block, given };
}

export function declaredHere(block: BlockValue): { notes: { message: string; span: Span }[] } {
  const { name } = block.definition.syntax;
  return { notes: [{ message: `\`${name.text}\` is declared here`, span: name.span }] };
}
