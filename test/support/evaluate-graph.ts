// Runs a graph whose sizes are known by the reference, node after node, and draws inputs for it.

import { emitReference } from "../../compiler/backends/reference.ts";
import { graphNodes, type Graph, type Node } from "../../compiler/ir/graph.ts";
import { inputName, inputRole } from "../../compiler/ir/input.ts";
import { operatorNamed } from "../../compiler/ops/index.ts";
import { interpretProgram } from "../../runtime/reference/interpret.ts";
import { sizeOf, type Tensor } from "../../runtime/types.ts";

/** The outputs by role and name. */
export function evaluateGraph(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  if (graphNodes(graph).some(({ op }) => op === "scan_end")) return evaluateLoops(graph, inputs);
  const values = new Map<Node, Tensor>();
  for (const node of graphNodes(graph)) {
    if (node.op === "input") {
      const value = inputs[inputKey(node)];
      if (!value) throw new Error(`there is no value for ${inputKey(node)}`);
      values.set(node, value);
      continue;
    }
    const operands = node.inputs.map((input) => {
      const value = values.get(input);
      if (!value) throw new Error(`${input.op} was not computed`);
      return value;
    });
    values.set(node, operatorNamed(node.op).reference(operands, node.attrs, node.type));
  }
  return Object.fromEntries(
    graph.outputs.map(({ role, name, node }) => {
      const value = values.get(node);
      if (!value) throw new Error(`output ${name} was not computed`);
      return [`${role} ${name}`, value];
    }),
  );
}

/** Loops are what the reference device runs. */
function evaluateLoops(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  const found = interpretProgram(emitReference(graph), inputs);
  return Object.fromEntries(
    graph.outputs.map(({ role, name }) => [`${role} ${name}`, found[name] as Tensor]),
  );
}

export function inputKey(node: Node): string {
  return inputName(node);
}

/** Numbers that are exact in f32 and small: multiples of 1/4 between −2 and 2, or small whole ones. */
export function drawInputs(graph: Graph, seed: number): Record<string, Tensor> {
  const random = randomSource(seed);
  return Object.fromEntries(
    graph.inputs.map((node) => {
      const shape = node.type.shape.map(Number);
      const { dtype } = node.type;
      const draw = (): number => {
        if (dtype === "bool") return random.below(2);
        if (dtype === "u8") return random.below(7);
        if (dtype === "i32") return random.below(7) - (inputRole(node) === "scalar" ? 0 : 3);
        return (random.below(17) - 8) / 4;
      };
      const data = Float64Array.from({ length: sizeOf(shape) }, draw);
      return [inputKey(node), { dtype, shape, data }];
    }),
  );
}

export interface RandomSource {
  /** A whole number in 0 … n − 1. */
  below(n: number): number;
  pick<T>(list: readonly T[]): T;
}

/** Small numbers by seed (mulberry32, Tommy Ettinger). */
export function randomSource(seed: number): RandomSource {
  let state = seed >>> 0;
  const below = (n: number): number => {
    state = (state + 0x6d2b79f5) >>> 0;
    let t = Math.imul(state ^ (state >>> 15), state | 1);
    t ^= t + Math.imul(t ^ (t >>> 7), t | 61);
    return Math.floor((((t ^ (t >>> 14)) >>> 0) / 2 ** 32) * n);
  };
  return {
    below,
    pick: (list) => {
      const item = list[below(list.length)];
      if (item === undefined) throw new Error("an empty list");
      return item;
    },
  };
}

/** Where two results differ by more than rounding: element and values, or undefined. NaN equals NaN. */
export function difference(a: Tensor, b: Tensor, tolerance = 1e-9): string | undefined {
  if (a.dtype !== b.dtype || a.shape.join() !== b.shape.join()) {
    return `${a.dtype}[${a.shape.join()}] is not ${b.dtype}[${b.shape.join()}]`;
  }
  for (let i = 0; i < a.data.length; i++) {
    const [x = NaN, y = NaN] = [a.data[i], b.data[i]];
    const same = x === y || (Number.isNaN(x) && Number.isNaN(y));
    const near = Math.abs(x - y) <= tolerance * Math.max(1, Math.abs(x), Math.abs(y));
    if (!same && !near) return `element ${i}: ${x} is not ${y}`;
  }
  return undefined;
}
