// Parameters and states: declared in the body of the layer that owns them, with a graph for the initial value.

import type { TensorDeclaration } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import { formatDim, isOpen, product } from "../ir/dim.ts";
import { inputName, topological, type Graph, type Node, type TensorType } from "../ir/graph.ts";
import {
  finishGraph,
  graphInput,
  newBuild,
  originAt,
  report,
  stop,
  withBuild,
  withPlace,
  type Context,
} from "./context.ts";
import { evaluateShape } from "./dimensions.ts";
import { evaluate, placeOf } from "./evaluate.ts";
import { force } from "./force.ts";
import { joinPath, tensorName, type Layer, type OwnedTensor } from "./layers.ts";
import { limits } from "./limits.ts";
import type { Scope } from "./scope.ts";
import { toType } from "./signature.ts";
import { sameShape, toTensor } from "./tensors.ts";
import { describeValue, formatShape } from "./text.ts";
import { int, isCallable, list, type GivenValue, type Value } from "./values.ts";

/** The tensor that this statement declares in the present owner: made the first time, found again after that. */
export function declareTensor(
  ctx: Context,
  statement: TensorDeclaration,
  scope: Scope,
): OwnedTensor | undefined {
  const { name, type: written, span } = statement;
  const what =
    statement.kind === "param" ? `the parameter \`${name.text}\`` : `the state \`${name.text}\``;
  if (written.kind !== "tensor") {
    if (written.kind !== "error")
      report(ctx, "bad-type", written.span, { what, wanted: "a shape" });
    return undefined;
  }
  const { owner } = ctx.place;
  if (!owner) {
    report(ctx, "no-layer", name.span, { what });
    return undefined;
  }
  if (statement.kind === "param" && owner.root.kind !== "model" && owner.root.kind !== "frozen") {
    const place =
      owner.root.kind === "data"
        ? "a data declaration"
        : owner.root.kind === "metric"
          ? "a loss or metric"
          : "an optimizer";
    report(
      ctx,
      "parameter-place",
      name.span,
      { what, place },
      { help: "a `state` is remembered without being trained" },
    );
    return undefined;
  }
  const shape = evaluateShape(ctx, written.shape, scope);
  if (!shape) return undefined;
  const type: TensorType = { dtype: (written.element?.text ?? "f32") as DType, shape };
  const key = `${placeOf(statement)}@${ctx.place.repetition}`;
  const known = owner.tensors.get(key);
  if (known) return sameTensor(ctx, known, type, what, span) ? known : undefined;
  if (owner.late || !owner.root.open) {
    report(ctx, "late-layer", name.span, { layer: joinPath(owner.path, name.text) });
    return undefined;
  }
  return newTensor(ctx, statement, owner, key, type, scope);
}

/** A layer that is applied again reaches the same parameters, so their shapes must come out the same. */
function sameTensor(
  ctx: Context,
  known: OwnedTensor,
  type: TensorType,
  what: string,
  span: Span,
): boolean {
  if (sameShape(known.type.shape, type.shape)) return true;
  report(
    ctx,
    "shape-mismatch",
    span,
    {
      what: `${what} of a layer that is used more than once`,
      left: formatShape(known.type.shape),
      right: formatShape(type.shape),
    },
    { help: "a recipe that is applied in two places makes two layers; a `let` makes one" },
  );
  return false;
}

function newTensor(
  ctx: Context,
  statement: TensorDeclaration,
  owner: Layer,
  key: string,
  type: TensorType,
  scope: Scope,
): OwnedTensor | undefined {
  const name = tensorName(owner, statement.name.text);
  const path = joinPath(owner.path, name);
  const isTrained = statement.kind === "param" && owner.root.kind !== "frozen";
  const role = isTrained ? "parameter" : owner.root.stateRole;
  checkSize(ctx, owner, path, type, statement.span);
  const initial = initialGraph(ctx, statement, path, type, scope);
  if (!initial) return undefined;
  const created: OwnedTensor = {
    path,
    name: statement.name.text,
    role,
    type,
    initial,
    origin: originAt(ctx, statement.name.span),
    span: statement.name.span,
  };
  owner.tensors.set(key, created);
  owner.members.set(name, created);
  owner.root.tensors.push(created);
  return created;
}

