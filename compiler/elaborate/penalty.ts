// `l2("*.weight")` in a training: a penalty on the parameters whose paths fit.

import { binary } from "./arithmetic.ts";
import { emitValue, report } from "./context.ts";
import type { Intrinsic } from "./intrinsics/define.ts";
import type { OpenModel } from "./model.ts";
import { tensorInput } from "./parameters.ts";
import { fitsPattern } from "./patterns.ts";
import { describeValue } from "./text.ts";
import { errorValue, float, noneValue, type Value } from "./values.ts";

/** `l2("*.weight")`: the sum of the squares of the parameters that fit. */
export function penalty(model: OpenModel): Intrinsic {
  return {
    name: "l2",
    settings: [{ name: "pattern" }],
    inputs: [],
    build: ({ ctx, span, settings }) => {
      const pattern = settings.get("pattern")?.value ?? noneValue;
      if (pattern.kind !== "string") {
        return report(ctx, "wrong-kind", span, {
          what: "the setting `pattern` of `l2`",
          wanted: "a pattern of paths in quotes",
          found: describeValue(pattern),
        });
      }
      const fitting = model.root.tensors.filter(
        (t) => t.role === "parameter" && fitsPattern(pattern.value, t.path),
      );
      if (fitting.length === 0)
        return report(ctx, "unused-pattern", span, { pattern: pattern.value });
      let sum: Value = float(0);
      for (const owned of fitting) {
        const node = tensorInput(ctx, owned);
        const square = emitValue(ctx, span, "mul", [node, node]);
        if (square.kind !== "tensor") return errorValue;
        const axes = owned.type.shape.map((_, axis) => axis);
        const total = emitValue(ctx, span, "reduce", [square.node], {
          kind: "sum",
          axes,
          ties: "share",
        });
        sum = binary(ctx, "+", sum, total, span);
      }
      return sum;
    },
  };
}
