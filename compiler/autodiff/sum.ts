// Adding up the gradients of a value's readers.

import type { Builder } from "../ir/build.ts";
import type { Form, Node } from "../ir/graph.ts";
import { makeFull } from "../ops/make.ts";
import { formsAttr, knownShape } from "../ops/shapes.ts";

/** Σ parts in their order. Slices that do not overlap, put back by pads, are one concatenation instead of a sum. */
export function sumOf(b: Builder, parts: readonly Node[]): Node | undefined {
  const [first, ...more] = joinPads(b, parts);
  return first && more.reduce((sum, part) => b.node("add", [sum, part]), first);
}

/** A node that is zero but for one interval of one axis, where it is `source`. */
interface Pad {
  readonly node: Node;
  readonly source: Node;
  readonly axis: number;
  readonly start: number;
  readonly end: number;
}

/**
 * pad(a, [0, n − i]) + pad(b, [i, 0]) → concat(a, b): gradients of a split are what the parts' readers computed.
 * Parts that are no pads, and pads that overlap, stay as they are.
 */
function joinPads(b: Builder, parts: readonly Node[]): readonly Node[] {
  const pads = parts.map(padOf).filter((pad) => pad !== undefined);
  const [first] = pads;
  if (!first || pads.length < 2) return parts;
  const ordered = pads.filter(({ axis }) => axis === first.axis).sort((a, z) => a.start - z.start);
  const apart = ordered.every((pad, i) => i === 0 || (ordered[i - 1]?.end ?? 0) <= pad.start);
  if (ordered.length < 2 || !apart) return parts;

  const shape = knownShape(first.node.type);
  const pieces: Node[] = [];
  let reached = 0;
  const fillTo = (position: number): void => {
    if (position === reached) return;
    const gap = shape.map((size, axis) => (axis === first.axis ? position - reached : size));
    pieces.push(makeFull(b, first.node.type.dtype, gap, 0));
  };
  for (const { source, start, end } of ordered) {
    fillTo(start);
    pieces.push(source);
    reached = end;
  }
  fillTo(shape[first.axis] ?? reached);
  const joined = b.node("concat", pieces, { axis: first.axis });
  const taken = new Set(ordered.map(({ node }) => node));
  return [joined, ...parts.filter((part) => !taken.has(part))];
}

function padOf(node: Node): Pad | undefined {
  const [source] = node.inputs;
  if (node.op !== "view" || node.attrs["fill"] !== 0 || !source) return undefined;
  const own = knownShape(source.type);
  const shape = knownShape(node.type);
  if (own.length !== shape.length) return undefined;
  const forms = formsAttr(node.attrs, "forms");
  const moved = forms.findIndex((form, d) => own[d] !== shape[d] || form.offset !== 0);
  const form = forms[moved];
  const size = own[moved];
  if (!form || size === undefined) return undefined;
  const straight = forms.every(
    (f, d) => isShifted(f, d) && (d === moved || (f.offset === 0 && own[d] === shape[d])),
  );
  const start = -form.offset;
  if (!straight || start < 0 || start + size > (shape[moved] ?? 0)) return undefined;
  return { node, source, axis: moved, start, end: start + size };
}

/** axis + offset. */
function isShifted(form: Form, axis: number): boolean {
  const [term, ...more] = form.terms;
  return more.length === 0 && term?.axis === axis && term.coefficient === 1 && form.divisor === 1;
}
