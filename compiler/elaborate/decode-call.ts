// A decode declaration as a block: in the metrics of its training, on fields of the batch, it is what the model
// generates for them. The graph has an input for it, which an evaluation pass fills.

import type { Decode, Train } from "../../grammar/ast.ts";
import { symbol } from "../ir/dim.ts";
import { inputName, topological, type Node } from "../ir/graph.ts";
import { graphInput, report, type Context } from "./context.ts";
import { entriesOf } from "./decode-entries.ts";
import { evaluateForced } from "./evaluate.ts";
import type { FileScope } from "./files.ts";
import type { IntrinsicCall } from "./intrinsics/define.ts";
import { wholeNumber } from "./phases.ts";
import { describeValue } from "./text.ts";
import { errorValue, tensor, type Value } from "./values.ts";

const prefix = "decode:";

/** Name of the graph's input for what a declaration generates. */
export function decodeInput(name: string): string {
  return prefix + name;
}

/** The declaration whose generated text a value depends on, if any. */
export function decodedIn(node: Node): string | undefined {
  const found = topological([node]).find(
    (each) => each.op === "input" && inputName(each).startsWith(prefix),
  );
  return found && inputName(found).slice(prefix.length);
}

/** The training that a declaration names; undefined after reporting. */
export function trainingOf(
  ctx: Context,
  { training: expr }: Decode,
  file: FileScope,
): { readonly declaration: Train; readonly file: FileScope } | undefined {
  if (expr.kind === "error") return undefined;
  const found = expr.kind === "name" ? file.find(expr.name) : undefined;
  if (found?.declaration.kind === "train") {
    return { declaration: found.declaration, file: found.file };
  }
  const value = expr.kind === "name" ? file.scope.get(expr.name) : undefined;
  report(ctx, "wrong-kind", expr.span, {
    what: "what a decode declaration decodes with",
    wanted: "the name of a training",
    found: value ? describeValue(value) : "an expression",
  });
  return undefined;
}

export function decodeValue(ctx: Context, declaration: Decode, file: FileScope): Value {
  const training = trainingOf(ctx, declaration, file);
  const model = training && evaluateForced(ctx, training.declaration.model, training.file.scope);
  if (!training || model?.kind !== "block") return errorValue;
  const name = declaration.name.text;
  const entries = entriesOf(declaration);
  const grows = entries.get("grows")?.value;
  const inputs = model.definition.inputs
    .map((param) => param.name.text)
    .filter((input) => grows?.kind !== "name" || input !== grows.name);
  const build = (call: IntrinsicCall): Value => {
    const isMetric =
      ctx.decoding === training.declaration && ctx.place.owner?.root.kind === "metric";
    if (!isMetric) return report(ctx, "decode-place", call.span, { name });
    for (const [i, input] of inputs.entries()) {
      const value = call.inputs[i] ?? errorValue;
      const isField =
        value.kind === "tensor" &&
        value.node.op === "input" &&
        value.node.attrs["role"] === "field" &&
        inputName(value.node) === input;
      if (isField) continue;
      return report(ctx, "wrong-kind", call.span, {
        what: `the input \`${input}\` of \`${name}\``,
        wanted: "the field of this name, as it is",
        found: value.kind === "tensor" ? "another tensor" : describeValue(value),
      });
    }
    const limit = wholeNumber(ctx, { entries, sets: new Map(), scope: file.scope }, "limit", 1, 1);
    if (limit === undefined) return errorValue;
    const shape = [symbol("batch"), limit];
    return tensor(graphInput(ctx, call.span, decodeInput(name), "field", { dtype: "i32", shape }));
  };
  return {
    kind: "intrinsic",
    intrinsic: { name, settings: [], inputs, build },
    given: new Map(),
  };
}
