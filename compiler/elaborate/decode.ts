// Decode declarations: the model of a training in evaluation mode on a prefix of any length, and what is picked from it.

import type { Decode, Expr, Param } from "../../grammar/ast.ts";
import { suggest } from "../../grammar/suggest.ts";
import { add, compare, formatDim, symbol, type Dim } from "../ir/dim.ts";
import type { Graph, Node, TensorType } from "../ir/graph.ts";
import {
  emit,
  finishGraph,
  graphInput,
  report,
  withBuild,
  withPlace,
  type Context,
} from "./context.ts";
import { entriesOf, readDecodeSettings } from "./decode-entries.ts";
import { evaluateShape } from "./dimensions.ts";
import { evaluate, evaluateForced } from "./evaluate.ts";
import type { FileScope } from "./files.ts";
import { modelBuild, runModel, type OpenModel } from "./model.ts";
import { bind, lookup, type Scope } from "./scope.ts";
import { bindSettings } from "./signature.ts";
import { bindLet } from "./statements.ts";
import { castNode } from "./tensors.ts";
import { describeValue, formatType } from "./text.ts";
import type { DataUnit, DecodeUnit } from "./unit.ts";
import { tensor, type Value } from "./values.ts";

export interface DecodeParts {
  readonly declaration: Decode;
  readonly file: FileScope;
  readonly model: OpenModel;
  readonly data: DataUnit;
  readonly batchDim: string;
  /** Runs work that starts from outside, with its bounds counted anew. */
  readonly guarded: <T>(work: () => T | undefined) => T | undefined;
}

/** Undefined after reporting. */
export function elaborateDecode(ctx: Context, parts: DecodeParts): DecodeUnit | undefined {
  const { declaration, file, model } = parts;
  const settings = readDecodeSettings(ctx, declaration, file.scope);
  const grows = readGrows(ctx, parts);
  const vocabulary = readVocabularyName(ctx, parts);
  if (!settings || !grows || vocabulary === undefined) return undefined;
  const longest = settings.window ?? grows.type.shape[1] ?? 1;
  const graph = (length: Dim): Graph | undefined =>
    nextGraph(ctx, { ...parts, grows: grows.name, vocabulary }, length);
  // A mistake at the full length is told once; one that only a short prefix has, like a window over time, next.
  if (!graph(longest) || !graph(1)) return undefined;
  const { block } = model;
  return {
    ...settings,
    name: declaration.name.text,
    span: declaration.span,
    grows: grows.name,
    inputs: block.definition.inputs.flatMap((param) => {
      const type = fieldType(parts, param.name.text);
      return type && param.name.text !== grows.name ? [{ name: param.name.text, type }] : [];
    }),
    vocabulary,
    longest,
    graph: (length) => parts.guarded(() => graph(length)),
  };
}

/** A field of the data with the batch. */
function fieldType(
  { data, batchDim }: Pick<DecodeParts, "data" | "batchDim">,
  name: string,
): TensorType | undefined {
  const type = data.fields.find((field) => field.name === name)?.type;
  return type && { dtype: type.dtype, shape: [symbol(batchDim), ...type.shape] };
}

/** `grows = target`: an input of the model whose length is left open. Undefined after reporting. */
function readGrows(
  ctx: Context,
  parts: DecodeParts,
): { readonly name: string; readonly type: TensorType } | undefined {
  const { block } = parts.model;
  const { definition } = block;
  const expr = entriesOf(parts.declaration).get("grows")?.value;
  if (!expr || expr.kind === "error") return undefined;
  const names = definition.inputs.map((param) => param.name.text);
  const wanted = `an input of \`${definition.name}\``;
  if (expr.kind !== "name") {
    const found = "an expression";
    report(ctx, "wrong-kind", expr.span, { what: "`grows`", wanted, found });
    return undefined;
  }
  const param = definition.inputs.find(({ name }) => name.text === expr.name);
  if (!param) {
    const there = `its inputs are ${names.map((name) => `\`${name}\``).join(", ")}`;
    const details = suggest(expr.name, expr.span, names, there);
    report(
      ctx,
      "wrong-kind",
      expr.span,
      { what: "`grows`", wanted, found: `\`${expr.name}\`` },
      details,
    );
    return undefined;
  }
  const type = fieldType(parts, expr.name);
  if (!type) return undefined; // told by the training
  if (type.dtype !== "i32" || type.shape.length !== 2) {
    const ids = `${wanted} that holds ids of tokens, i32[batch, time]`;
    const found = `${formatType(type)}`;
    report(ctx, "wrong-kind", expr.span, { what: "`grows`", wanted: ids, found });
    return undefined;
  }
  const fixed = fixedLength(ctx, parts, param);
  if (fixed === undefined) return { name: expr.name, type };
  report(
    ctx,
    "fixed-length",
    expr.span,
    { input: expr.name, model: definition.name, length: formatDim(fixed) },
    {
      notes: [{ message: "the input is declared here", span: param.span }],
      help: `name its length: \`${expr.name}: i32[batch, time]\``,
    },
  );
  return undefined;
}

/** The length that the model's signature fixes for an input. */
function fixedLength(ctx: Context, { model }: DecodeParts, param: Param): Dim | undefined {
  const shape = param.type?.kind === "tensor" ? param.type.shape : [];
  const dim = shape.length === 2 ? shape[1] : undefined;
  if (dim?.kind !== "dim") return undefined;
  if (dim.value.kind === "number") return dim.value.value;
  const settings = bindSettings(ctx, model.block, model.span);
  if (dim.value.kind !== "name" || !settings) return undefined;
  const known = lookup(settings, dim.value.name);
  return known?.kind === "int" ? evaluateShape(ctx, [dim], settings)?.[0] : undefined;
}

