// One token instead of the whole prefix. Every value is asked for at the latest row of the axes that grow; what reads such
// an axis as a whole (a product with all keys, a padding mask, a row that stands further back) gets a kept state, of which a
// step writes one row. Sums over the prefix end at the position. A loop over the tokens becomes one of its steps, with
// its carries as kept states; what is not made of the tokens is worked out when sequences begin.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Builder } from "../ir/build.ts";
import type { Node } from "../ir/graph.ts";
import { inputName } from "../ir/input.ts";
import { rangeOf } from "../ir/loops.ts";
import { makeConstant, makeReshape, makeView } from "../ops/make.ts";
import { formsAttr } from "../ops/shapes.ts";
import { atText, partShape, type At } from "./at.ts";
import type { CausalTable } from "./causal.ts";
import type { FutureTable } from "./future.ts";
import { growingAxes, isGrowing, loopNamed, type Pair, type Paired } from "./pairs.ts";
import { readThrough, unlessBefore } from "./read.ts";
import { Refusal } from "./refusal.ts";
import { sameAxes } from "./reshape-axes.ts";
import type { States } from "./states.ts";
import { contracted, reduced } from "./sums.ts";

export interface StepRequest {
  readonly paired: Paired;
  readonly futures: FutureTable;
  readonly causal: CausalTable;
  readonly states: States;
  readonly builder: Builder;
}

