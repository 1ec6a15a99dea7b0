// Replays a plan without running it: nothing is read after its bytes are used again, what no guard protects stays
// inside its value, every element is written once, and what is overwritten where it is read may be.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Step } from "../../runtime/artifact.ts";
import { elementBytes, sizeOf } from "../../runtime/types.ts";
import { accessOf, rootsOf, rowAxes, storesOf } from "./access.ts";
import { mayOverwrite } from "./in-place.ts";
import { evaluateIndex, plainAxis } from "./index-form.ts";
import type { Axis, Index, Kernel, Place, Plan, Scalar, Store, ValueId } from "./kernel.ts";
import { indicesOf, partsOf, walkScalars } from "./values.ts";

/** Throws an InternalError that says what is wrong with a plan. */
export function validatePlan(plan: Plan): void {
  checkBuffers(plan);
  const writers = new Map<ValueId, string>();
  for (const kernel of plan.kernels) {
    checkLoads(plan, kernel);
    checkAccumulators(kernel);
    for (const store of storesOf(kernel)) {
      const other = writers.get(store.to);
      if (other !== undefined)
        fail(`value ${store.to} is written by ${other} and by ${kernel.name}`);
      writers.set(store.to, kernel.name);
      if (kernel.kind !== "scatter") checkStore(plan, kernel, store);
    }
  }
  replay(plan);
}

function fail(message: string): never {
  throw new InternalError(`the plan is wrong: ${message}`);
}

function placeOf(plan: Plan, id: ValueId): Place {
  return plan.places.get(id) ?? fail(`value ${id} has no place`);
}

/** Buffers that need the same bytes at the same time; places outside their buffer. */
function checkBuffers(plan: Plan): void {
  const { buffers } = plan;
  const byStart = buffers.map((_, i) => i).filter((i) => (buffers[i]?.bytes ?? 0) > 0);
  byStart.sort((a, b) => (buffers[a]?.offset ?? 0) - (buffers[b]?.offset ?? 0));
  byStart.forEach((i, position) => {
    const first = buffers[i];
    if (!first) return;
    const end = first.offset + first.bytes;
    if (first.role !== "persistent" && end > plan.base + plan.arenaBytes)
      fail(`buffer ${i} leaves the arena`);
    for (const j of byStart.slice(position + 1)) {
      const second = buffers[j];
      if (!second || second.offset >= end) break;
      if (first.live[0] <= second.live[1] && second.live[0] <= first.live[1]) {
        fail(`buffers ${i} and ${j} need the same bytes at the same time`);
      }
    }
  });
  for (const [id, place] of plan.places) {
    const buffer = buffers[place.buffer] ?? fail(`value ${id} lies in no buffer`);
    const { start, end } = extentOf(place);
    if (start < buffer.offset || end > buffer.offset + buffer.bytes)
      fail(`value ${id} leaves its buffer`);
  }
}

/** Bytes from the first to the last element, over all rows. */
function extentOf(place: Place): { start: number; end: number } {
  if (sizeOf(place.shape) === 0) return { start: place.offset, end: place.offset };
  const last = place.shape.reduce((sum, n, d) => sum + (n - 1) * (place.strides[d] ?? 0), 0);
  const rows = place.row ? (place.row.ring - 1) * place.row.stride : 0;
  return { start: place.offset, end: place.offset + rows + (last + 1) * elementBytes[place.dtype] };
}

/** Loads that are always evaluated must stay inside; those in a branch of a select have a guard. */
function checkLoads(plan: Plan, kernel: Kernel): void {
  const seen = new Set<Scalar>();
  const stack = [...rootsOf(kernel)];
  const visitIndex = (index: Index): void => {
    for (const { atom } of index.terms) {
      if (atom.kind === "value") stack.push(atom.of);
      else if (atom.kind !== "axis") visitIndex(atom.of);
    }
  };
  for (let scalar = stack.pop(); scalar; scalar = stack.pop()) {
    if (seen.has(scalar)) continue;
    seen.add(scalar);
    if (scalar.kind === "load") checkBounds(plan, kernel, scalar.from, scalar.at);
    indicesOf(scalar).forEach(visitIndex);
    const isSelect = scalar.kind === "apply" && scalar.op === "select";
    stack.push(...(isSelect ? partsOf(scalar).slice(0, 1) : partsOf(scalar)));
  }
  walkScalars(rootsOf(kernel), (scalar) => {
    if (scalar.kind !== "load") return;
    const { shape, dtype } = placeOf(plan, scalar.from);
    if (scalar.at.length !== shape.length)
      fail(`${kernel.name} reads value ${scalar.from} with another rank`);
    if (scalar.dtype !== dtype)
      fail(`${kernel.name} reads value ${scalar.from} as ${scalar.dtype}`);
  });
}

