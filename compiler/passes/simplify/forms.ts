// Views as values: reading them off nodes, and putting one after the other.

import { sizeOf } from "../../../runtime/types.ts";
import type { Builder } from "../../ir/build.ts";
import type { Form, Node } from "../../ir/graph.ts";
import { canLeave, fixed, formsAsAttr, makeView, plain } from "../../ops/make.ts";
import { formsAttr, knownShape } from "../../ops/shapes.ts";
import { operandOf } from "../facts.ts";

export interface View {
  readonly source: Node;
  readonly shape: readonly number[];
  readonly forms: readonly Form[];
  readonly fill: number | "unreachable";
}

/** A node as a view of its operand: a view, or a reshape that only adds or removes axes of size 1. */
export function asView(node: Node): View | undefined {
  if (node.op === "view") {
    const { fill } = node.attrs;
    return {
      source: operandOf(node),
      shape: knownShape(node.type),
      forms: formsAttr(node.attrs, "forms"),
      fill: fill === "unreachable" ? fill : Number(fill),
    };
  }
  return node.op === "reshape" ? unitReshape(node) : undefined;
}

function unitReshape(node: Node): View | undefined {
  const source = operandOf(node);
  const shape = knownShape(node.type);
  const own = knownShape(source.type);
  const axes = shape.flatMap((size, axis) => (size === 1 ? [] : [axis]));
  const kept = own.filter((size) => size !== 1);
  if (kept.length !== axes.length || kept.some((size, i) => size !== shape[axes[i] ?? -1]))
    return undefined;
  let next = 0;
  const forms = own.map((size) => (size === 1 ? fixed(0) : plain(axes[next++] ?? 0)));
  return { source, shape, forms, fill: "unreachable" };
}

/** The node of a view. */
export function buildView(b: Builder, { source, shape, forms, fill }: View): Node {
  if (fill !== "unreachable") return makeView(b, source, shape, forms, fill);
  const safe = makeView(b, source, shape, forms, 0);
  // Forms that look as if they could leave, but were known not to.
  return safe.op === "view" && safe.attrs["fill"] !== "unreachable"
    ? b.node("view", [source], { shape: [...shape], forms: formsAsAttr(forms), fill })
    : safe;
}

/** Whether a view reads outside its source for some element. */
export function leaves({ source, shape, forms, fill }: View): boolean {
  if (fill === "unreachable" || sizeOf(shape) === 0) return false;
  const own = knownShape(source.type);
  return forms.some((form, d) => canLeave(form, shape, own[d] ?? 1));
}

/** One view that shows what `outer` shows of `inner`; undefined if index forms cannot say it. */
export function composeViews(outer: View, inner: View): View | undefined {
  const forms: Form[] = [];
  for (const form of inner.forms) {
    const composed = composeForm(form, outer.forms, outer.shape);
    if (!composed) return undefined;
    forms.push(composed);
  }
  const parts = { source: inner.source, shape: outer.shape, forms };
  const [outerLeaves, innerLeaves] = [leaves(outer), leaves(inner)];
  if (!outerLeaves) return { ...parts, fill: innerLeaves ? inner.fill : "unreachable" };
  if (innerLeaves && inner.fill !== outer.fill) return undefined;
  // Where the outer view leaves, the composed one must notice it at the source.
  const own = knownShape(inner.source.type);
  const noticed = outer.forms.every((form, axis) => {
    const size = inner.shape[axis] ?? 1;
    if (!canLeave(form, outer.shape, size)) return true;
    return inner.forms.some((f, d) => notices(f, axis, size, own[d] ?? 1, form.divisor !== 1));
  });
  return noticed ? { ...parts, fill: outer.fill } : undefined;
}

/** The inner form over the outer axes; divided forms can only be passed on as they are. */
function composeForm(
  inner: Form,
  outer: readonly Form[],
  shape: readonly number[],
): Form | undefined {
  const coefficients = new Map<number, number>();
  let { offset } = inner;
  for (const { axis, coefficient } of inner.terms) {
    const form = outer[axis];
    if (!form) return undefined;
    if (form.divisor !== 1) return isPlain(inner, axis) ? form : undefined;
    offset += coefficient * form.offset;
    for (const term of form.terms) {
      const sum = (coefficients.get(term.axis) ?? 0) + coefficient * term.coefficient;
      coefficients.set(term.axis, sum);
    }
  }
  const terms = [...coefficients]
    .filter(([axis, coefficient]) => coefficient !== 0 && shape[axis] !== 1)
    .sort(([a], [b]) => a - b)
    .map(([axis, coefficient]) => ({ axis, coefficient }));
  return { terms, offset, divisor: inner.divisor };
}

export function isPlain({ terms, offset, divisor }: Form, axis: number): boolean {
  const [term, ...more] = terms;
  return (
    more.length === 0 &&
    term?.axis === axis &&
    term.coefficient === 1 &&
    offset === 0 &&
    divisor === 1
  );
}

/** Whether the form is outside 0 … extent − 1 whenever `axis` is outside 0 … size − 1. */
function notices(
  form: Form,
  axis: number,
  size: number,
  extent: number,
  divided: boolean,
): boolean {
  const [term, ...more] = form.terms;
  if (more.length > 0 || term?.axis !== axis || form.divisor !== 1) return false;
  if (divided) return isPlain(form, axis) && extent === size;
  if (term.coefficient === 1) return form.offset <= 0 && extent - 1 - form.offset <= size - 1;
  if (term.coefficient === -1) return form.offset - (extent - 1) >= 0 && form.offset <= size - 1;
  return false;
}
