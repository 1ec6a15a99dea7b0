// Intrinsics of the language that later stages do not run yet: they are known, and say so.

import { report } from "../context.ts";
import { noneValue } from "../values.ts";
import type { Intrinsic } from "./define.ts";

function later(name: string, settings: readonly string[], inputs: readonly string[]): Intrinsic {
  return {
    name,
    settings: settings.map((setting) => ({ name: setting, default: noneValue })),
    inputs,
    required: 0,
    variadic: true,
    openNames: true,
    build: (call) => report(call.ctx, "not-yet", call.span, { what: `\`${name}\`` }),
  };
}

export const laterIntrinsics: readonly Intrinsic[] = [
  later("sort", ["axis", "descending"], ["x"]),
  later("argsort", ["axis", "descending"], ["x"]),
];
