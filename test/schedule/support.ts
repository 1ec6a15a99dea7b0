// Runs a graph twice, by the reference and through a plan, and compares.

import { expect } from "vitest";
import { newBuilder } from "../../compiler/ops/index.ts";
import type { CheckedBuilder } from "../../compiler/ir/build.ts";
import {
  graphNodes,
  type Graph,
  type InputRole,
  type Node,
  type Origin,
  type Output,
} from "../../compiler/ir/graph.ts";
import { inputName } from "../../compiler/schedule/outputs.ts";
import { schedule, type ScheduleOptions } from "../../compiler/schedule/index.ts";
import { interpret, memoryBytes } from "../../compiler/schedule/interpret.ts";
import type { Place, Plan } from "../../compiler/schedule/kernel.ts";
import { validatePlan } from "../../compiler/schedule/validate.ts";
import type { Persistent } from "../../runtime/artifact.ts";
import { referenceFunctions } from "../../runtime/reference/index.ts";
import { allocate, elementBytes, sizeOf, type DType, type Tensor } from "../../runtime/types.ts";

export const origin: Origin = {
  span: { file: { path: "test.dlm", text: "test" }, start: 0, end: 4 },
  blocks: ["layer"],
  role: "forward",
};

export function builder(): CheckedBuilder<{ readonly failure: string }> {
  return newBuilder(origin);
}

export function input(
  b: ReturnType<typeof builder>,
  name: string,
  shape: number[],
  dtype: DType = "f32",
  role: InputRole = "field",
): Node {
  return b.node("input", [], { name, role }, { dtype, shape });
}

export function constant(b: ReturnType<typeof builder>, value: number, dtype: DType = "f32"): Node {
  return b.node("constant", [], { value }, { dtype, shape: [] });
}

/** A rank 0 or unit-padded value spread over `shape`: trailing axes align, as `axes` say. */
export function spread(
  b: ReturnType<typeof builder>,
  x: Node,
  shape: number[],
  axes: number[],
): Node {
  const forms = axes.map((axis, d) => ({
    terms: x.type.shape[d] === 1 ? [] : [{ axis, coefficient: 1 }],
    offset: 0,
    divisor: 1,
  }));
  return b.node("view", [x], { shape, forms, fill: "unreachable" });
}

export function graphOf(outputs: Record<string, Node>, updates: Record<string, Node> = {}): Graph {
  const all: Output[] = [
    ...Object.entries(outputs).map(([name, node]): Output => ({ name, role: "result", node })),
    ...Object.entries(updates).map(([name, node]): Output => ({ name, role: "update", node })),
  ];
  const graph = { inputs: [], outputs: all };
  return { inputs: graphNodes(graph).filter((node) => node.op === "input"), outputs: all };
}

const persistentRoles = new Set(["parameter", "state", "optimizer", "metric", "fitted", "frozen"]);

export function persistentOf(graph: Graph): Persistent {
  const tensors: Persistent["tensors"][number][] = [];
  let offset = 0;
  for (const node of graph.inputs) {
    if (!persistentRoles.has(roleOf(node))) continue;
    const shape = node.type.shape.map(Number);
    tensors.push({ name: nameOf(node), dtype: node.type.dtype, shape, offset });
    offset = Math.ceil((offset + sizeOf(shape) * elementBytes[node.type.dtype]) / 64) * 64;
  }
  return { tensors, bytes: offset };
}

export function nameOf(node: Node): string {
  return inputName(node) ?? fail("not an input");
}

function roleOf(node: Node): string {
  const { role } = node.attrs;
  return typeof role === "string" ? role : fail("an input without a role");
}

export type Values = Record<string, ArrayLike<number>>;

/** Outputs and updated tensors by name, by the reference. */
export function runReference(graph: Graph, inputs: Values): Record<string, number[]> {
  const values = new Map<Node, Tensor>();
  for (const node of graphNodes(graph)) {
    const shape = node.type.shape.map(Number);
    const { dtype } = node.type;
    if (node.op === "input") {
      const data =
        dtype === "f32" ? new Float64Array(sizeOf(shape)) : allocate(dtype, sizeOf(shape));
      data.set(given(inputs, node));
      values.set(node, { dtype, shape, data });
      continue;
    }
    const operands = node.inputs.map((i) => values.get(i) ?? fail("an operand is missing"));
    const compute = referenceFunctions[node.op] ?? fail(`no reference for ${node.op}`);
    values.set(node, { dtype, shape, data: compute(operands, node.attrs, { dtype, shape }).data });
  }
  return Object.fromEntries(
    graph.outputs.map((o) => [o.name, [...(values.get(o.node)?.data ?? [])]]),
  );
}

