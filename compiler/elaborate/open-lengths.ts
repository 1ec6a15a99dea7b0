// Fields of texts whose length differs by example: what their type may be, what may be made of them, and `bucket`.

import type { Entry, Field } from "../../grammar/ast.ts";
import { inputName, topological, type Node } from "../ir/graph.ts";
import type { Columns } from "./columns.ts";
import { report, type Context } from "./context.ts";
import { evaluateForced } from "./evaluate.ts";
import type { Scope } from "./scope.ts";
import { describeValue, sourceText } from "./text.ts";
import { knownInt } from "./values.ts";

/** `bucket = 8`. Undefined after reporting. */
export function readBucket(
  ctx: Context,
  found: { readonly entry: Entry; readonly scope: Scope } | undefined,
): { readonly bucket?: number } | undefined {
  if (!found) return {};
  const { entry, scope } = found;
  const value = evaluateForced(ctx, entry.value, scope);
  if (value.kind === "error") return undefined;
  const bucket = knownInt(value);
  if (bucket !== undefined && bucket > 0) return { bucket };
  report(ctx, "wrong-kind", entry.value.span, {
    what: "`bucket`",
    wanted: "a whole number from 1 on",
    found: describeValue(value),
  });
  return undefined;
}

/** A number in the type of a field of such texts is a mistake. True after reporting. */
export function refusesOpen(ctx: Context, { name, type }: Field): boolean {
  const [dim] = type.kind === "tensor" ? type.shape : [];
  if (dim?.kind !== "dim" || dim.value.kind !== "number") return false;
  const wanted = `one with \`[${name.text}_length]\` or \`[_]\` for a type`;
  const help =
    "`|> pad(32)` gives all texts one length; without it batches are padded to their longest";
  const details = { what: "a field of texts of no fixed length", wanted, found: sourceText(type) };
  report(ctx, "wrong-kind", type.span, details, { help });
  return true;
}

/** A field worked out of another whose length differs by example cannot be cut with it. True after reporting. */
export function derivesFromOpen(
  ctx: Context,
  fields: ReadonlyMap<string, { readonly node: Node; readonly item: Field }>,
  columns: Columns,
): boolean {
  const open = new Set(
    columns
      .used()
      .flatMap(({ input, source, shape: [size] }) =>
        source.kind === "tokens" && typeof size === "string" ? [input] : [],
      ),
  );
  for (const [name, { node, item }] of fields) {
    if (node.op === "input") continue;
    if (!topological([node]).some((each) => each.op === "input" && open.has(inputName(each)))) {
      continue;
    }
    const what = `the field \`${name}\`, worked out of one whose length differs by example,`;
    const help =
      "`|> pad(32)` gives all one length; the model or the loss can take a part of a field";
    report(ctx, "not-yet", item.name.span, { what }, { help });
    return true;
  }
  return false;
}
