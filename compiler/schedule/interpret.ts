// The meaning of a plan: kernels run point by point over one memory, storage in the element types, arithmetic in
// double. Slow; for tests, and to watch that no byte is read as something else than what was written there.

import { InternalError } from "../../grammar/diagnostic.ts";
import type { Step } from "../../runtime/artifact.ts";
import { uniformAt } from "../../runtime/random.ts";
import { elementBytes, sizeOf, type DType } from "../../runtime/types.ts";
import { rowAxes, storesOf } from "./access.ts";
import { stepAxis } from "./elements.ts";
import { evaluateIndex } from "./index-form.ts";
import type {
  Accumulator,
  Axis,
  Index,
  Kernel,
  Place,
  Plan,
  Scalar,
  Store,
  ValueId,
} from "./kernel.ts";
import { applyScalar } from "./scalar-meaning.ts";

export interface InterpretOptions {
  /** Notes which element of which value each byte holds, and throws when another is read. */
  readonly check?: boolean;
}

/** Runs all steps of a plan over its memory: inputs and persistent tensors are read there, outputs written. */
export function interpret(plan: Plan, memory: ArrayBuffer, options: InterpretOptions = {}): void {
  const machine = createMachine(plan, memory, options.check ?? false);
  const run = (steps: readonly Step[], counter: number): void => {
    for (const step of steps) {
      switch (step.kind) {
        case "kernel": {
          const kernel = plan.kernels[step.kernel];
          if (kernel) machine.run(kernel, counter);
          break;
        }
        case "copy":
          machine.copy(step.from, step.to, step.bytes);
          break;
        case "fill":
          new Uint8Array(memory, step.at, step.bytes).fill(0);
          break;
        case "loop":
          for (let t = 0; t < step.count; t++)
            run(step.body, step.reverse ? step.count - 1 - t : t);
          break;
        default:
          step satisfies never;
      }
    }
  };
  run(plan.steps, 0);
}

/** Bytes that a plan's memory has. */
export function memoryBytes(plan: Plan): number {
  return plan.base + plan.arenaBytes;
}

interface Machine {
  run(kernel: Kernel, counter: number): void;
  copy(from: number, to: number, bytes: number): void;
}

