// Sums of pieces that do not overlap. The gradients of x[:, 0:3] and x[:, 3:5] are two tensors padded with zeros to
// the size of x; their sum is a concatenation, which the planner can let the pieces' own kernels write.
//
//   add(pad(a), pad(b)) = concat(a, b)       with zeros between them where a gap is left

import type { Node } from "../../ir/graph.ts";
import { makeFull } from "../../ops/make.ts";
import { isFloat, knownShape, numberAttr } from "../../ops/shapes.ts";
import { isSplat, operandOf } from "../facts.ts";
import { asView, isPlain } from "./forms.ts";
import type { Rule } from "./rule.ts";

/** A stretch of an axis, half open; without a node it is zero. */
interface Piece {
  readonly start: number;
  readonly end: number;
  readonly node?: Node;
}

interface Pieces {
  readonly axis: number;
  readonly list: readonly Piece[];
}

export const sumOfPads: Rule = (node, b) => {
  const left = piecesOf(operandOf(node));
  const right = left && piecesOf(operandOf(node, 1));
  if (!left || !right || left.axis !== right.axis) return undefined;
  const filled = [...left.list, ...right.list].filter((piece) => piece.node);
  filled.sort((a, c) => a.start - c.start);
  if (filled.some((piece, i) => piece.start < (filled[i - 1]?.end ?? 0))) return undefined;

  const { axis } = left;
  const shape = knownShape(node.type);
  const parts: Node[] = [];
  let at = 0;
  const zerosUpTo = (end: number): void => {
    const gap = shape.map((size, d) => (d === axis ? end - at : size));
    if (end > at) parts.push(makeFull(b, node.type.dtype, gap, 0));
  };
  for (const piece of filled) {
    zerosUpTo(piece.start);
    if (piece.node) parts.push(piece.node);
    at = piece.end;
  }
  zerosUpTo(shape[axis] ?? 0);
  return b.node("concat", parts, { axis });
};

function piecesOf(node: Node): Pieces | undefined {
  if (!isFloat(node.type.dtype) && node.type.dtype !== "i32") return undefined;
  return node.op === "concat" ? piecesOfConcat(node) : piecesOfPad(node);
}

/** A concatenation that holds zeros, hence room for more. */
function piecesOfConcat(node: Node): Pieces | undefined {
  const axis = numberAttr(node.attrs, "axis");
  let start = 0;
  const list = node.inputs.map((part): Piece => {
    const end = start + (knownShape(part.type)[axis] ?? 0);
    const piece = isSplat(part, 0) ? { start, end } : { start, end, node: part };
    start = end;
    return piece;
  });
  return list.some((piece) => !piece.node) ? { axis, list } : undefined;
}

/** A view that moves its source along one axis and surrounds it with zeros, cutting nothing off. */
function piecesOfPad(node: Node): Pieces | undefined {
  const view = asView(node);
  if (!view || view.fill !== 0) return undefined;
  const own = knownShape(view.source.type);
  if (own.length !== view.shape.length) return undefined;
  const moved = view.forms.flatMap((form, d) =>
    isPlain(form, d) && own[d] === view.shape[d] ? [] : [d],
  );
  const [axis, ...more] = moved;
  if (axis === undefined || more.length > 0) return undefined;
  const form = view.forms[axis];
  if (!form || !isPlain({ ...form, offset: 0 }, axis)) return undefined;
  const start = -form.offset;
  const end = start + (own[axis] ?? 0);
  if (start < 0 || end > (view.shape[axis] ?? 0)) return undefined;
  return { axis, list: [{ start, end, node: view.source }] };
}
