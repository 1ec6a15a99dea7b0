// What the loop of a gradient needs of the forward loop, and what it gives to the outside: values as they were in each
// step, and sums over all steps.

import type { Builder } from "../ir/build.ts";
import type { Attrs, Node } from "../ir/graph.ts";
import { isLoopOutput, loopOf, rangeOf, type GraphLoop } from "../ir/loops.ts";
import { operatorNamed } from "../ops/index.ts";
import { liftNode, sumRows, type Lifted } from "../ops/lift.ts";
import { makeReshape, makeScaled, makeSum } from "../ops/make.ts";
import { elements, knownDim, knownShape } from "../ops/shapes.ts";
import { cheapWork, workOf } from "../ops/work.ts";

/** The loop of the gradient of a loop. */
export function backOf(loop: string): string {
  return `${loop}~back`;
}

/** Whether a value is computed anew in each step of a loop; `memory` holds earlier answers. */
function dependsOn(loop: string, memory: Map<Node, boolean>, node: Node): boolean {
  const known = memory.get(node);
  if (known !== undefined) return known;
  const own = loopOf(node) === loop;
  const found = own
    ? !isLoopOutput(node)
    : node.inputs.some((input) => dependsOn(loop, memory, input));
  memory.set(node, found);
  return found;
}

/** Whether a value needs a marker of one of some loops, or what such a loop gave. */
function belongsTo(loops: ReadonlySet<string>, memory: Map<Node, boolean>, node: Node): boolean {
  const known = memory.get(node);
  if (known !== undefined) return known;
  const found =
    loops.has(loopOf(node) ?? "") || node.inputs.some((input) => belongsTo(loops, memory, input));
  memory.set(node, found);
  return found;
}

/** Whether a value depends on what the step before handed on. */
function dependsOnCarry(loop: string, memory: Map<Node, boolean>, node: Node): boolean {
  const known = memory.get(node);
  if (known !== undefined) return known;
  const own = loopOf(node) === loop;
  const found = own
    ? node.op === "scan_carry"
    : node.inputs.some((input) => dependsOnCarry(loop, memory, input));
  memory.set(node, found);
  return found;
}

export interface Residuals {
  /** A value of the forward loop as it was in the step at hand. */
  at(node: Node): Node;
}

/** Arithmetic that is cheap to repeat, and what is only index arithmetic. */
function isCheap({ op }: Node): boolean {
  if (["view", "reshape", "concat"].includes(op)) return true;
  const record = operatorNamed(op);
  return record.level === "primitive" && record.pointwise && workOf(op) <= cheapWork;
}

/**
 * Forward values in the loop of the gradient, whose markers have `attrs`: rows are read again; cheap values are computed
 * again where their operands are there; everything else is stacked by the forward loop. Where a slice of a large value
 * is needed, the slice is stacked and not the value.
 */
export function createResiduals(b: Builder, loop: GraphLoop, attrs: Attrs): Residuals {
  const memory = new Map<Node, boolean>();
  const found = new Map<Node, Node>();
  const stacked = new Set<Node>();
  const forward: Attrs = { loop: loop.loop, length: loop.length, reverse: loop.reverse };
  const varies = (node: Node): boolean => dependsOn(loop.loop, memory, node);

  /** Forward values that would have to be stacked for this one. */
  function leaves(node: Node, into: Set<Node> = new Set(), depth = 0): Set<Node> {
    if (!varies(node) || stacked.has(node) || found.has(node)) return into;
    if (node.op === "scan_row" && loopOf(node) === loop.loop) return into;
    const isGather = node.op === "gather" && node.inputs[0] && !varies(node.inputs[0]);
    if (depth < 12 && (isCheap(node) || isGather))
      for (const input of node.inputs) leaves(input, into, depth + 1);
    else into.add(node);
    return into;
  }

  function stack(node: Node): Node {
    stacked.add(node);
    const rows = b.node("scan_stack", [node, loop.end], forward);
    return b.node("scan_row", [rows], attrs);
  }

  function make(node: Node): Node {
    if (!varies(node)) return node;
    if (loopOf(node) === loop.loop && node.op === "scan_row")
      return b.node("scan_row", node.inputs, attrs);
    const needed = leaves(node);
    if (needed.has(node) || stacked.has(node)) return stack(node);
    let bytes = 0;
    for (const leaf of needed) bytes += elements(leaf.type);
    if (bytes > elements(node.type)) return stack(node);
    return b.node(node.op, node.inputs.map(at), node.attrs, node.type);
  }

  function at(node: Node): Node {
    const known = found.get(node);
    if (known) return known;
    const made = make(node);
    found.set(node, made);
    return made;
  }

  return { at };
}

