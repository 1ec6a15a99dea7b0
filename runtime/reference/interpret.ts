// Runs a graph by the reference functions, node after node, in double precision.

import type { Code, ReferenceNode } from "../artifact.ts";
import { allocate, sizeOf, type Tensor } from "../types.ts";
import { fillBlockwise } from "./blockwise.ts";
import { referenceFunctions } from "./index.ts";
import { runLoop } from "./loops.ts";
import { storage } from "./tensor.ts";

export type ReferenceCode = Extract<Code, { readonly target: "reference" }>;

/** Called after each node with its value, for checks of numbers. */
export type NodeObserver = (node: number, value: Tensor) => void;

export interface InterpretOptions {
  readonly observe?: NodeObserver;
  /** Outputs come in their stored types: f32 rounded once, at the end. Otherwise they stay in double. */
  readonly stored?: boolean;
}

/**
 * Gives the outputs by name. `inputs` must hold every input of the graph with its size; f32 is widened. A value is
 * dropped after its last use; outputs that are made element by element are computed in blocks.
 */
export function interpretProgram(
  code: ReferenceCode,
  inputs: Readonly<Record<string, Tensor>>,
  options: InterpretOptions = {},
): Record<string, Tensor> {
  const given = new Map<number, Tensor>();
  for (const [name, number] of Object.entries(code.inputs)) {
    const node = code.nodes[number];
    if (node) given.set(number, takeInput(name, inputs[name], node.shape, node.dtype));
  }
  return (
    (options.observe ? undefined : interpretBlockwise(code, given, options)) ??
    interpretWhole(code, given, options)
  );
}

/** All outputs in blocks, if all of them can be. */
function interpretBlockwise(
  code: ReferenceCode,
  given: ReadonlyMap<number, Tensor>,
  { stored }: InterpretOptions,
): Record<string, Tensor> | undefined {
  if (code.loops.length > 0) return undefined;
  if (code.nodes.length > 10_000) return undefined; // no initialiser; the search below is for small graphs
  const scalars = computeScalars(code, given);
  const outputs: Record<string, Tensor> = {};
  for (const { name, node } of code.outputs) {
    const { dtype, shape } = code.nodes[node] ?? { dtype: "f32", shape: [] };
    const fill = fillBlockwise(code.nodes, node, scalars);
    if (!fill) return undefined;
    const length = sizeOf(shape);
    const data = stored ? allocate(dtype, length) : storage(dtype, length);
    fill(data);
    outputs[name] = { dtype, shape, data };
  }
  return outputs;
}

/** Values of rank 0 that depend on nothing larger. */
function computeScalars(
  code: ReferenceCode,
  given: ReadonlyMap<number, Tensor>,
): ReadonlyMap<number, Tensor> {
  const scalars = new Map<number, Tensor>();
  code.nodes.forEach((node, number) => {
    if (node.shape.length > 0) return;
    const value = given.get(number);
    const operands = node.inputs.map((i) => scalars.get(i)).filter((x) => x !== undefined);
    if (value) scalars.set(number, value);
    else if (operands.length === node.inputs.length) scalars.set(number, compute(node, operands));
  });
  return scalars;
}

/** Node after node. */
function interpretWhole(
  code: ReferenceCode,
  given: ReadonlyMap<number, Tensor>,
  { observe, stored }: InterpretOptions,
): Record<string, Tensor> {
  const { nodes } = code;
  const lastUse = findLastUses(code);
  const loops = new Map(code.loops.map((loop) => [loop.at, loop]));
  const ofLoops = loopOutputs(code);
  const values: (Tensor | undefined)[] = [];
  given.forEach((value, number) => (values[number] = value));

  const run = (list: readonly number[]): void => {
    for (const number of list) {
      const node = nodes[number];
      if (!node || given.has(number)) continue;
      const loop = loops.get(number);
      if (loop) runLoop(loop, nodes, values, run);
      else if (!ofLoops.has(number)) {
        const operands = node.inputs.map((i) => {
          const operand = values[i];
          if (!operand) throw new Error(`${node.op} reads node ${i} before it is computed`);
          return operand;
        });
        values[number] = compute(node, operands);
      }
      const value = values[number];
      if (value) observe?.(number, value);
      for (const i of node.inputs) if (lastUse[i] === number) values[i] = undefined;
    }
  };
  run(code.order);
  const outputs: Record<string, Tensor> = {};
  for (const { name, node } of code.outputs) {
    const value = values[node];
    if (!value) throw new Error(`output ${name} was not computed`);
    outputs[name] = stored ? toStored(value) : value;
  }
  return outputs;
}

function compute(node: ReferenceNode, operands: readonly Tensor[]): Tensor {
  const operator = referenceFunctions[node.op];
  if (!operator) throw new Error(`the reference has no operator ${node.op}`);
  const { data } = operator(operands, node.attrs, node);
  return { dtype: node.dtype, shape: node.shape, data };
}

function toStored({ dtype, shape, data }: Tensor): Tensor {
  const rounded = allocate(dtype, data.length);
  rounded.set(data);
  return { dtype, shape, data: rounded };
}

/** Nodes that loops give. */
function loopOutputs({ loops }: ReferenceCode): ReadonlySet<number> {
  return new Set(
    loops.flatMap(({ stacks, lasts }) => [...stacks, ...lasts].map(({ node }) => node)),
  );
}

/** For each node the last one that reads it; outputs are read at the end, and what loops read stays. */
function findLastUses(code: ReferenceCode): number[] {
  const last: number[] = [];
  const once = new Set(code.order);
  const ofLoops = loopOutputs(code);
  code.nodes.forEach((node, number) => {
    const isRepeated = !once.has(number) || ofLoops.has(number);
    for (const i of node.inputs) last[i] = isRepeated ? Infinity : Math.max(last[i] ?? 0, number);
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
