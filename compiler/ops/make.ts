// Short ways to build the primitives that expansions and gradients are made of. All sizes are known.

import type { DType } from "../../runtime/types.ts";
import type { Builder } from "../ir/build.ts";
import type { Attr, Form, Node } from "../ir/graph.ts";
import { elements, knownShape } from "./shapes.ts";

/** The axis itself, as it stands: coefficient 1, no offset. */
export function plain(axis: number): Form {
  return { terms: [{ axis, coefficient: 1 }], offset: 0, divisor: 1 };
}

/** The same element whatever the axes are. */
export function fixed(position: number): Form {
  return { terms: [], offset: position, divisor: 1 };
}

/** coefficient·axis + offset. */
export function affine(axis: number, coefficient: number, offset: number): Form {
  return { terms: [{ axis, coefficient }], offset, divisor: 1 };
}

/** Forms as attributes. */
export function formsAsAttr(forms: readonly Form[]): Attr {
  return forms.map(({ terms, offset, divisor }) => ({
    terms: terms.map(({ axis, coefficient }) => ({ axis, coefficient })),
    offset: offset + 0, // never −0, which would print
    divisor,
  }));
}

/** Smallest and largest value of a form's numerator over axes of these sizes (none of them empty). */
export function formRange(form: Form, sizes: readonly number[]): readonly [number, number] {
  let low = form.offset;
  let high = form.offset;
  for (const { axis, coefficient } of form.terms) {
    const last = ((sizes[axis] ?? 1) - 1) * coefficient;
    if (last > 0) high += last;
    else low += last;
  }
  return [low, high];
}

/** Whether a form can name an element that the operand does not have. */
export function canLeave(form: Form, sizes: readonly number[], extent: number): boolean {
  if (sizes.includes(0)) return false;
  const [low, high] = formRange(form, sizes);
  return form.divisor !== 1 || low < 0 || high > extent - 1;
}

/** A view; the fill is "unreachable" where no form can leave the source. Nothing is built for the identity. */
export function makeView(
  b: Builder,
  x: Node,
  shape: readonly number[],
  forms: readonly Form[],
  fill: number,
): Node {
  const own = knownShape(x.type);
  const isSame =
    shape.length === own.length &&
    forms.every((form, d) => {
      const [term, ...more] = form.terms;
      const identity =
        term?.axis === d &&
        more.length === 0 &&
        term.coefficient === 1 &&
        form.offset === 0 &&
        form.divisor === 1;
      return (
        shape[d] === own[d] &&
        (identity || (own[d] === 1 && form.terms.length === 0 && form.offset === 0))
      );
    });
  if (isSame) return x;
  const leaves = forms.some((form, d) => canLeave(form, shape, own[d] ?? 1));
  return b.node("view", [x], {
    shape: [...shape],
    forms: formsAsAttr(forms),
    fill: leaves ? fill : "unreachable",
  });
}

export function makeReshape(b: Builder, x: Node, shape: readonly number[]): Node {
  const own = x.type.shape;
  if (own.length === shape.length && own.every((size, i) => size === shape[i])) return x;
  return b.node("reshape", [x], { shape: [...shape] });
}

export function makeConstant(b: Builder, dtype: DType, value: number): Node {
  return b.node("constant", [], { value }, { dtype, shape: [] });
}

/** A tensor of one repeated value. */
export function makeFull(b: Builder, dtype: DType, shape: readonly number[], value: number): Node {
  return makeView(b, makeConstant(b, dtype, value), shape, [], 0);
}

/** The value in the shape and element type of another node. */
export function makeLike(b: Builder, node: Node, value: number): Node {
  return makeFull(b, node.type.dtype, knownShape(node.type), value);
}

/** Sum over axes; nothing is built for none. */
export function makeSum(b: Builder, x: Node, axes: readonly number[]): Node {
  if (axes.length === 0) return x;
  return b.node("reduce", [x], { kind: "sum", axes: [...axes], ties: "share" });
}

/** Puts back axes that a reduction took away, by repeating. `shape` is the one before the reduction. */
export function makeSpread(
  b: Builder,
  x: Node,
  shape: readonly number[],
  axes: readonly number[],
): Node {
  const kept = shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  return makeView(b, x, shape, kept.map(plain), 0);
}

export function makeScaled(b: Builder, x: Node, factor: number): Node {
  return factor === 1 ? x : b.node("mul", [x, makeLike(b, x, factor)]);
}

/** The number that a node repeats everywhere, if it is one constant. */
export function constantValue(node: Node): number | undefined {
  let source = node;
  while (
    (source.op === "view" && source.attrs["fill"] === "unreachable") ||
    source.op === "reshape" ||
    source.op === "stop_gradient"
  ) {
    const [inner] = source.inputs;
    if (!inner) return undefined;
    source = inner;
  }
  const value = source.op === "constant" ? source.attrs["value"] : undefined;
  return typeof value === "number" ? value : undefined;
}

export function elementCount(node: Node): number {
  return elements(node.type);
}
