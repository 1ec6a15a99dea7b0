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
  later("choose", ["shape", "weights"], []),
  later("vocab", ["min_count", "limit"], ["tokens"]),
  later("tokenize", ["kind"], ["text"]),
  later("begin", [], ["ids"]),
  later("end", [], ["ids"]),
  // Blocks that the standard library will hold.
  later("rnn", ["hidden"], ["x"]),
  later("rnn_cell", ["hidden"], ["x", "h"]),
  later("gru", ["hidden"], ["x"]),
  later("gru_cell", ["hidden"], ["x", "h"]),
  later("lstm", ["hidden"], ["x"]),
  later("lstm_cell", ["hidden"], ["x", "state"]),
  later("causal", ["time"], []),
  later("masked_mean", ["mask"], ["x"]),
  later("bleu", ["up_to"], ["guess", "goal"]),
];
