// The js device: one ArrayBuffer, kernels as functions over typed arrays. Runs in every JavaScript engine.

import type { Device, Named, Persistent, Program, Session } from "../artifact.ts";
import { UserError } from "../errors.ts";
import type { TypedArray } from "../types.ts";
import { jsHelpers } from "./js-helpers.ts";
import { runSteps, type KernelFunction } from "./steps.ts";
import { viewOf, writeInputs, writeTensor, type Slot } from "./tensors.ts";

type Factory = (memory: ArrayBuffer, helpers: typeof jsHelpers) => KernelFunction[];

interface Loaded {
  readonly program: Program;
  readonly factory: Factory;
  kernels: KernelFunction[];
  /** Where inputs and outputs lie in the memory. */
  inputs: readonly Slot[];
  outputs: ReadonlyMap<string, TypedArray>;
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
      writeInputs(loaded.inputs, inputs);
      const { program, kernels } = loaded;
      runSteps({ program, kernels, bytes: new Uint8Array(memory), watchers: { check, watch } });
    },
    output: async (name, output) => outputView(name, output).slice(),
    view: outputView,
    close: async () => {
      programs.clear();
      memory = new ArrayBuffer(8);
    },
  };
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
