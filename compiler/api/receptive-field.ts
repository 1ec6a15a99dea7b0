/**
 * Receptive fields: how many neighbouring positions of the input, along an axis of space, can reach one position of a
 * tensor, and how far apart in the input two neighbouring positions lie (the output stride). Computed from what every
 * operator reads, as in Araujo, Norris and Sim, 2019, "Computing receptive fields of convolutional neural networks".
 * Borders are left out of account: a field may be larger than the image.
 */

import { topological, type Form, type Graph, type Node } from "../ir/graph.ts";
import { newBuilder, operatorNamed } from "../ops/index.ts";
import {
  dimsAttr,
  formsAttr,
  knownDim,
  knownShape,
  numberAttr,
  numbersAttr,
  pairsAttr,
} from "../ops/shapes.ts";

/** What a tensor sees of the input along one axis of space. */
export interface Field {
  /** Positions of the input, or "all" of them where a mean, a dense layer or the like looks everywhere. */
  readonly size: number | "all";
  /** Positions of the input from one position to the next: ½ where the tensor is twice as fine; 0 where `size` is "all". */
  readonly stride: number;
}

/**
 * Position i of `axis` sees the positions stride · i + low[i mod period] to stride · i + high[i mod period] of the input.
 * After a transposed convolution neighbours see different stretches, in turn: the period is the length of the lists.
 */
interface Window {
  readonly axis: number;
  readonly stride: number;
  readonly low: readonly number[];
  readonly high: readonly number[];
}

type Reach = Window | "all";

/** Reaches by axis of space, 0 for the first after the channels; an axis that does not matter to a tensor is absent. */
type Reaches = ReadonlyMap<number, Reach>;

/** Periods beyond this many positions are not followed. */
const longestPeriod = 4096;

/** What each node sees of the fields [batch, channels, …] along each of their axes after the channels. */
export function receptiveFields(graph: Graph): Map<Node, ReadonlyMap<number, Field>> {
  const seen = new Map<Node, Reaches>();
  const roots = graph.outputs.map((output) => output.node);
  const nodes = topological(roots);
  for (const node of nodes) reachesOf(node, seen);
  return new Map(
    nodes.map((node) => [
      node,
      new Map([...(seen.get(node) ?? [])].map(([space, reach]) => [space, fieldOf(reach)])),
    ]),
  );
}

function fieldOf(reach: Reach): Field {
  if (reach === "all") return { size: "all", stride: 0 };
  const sizes = reach.low.map((low, i) => Math.round((reach.high[i] ?? low) - low) + 1);
  return { size: Math.max(...sizes), stride: reach.stride };
}

function reachesOf(node: Node, seen: Map<Node, Reaches>): Reaches {
  const known = seen.get(node);
  if (known) return known;
  const reaches = computeReaches(node, seen);
  seen.set(node, reaches);
  return reaches;
}

function computeReaches(node: Node, seen: Map<Node, Reaches>): Reaches {
  const record = operatorNamed(node.op);
  const inputs = node.inputs.map((input) => reachesOf(input, seen));
  const [x = new Map<number, Reach>()] = inputs;
  if (node.op === "input") return ofInput(node);
  if (inputs.every((reaches) => reaches.size === 0)) return new Map();
  if (node.op === "conv_transpose") return merge([each(x, (w) => spread(w, node)), all(inputs[1])]);
  if (record.level === "named") {
    const expanded = record.expand(newBuilder(node.origin), node.inputs, node.attrs, node.type);
    return reachesOf(expanded, seen);
  }
  if (record.pointwise) return merge(inputs);
  switch (node.op) {
    case "view": {
      const axes = knownShape(node.type).map((_, axis) => axis);
      const sizes = knownShape(node.type);
      return each(x, (w) => read(w, formsAttr(node.attrs, "forms"), sizes, axes));
    }
    case "contract": {
      const sizes = dimsAttr(node.attrs, "sizes").map(knownDim);
      const out = numbersAttr(node.attrs, "out");
      return merge(
        ["a", "b"].map((name, i) =>
          each(inputs[i] ?? new Map(), (w) => read(w, formsAttr(node.attrs, name), sizes, out)),
        ),
      );
    }
    case "reshape":
      return each(x, (w) => reshaped(w, knownShape(operand(node).type), knownShape(node.type)));
    case "reduce": {
      const gone = numbersAttr(node.attrs, "axes");
      return each(x, (w) =>
        gone.includes(w.axis)
          ? "all"
          : { ...w, axis: w.axis - gone.filter((a) => a < w.axis).length },
      );
    }
    case "concat": {
      const along = numberAttr(node.attrs, "axis");
      return merge(inputs.map((reaches) => each(reaches, (w) => (w.axis === along ? "all" : w))));
    }
    default:
      return merge(inputs.map((reaches) => all(reaches)));
  }
}

function operand(node: Node): Node {
  return node.inputs[0] ?? node;
}