function createMachine(plan: Plan, memory: ArrayBuffer, check: boolean): Machine {
  const view = new DataView(memory);
  /** For each byte: value and element that wrote it last, as one number; 0 – nobody did. */
  const owners = check ? new Float64Array(memory.byteLength) : undefined;
  let counter = 0;

  const owner = (id: ValueId, element: number): number => 1 + id + element * 2 ** 20;
  if (owners) markSources(plan, owners, owner);

  function placeOf(id: ValueId): Place {
    const place = plan.places.get(id);
    if (!place) throw new InternalError(`value ${id} has no place`);
    return place;
  }

  function locate(
    place: Place,
    at: readonly number[],
  ): { address: number; element: number } | undefined {
    let address = 0;
    let element = 0;
    for (let d = 0; d < place.shape.length; d++) {
      const position = at[d] ?? 0;
      const size = place.shape[d] ?? 1;
      if (position < 0 || position >= size) return undefined;
      address += position * (place.strides[d] ?? 0);
      element = element * size + position;
    }
    const { row } = place;
    const shift = row ? ((((counter + row.add) % row.ring) + row.ring) % row.ring) * row.stride : 0;
    return { address: place.offset + shift + address * elementBytes[place.dtype], element };
  }

  function load(id: ValueId, at: readonly number[]): number {
    const place = placeOf(id);
    const found = locate(place, at);
    if (!found)
      throw new InternalError(`value ${id} is read outside its shape at [${at.join(", ")}]`);
    if (owners && !place.row && !sameOwner(owners[found.address] ?? 0, id, found.element)) {
      throw new InternalError(
        `value ${id} is read at [${at.join(", ")}] where something else lies`,
      );
    }
    return readElement(view, place.dtype, found.address);
  }

  /** A part of a concatenation is read through the whole, or the whole through its parts: one address, two names. */
  function sameOwner(mark: number, id: ValueId, element: number): boolean {
    if (mark === owner(id, element)) return true;
    if (mark === 0) return false;
    const writer = (mark - 1) % 2 ** 20;
    if (plan.sources?.get(id)?.includes(writer)) return true;
    return plan.wholes?.get(writer) === (plan.wholes?.get(id) ?? id);
  }

  function store(id: ValueId, at: readonly number[], value: number): void {
    const place = placeOf(id);
    const found = locate(place, at);
    if (!found)
      throw new InternalError(`value ${id} is written outside its shape at [${at.join(", ")}]`);
    writeElement(view, place.dtype, found.address, value);
    owners?.fill(
      owner(id, found.element),
      found.address,
      found.address + elementBytes[place.dtype],
    );
  }

  /** Values of scalars at one point, each computed at most once. */
  function createPoint() {
    const axes = new Map<string, number>([[stepAxis, counter]]);
    const accumulators: number[] = [];
    let known = new Map<Scalar, number>();
    const indexValue = (index: Index): number =>
      evaluateIndex(
        index,
        (name) => axes.get(name) ?? 0,
        (atom) => scalarValue(atom.of),
      );
    const scalarValue = (scalar: Scalar): number => {
      const found = known.get(scalar);
      if (found !== undefined) return found;
      const value = compute(scalar);
      known.set(scalar, value);
      return value;
    };
    const compute = (scalar: Scalar): number => {
      switch (scalar.kind) {
        case "number":
          return scalar.value;
        case "index":
          return indexValue(scalar.at);
        case "load":
          return load(scalar.from, scalar.at.map(indexValue));
        case "within": {
          const at = indexValue(scalar.at);
          return Number(at >= 0 && at <= scalar.last);
        }
        case "even":
          return Number(indexValue(scalar.at) % scalar.by === 0);
        case "random": {
          const [key0, key1] = scalar.key;
          return uniformAt(
            indexValue(scalar.at),
            key0,
            key1,
            scalarValue(scalar.seed),
            scalarValue(scalar.step),
          );
        }
        case "accumulator":
          return accumulators[scalar.slot] ?? 0;
        case "apply":
          return applyScalar(scalar, scalarValue);
        default:
          return scalar satisfies never;
      }
    };
    return {
      accumulators,
      scalar: scalarValue,
      index: indexValue,
      move(axis: string, to: number): void {
        axes.set(axis, to);
      },
      /** Forgets everything computed at the point before. */
      fresh(): void {
        known = new Map();
      },
    };
  }
  type Point = ReturnType<typeof createPoint>;

  function storeAll(point: Point, stores: readonly Store[]): void {
    const values = stores.map((s) => ({
      to: s.to,
      at: s.at.map(point.index),
      value: point.scalar(s.value),
    }));
    for (const { to, at, value } of values) store(to, at, value);
  }

  function run(kernel: Kernel, loopCounter: number): void {
    counter = loopCounter;
    const point = createPoint();
    switch (kernel.kind) {
      case "loop":
        forEachPoint(point, kernel.parallel, () => {
          for (const pass of kernel.passes) {
            const bests: number[] = [];
            for (const acc of pass.accumulators) {
              point.accumulators[acc.slot] = startOf(acc.kind);
              bests[acc.slot] = acc.kind === "argmax" ? -Infinity : Infinity;
            }
            forEachPoint(point, kernel.inner, () => {
              for (const acc of pass.accumulators) accumulate(point, acc, bests);
              storeAll(point, pass.stores);
            });
            point.fresh();
          }
          storeAll(point, kernel.after);
        });
        break;
      case "contract":
        forEachPoint(point, [...kernel.batch, ...kernel.m, ...kernel.n], () => {
          let sum = 0;
          forEachPoint(
            point,
            kernel.k,
            () => (sum += point.scalar(kernel.a) * point.scalar(kernel.b)),
          );
          point.fresh();
          point.accumulators[0] = sum;
          storeAll(point, kernel.after);
        });
        for (const { of, slot, after } of kernel.sums) {
          forEachPoint(point, rowAxes(kernel, of), () => {
            let sum = 0;
            forEachPoint(point, kernel.k, () => (sum += point.scalar(kernel[of])));
            point.fresh();
            point.accumulators[slot] = sum;
            storeAll(point, after);
          });
        }
        break;
      case "scatter": {
        const place = placeOf(kernel.to);
        forEachElement(place.shape, (at) => store(kernel.to, at, 0));
        forEachPoint(point, [...kernel.parallel, ...kernel.ordered], () => {
          const row = point.scalar(kernel.row);
          if (row < 0 || row >= kernel.rows) return;
          point.move("row", row);
          const at = kernel.at.map(point.index);
          const sum = load(kernel.to, at) + point.scalar(kernel.value);
          store(kernel.to, at, place.dtype === "i32" ? sum | 0 : sum);
        });
        break;
      }
      default:
        kernel satisfies never;
    }
  }

  function accumulate(point: Point, acc: Accumulator, bests: number[]): void {
    const value = point.scalar(acc.value);
    const before = point.accumulators[acc.slot] ?? 0;
    const best = bests[acc.slot] ?? 0;
    const set = (next: number): void => {
      point.accumulators[acc.slot] = next;
    };
    switch (acc.kind) {
      case "sum":
        return set(acc.dtype === "i32" ? (before + value) | 0 : before + value);
      case "prod":
        return set(acc.dtype === "i32" ? Math.imul(before, value) : before * value);
      case "max":
        return set(Math.max(before, value));
      case "min":
        return set(Math.min(before, value));
      case "argmax":
      case "argmin": {
        const better = acc.kind === "argmax" ? value > best : value < best;
        if (!better && !(Number.isNaN(value) && !Number.isNaN(best))) return;
        bests[acc.slot] = value;
        return set(acc.position ? point.index(acc.position) : 0);
      }
      default:
        acc.kind satisfies never;
    }
  }

  return {
    run,
    copy(from, to, bytes) {
      new Uint8Array(memory).copyWithin(to, from, from + bytes);
      owners?.copyWithin(to, from, from + bytes);
    },
  };
}

