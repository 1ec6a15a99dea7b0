// Packaging: a plan and its code as an artifact's program, and the layout of the persistent region that all programs
// of a session share.

import { InternalError } from "../grammar/diagnostic.ts";
import { formatSpan } from "../grammar/source.ts";
import type { Code, KernelInfo, Named, Persistent, Program } from "../runtime/artifact.ts";
import { elementBytes, sizeOf } from "../runtime/types.ts";
import type { TensorSpec } from "./elaborate/unit.ts";
import { substitute } from "./ir/dim.ts";
import { inputName, type Graph, type TensorType } from "./ir/graph.ts";
import { align, clearOfCuts } from "./schedule/arena.ts";
import { rowAxes } from "./schedule/access.ts";
import type { Axis, Kernel, Plan, Scalar, Store, ValueId } from "./schedule/kernel.ts";

/** Sizes of a type once every open dimension has its number; undefined if one stays open. */
export function knownShape(
  type: TensorType,
  dims: Readonly<Record<string, number>>,
): number[] | undefined {
  const values = new Map(Object.entries(dims));
  const shape = type.shape.map((dim) => substitute(dim, values));
  return shape.every((n) => typeof n === "number") ? shape : undefined;
}

/** Byte offsets of parameters and states, in the order given; a path that occurs twice is one tensor. Nothing lies across a
 *  multiple of `segmentBytes`, where given; `start` is the first byte. */
export function layoutPersistent(
  specs: readonly Pick<TensorSpec, "path" | "type">[],
  dims: Readonly<Record<string, number>>,
  segmentBytes?: number,
  start = 0,
): Persistent {
  const tensors: Named[] = [];
  const seen = new Set<string>();
  let offset = start;
  for (const { path, type } of specs) {
    if (seen.has(path)) continue;
    seen.add(path);
    const shape = knownShape(type, dims);
    if (!shape) throw new InternalError(`the size of ${path} is not known`);
    const bytes = sizeOf(shape) * elementBytes[type.dtype];
    if (segmentBytes !== undefined) offset = clearOfCuts(offset, bytes, segmentBytes);
    tensors.push({ name: path, dtype: type.dtype, shape, offset });
    offset = align(offset + bytes);
  }
  return { tensors, bytes: offset };
}

/** More tensors behind those of a layout. */
export function layoutBehind(
  persistent: Persistent,
  specs: readonly Pick<TensorSpec, "path" | "type">[],
  segmentBytes?: number,
): Persistent {
  if (specs.length === 0) return persistent;
  const { tensors, bytes } = layoutPersistent(specs, {}, segmentBytes, align(persistent.bytes));
  return { tensors: [...persistent.tensors, ...tensors], bytes };
}

/** The artifact's form of a plan. */
export function packProgram(name: string, plan: Plan, code: Code): Program {
  const named = (entries: Plan["inputs"]): Named[] =>
    entries.map(({ name: entry, value }) => ({ name: entry, ...placeOf(plan, value) }));
  return {
    name,
    inputs: named(plan.inputs),
    outputs: named(plan.outputs),
    arenaBytes: plan.arenaBytes,
    base: plan.base,
    scratchBytes: plan.scratch.bytes,
    kernels: plan.kernels.map((kernel) => describeKernel(kernel, plan)),
    steps: plan.steps,
    code,
  };
}

function placeOf(plan: Plan, value: ValueId): Omit<Named, "name"> {
  const place = plan.places.get(value);
  if (!place) throw new InternalError(`value ${value} has no place`);
  return { dtype: place.dtype, shape: place.shape, offset: place.offset };
}

