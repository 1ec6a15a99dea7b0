// Plans made by hand for the tests of backends, and the js backend run on a bare memory.

import { emitJs } from "../../compiler/backends/js/index.ts";
import { layOutInJs } from "../../compiler/backends/js/pack.ts";
import { layOutInWasm } from "../../compiler/backends/wasm/index.ts";
import type { Kernel, Place, Plan, ValueId } from "../../compiler/schedule/kernel.ts";
import type { Step } from "../../runtime/artifact.ts";
import { jsHelpers } from "../../runtime/devices/js-helpers.ts";
import { elementBytes, sizeOf, type DType, type TypedArray } from "../../runtime/types.ts";

export interface ValueType {
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** A plan of these kernels in order, over values that lie one after the other. */
export function planOf(kernels: readonly Kernel[], values: readonly ValueType[]): Plan {
  const places = new Map<ValueId, Place>();
  let offset = 64; // so that an address which forgets its place is wrong
  values.forEach(({ dtype, shape }, value) => {
    places.set(value, { buffer: value, offset, dtype, shape, strides: rowMajor(shape) });
    offset = align(offset + sizeOf(shape) * elementBytes[dtype]);
  });
  // Room for either backend.
  const onThree = { threads: 3, shared: true, shareFrom: 0 };
  const layOuts = [
    layOutInJs,
    layOutInWasm({ ...onThree, relaxed: false }),
    layOutInWasm({ ...onThree, relaxed: true }),
  ];
  const bytes = Math.max(
    0,
    ...kernels.flatMap((kernel) =>
      kernel.kind === "contract"
        ? layOuts.map((layOut) => layOut(kernel, places, undefined).scratchBytes)
        : [],
    ),
  );
  return {
    kernels,
    layouts: new Map(),
    buffers: [],
    places,
    steps: kernels.map((_, kernel) => ({ kind: "kernel", kernel })),
    inputs: [],
    outputs: [],
    base: 0,
    arenaBytes: align(offset + bytes),
    scratch: { offset, bytes },
    peak: { kernel: 0, bytes: 0 },
  };
}

function rowMajor(shape: readonly number[]): number[] {
  return shape.map((_, d) => sizeOf(shape.slice(d + 1)));
}

function align(bytes: number): number {
  return Math.ceil(bytes / 64) * 64;
}

/** Memory of a plan, filled with rubbish and then with these values. */
export function memoryOf(plan: Plan, given: ReadonlyMap<ValueId, ArrayLike<number>>): ArrayBuffer {
  const memory = new ArrayBuffer(align(plan.base + plan.arenaBytes));
  new Uint8Array(memory).fill(0x5b);
  for (const [value, data] of given) valueIn(plan, memory, value).set(data);
  return memory;
}

/** The elements of a value that lies dense in memory. */
export function valueIn(plan: Plan, memory: ArrayBuffer, value: ValueId): TypedArray {
  const place = plan.places.get(value);
  if (!place) throw new Error(`value ${value} has no place`);
  return viewOf(memory, place);
}

/** A tensor in memory. */
export function viewOf(
  memory: ArrayBuffer,
  { dtype, shape, offset }: Pick<Place, "dtype" | "shape" | "offset">,
): TypedArray {
  const length = sizeOf(shape);
  switch (dtype) {
    case "f32":
      return new Float32Array(memory, offset, length);
    case "i32":
      return new Int32Array(memory, offset, length);
    case "f16":
      return new Uint16Array(memory, offset, length);
    case "u8":
    case "bool":
      return new Uint8Array(memory, offset, length);
    default:
      return dtype satisfies never;
  }
}

type Factory = (memory: ArrayBuffer, helpers: typeof jsHelpers) => (() => void)[];

/** The plan's kernels as functions over `memory`. */
export function kernelsInJs(plan: Plan, memory: ArrayBuffer): readonly ((t: number) => void)[] {
  const code = emitJs(plan);
  if (code.target !== "js") throw new Error("no JavaScript");
  // oxlint-disable-next-line typescript/no-implied-eval -- it is what the device does
  return (new Function("memory", "h", String(code.source)) as Factory)(memory, jsHelpers);
}

/** Carries out a plan's steps; `bytes` is its memory. */
export function runPlan(
  plan: Plan,
  kernels: readonly ((t: number) => void)[],
  bytes: Uint8Array,
): void {
  const run = (steps: readonly Step[], t: number): void => {
    for (const step of steps) {
      if (step.kind === "kernel") kernels[step.kernel]?.(t);
      else if (step.kind === "copy") bytes.copyWithin(step.to, step.from, step.from + step.bytes);
      else if (step.kind === "fill") bytes.fill(0, step.at, step.at + step.bytes);
      else {
        for (let i = 0; i < step.count; i++) run(step.body, step.reverse ? step.count - 1 - i : i);
      }
    }
  };
  run(plan.steps, 0);
}

/** Runs a plan in JavaScript over `memory`. */
export function runInJs(plan: Plan, memory: ArrayBuffer): void {
  runPlan(plan, kernelsInJs(plan, memory), new Uint8Array(memory));
}
