// A block without a list of inputs is the value of its body as soon as its required settings are there. It is worked out
// where that value is needed, so that `generator(32)` and `generator` may both stand for it.

import type { Span } from "../../grammar/source.ts";
import { runBlockBody } from "./apply.ts";
import { repetitionOf, withPlace, type Context } from "./context.ts";
import { buildIntrinsic, isComplete } from "./intrinsics/call.ts";
import type { BlockValue, Value } from "./values.ts";

/** Whether this block has no inputs and lacks no setting. */
export function isDeferred(value: Value): value is Extract<Value, { kind: "block" | "intrinsic" }> {
  if (value.kind === "block")
    return !value.definition.applicable && missingSettings(value).length === 0;
  return value.kind === "intrinsic" && value.intrinsic.inputs.length === 0 && isComplete(value);
}

export function missingSettings(value: BlockValue): string[] {
  return value.definition.settings
    .filter(
      (param) => !param.default && !isOptional(param.type) && !value.given.has(param.name.text),
    )
    .map((param) => param.name.text);
}

function isOptional(type: BlockValue["definition"]["settings"][number]["type"]): boolean {
  return type?.optional === true;
}

/** The value of a block without inputs; anything else as it is. */
export function force(ctx: Context, value: Value, span: Span): Value {
  let found = value;
  while (isDeferred(found)) {
    if (found.kind === "intrinsic") {
      found = buildIntrinsic(ctx, found, [], span);
    } else {
      const block = found;
      const repetition = repetitionOf(
        ctx,
        ctx.place.repetition,
        `${block.definition.name}@${span.file.path}:${span.start}`,
      );
      found = withPlace(ctx, { ...ctx.place, repetition }, () =>
        runBlockBody(ctx, block, new Map(), span),
      );
    }
  }
  return found;
}