/** Work and traffic of a kernel, counted from its loops; a value that is read is counted once. */
export function describeKernel(kernel: Kernel, plan: Plan): KernelInfo {
  const loads = new Set<ValueId>();
  const stores: Store[] = [];
  let flops = 0;
  const seen = new Set<Scalar>();
  const visit = (value: Scalar, points: number): void => {
    if (seen.has(value)) return;
    seen.add(value);
    if (value.kind === "load") loads.add(value.from);
    if (value.kind === "apply") {
      flops += value.dtype === "f32" && value.op !== "select" && value.op !== "cast" ? points : 0;
      for (const part of value.args) visit(part, points);
    }
  };
  const visitStores = (list: readonly Store[], points: number): void => {
    for (const store of list) visit(store.value, points);
    stores.push(...list);
  };
  switch (kernel.kind) {
    case "loop": {
      const outer = extentOf(kernel.parallel);
      const all = outer * extentOf(kernel.inner);
      for (const pass of kernel.passes) {
        for (const acc of pass.accumulators) {
          visit(acc.value, all);
          flops += all;
        }
        visitStores(pass.stores, all);
      }
      visitStores(kernel.after, outer);
      break;
    }
    case "contract": {
      const outer = extentOf(kernel.batch) * extentOf(kernel.m) * extentOf(kernel.n);
      flops += 2 * outer * extentOf(kernel.k);
      visit(kernel.a, extentOf(kernel.batch) * extentOf(kernel.m) * extentOf(kernel.k));
      visit(kernel.b, extentOf(kernel.batch) * extentOf(kernel.n) * extentOf(kernel.k));
      visitStores(kernel.after, outer);
      for (const sum of kernel.sums) {
        const rows = extentOf(rowAxes(kernel, sum.of));
        flops += rows * extentOf(kernel.k);
        visitStores(sum.after, rows);
      }
      break;
    }
    case "scatter": {
      const points = extentOf(kernel.parallel) * extentOf(kernel.ordered);
      flops += points;
      visit(kernel.row, points);
      visit(kernel.value, points);
      break;
    }
    default:
      kernel satisfies never;
  }
  const written = kernel.kind === "scatter" ? [kernel.to] : stores.map((store) => store.to);
  // Parts of a concatenation have gaps between their rows: their readers are checked instead.
  const writes = [...new Set(written)]
    .filter((value) => isDense(plan, value))
    .map((value) => ({ name: `%${value}`, ...placeOf(plan, value) }));
  const bytes = (value: ValueId): number => {
    const place = placeOf(plan, value);
    return sizeOf(place.shape) * elementBytes[place.dtype];
  };
  return {
    name: kernel.name,
    kind: kernel.kind,
    origins: kernel.origins.map(({ span, blocks, role }) => ({
      place: formatSpan(span),
      blocks,
      role,
    })),
    flops,
    bytesRead: [...loads].reduce((sum, value) => sum + bytes(value), 0),
    bytesWritten: [...new Set(written)].reduce((sum, value) => sum + bytes(value), 0),
    writes,
  };
}

/** Row-major without gaps. */
function isDense(plan: Plan, value: ValueId): boolean {
  const place = plan.places.get(value);
  if (!place) return false;
  let stride = 1;
  for (let d = place.shape.length - 1; d >= 0; d--) {
    const size = place.shape[d] ?? 1;
    if (size !== 1 && place.strides[d] !== stride) return false;
    stride *= size;
  }
  return true;
}

function extentOf(axes: readonly Axis[]): number {
  return axes.reduce((size, axis) => size * axis.extent, 1);
}

/** A program for the reference device: no plan, inputs and outputs by name alone. */
export function packReferenceProgram(name: string, graph: Graph, code: Code): Program {
  const entry = (text: string, type: TensorType): Named => ({
    name: text,
    dtype: type.dtype,
    shape: type.shape.map(Number),
    offset: 0,
  });
  const inputs = graph.inputs.filter((node) => {
    const role = node.attrs["role"];
    return role === "field" || role === "scalar";
  });
  const kernel: KernelInfo = {
    name,
    kind: "loop",
    origins: [],
    flops: 0,
    bytesRead: 0,
    bytesWritten: 0,
    writes: [],
  };
  return {
    name,
    inputs: inputs.map((node) => entry(inputName(node), node.type)),
    outputs: graph.outputs
      .filter((o) => o.role !== "update")
      .map((o) => entry(o.name, o.node.type)),
    arenaBytes: 0,
    base: 0,
    scratchBytes: 0,
    kernels: [kernel],
    steps: [],
    code,
  };
}
