// `value.name`: parts of a layer, of a result with names, of a record, of a data declaration.

import type { Block, Body, Name, TensorDeclaration } from "../../grammar/ast.ts";
import { suggest } from "../../grammar/suggest.ts";
import { symbol } from "../ir/dim.ts";
import { report, withPlace, type Context } from "./context.ts";
import type { Layer, OwnedTensor } from "./layers.ts";
import { declareTensor, tensorInput } from "./parameters.ts";
import { lookup } from "./scope.ts";
import { bindSettings } from "./signature.ts";
import { freeNames } from "./dimensions.ts";
import { describeValue } from "./text.ts";
import { errorValue, int, tensor, type LayerValue, type Value } from "./values.ts";

export function member(ctx: Context, value: Value, name: Name): Value {
  switch (value.kind) {
    case "error":
      return value;
    case "layer":
      return layerMember(ctx, value, name);
    case "tuple": {
      const at = value.names?.indexOf(name.text) ?? -1;
      const found = at < 0 ? undefined : value.items[at];
      return (
        found ??
        unknownMember(
          ctx,
          name,
          describeValue(value),
          (value.names ?? []).filter((n) => n !== undefined),
        )
      );
    }
    case "record": {
      const entry = value.entries.get(name.text);
      return entry?.value ?? unknownMember(ctx, name, "this record", [...value.entries.keys()]);
    }
    case "data":
      return value.members.includes(name.text)
        ? { kind: "fitted", path: `${value.name}.${name.text}` }
        : unknownMember(ctx, name, `the data \`${value.name}\``, value.members);
    case "fitted":
      // What the data decide stays open: `book.words.size` is a dimension with that name.
      return name.text === "size"
        ? int(symbol(`${value.path}.size`))
        : { kind: "fitted", path: `${value.path}.${name.text}` };
    case "tensor":
      return report(
        ctx,
        "unknown-member",
        name.span,
        { name: name.text, of: describeValue(value) },
        {
          help: "a tensor has no members: a block is applied as `x |> relu`, and `shape(x)` is the list of sizes",
        },
      );
    default:
      return unknownMember(ctx, name, describeValue(value), []);
  }
}

function unknownMember(ctx: Context, name: Name, of: string, known: readonly string[]): Value {
  return report(
    ctx,
    "unknown-member",
    name.span,
    { name: name.text, of },
    suggest(
      name.text,
      name.span,
      known,
      known.length > 0 ? `there are ${known.map((each) => `\`${each}\``).join(", ")}` : undefined,
    ),
  );
}

function layerMember(ctx: Context, value: LayerValue, name: Name): Value {
  const { layer } = value;
  const found = layer.members.get(name.text);
  if (found) return memberValue(ctx, found, value);
  const declaration =
    value.recipe.kind === "block"
      ? findDeclaration(value.recipe.definition.syntax, name.text)
      : undefined;
  if (!declaration || value.recipe.kind !== "block") {
    return unknownMember(ctx, name, describeValue(value), [...layer.members.keys()]);
  }
  // Before the first application a parameter exists only if its shape needs no input.
  const recipe = value.recipe;
  return withPlace(ctx, { owner: layer, repetition: layer.repetition }, () => {
    const scope = bindSettings(ctx, recipe, name.span);
    if (!scope) return errorValue;
    const shape = declaration.type.kind === "tensor" ? declaration.type.shape : [];
    const open = shape.some(
      (dim) =>
        dim.kind === "rest" ||
        [...freeNames(dim.value)].some((free) => lookup(scope, free)?.kind !== "int"),
    );
    if (open) {
      const what = `the shape of \`${name.text}\` before the layer is applied`;
      return report(
        ctx,
        "not-known",
        name.span,
        { what },
        { notes: [{ message: "it depends on an input", span: declaration.type.span }] },
      );
    }
    const owned = declareTensor(ctx, declaration, scope);
    return owned ? tensor(tensorInput(ctx, owned)) : errorValue;
  });
}

function memberValue(ctx: Context, found: OwnedTensor | Layer, of: LayerValue): Value {
  if ("initial" in found) return tensor(tensorInput(ctx, found));
  return { kind: "layer", layer: found, recipe: found.recipe ?? of.recipe };
}

/** A parameter or state anywhere in a block's body. */
function findDeclaration(block: Block, name: string): TensorDeclaration | undefined {
  const search = (body: Body): TensorDeclaration | undefined => {
    for (const statement of body.statements) {
      if (
        (statement.kind === "param" || statement.kind === "state") &&
        statement.name.text === name
      )
        return statement;
      if (statement.kind !== "if") continue;
      const inner = search(statement.then) ?? (statement.else && search(statement.else));
      if (inner) return inner;
    }
    return undefined;
  };
  return search(block.body);
}