/** An expression with its forward values replaced; nodes that hold none stay. */
export function substitute(
  b: Builder,
  loop: GraphLoop,
  residuals: Residuals,
): (node: Node) => Node {
  // The gradients of loops inside this one stand in the loop of its gradient.
  const ends = [loop.end, ...loop.body.filter(({ op }) => op === "scan_end")];
  const backs = new Set(ends.map((end) => backOf(loopOf(end) ?? "")));
  const forward = new Map<Node, boolean>();
  const backward = new Map<Node, boolean>();
  const done = new Map<Node, Node>();
  const change = (node: Node): Node => {
    const known = done.get(node);
    if (known) return known;
    let made = node;
    if (dependsOn(loop.loop, forward, node)) {
      made = belongsTo(backs, backward, node)
        ? b.node(node.op, node.inputs.map(change), node.attrs, node.type)
        : residuals.at(node);
    }
    done.set(node, made);
    return made;
  };
  return change;
}

export interface Sums {
  /** The rows of a value of the loop, outside. */
  stack(node: Node): Node;
  /** Σ over all steps of a value of the loop. */
  total(node: Node): Node;
}

/** What a finished loop gives: `end` closes it, `attrs` are its markers'. */
export function createSums(b: Builder, end: Node, attrs: Attrs): Sums {
  const { loop, length: size } = rangeOf(attrs);
  const length = knownDim(size);
  const memory = new Map<Node, boolean>();
  const carried = new Map<Node, boolean>();
  const varies = (node: Node): boolean => dependsOn(loop, memory, node);

  const stack = (node: Node): Node => b.node("scan_stack", [node, end], attrs);

  /** Without a carry in it, all rows are computed at once, outside the loop. */
  function lift(node: Node): Lifted {
    if (!varies(node)) return { node, hasRows: false };
    if (node.op === "scan_row" && loopOf(node) === loop)
      return { node: node.inputs[0] ?? node, hasRows: true };
    if (!dependsOnCarry(loop, carried, node)) {
      const lifted = liftNode(b, node, node.inputs.map(lift), length);
      if (lifted) return { node: lifted, hasRows: true };
    }
    return { node: stack(node), hasRows: true };
  }

  const totals = new Map<Node, Node>();
  function total(node: Node): Node {
    const known = totals.get(node);
    if (known) return known;
    const made = sumOver(node);
    totals.set(node, made);
    return made;
  }

  function sumOver(node: Node): Node {
    if (!varies(node)) return makeScaled(b, node, length);
    const [x] = node.inputs;
    // Linear in one operand: the sum comes first.
    if (node.op === "neg" && x) return b.node("neg", [total(x)]);
    if (node.op === "add") return b.node("add", node.inputs.map(total));
    if (node.op === "reshape" && x) return makeReshape(b, total(x), knownShape(node.type));
    const fill = node.attrs["fill"];
    if (node.op === "view" && x && (fill === 0 || fill === "unreachable"))
      return b.node("view", [total(x)], node.attrs);
    const summed = ["contract", "reduce", "scatter_add"].includes(node.op)
      ? sumRows(b, node, node.inputs.map(lift), length)
      : undefined;
    return summed ?? makeSum(b, lift(node).node, [0]);
  }

  return { stack: (node) => lift(node).node, total };
}
