// Samples made into tensors, graphs of one node, and running them by the reference.

import { emitReference } from "../../compiler/backends/reference.ts";
import type { Attrs, Graph, Node, Origin, TensorType } from "../../compiler/ir/graph.ts";
import type { OpRecord, Sample } from "../../compiler/ops/define.ts";
import { newBuilder } from "../../compiler/ops/index.ts";
import { knownShape } from "../../compiler/ops/shapes.ts";
import { placeKey, uniformAt } from "../../runtime/random.ts";
import { interpretProgram } from "../../runtime/reference/interpret.ts";
import { sizeOf, type Tensor } from "../../runtime/types.ts";

const file = { path: "test.dlm", text: "" };
export const origin: Origin = { span: { file, start: 0, end: 0 }, blocks: [], role: "forward" };

/** Numbers in [0, 1), the same in every run. */
export function uniforms(name: string, count: number): number[] {
  const [key0, key1] = placeKey(name);
  return Array.from({ length: count }, (_, i) => uniformAt(i, key0, key1, 1, 0));
}

export function normals(name: string, count: number): number[] {
  const u = uniforms(name, 2 * count);
  return Array.from({ length: count }, (_, i) => {
    const radius = Math.sqrt(-2 * Math.log(1 - (u[2 * i] ?? 0)));
    return radius * Math.cos(2 * Math.PI * (u[2 * i + 1] ?? 0));
  });
}

/** A value for an operand of a sample, by its domain. */
export function draw(type: TensorType, domain: Sample["domain"], name: string): Tensor {
  const shape = knownShape(type);
  const count = sizeOf(shape);
  const { dtype } = type;
  const u = uniforms(name, count);
  if (dtype === "bool") return { dtype, shape, data: Uint8Array.from(u, (x) => (x < 0.5 ? 0 : 1)) };
  if (dtype === "i32" || dtype === "u8") {
    const limit = typeof domain === "object" ? domain.index : 10;
    const values = u.map((x) => Math.floor(x * limit));
    return {
      dtype,
      shape,
      data: dtype === "i32" ? Int32Array.from(values) : Uint8Array.from(values),
    };
  }
  if (domain === "positive")
    return { dtype, shape, data: Float64Array.from(u, (x) => 0.5 + 2 * x) };
  if (domain === "unit") return { dtype, shape, data: Float64Array.from(u, (x) => 0.05 + 0.9 * x) };
  if (domain === "distinct") {
    // A shuffled ladder: neighbours differ by far more than the steps of finite differences.
    const order = u.map((x, i) => [x, i] as const).sort(([a], [b]) => a - b);
    return { dtype, shape, data: Float64Array.from(order, ([, i]) => i * 0.37 - 1) };
  }
  return { dtype, shape, data: Float64Array.from(normals(name, count)) };
}

export function sampleInputs(record: OpRecord, sample: Sample): Tensor[] {
  return sample.inputs.map((type, i) => draw(type, sample.domain, `${record.name}.${i}`));
}

/** A graph of one operator over inputs `x0`, `x1`, … with the result `y`. */
export function graphOf(op: string, types: readonly TensorType[], attrs: Attrs = {}): Graph {
  const builder = newBuilder(origin);
  const inputs: Node[] = types.map((type, i) =>
    builder.node("input", [], { name: `x${i}`, role: "field" }, type),
  );
  return {
    inputs,
    outputs: [{ name: "y", role: "result", node: builder.node(op, inputs, attrs) }],
  };
}

export function named(tensors: readonly Tensor[]): Record<string, Tensor> {
  return Object.fromEntries(tensors.map((tensor, i) => [`x${i}`, tensor]));
}

export function run(
  graph: Graph,
  inputs: Readonly<Record<string, Tensor>>,
): Record<string, Tensor> {
  return interpretProgram(emitReference(graph), inputs);
}

export function output(results: Readonly<Record<string, Tensor>>, name: string): Tensor {
  const found = results[name];
  if (!found) throw new Error(`there is no output ${name}`);
  return found;
}

/** Largest |a − b| / (1 + |b|); infinite where the sizes differ. */
export function distance(a: Tensor, b: Tensor): number {
  if (a.data.length !== b.data.length || a.shape.join() !== b.shape.join()) return Infinity;
  let worst = 0;
  for (let i = 0; i < a.data.length; i++) {
    const x = a.data[i] ?? NaN;
    const y = b.data[i] ?? NaN;
    const far = Object.is(x, y) || x === y ? 0 : Math.abs(x - y) / (1 + Math.abs(y));
    worst = far <= worst ? worst : far;
  }
  return worst;
}
