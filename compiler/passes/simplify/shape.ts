// Views of views, reshapes of reshapes, and whatever moves a repeated number about. All of it is exact.

import { formatDim } from "../../ir/dim.ts";
import type { Node } from "../../ir/graph.ts";
import { makeFull, makeLike, makeReshape } from "../../ops/make.ts";
import { knownShape, numberAttr, numbersAttr, textAttr } from "../../ops/shapes.ts";
import { operandOf, splatValue } from "../facts.ts";
import { asView, buildView, composeViews, isPlain, leaves } from "./forms.ts";
import { sumOfPads } from "./pads.ts";
import type { Rule, Rules } from "./rule.ts";

/** A repeated number is one number seen through one view, however it was moved about. */
const repeated: Rule = (node, b) => {
  const value = splatValue(node);
  if (value === undefined || isFull(node)) return undefined;
  return makeFull(b, node.type.dtype, knownShape(node.type), value);
};

function isFull(node: Node): boolean {
  return node.op === "constant" || (node.op === "view" && operandOf(node).type.shape.length === 0);
}

/** A fill that equals the repeated number around which it stands. */
const filledAlike: Rule = (node, b) => {
  const value = splatValue(operandOf(node));
  if (value === undefined || node.attrs["fill"] !== value) return undefined;
  return makeFull(b, node.type.dtype, knownShape(node.type), value);
};

/** A view that shows its source as it is; "unreachable" where a fill cannot be reached. */
const plainer: Rule = (node, b) => {
  const view = asView(node);
  if (!view) return undefined;
  const fill = leaves(view) ? view.fill : "unreachable";
  const built = buildView(b, { ...view, fill });
  return built === node ? undefined : built;
};

/** A view of a view (or of a reshape that only adds or removes axes of size 1) is one view. */
const viewOfView: Rule = (node, b) => {
  const outer = asView(node);
  const inner = outer && asView(outer.source);
  // Two reshapes are a reshape.
  if (!outer || !inner || (node.op === "reshape" && outer.source.op === "reshape"))
    return undefined;
  const composed = composeViews(outer, inner);
  return composed && buildView(b, composed);
};

/** A reshape to the same shape, or of a reshape. */
const reshape: Rule = (node, b) => {
  const x = operandOf(node);
  const shape = knownShape(node.type);
  const built = makeReshape(b, x.op === "reshape" ? operandOf(x) : x, shape);
  return built === node ? undefined : built;
};

/** Parts without elements, a concatenation inside another along the same axis, a single part. */
const concat: Rule = (node, b) => {
  const axis = numberAttr(node.attrs, "axis");
  const parts = node.inputs.flatMap((part) =>
    part.op === "concat" && numberAttr(part.attrs, "axis") === axis ? part.inputs : [part],
  );
  const filled = parts.filter((part) => part.type.shape[axis] !== 0);
  const [first, ...more] = filled;
  if (!first) return undefined;
  if (more.length === 0) return first;
  const value = splatValue(first);
  if (value !== undefined && more.every((part) => Object.is(splatValue(part), value))) {
    return makeFull(b, node.type.dtype, knownShape(node.type), value);
  }
  if (parts.length === node.inputs.length && filled.length === parts.length) return undefined;
  return b.node("concat", filled, { axis });
};

/** Over axes of size 1 alone (or none) a reduction is its operand. */
const reduceUnits: Rule = (node, b) => {
  const x = operandOf(node);
  const shape = knownShape(x.type);
  if (!numbersAttr(node.attrs, "axes").every((axis) => shape[axis] === 1)) return undefined;
  const { dtype } = node.type;
  const converted = dtype === x.type.dtype ? x : b.node("cast", [x], { dtype });
  return converted === x || dtype !== "bool"
    ? b.node("reshape", [converted], { shape: [...knownShape(node.type)] })
    : undefined;
};

/** Largest whole number up to which sums in f32 are exact. */
const exactWhole = 2 ** 24;

/** Extremes of a repeated number are that number; sums of one are a product, where that is exact. */
const reduceRepeated: Rule = (node, b) => {
  const x = operandOf(node);
  const value = splatValue(x);
  if (value === undefined) return undefined;
  const shape = knownShape(x.type);
  const count = numbersAttr(node.attrs, "axes").reduce((n, axis) => n * (shape[axis] ?? 1), 1);
  if (count === 0) return undefined;
  switch (textAttr(node.attrs, "kind")) {
    case "max":
    case "min":
      return makeLike(b, node, value);
    case "prod":
      return value === 1 || value === 0 ? makeLike(b, node, value) : undefined;
    default: {
      const exact = Number.isInteger(value) && Math.abs(value * count) <= exactWhole;
      return exact ? makeLike(b, node, value * count) : undefined;
    }
  }
};

/** Over axes of size 1 the first place wins. */
const argmaxUnits: Rule = (node, b) => {
  const shape = knownShape(operandOf(node).type);
  const units = numbersAttr(node.attrs, "axes").every((axis) => shape[axis] === 1);
  return units ? makeLike(b, node, 0) : undefined;
};

/**
 * f(spread a, spread b) = spread f(a, b): where all operands repeat along the same axes, the work is done before
 * repeating. What reads it is grouped with values that stand outside a reduction.
 */
export const spreadLast: Rule = (node, b) => {
  let pattern: Node | undefined;
  for (const input of node.inputs) {
    if (splatValue(input) !== undefined) continue;
    if (input.op !== "view" || !isSpread(input)) return undefined;
    if (pattern && spreadText(pattern) !== spreadText(input)) return undefined;
    pattern = input;
  }
  if (!pattern) return undefined;
  const small = operandOf(pattern);
  const operands = node.inputs.map((input) => {
    const value = splatValue(input);
    return value === undefined
      ? operandOf(input)
      : makeFull(b, input.type.dtype, knownShape(small.type), value);
  });
  const result = b.node(node.op, operands, node.attrs);
  return b.node("view", [result], pattern.attrs);
};

/** A view that repeats: every dimension of its source is an axis of its own, in order, and some axes are new. */
function isSpread(view: Node): boolean {
  if (view.attrs["fill"] !== "unreachable") return false;
  const source = operandOf(view);
  if (source.type.shape.length >= view.type.shape.length) return false;
  const parts = asView(view);
  let last = -1;
  return (
    parts?.forms.every((form, d) => {
      const axis = form.terms[0]?.axis ?? -1;
      const fits = isPlain(form, axis) && axis > last && parts.shape[axis] === source.type.shape[d];
      last = axis;
      return fits;
    }) ?? false
  );
}

function spreadText(view: Node): string {
  const axes = asView(view)?.forms.map((form) => form.terms[0]?.axis ?? "-") ?? [];
  return `${operandOf(view).type.shape.map(formatDim).join()}:${axes.join()}`;
}

export const shapeRules: Rules = {
  view: [repeated, filledAlike, plainer, viewOfView],
  reshape: [repeated, reshape, viewOfView],
  concat: [concat],
  reduce: [reduceUnits, reduceRepeated],
  argmax: [argmaxUnits],
  add: [sumOfPads],
};
