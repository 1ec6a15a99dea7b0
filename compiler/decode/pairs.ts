// One model at two lengths, side by side. Which axes grow with the prefix, and what hangs on its length, is seen by
// comparing the graph on prefixes of L tokens with that on L − 1, node by node; a third one with one more row tells which
// axes count the rows. A node that serves two purposes at one length (positions of a source and a target of the same
// size) may be two nodes at the other: then it is two pairs.

import { attrText, typeText } from "../ir/build.ts";
import type { Graph, Node } from "../ir/graph.ts";
import { inputName, inputRole } from "../ir/input.ts";
import { rangeOf } from "../ir/loops.ts";
import { formsAsAttr, plain } from "../ops/make.ts";
import { formsAttr, knownShape } from "../ops/shapes.ts";
import { Refusal } from "./refusal.ts";

/** A node on the longest prefix, with its counterparts. */
export interface Pair {
  readonly node: Node;
  readonly shorter: Node;
  readonly wider: Node | undefined;
  readonly inputs: readonly Pair[];
  readonly shape: readonly number[];
  /** For each axis that grows with the prefix, by how much it is longer than the prefix; undefined for others. */
  readonly growth: readonly (number | undefined)[];
  /** For each axis, how many of its rows one more sequence adds. */
  readonly perRow: readonly number[];
  /** It is made of the growing input. */
  readonly depends: boolean;
  /** Neither it nor anything it is made of has to do with the length of the prefix. */
  readonly timeless: boolean;
  /** It is made of the other fields. */
  readonly given: boolean;
}

export interface PairedLoop {
  readonly name: string;
  readonly end: Pair;
  /** It makes a step for every token. */
  readonly grows: boolean;
  readonly reverse: boolean;
}

export interface Paired {
  readonly root: Pair;
  readonly loops: ReadonlyMap<string, PairedLoop>;
  readonly length: number;
}

export interface PairRequest {
  /** All of one model, with one output, lowered; on prefixes of `length` and `length` − 1 tokens, and with one row more. */
  readonly graph: Graph;
  readonly shorter: Graph;
  readonly wider: Graph | undefined;
  readonly length: number;
  /** Name of the input that grows. */
  readonly grows: string;
}

export function pairGraphs(request: PairRequest): Paired {
  const known = new Map<string, Pair>();
  const loops = new Map<string, PairedLoop>();
  const numbers = new Map<Node, number>();
  const numberOf = (node: Node): number => {
    const number = numbers.get(node) ?? numbers.size;
    numbers.set(node, number);
    return number;
  };

  function pairOf(long: Node, short: Node, wide: Node | undefined): Pair {
    const [node, shorter] = sameSteps(long, short);
    const wider = wide && node !== long ? asView(wide) : wide;
    const key = [node, shorter, wider].map((each) => (each ? numberOf(each) : "")).join(" ");
    const found = known.get(key);
    if (found) return found;
    for (const other of [shorter, wider]) {
      if (other && (other.op !== node.op || other.inputs.length !== node.inputs.length)) {
        throw new Refusal("the model is made otherwise for other lengths", node);
      }
    }
    const inputs = node.inputs.map((input, i) =>
      pairOf(input, shorter.inputs[i] ?? input, wider && (wider.inputs[i] ?? input)),
    );
    const pair = describe(node, shorter, wider, inputs, request);
    known.set(key, pair);
    if (node.op === "scan_end") {
      const { loop, reverse } = rangeOf(node.attrs);
      const grows = node.attrs["length"] !== shorter.attrs["length"];
      loops.set(loop, { name: loop, end: pair, grows, reverse });
    }
    return pair;
  }

  const outputs = [request.graph, request.shorter, request.wider].map((g) => g?.outputs[0]?.node);
  const [node, shorter, wider] = outputs;
  if (!node || !shorter) throw new Refusal("the model has no output");
  return { root: pairOf(node, shorter, wider), loops, length: request.length };
}

/** Slices that take all of a value are not there: at the greatest length a table of positions may be read as it is. */
function sameSteps(node: Node, shorter: Node): readonly [Node, Node] {
  if (node.op === shorter.op && (node.op !== "view" || termsOf(node) === termsOf(shorter))) {
    return [node, shorter];
  }
  if (isSlice(shorter)) return [asView(node), shorter];
  return isSlice(node) ? [node, asView(shorter)] : [node, shorter];
}

function termsOf(view: Node): string {
  return JSON.stringify(formsAttr(view.attrs, "forms").map(({ terms }) => terms));
}

/** The first rows of a value along each of its axes. */
function isSlice(node: Node): boolean {
  return (
    node.op === "view" &&
    node.inputs[0]?.type.shape.length === node.type.shape.length &&
    formsAttr(node.attrs, "forms").every(
      ({ terms, offset, divisor }, d) =>
        terms.length === 1 &&
        terms[0]?.axis === d &&
        terms[0].coefficient === 1 &&
        offset === 0 &&
        divisor === 1,
    )
  );
}

const asViews = new WeakMap<Node, Node>();

/** The view that takes all of a value. */
function asView(node: Node): Node {
  const known = asViews.get(node);
  if (known) return known;
  const { type, origin } = node;
  const forms = formsAsAttr(type.shape.map((_, d) => plain(d)));
  const attrs = { shape: [...type.shape], forms, fill: "unreachable" };
  const view: Node = { id: -1, op: "view", inputs: [node], attrs, type, origin };
  asViews.set(node, view);
  return view;
}

function describe(
  node: Node,
  shorter: Node,
  wider: Node | undefined,
  inputs: readonly Pair[],
  { length, grows }: PairRequest,
): Pair {
  const shape = knownShape(node.type);
  const short = knownShape(shorter.type);
  const wide = wider && knownShape(wider.type);
  const growth = shape.map((size, axis) => {
    const more = size - (short[axis] ?? size);
    if (more === 0) return undefined;
    if (more !== 1) throw new Refusal("an axis merges the prefix with another axis", node);
    return size - length;
  });
  const isInput = node.op === "input";
  const isGrowing = isInput && inputName(node) === grows && inputRole(node) === "field";
  const isSame =
    attrText(node.attrs) === attrText(shorter.attrs) &&
    typeText(node.type) === typeText(shorter.type);
  return {
    node,
    shorter,
    wider,
    inputs,
    shape,
    growth,
    perRow: shape.map((size, axis) => (wide?.[axis] ?? size) - size),
    depends: isGrowing || inputs.some((input) => input.depends),
    timeless: !isGrowing && isSame && inputs.every((input) => input.timeless),
    given:
      (isInput && !isGrowing && inputRole(node) === "field") || inputs.some((input) => input.given),
  };
}

export function isGrowing(pair: Pair): boolean {
  return pair.node.op === "input" && pair.depends;
}

/** Axes that grow with the prefix. */
export function growingAxes(pair: Pair): number[] {
  return pair.shape.map((_, axis) => axis).filter((axis) => pair.growth[axis] !== undefined);
}

/** The loop of a marker. */
export function loopNamed(paired: Paired, pair: Pair): PairedLoop | undefined {
  return pair.node.op.startsWith("scan_")
    ? paired.loops.get(rangeOf(pair.node.attrs).loop)
    : undefined;
}