function checkBounds(plan: Plan, kernel: Kernel, id: ValueId, at: readonly Index[]): void {
  const { shape } = placeOf(plan, id);
  at.forEach((index, d) => {
    const size = shape[d] ?? 0;
    if ((index.low >= 0 && index.high < size) || staysInside(index, size)) return;
    fail(
      `${kernel.name} reads value ${id} at ${index.text} (${index.low} … ${index.high}) of ${shape[d] ?? 0}`,
    );
  });
}

/** Points up to which an index with quotients and remainders is followed one by one. */
const mostPoints = 1 << 16;

/** Ranges of sums over one axis in several terms are too wide; their values are not. */
function staysInside(index: Index, size: number): boolean {
  const extents = new Map<string, number>();
  let simple = true;
  const visit = (at: Index): void => {
    for (const { atom } of at.terms) {
      if (atom.kind === "axis") extents.set(atom.name, atom.extent);
      else if (atom.kind === "value") simple = false;
      else visit(atom.of);
    }
  };
  visit(index);
  const points = sizeOf([...extents.values()]);
  // What is affine has an exact range; what is too large to follow is believed.
  if (index.terms.every(({ atom }) => atom.kind === "axis")) return false;
  if (!simple || points > mostPoints) return true;
  const at = new Map([...extents.keys()].map((name) => [name, 0]));
  for (let i = 0; i < points; i++) {
    let rest = i;
    for (const [name, extent] of extents) {
      at.set(name, rest % extent);
      rest = Math.floor(rest / extent);
    }
    const value = evaluateIndex(
      index,
      (name) => at.get(name) ?? 0,
      () => 0,
    );
    if (value < 0 || value >= size) return false;
  }
  return true;
}

/** Accumulators are read in later passes than their own only. */
function checkAccumulators(kernel: Kernel): void {
  if (kernel.kind === "scatter") return;
  const ready = new Set<number>();
  const check = (values: readonly Scalar[]): void => {
    walkScalars(values, (scalar) => {
      if (scalar.kind !== "accumulator" || ready.has(scalar.slot)) return;
      fail(`${kernel.name} reads accumulator ${scalar.slot} before it is complete`);
    });
  };
  const storeValues = (stores: readonly Store[]): Scalar[] => stores.map((store) => store.value);
  if (kernel.kind === "contract") {
    check([kernel.a, kernel.b]);
    for (const sum of kernel.sums) {
      ready.add(sum.slot);
      check(storeValues(sum.after));
      ready.delete(sum.slot);
    }
    ready.add(0);
  } else {
    for (const pass of kernel.passes) {
      check([...pass.accumulators.map((acc): Scalar => acc.value), ...storeValues(pass.stores)]);
      for (const acc of pass.accumulators) ready.add(acc.slot);
    }
  }
  check(storeValues(kernel.after));
}

/** A store names each element once: every dimension is an axis of its own, and all axes of its level are used. */
function checkStore(plan: Plan, kernel: Kernel, store: Store): void {
  const { shape } = placeOf(plan, store.to);
  const extents = new Map(levelAxes(kernel, store).map((axis) => [axis.name, axis.extent]));
  const what = `${kernel.name} writes value ${store.to}`;
  if (store.at.length !== shape.length) fail(`${what} with another rank`);
  store.at.forEach((index, d) => {
    if (shape[d] === 1 && index.terms.length === 0 && index.offset === 0) return;
    const name = plainAxis(index);
    if (name === undefined || extents.get(name) !== shape[d])
      fail(`${what} at ${index.text} of ${shape[d] ?? 0}`);
    extents.delete(name);
  });
  for (const [name, extent] of extents) if (extent > 1) fail(`${what} again for every ${name}`);
}

function levelAxes(kernel: Kernel, store: Store): readonly Axis[] {
  if (kernel.kind === "contract") {
    const sum = kernel.sums.find(({ after }) => after.includes(store));
    return sum ? rowAxes(kernel, sum.of) : [...kernel.batch, ...kernel.m, ...kernel.n];
  }
  if (kernel.kind === "scatter") return kernel.parallel;
  return kernel.after.includes(store) ? kernel.parallel : [...kernel.parallel, ...kernel.inner];
}

