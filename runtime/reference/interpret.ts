// Runs a graph by the reference functions, node after node, in double precision.

import type { Code } from "../artifact.ts";
import { sizeOf, type Tensor } from "../types.ts";
import { referenceFunctions } from "./index.ts";

export type ReferenceCode = Extract<Code, { readonly target: "reference" }>;

/** Called after each node with its value, for checks of numbers. */
export type NodeObserver = (node: number, value: Tensor) => void;

/**
 * Gives the outputs by name. `inputs` must hold every input of the graph with its size; f32 is widened. A value is
 * dropped after its last use.
 */
export function interpretProgram(
  code: ReferenceCode,
  inputs: Readonly<Record<string, Tensor>>,
  observe?: NodeObserver,
): Record<string, Tensor> {
  const given = new Map(Object.entries(code.inputs).map(([name, node]) => [node, name]));
  const lastUse = findLastUses(code);
  const values: (Tensor | undefined)[] = [];
  code.nodes.forEach((node, number) => {
    const name = given.get(number);
    if (name !== undefined) {
      values[number] = takeInput(name, inputs[name], node.shape, node.dtype);
      return;
    }
    const compute = referenceFunctions[node.op];
    if (!compute) throw new Error(`the reference has no operator ${node.op}`);
    const operands = node.inputs.map((i) => {
      const operand = values[i];
      if (!operand) throw new Error(`${node.op} reads node ${i} before it is computed`);
      return operand;
    });
    const value = compute(operands, node.attrs, node);
    values[number] = { dtype: node.dtype, shape: node.shape, data: value.data };
    observe?.(number, value);
    for (const i of node.inputs) if (lastUse[i] === number) values[i] = undefined;
  });
  const outputs: Record<string, Tensor> = {};
  for (const { name, node } of code.outputs) {
    const value = values[node];
    if (!value) throw new Error(`output ${name} was not computed`);
    outputs[name] = value;
  }
  return outputs;
}

/** For each node the last one that reads it; outputs are read at the end. */
function findLastUses(code: ReferenceCode): number[] {
  const last: number[] = [];
  code.nodes.forEach((node, number) => {
    for (const i of node.inputs) last[i] = number;
  });
  for (const { node } of code.outputs) last[node] = Infinity;
  return last;
}

function takeInput(
  name: string,
  tensor: Tensor | undefined,
  shape: readonly number[],
  dtype: Tensor["dtype"],
): Tensor {
  if (!tensor) throw new Error(`input ${name} is missing`);
  if (tensor.data.length !== sizeOf(shape)) {
    throw new Error(`input ${name} has ${tensor.data.length} elements, not ${sizeOf(shape)}`);
  }
  const data = dtype === "f32" ? Float64Array.from(tensor.data) : tensor.data;
  return { dtype, shape, data };
}
