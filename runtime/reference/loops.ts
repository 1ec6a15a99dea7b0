// Loops over time, step by step.

import type { ReferenceLoop, ReferenceNode } from "../artifact.ts";
import { sizeOf, type Tensor } from "../types.ts";
import { storage } from "./tensor.ts";

/**
 * Runs a loop whose operands are among `values`, and enters its stacks and last carries there. `compute` does the nodes of
 * a list.
 */
export function runLoop(
  loop: ReferenceLoop,
  nodes: readonly ReferenceNode[],
  values: (Tensor | undefined)[],
  compute: (list: readonly number[]) => void,
): void {
  const nodeAt = (number: number): ReferenceNode => {
    const node = nodes[number];
    if (!node) throw new Error(`there is no node ${number}`);
    return node;
  };
  const valueOf = (number: number): Tensor => {
    const value = values[number];
    if (!value) throw new Error(`a loop reads node ${number} before it is computed`);
    return value;
  };
  const operand = (number: number): Tensor => valueOf(nodeAt(number).inputs[0] ?? -1);
  for (const { carry } of loop.carries) if (carry !== undefined) values[carry] = operand(carry);
  const stacks = loop.stacks.map(({ node, of }) => {
    const { dtype, shape } = nodeAt(node);
    return { node, of, whole: { dtype, shape, data: storage(dtype, sizeOf(shape)) } };
  });
  let handed: readonly (Tensor | undefined)[] = [];
  for (let i = 0; i < loop.length; i++) {
    const t = loop.reverse ? loop.length - 1 - i : i;
    for (const row of loop.rows) values[row] = rowOf(operand(row), nodeAt(row), t);
    compute(loop.body);
    for (const { of, whole } of stacks) {
      const { data } = valueOf(of);
      whole.data.set(data, t * data.length);
    }
    // All at once: what one carry becomes may be another carry.
    handed = loop.carries.map(({ next }) => valueOf(next));
    loop.carries.forEach(({ carry }, slot) => {
      if (carry !== undefined) values[carry] = handed[slot];
    });
  }
  for (const { node, whole } of stacks) values[node] = whole;
  for (const { node, slot } of loop.lasts) values[node] = handed[slot];
}

function rowOf(whole: Tensor, { dtype, shape }: ReferenceNode, t: number): Tensor {
  const size = sizeOf(shape);
  return { dtype, shape, data: whole.data.subarray(t * size, (t + 1) * size) };
}