/** Builds the latest row of values. */
export function createStep({ paired, futures, causal, states, builder: b }: StepRequest): {
  readonly part: (pair: Pair, at: readonly At[]) => Node;
} {
  const known = new Map<Pair, Map<string, Node>>();
  const whole = new Map<Pair, Node>();
  const begun = new Set<string>();
  const position = (c: number): Node => {
    const at = states.position;
    return c === 0 ? at : b.node("add", [at, makeConstant(b, "i32", c)]);
  };
  const tools = { b, part, position };
  const sums = { ...tools, futures, length: paired.length };

  function part(pair: Pair, at: readonly At[]): Node {
    const own = known.get(pair) ?? new Map<string, Node>();
    known.set(pair, own);
    const key = atText(at);
    const found = own.get(key);
    if (found) return found;
    const before = b.origin;
    b.at(pair.node.origin);
    const built = build(pair, at);
    b.at(before);
    own.set(key, built);
    return built;
  }

  function build(pair: Pair, at: readonly At[]): Node {
    if (!pair.depends && pair.timeless) return outside(pair);
    const axes = growingAxes(pair);
    const wholeAxes = axes.filter((axis) => at[axis] === "whole");
    if (pair.depends) {
      const [axis] = axes;
      const isEarlier = axes.some((each) => {
        const c = at[each];
        return typeof c === "number" && c < (pair.growth[each] ?? 0);
      });
      if (axes.length === 1 && axis !== undefined) {
        if (wholeAxes.length === 1 && !isCheapArrangement(pair)) return kept(pair, axis);
        if (isEarlier && (isGrowing(pair) || isCostly(pair)))
          return earlier(pair, axis, Number(at[axis]));
      }
      if (wholeAxes.length > 1) throw new Refusal("each place is combined with each", pair.node);
    }
    return compute(pair, at);
  }

  /** A value that is not made of the tokens: read where it lies, worked out again if that is next to nothing, or kept. */
  function outside(pair: Pair): Node {
    const { node, inputs } = pair;
    if (node.op === "input" && !pair.given) return states.read(node);
    const isArranging = node.op === "view" || node.op === "reshape";
    const [x] = inputs;
    const isSmaller = isArranging && x !== undefined && sizeOf(x.shape) <= sizeOf(pair.shape);
    const isCheap = !pair.given && !states.isCostly(node);
    if (!isCheap && !isSmaller) return states.given(pair);
    return b.node(
      node.op,
      inputs.map((input) => part(input, input.growth)),
      node.attrs,
      node.type,
    );
  }

  /** All rows up to the position of a value with one axis that grows: a state whose row is written now. */
  function kept(pair: Pair, axis: number): Node {
    const found = whole.get(pair);
    if (found) return found;
    const grown = pair.growth[axis] ?? 0;
    const change = causal.change(pair);
    if (change) throw new Refusal(change.what, change.at.node);
    if (grown !== 0) throw new Refusal("a value is longer or shorter than the prefix", pair.node);
    const node = states.rows(pair, axis, part(pair, pair.growth));
    whole.set(pair, node);
    return node;
  }

  /** A row that an earlier step wrote. */
  function earlier(pair: Pair, axis: number, c: number): Node {
    const row = makeView(b, position(c), [1], [], 0);
    return b.node("gather", [kept(pair, axis), row], { axis });
  }

  function compute(pair: Pair, at: readonly At[]): Node {
    const { node, inputs } = pair;
    const [x, y] = inputs;
    const shape = partShape(pair, at);
    switch (node.op) {
      case "input":
        if (isGrowing(pair)) return states.tokens;
        throw new Refusal(`\`${inputName(node)}\` grows with the prefix, too`, node);
      case "constant":
      case "random":
      case "host":
        throw new Refusal("a value hangs on the length of the prefix", node);
      case "iota": {
        const axis = Number(node.attrs["axis"]);
        const c = at[axis];
        if (typeof c === "number") return makeView(b, position(c), shape, [], 0);
        return b.node("iota", [], { shape, axis });
      }
      case "view": {
        if (!x) break;
        const fill = node.attrs["fill"];
        const read = readThrough(tools, {
          operand: x,
          forms: formsAttr(node.attrs, "forms"),
          shorter: formsAttr(pair.shorter.attrs, "forms"),
          sizes: pair.shape,
          at,
          growth: pair.growth,
          reader: node,
          fill: typeof fill === "number" ? fill : undefined,
        });
        const view = makeView(b, read.node, shape, read.forms, typeof fill === "number" ? fill : 0);
        return unlessBefore(tools, view, read.from, typeof fill === "number" ? fill : 0);
      }
      case "reshape": {
        if (!x) break;
        const back = new Map([...sameAxes(x.shape, pair.shape)].map(([from, to]) => [to, from]));
        const own = x.growth.map((): At => undefined);
        for (const axis of growingAxes(pair)) {
          const source = back.get(axis);
          if (source === undefined || x.growth[source] === undefined) throw merged(node);
          own[source] = at[axis];
        }
        if (growingAxes(x).length !== growingAxes(pair).length) throw merged(node);
        return makeReshape(b, part(x, own), shape);
      }
      case "concat":
        return joined(pair, at);
      case "gather": {
        if (!x || !y) break;
        const axis = numberOf(node, "axis");
        if (x.growth[axis] !== undefined) {
          throw new Refusal("tokens tell which place is looked at", node);
        }
        const rank = y.shape.length;
        const source = [...at.slice(0, axis), undefined, ...at.slice(axis + rank)];
        const index = part(y, at.slice(axis, axis + rank));
        return b.node("gather", [part(x, source), index], { axis });
      }
      case "reduce":
      case "argmax":
        return reduced(sums, pair, at);
      case "contract":
        return contracted(sums, pair, at);
      case "scan_row":
      case "scan_carry":
      case "scan_stack":
      case "scan_last":
        return inLoop(pair, at);
      case "scatter_add":
        if (growingAxes(pair).length > 0 || inputs.some((input) => growingAxes(input).length > 0)) {
          throw new Refusal("values are added up over the places of the prefix", node);
        }
        break;
      default:
        return b.node(
          node.op,
          inputs.map((input) => part(input, at)),
          node.attrs,
        );
    }
    return b.node(
      node.op,
      inputs.map((input) => part(input, input.growth)),
      node.attrs,
    );
  }

  function joined(pair: Pair, at: readonly At[]): Node {
    const axis = numberOf(pair.node, "axis");
    const c = at[axis];
    if (pair.growth[axis] === undefined || c === "whole" || c === undefined) {
      const parts = pair.inputs.map((input) =>
        part(
          input,
          at.map((each, d) =>
            d === axis ? (input.growth[d] === undefined ? undefined : each) : each,
          ),
        ),
      );
      return b.node("concat", parts, pair.node.attrs);
    }
    // Parts of fixed sizes, then what grows: at the position stands one or the other.
    const fixedParts = pair.inputs.slice(0, -1);
    const grown = pair.inputs.at(-1);
    if (!grown || fixedParts.some((input) => input.growth[axis] !== undefined)) {
      throw new Refusal("something stands behind the prefix", pair.node);
    }
    const start = fixedParts.reduce((sum, input) => sum + (input.shape[axis] ?? 0), 0);
    const within = (d: number, own: At): At[] => at.map((each, e) => (e === d ? own : each));
    const row = part(grown, within(axis, c - start));
    const before = fixedParts.map((input) => part(input, within(axis, undefined)));
    const [only, ...more] = before;
    if (!only) return row;
    const all = more.length === 0 ? only : b.node("concat", before, { axis });
    const there = b.node("ge", [position(c), makeConstant(b, "i32", start)]);
    const index = makeView(b, position(c), [1], [], 0);
    const shape = partShape(pair, at);
    return b.node("select", [
      makeView(b, there, shape, [], 0),
      row,
      b.node("gather", [all, index], { axis }),
    ]);
  }

  function inLoop(pair: Pair, at: readonly At[]): Node {
    const { node, inputs } = pair;
    const loop = loopNamed(paired, pair);
    const [x] = inputs;
    if (!loop || !x) throw new InternalError("a marker has a loop and an operand");
    if (!loop.grows) throw new Refusal("a loop over something else reads the tokens", node);
    if (loop.reverse) throw new Refusal("a layer runs from the last token to the first", node);
    if (rangeOf(node.attrs).length !== paired.length) {
      throw new Refusal("a loop makes more or fewer steps than there are tokens", node);
    }
    switch (node.op) {
      case "scan_row":
        return makeReshape(b, part(x, [0, ...at]), partShape(pair, at));
      case "scan_carry": {
        const change = causal.change(loop.end);
        if (change) throw new Refusal(change.what, change.at.node);
        return states.carry(pair, x);
      }
      case "scan_stack":
        if (at[0] !== 0) throw new InternalError("a row of a loop that is not the latest");
        finish(loop.name);
        return makeReshape(b, part(x, at.slice(1)), partShape(pair, at));
      default:
        finish(loop.name);
        return part(x, at);
    }
  }

  /** Carries become what they are after the step. */
  function finish(name: string): void {
    if (begun.has(name)) return;
    begun.add(name);
    const loop = paired.loops.get(name);
    for (const [slot, next] of (loop?.end.inputs ?? []).entries()) {
      const value = part(next, next.growth);
      states.carried(name, slot, value);
    }
  }

  return { part };

  function isCheapArrangement(pair: Pair): boolean {
    const [x] = pair.inputs;
    if (!x || (pair.node.op !== "view" && pair.node.op !== "reshape")) return false;
    const fewer = sizeOf(x.shape) < sizeOf(pair.shape);
    return fewer || (pair.node.op === "reshape" && sizeOf(x.shape) === sizeOf(pair.shape));
  }

  function isCostly(pair: Pair): boolean {
    return pair.node.op !== "view" && pair.node.op !== "reshape" && pair.node.op !== "concat";
  }
}

function merged(node: Node): Refusal {
  return new Refusal("an axis merges the prefix with another axis", node);
}

function numberOf(node: Node, name: string): number {
  return Number(node.attrs[name]);
}

function sizeOf(shape: readonly number[]): number {
  return shape.reduce((product, size) => product * size, 1);
}
