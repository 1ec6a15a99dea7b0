// The js device: one ArrayBuffer, kernels as functions over typed arrays. Runs in every JavaScript engine.

import type {
  Device,
  KernelInfo,
  KernelWatch,
  Named,
  NumericsCheck,
  Persistent,
  Program,
  Session,
  Step,
} from "../artifact.ts";
import { UserError } from "../errors.ts";
import { sizeOf, type DType, type TypedArray } from "../types.ts";
import { jsHelpers } from "./js-helpers.ts";

/** Called with the counter of the plan's loop that it stands in, 0 outside. */
type KernelFunction = (t: number) => void;
type Factory = (memory: ArrayBuffer, helpers: typeof jsHelpers) => KernelFunction[];

interface Loaded {
  readonly program: Program;
  readonly factory: Factory;
  kernels: KernelFunction[];
  /** Where inputs and outputs lie in the memory. */
  inputs: readonly Slot[];
  outputs: ReadonlyMap<string, TypedArray>;
}

/** What looks on while a program runs. */
interface Watchers {
  readonly check: NumericsCheck | undefined;
  readonly watch: KernelWatch | undefined;
}

interface Slot {
  readonly tensor: Named;
  readonly view: TypedArray;
}

export const jsDevice: Device = {
  name: "js",
  open: async (persistent) => openSession(persistent),
};

function openSession(persistent: Persistent): Session {
  const programs = new Map<string, Loaded>();
  const tensors = new Map(persistent.tensors.map((tensor) => [tensor.name, tensor]));
  let memory = newMemory(Math.max(persistent.bytes, 8));

  function grow(bytes: number): void {
    if (bytes <= memory.byteLength) return;
    const old = memory;
    memory = newMemory(bytes);
    new Uint8Array(memory).set(new Uint8Array(old, 0, persistent.bytes));
    for (const loaded of programs.values()) Object.assign(loaded, bind(loaded));
  }

  /** Makes a program's kernels and views over the memory as it is now. */
  function bind({ program, factory }: Pick<Loaded, "program" | "factory">): Loaded {
    return {
      program,
      factory,
      kernels: factory(memory, jsHelpers),
      inputs: program.inputs.map((tensor) => ({ tensor, view: viewOf(memory, tensor) })),
      outputs: new Map(program.outputs.map((tensor) => [tensor.name, viewOf(memory, tensor)])),
    };
  }

  function find(program: string): Loaded {
    const loaded = programs.get(program);
    if (!loaded) throw new Error(`no program ${program} is loaded`);
    return loaded;
  }

  function persistentTensor(path: string): Named {
    const tensor = tensors.get(path);
    if (!tensor) throw new UserError(`there is no parameter or state called ${path}`);
    return tensor;
  }

  function outputView(name: string, output: string): TypedArray {
    const view = find(name).outputs.get(output);
    if (!view) throw new UserError(`the program ${name} has no output ${output}`);
    return view;
  }

  return {
    async load(program) {
      if (program.code.target !== "js")
        throw new Error(`the js device cannot run ${program.code.target}`);
      grow(Math.ceil((program.base + program.arenaBytes) / 8) * 8);
      // The source holds nothing but what the compiler's printers write: numbers, fixed words and fresh names.
      // oxlint-disable-next-line typescript/no-implied-eval
      const factory = new Function("memory", "h", program.code.source) as Factory;
      programs.set(program.name, bind({ program, factory }));
    },
    write(path, data) {
      const tensor = persistentTensor(path);
      writeTensor({ tensor, view: viewOf(memory, tensor) }, data);
    },
    read: async (path) => viewOf(memory, persistentTensor(path)).slice(),
    peek: (path) => viewOf(memory, persistentTensor(path)),
    run(name, inputs, check, watch) {
      const loaded = find(name);
      for (const slot of loaded.inputs) {
        const value = inputs[slot.tensor.name];
        if (value === undefined) throw new UserError(`the input ${slot.tensor.name} is missing`);
        if (typeof value === "number" && slot.view.length === 1) slot.view[0] = value;
        else writeTensor(slot, typeof value === "number" ? [value] : value);
      }
      runSteps(loaded, loaded.program.steps, memory, { check, watch }, 0);
    },
    output: async (name, output) => outputView(name, output).slice(),
    view: outputView,
    close: async () => {
      programs.clear();
      memory = new ArrayBuffer(8);
    },
  };
}

function runSteps(
  loaded: Loaded,
  steps: readonly Step[],
  memory: ArrayBuffer,
  watchers: Watchers,
  t: number,
): void {
  for (const step of steps) {
    switch (step.kind) {
      case "kernel":
        runKernel(loaded, step.kernel, memory, watchers, t);
        break;
      case "copy":
        new Uint8Array(memory).copyWithin(step.to, step.from, step.from + step.bytes);
        break;
      case "fill":
        new Uint8Array(memory, step.at, step.bytes).fill(0);
        break;
      case "loop":
        for (let i = 0; i < step.count; i++) {
          runSteps(loaded, step.body, memory, watchers, step.reverse ? step.count - 1 - i : i);
        }
        break;
      default:
        step satisfies never;
    }
  }
}

function runKernel(
  { kernels, program }: Loaded,
  index: number,
  memory: ArrayBuffer,
  { check, watch }: Watchers,
  t: number,
): void {
  const start = watch ? performance.now() : 0;
  kernels[index]?.(t);
  const info = program.kernels[index];
  if (!info) return;
  if (watch) watch(info, index, start, performance.now());
  if (check) checkWrites(info, memory, check);
}

function checkWrites(kernel: KernelInfo, memory: ArrayBuffer, check: NumericsCheck): void {
  for (const tensor of kernel.writes) {
    if (tensor.dtype !== "f32") continue;
    const view = viewOf(memory, tensor);
    const bad = view.findIndex((value: number) => !Number.isFinite(value));
    if (bad >= 0) check(kernel, tensor, bad, Number(view[bad]));
  }
}

function newMemory(bytes: number): ArrayBuffer {
  try {
    return new ArrayBuffer(bytes);
  } catch {
    const size = (bytes / 2 ** 20).toFixed(0);
    throw new UserError(`this program needs ${size} MiB in one piece, more than the engine gives`, {
      help: "take a smaller batch (--set batch=…)",
    });
  }
}

const views: Readonly<
  Record<DType, (memory: ArrayBuffer, offset: number, length: number) => TypedArray>
> = {
  f32: (memory, offset, length) => new Float32Array(memory, offset, length),
  f16: (memory, offset, length) => new Uint16Array(memory, offset, length),
  i32: (memory, offset, length) => new Int32Array(memory, offset, length),
  u8: (memory, offset, length) => new Uint8Array(memory, offset, length),
  bool: (memory, offset, length) => new Uint8Array(memory, offset, length),
};

function viewOf(memory: ArrayBuffer, tensor: Named): TypedArray {
  return views[tensor.dtype](memory, tensor.offset, sizeOf(tensor.shape));
}

function writeTensor({ tensor, view }: Slot, data: ArrayLike<number>): void {
  if (data.length !== view.length) {
    throw new UserError(
      `${tensor.name} holds ${view.length} elements ([${tensor.shape.join(", ")}]), but ${data.length} were given`,
    );
  }
  view.set(data);
}