/** A field of numbers with axes after batch and channels sees itself. */
function ofInput(node: Node): Reaches {
  const { role } = node.attrs;
  if (role !== "field" || node.type.dtype !== "f32") return new Map();
  const space = node.type.shape.slice(2);
  return new Map(space.map((_, i) => [i, { axis: i + 2, stride: 1, low: [0], high: [0] }]));
}

function each(reaches: Reaches, change: (window: Window) => Reach): Reaches {
  return new Map([...reaches].map(([space, r]) => [space, r === "all" ? r : change(r)]));
}

function all(reaches: Reaches = new Map()): Reaches {
  return each(reaches, () => "all");
}

/** What is seen through index forms by the axes of the result, `out`; the others are summed or otherwise joined. */
function read(
  window: Window,
  forms: readonly Form[],
  sizes: readonly number[],
  out: readonly number[],
): Reach {
  const form = forms[window.axis];
  // Of a window's two axes, place and offset, the place comes first.
  const leading = form?.terms.find((term) => out.includes(term.axis));
  if (!form || !leading || form.divisor !== 1 || leading.coefficient < 1) return "all";
  let offsets = [form.offset];
  for (const { axis, coefficient } of form.terms) {
    if (axis === leading.axis) continue;
    const size = sizes[axis] ?? 1;
    if (offsets.length * size > longestPeriod) return "all";
    offsets = offsets.flatMap((at) => Array.from({ length: size }, (_, i) => at + coefficient * i));
  }
  const period = window.low.length / common(window.low.length, leading.coefficient);
  return periodic(out.indexOf(leading.axis), window.stride * leading.coefficient, period, (i) =>
    offsets.map((offset) => seenAt(window, leading.coefficient * i + offset)),
  );
}

/** A transposed convolution: position i gets from (i + padding − dilation · k) / stride for the k where this is whole. */
function spread(window: Window, node: Node): Reach {
  const d = window.axis - 2;
  const kernel = knownShape(node.inputs[1]?.type ?? node.type)[d + 2] ?? 1;
  const stride = numbersAttr(node.attrs, "stride")[d] ?? 1;
  const dilation = numbersAttr(node.attrs, "dilation")[d] ?? 1;
  const [padding = 0] = pairsAttr(node.attrs, "padding")[d] ?? [];
  if (d < 0 || window.low.length * stride > longestPeriod) return "all";
  const taps = Array.from({ length: kernel }, (_, k) => padding - dilation * k);
  return periodic(window.axis, window.stride / stride, window.low.length * stride, (i) =>
    taps.flatMap((tap) => ((i + tap) % stride === 0 ? [seenAt(window, (i + tap) / stride)] : [])),
  );
}

/** First and last position of the input that position `i` sees. */
function seenAt({ stride, low, high }: Window, i: number): readonly [number, number] {
  const phase = ((i % low.length) + low.length) % low.length;
  return [stride * i + (low[phase] ?? 0), stride * i + (high[phase] ?? 0)];
}

/** A window from what its first positions see; the list of pieces of a position may be empty. */
function periodic(
  axis: number,
  stride: number,
  period: number,
  piecesAt: (position: number) => readonly (readonly [number, number])[],
): Window {
  const low: number[] = [];
  const high: number[] = [];
  for (let i = 0; i < period; i++) {
    const pieces = piecesAt(i);
    low.push(pieces.reduce((least, [from]) => Math.min(least, from), Infinity) - stride * i);
    high.push(pieces.reduce((most, [, to]) => Math.max(most, to), -Infinity) - stride * i);
  }
  return { axis, stride, low, high };
}

/** An axis goes through a reshape if as much stands before it and it is as long as it was. */
function reshaped(window: Window, from: readonly number[], to: readonly number[]): Reach {
  const before = product(from.slice(0, window.axis));
  const axis = to.findIndex(
    (size, i) => size === from[window.axis] && product(to.slice(0, i)) === before,
  );
  return axis < 0 ? "all" : { ...window, axis };
}

function product(sizes: readonly number[]): number {
  return sizes.reduce((total, size) => total * size, 1);
}

/** What any of several sees; where they do not go in step, everything. */
function merge(list: readonly Reaches[]): Reaches {
  const result = new Map<number, Reach>();
  for (const reaches of list) {
    for (const [space, reach] of reaches) {
      const known = result.get(space);
      result.set(space, known === undefined ? reach : join(known, reach));
    }
  }
  return result;
}

function join(a: Reach, b: Reach): Reach {
  if (a === "all" || b === "all" || a.axis !== b.axis || a.stride !== b.stride) return "all";
  const period = (a.low.length * b.low.length) / common(a.low.length, b.low.length);
  if (period > longestPeriod) return "all";
  return periodic(a.axis, a.stride, period, (i) => [seenAt(a, i), seenAt(b, i)]);
}

function common(a: number, b: number): number {
  return b === 0 ? a : common(b, a % b);
}