function checkSize(ctx: Context, owner: Layer, path: string, type: TensorType, span: Span): void {
  const { root } = owner;
  const own = type.shape.reduce<number>((size, dim) => size * (isOpen(dim) ? 1 : dim), 1);
  root.elements += own;
  if (own > limits.tensorElements)
    stop(ctx, span, `the size of \`${path}\`, ${formatDim(product(type.shape))} elements,`, "2^31");
  if (root.elements > limits.parameterElements)
    stop(
      ctx,
      span,
      `the size of all parameters up to \`${path}\`, ${root.elements} elements,`,
      "2^34",
    );
}

/** The graph that gives the initial value; it may draw, but sees no input of the program. */
function initialGraph(
  ctx: Context,
  statement: TensorDeclaration,
  path: string,
  type: TensorType,
  scope: Scope,
): Graph | undefined {
  const build = newBuild(
    { training: false, role: "initial", effective: () => false },
    statement.span,
  );
  const node = withBuild(ctx, build, () =>
    withPlace(ctx, { owner: undefined, repetition: 0, drawing: path }, () =>
      initialValue(ctx, statement, type, scope),
    ),
  );
  return node && finishGraph(build, [{ name: "value", role: "result", node }]);
}

/** Reports a value that depends on an input of the program. */
function seesInput(ctx: Context, statement: TensorDeclaration, node: Node): boolean {
  const reads = topological([node]).find(
    (input) => input.op === "input" && input.attrs["role"] !== "scalar",
  );
  if (reads) {
    report(
      ctx,
      "not-known",
      statement.init.span,
      { what: `the initial value of \`${statement.name.text}\`` },
      {
        label: `depends on \`${inputName(reads)}\``,
        help: "an initial value is worked out before any data are seen",
      },
    );
  }
  return reads !== undefined;
}

function initialValue(
  ctx: Context,
  statement: TensorDeclaration,
  type: TensorType,
  scope: Scope,
): Node | undefined {
  const { span } = statement.init;
  const what = `the initial value of \`${statement.name.text}\``;
  const written = evaluate(ctx, statement.init, scope);
  const forced = force(ctx, withShape(written, type, statement.type.span), span);
  const value = forced.kind === "constant" ? forced.value : forced;
  if (isCallable(value)) {
    report(
      ctx,
      "wrong-kind",
      span,
      { what, wanted: "an initialiser or a tensor", found: describeValue(value) },
      { help: "an initialiser is a block without inputs that has a setting `shape`" },
    );
    return undefined;
  }
  const isNumber = value.kind !== "tensor";
  const node = toTensor(ctx, span, value, isNumber ? type.dtype : undefined, what);
  if (!node || seesInput(ctx, statement, node)) return undefined;
  if (node.type.dtype !== type.dtype) {
    report(ctx, "dtype-mismatch", span, { what, expected: type.dtype, found: node.type.dtype });
    return undefined;
  }
  if (node.type.shape.length > 0 && !sameShape(node.type.shape, type.shape)) {
    report(ctx, "shape-mismatch", span, {
      what,
      left: formatShape(type.shape),
      right: formatShape(node.type.shape),
    });
    return undefined;
  }
  return toType(ctx, node, type.dtype, type.shape, span);
}

/** `param` and `state` give the setting `shape` to a block on their right side, and the element type where it asks for one. */
function withShape(value: Value, type: TensorType, span: Span): Value {
  if (value.kind !== "block" && value.kind !== "intrinsic") return value;
  const has = (name: string): boolean =>
    value.kind === "block"
      ? value.definition.settings.some((param) => param.name.text === name)
      : value.intrinsic.settings.some((setting) => setting.name === name);
  const given = new Map<string, GivenValue>(value.given);
  if (has("shape") && !given.has("shape"))
    given.set("shape", { value: list(type.shape.map(int)), span });
  if (has("dtype") && !given.has("dtype"))
    given.set("dtype", { value: { kind: "dtype", dtype: type.dtype }, span });
  return { ...value, given };
}

/** The graph input that holds a parameter or state. */
export function tensorInput(ctx: Context, owned: OwnedTensor): Node {
  return graphInput(ctx, owned.span, owned.path, owned.role, owned.type);
}
