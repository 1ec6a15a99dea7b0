// Large values that are made element by element (initial weights: random draws and arithmetic) are computed block by
// block, so that no step between is ever held whole.

import type { ReferenceNode } from "../artifact.ts";
import { sizeOf, type Tensor, type TypedArray } from "../types.ts";
import { pointwiseLoops } from "./pointwise.ts";
import { fillIota, fillRandom } from "./sources.ts";
import { numberOf, storage, textOf } from "./tensor.ts";

const blockLength = 4096;

/** Fewer elements are computed whole. */
const worthwhile = 16 * blockLength;

/** One node's part in a block: fills `y` with the elements from `start` on. */
type Fill = (y: TypedArray, start: number, operands: readonly TypedArray[]) => void;

interface Step {
  readonly node: number;
  readonly operands: readonly number[];
  readonly fill: Fill;
}

/**
 * Fills an array with the value of node `root`, or gives undefined if something that it needs is not made element by
 * element. Inputs may be scalars alone.
 */
export function fillBlockwise(
  nodes: readonly ReferenceNode[],
  root: number,
  scalars: ReadonlyMap<number, Tensor>,
): ((target: TypedArray) => void) | undefined {
  const length = sizeOf(nodes[root]?.shape ?? []);
  if (length < worthwhile) return undefined;
  const steps = planSteps(nodes, root, length, scalars);
  if (!steps) return undefined;

  return (target) => {
    const buffers = new Map(
      steps.map(({ node }) => [node, storage(nodes[node]?.dtype ?? "f32", blockLength)]),
    );
    for (let start = 0; start < length; start += blockLength) {
      const count = Math.min(blockLength, length - start);
      const block = (node: number): TypedArray => {
        const buffer = buffers.get(node);
        if (!buffer) throw new Error(`node ${node} has no block`);
        return count === blockLength ? buffer : buffer.subarray(0, count);
      };
      for (const { node, operands, fill } of steps) fill(block(node), start, operands.map(block));
      target.set(block(root), start);
    }
  };
}

/** The nodes that `root` needs, operands first. */
function planSteps(
  nodes: readonly ReferenceNode[],
  root: number,
  length: number,
  scalars: ReadonlyMap<number, Tensor>,
): readonly Step[] | undefined {
  const needed = new Set([root]);
  const steps: Step[] = [];
  for (let number = root; number >= 0; number--) {
    if (!needed.has(number)) continue;
    const node = nodes[number];
    const step = node && sizeOf(node.shape) === length && stepOf(nodes, number, node, scalars);
    if (!step) return undefined;
    for (const operand of step.operands) needed.add(operand);
    steps.push(step);
  }
  return steps.reverse();
}

function stepOf(
  nodes: readonly ReferenceNode[],
  number: number,
  node: ReferenceNode,
  scalars: ReadonlyMap<number, Tensor>,
): Step | undefined {
  const step = (operands: readonly number[], fill: Fill): Step => ({
    node: number,
    operands,
    fill,
  });
  const loop = pointwiseLoops[node.op];
  if (loop) return step(node.inputs, (y, _start, operands) => loop(operands, y, node.dtype));
  const [first, second] = node.inputs;
  switch (node.op) {
    case "reshape":
    case "stop_gradient":
      return step(node.inputs, (y, _start, [x]) => x && y.set(x));
    case "constant": {
      const { value } = node.attrs;
      return typeof value === "number" ? step([], (y) => y.fill(value)) : undefined;
    }
    case "iota": {
      const axis = numberOf(node.attrs, "axis");
      return step([], (y, start) => fillIota(y, start, axis, node.shape));
    }
    case "random": {
      const seed = scalarOf(scalars, first);
      const drawn = scalarOf(scalars, second);
      if (seed === undefined || drawn === undefined) return undefined;
      const place = textOf(node.attrs, "place");
      return step([], (y, start) => fillRandom(y, start, place, seed, drawn));
    }
    case "view":
    case "broadcast": {
      // One repeated scalar.
      if (first === undefined || (nodes[first]?.shape.length ?? 1) > 0) return undefined;
      const value = scalarOf(scalars, first);
      return value === undefined ? undefined : step([], (y) => y.fill(value));
    }
    default:
      return undefined;
  }
}

function scalarOf(
  scalars: ReadonlyMap<number, Tensor>,
  node: number | undefined,
): number | undefined {
  return node === undefined ? undefined : scalars.get(node)?.data[0];
}