/** Inputs and persistent tensors hold their elements before the first step. */
function markSources(
  plan: Plan,
  owners: Float64Array,
  owner: (id: ValueId, element: number) => number,
): void {
  const written = new Set(
    plan.kernels.flatMap((kernel) => storesOf(kernel).map((store) => store.to)),
  );
  const inputs = new Set(plan.inputs.map((input) => input.value));
  for (const [id, place] of plan.places) {
    const isPersistent = plan.buffers[place.buffer]?.role === "persistent" && !written.has(id);
    if (!isPersistent && !inputs.has(id)) continue;
    const bytes = elementBytes[place.dtype];
    for (let i = 0; i < sizeOf(place.shape); i++) {
      owners.fill(owner(id, i), place.offset + i * bytes, place.offset + (i + 1) * bytes);
    }
  }
}

function startOf(kind: Accumulator["kind"]): number {
  if (kind === "prod") return 1;
  return kind === "max" ? -Infinity : kind === "min" ? Infinity : 0;
}

function forEachPoint(
  point: { move(axis: string, to: number): void; fresh(): void },
  axes: readonly Axis[],
  visit: () => void,
): void {
  forEachElement(
    axes.map((axis) => axis.extent),
    (at) => {
      axes.forEach((axis, d) => point.move(axis.name, at[d] ?? 0));
      point.fresh();
      visit();
    },
  );
}

function forEachElement(shape: readonly number[], visit: (at: readonly number[]) => void): void {
  const at = shape.map(() => 0);
  for (let i = sizeOf(shape); i > 0; i--) {
    visit([...at]);
    for (let d = shape.length - 1; d >= 0; d--) {
      at[d] = (at[d] ?? 0) + 1;
      if ((at[d] ?? 0) < (shape[d] ?? 1)) break;
      at[d] = 0;
    }
  }
}

function readElement(view: DataView, dtype: DType, address: number): number {
  switch (dtype) {
    case "f32":
      return view.getFloat32(address, true);
    case "f16":
      throw new InternalError("the interpreter of plans holds no f16");
    case "i32":
      return view.getInt32(address, true);
    case "u8":
    case "bool":
      return view.getUint8(address);
    default:
      return dtype satisfies never;
  }
}

function writeElement(view: DataView, dtype: DType, address: number, value: number): void {
  switch (dtype) {
    case "f32":
      return view.setFloat32(address, value, true);
    case "f16":
      throw new InternalError("the interpreter of plans holds no f16");
    case "i32":
      return view.setInt32(address, value, true);
    case "u8":
    case "bool":
      return view.setUint8(address, value);
    default:
      dtype satisfies never;
  }
}