/** `text = pairs.fr`: a vocabulary of the training's data. Undefined after reporting. */
function readVocabularyName(ctx: Context, parts: DecodeParts): string | undefined {
  const { data, file, declaration } = parts;
  const expr = entriesOf(declaration).get("text")?.value;
  if (!expr) return undefined;
  const value = evaluateForced(ctx, expr, file.scope);
  if (value.kind === "error") return undefined;
  const there = Object.keys(data.spec.vocabularies ?? {});
  const prefix = `${data.name}.`;
  const name =
    value.kind === "fitted" && value.path.startsWith(prefix) ? value.path.slice(prefix.length) : "";
  if (there.includes(name)) return name;
  report(
    ctx,
    "wrong-kind",
    expr.span,
    {
      what: "`text`",
      wanted: `a vocabulary of \`${data.name}\``,
      found: value.kind === "fitted" ? `\`${value.path}\`` : describeValue(value),
    },
    {
      help:
        there.length === 0
          ? `\`${data.name}\` has none: \`let words = vocab()\` makes one of its tokens`
          : `there are ${there.map((each) => `\`${prefix}${each}\``).join(", ")}`,
    },
  );
  return undefined;
}

interface NextParts extends DecodeParts {
  readonly grows: string;
  readonly vocabulary: string;
}

/** `next` over the model's outputs on prefixes of this length. Undefined after reporting. */
function nextGraph(ctx: Context, parts: NextParts, length: Dim): Graph | undefined {
  const { declaration, file, model, batchDim } = parts;
  const expr = entriesOf(declaration).get("next")?.value;
  if (!expr) return undefined;
  const build = modelBuild(model, false);
  // Mistakes tell that a prefix led to them, as a length of 1 is nowhere to be read.
  const { span } = declaration.name;
  const block = `${declaration.name.text} on a prefix of ${formatDim(length)}`;
  const stack = [...ctx.stack, { block, name: declaration.span, call: span }];
  return withStack(ctx, stack, () =>
    withBuild(ctx, build, () => {
      const inputs = new Map<string, Node>();
      for (const { name, span } of model.block.definition.inputs) {
        const type =
          name.text === parts.grows
            ? { dtype: "i32" as const, shape: [symbol(batchDim), length] }
            : fieldType(parts, name.text);
        if (type) inputs.set(name.text, graphInput(ctx, span, name.text, "field", type));
      }
      const result = runModel(ctx, model, inputs);
      if (!result) return undefined;
      const outputs = result.outputs.map(({ name, node }): [string, Value] => [name, tensor(node)]);
      const scope = letScope(ctx, declaration, bind(file.scope, new Map(outputs)));
      const next = nextNode(ctx, parts, expr, { scope, length });
      const last = next && lastPlace(ctx, expr, next, length);
      if (!last) return undefined;
      return finishGraph(build, [
        { name: "next", role: "result", node: next },
        { name: "last", role: "result", node: last },
      ]);
    }),
  );
}

function withStack<T>(ctx: Context, stack: Context["stack"], work: () => T): T {
  const before = ctx.stack;
  ctx.stack = stack;
  try {
    return work();
  } finally {
    ctx.stack = before;
  }
}

/** The declaration's `let`s in order. */
function letScope(ctx: Context, declaration: Decode, outer: Scope): Scope {
  let scope = outer;
  for (const item of declaration.items) {
    if (item.kind !== "let") continue;
    const before = scope;
    scope = withPlace(ctx, { owner: undefined, repetition: 0 }, () =>
      bindLet(ctx, item, evaluate(ctx, item.value, before), before),
    );
  }
  return scope;
}

/** The scores of all places, f32 [batch, length, vocabulary]. */
function nextNode(
  ctx: Context,
  { batchDim, data, vocabulary }: NextParts,
  expr: Expr,
  { scope, length }: { readonly scope: Scope; readonly length: Dim },
): Node | undefined {
  const value = withPlace(ctx, { owner: undefined, repetition: 0 }, () =>
    evaluateForced(ctx, expr, scope),
  );
  if (value.kind === "error") return undefined;
  const shape = value.kind === "tensor" ? value.node.type.shape : [];
  const size = `${data.name}.${vocabulary}.size`;
  const fits =
    value.kind === "tensor" &&
    (value.node.type.dtype === "f32" || value.node.type.dtype === "f16") &&
    shape.length === 3 &&
    compare(shape[0] ?? 0, symbol(batchDim)) === "equal" &&
    compare(shape[1] ?? 0, length) === "equal" &&
    (typeof shape[2] === "number" || compare(shape[2] ?? 0, symbol(size)) === "equal");
  if (fits) return castNode(ctx, expr.span, value.node, "f32");
  const wanted = `scores f32[${batchDim}, ${formatDim(length)}, ${size}] for a prefix of ${formatDim(length)}`;
  report(ctx, "wrong-kind", expr.span, { what: "`next`", wanted, found: describeValue(value) });
  return undefined;
}

function lastPlace(ctx: Context, { span }: Expr, next: Node, length: Dim): Node | undefined {
  const [batch = 1, , vocabulary = 1] = next.type.shape;
  if (length === 1) return emit(ctx, span, "squeeze", [next], { axes: [1] });
  const ranges = [
    [0, batch, 1],
    [add(length, -1), 1, 1],
    [0, vocabulary, 1],
  ];
  const row = emit(ctx, span, "slice", [next], { ranges });
  return row && emit(ctx, span, "squeeze", [row], { axes: [1] });
}