export interface PlanRun {
  readonly plan: Plan;
  readonly outputs: Record<string, number[]>;
}

/** The same through a plan; the interpreter watches who wrote each byte. */
export function runPlan(
  graph: Graph,
  inputs: Values,
  options: Partial<ScheduleOptions> = {},
): PlanRun {
  const persistent = persistentOf(graph);
  const plan = schedule(graph, { persistent, ...options });
  validatePlan(plan);
  const memory = new ArrayBuffer(memoryBytes(plan));
  new Uint8Array(memory).fill(0xff); // what was never written reads as NaN
  for (const node of graph.inputs) {
    const name = nameOf(node);
    const tensor = persistent.tensors.find((t) => t.name === name);
    const { dtype } = node.type;
    const shape = node.type.shape.map(Number);
    const value = plan.inputs.find((i) => i.name === name)?.value;
    const place = value === undefined ? undefined : plan.places.get(value);
    const offset = tensor?.offset ?? place?.offset;
    if (offset === undefined) continue; // not used
    viewOf(memory, { dtype, shape, offset }).set(given(inputs, node));
  }
  interpret(plan, memory, { check: true });
  const outputs: Record<string, number[]> = {};
  for (const { name, value } of plan.outputs) {
    const place = plan.places.get(value) ?? fail(`output ${name} has no place`);
    outputs[name] = [...viewOf(memory, place)];
  }
  for (const output of graph.outputs) {
    if (output.role !== "update") continue;
    const tensor = persistent.tensors.find((t) => t.name === output.name) ?? fail("no tensor");
    outputs[output.name] = [...viewOf(memory, tensor)];
  }
  return { plan, outputs };
}

/** Checks a graph with every combination of fusion and updates in place; returns the plan with both. */
export function checkGraph(graph: Graph, inputs: Values, tolerance = 1e-4): Plan {
  const expected = runReference(graph, inputs);
  const both = runPlan(graph, inputs);
  compare(both.outputs, expected, tolerance);
  const copied = runPlan(graph, inputs, { inPlace: false });
  expect(copied.outputs).toEqual(both.outputs); // the same bits
  compare(runPlan(graph, inputs, { fuse: false }).outputs, expected, tolerance);
  return both.plan;
}

export function compare(
  found: Record<string, number[]>,
  expected: Record<string, number[]>,
  tolerance: number,
): void {
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
  for (const [name, values] of Object.entries(expected)) {
    const own = found[name] ?? [];
    expect(own.length).toBe(values.length);
    values.forEach((value, i) => {
      const got = own[i] ?? NaN;
      const same =
        Object.is(got, value) || got === value || (Number.isNaN(got) && Number.isNaN(value));
      const near = Math.abs(got - value) <= tolerance * Math.max(1, Math.abs(value));
      if (!same && !near) expect.fail(`${name}[${i}] is ${got}, not ${value}`);
    });
  }
}

/** Reproducible numbers in (-1, 1), or integers in [0, limit). */
export function numbers(length: number, seed: number, limit?: number): number[] {
  let state = (seed * 2654435761 + 12345) >>> 0;
  return Array.from({ length }, () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    const unit = state / 2 ** 32;
    return limit === undefined ? Math.fround(unit * 2 - 1) : Math.floor(unit * limit);
  });
}

function given(inputs: Values, node: Node): ArrayLike<number> {
  return inputs[nameOf(node)] ?? fail(`no value for ${nameOf(node)}`);
}

function viewOf(
  memory: ArrayBuffer,
  { dtype, shape, offset }: Pick<Place, "dtype" | "shape" | "offset">,
) {
  const length = sizeOf(shape);
  if (dtype === "f32") return new Float32Array(memory, offset, length);
  return dtype === "i32"
    ? new Int32Array(memory, offset, length)
    : new Uint8Array(memory, offset, length);
}

function fail(message: string): never {
  throw new Error(message);
}