/** One number for all values that share a buffer by design: parts of a concatenation, rows of a loop. */
function familyOf(plan: Plan): (id: ValueId) => ValueId {
  const parents = new Map<ValueId, ValueId>(plan.wholes);
  const family = (id: ValueId): ValueId => {
    const parent = parents.get(id);
    return parent === undefined ? id : family(parent);
  };
  for (const [first, ...others] of plan.rows ?? [])
    for (const other of first === undefined ? [] : others) {
      const [a, b] = [family(other), family(first ?? other)];
      if (a !== b) parents.set(a, b);
    }
  return family;
}

/** Follows which values the bytes hold. */
function replay(plan: Plan): void {
  const held = new Set<ValueId>(plan.inputs.map((input) => input.value));
  const produced = new Set(
    plan.kernels.flatMap((kernel) => storesOf(kernel).map((store) => store.to)),
  );
  for (const [id, place] of plan.places) {
    if (plan.buffers[place.buffer]?.role === "persistent" && !produced.has(id)) held.add(id);
  }
  const family = familyOf(plan);
  const partsOfWhole = new Map<ValueId, ValueId[]>();
  for (const [part, whole] of plan.wholes ?? []) {
    partsOfWhole.set(whole, [...(partsOfWhole.get(whole) ?? []), part]);
  }
  const isHeld = (id: ValueId): boolean => {
    const parts = partsOfWhole.get(id) ?? plan.sources?.get(id);
    return parts ? parts.every((part) => held.has(part)) : held.has(id);
  };
  /** Values whose bytes a range touches. */
  const touched = (start: number, end: number, but: ValueId): ValueId[] =>
    [...held].filter((id) => {
      if (family(id) === family(but)) return false;
      const other = extentOf(placeOf(plan, id));
      return other.start < end && start < other.end;
    });

  const runKernel = (kernel: Kernel): void => {
    const { reads, writes } = accessOf(kernel);
    for (const id of reads) {
      if (!isHeld(id)) fail(`${kernel.name} reads value ${id}, which is not there (any more)`);
    }
    const lost = new Set<ValueId>();
    for (const id of writes) {
      const place = placeOf(plan, id);
      const { start, end } = extentOf(place);
      for (const other of touched(start, end, id)) {
        const old = placeOf(plan, other);
        lost.add(other);
        const isRead = reads.has(other) || partsReadOf(other, reads);
        if (!isRead) continue;
        const sameBytes = old.offset === place.offset && sizeOf(old.shape) === sizeOf(place.shape);
        const valueAt = (value: ValueId, { dtype, shape }: Place) => ({ id: value, dtype, shape });
        if (!sameBytes || !mayOverwrite(kernel, valueAt(id, place), valueAt(other, old))) {
          fail(`${kernel.name} overwrites value ${other} while it reads it`);
        }
      }
    }
    for (const id of lost) held.delete(id);
    for (const id of writes) held.add(id);
  };
  const partsReadOf = (id: ValueId, reads: ReadonlySet<ValueId>): boolean => {
    const whole = plan.wholes?.get(id);
    return whole !== undefined && reads.has(whole);
  };

  const run = (steps: readonly Step[]): void => {
    for (const step of steps) {
      switch (step.kind) {
        case "kernel":
          runKernel(plan.kernels[step.kernel] ?? fail(`there is no kernel ${step.kernel}`));
          break;
        case "copy": {
          const source = [...held].some((id) => {
            const { start, end } = extentOf(placeOf(plan, id));
            return start === step.from && end === step.from + step.bytes;
          });
          if (!source) fail(`a copy from ${step.from} does not find a value there`);
          for (const id of touched(step.to, step.to + step.bytes, -1)) held.delete(id);
          break;
        }
        case "fill":
          for (const id of touched(step.at, step.at + step.bytes, -1)) held.delete(id);
          break;
        case "loop":
          // Twice, so that what one round leaves to the next is seen.
          run(step.body);
          run(step.body);
          break;
        default:
          step satisfies never;
      }
    }
  };
  run(plan.steps);
  for (const { name, value } of plan.outputs)
    if (!isHeld(value)) fail(`the output ${name} is not there at the end`);
}
