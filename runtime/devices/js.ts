// The js device: one ArrayBuffer, kernels as functions over typed arrays. Runs in every JavaScript engine.

import type { Device, JsFactory, Persistent, Program, Session, Watchers } from "../artifact.ts";
import { UserError } from "../errors.ts";
import { jsHelpers } from "./js-helpers.ts";
import { createRegistry, type Views } from "./registry.ts";
import { runSteps, type KernelFunction } from "./steps.ts";
import { viewOf, writeInputs, type Inputs } from "./tensors.ts";

interface Loaded extends Views {
  readonly program: Program;
  readonly factory: JsFactory;
  kernels: KernelFunction[];
}

export const jsDevice: Device = {
  name: "js",
  open: async (persistent) => openSession(persistent),
};

function openSession(persistent: Persistent): Session {
  let memory = newMemory(Math.max(persistent.bytes, 8));
  const registry = createRegistry<Loaded>(persistent, (tensor) => viewOf(memory, tensor));
  const { programs, find, viewsOf, access } = registry;

  function grow(bytes: number): void {
    if (bytes <= memory.byteLength) return;
    const old = memory;
    memory = newMemory(bytes);
    new Uint8Array(memory).set(new Uint8Array(old, 0, persistent.bytes));
    for (const loaded of programs.values()) Object.assign(loaded, bind(loaded));
  }

  /** Makes a program's kernels and views over the memory as it is now. */
  function bind({ program, factory }: Pick<Loaded, "program" | "factory">): Loaded {
    return { program, factory, kernels: factory(memory, jsHelpers), ...viewsOf(program) };
  }

  function execute(name: string, inputs: Inputs, watchers: Watchers): void {
    const loaded = find(name);
    writeInputs(loaded.inputs, inputs);
    const { program, kernels } = loaded;
    runSteps({ program, kernels, bytes: new Uint8Array(memory), watchers });
  }

  return {
    ...access,
    async load(program) {
      if (program.code.target !== "js")
        throw new Error(`the js device cannot run ${program.code.target}`);
      grow(Math.ceil((program.base + program.arenaBytes) / 8) * 8);
      const { source } = program.code;
      const factory = typeof source === "string" ? factoryOf(source) : source;
      programs.set(program.name, bind({ program, factory }));
    },
    run(name, inputs) {
      execute(name, inputs, {});
    },
    inspect: async (name, inputs, watchers) => execute(name, inputs, watchers),
    close: async () => {
      programs.clear();
      memory = new ArrayBuffer(8);
    },
  };
}

/** The source holds nothing but what the compiler's printers write: numbers, fixed words and fresh names. */
function factoryOf(source: string): JsFactory {
  // oxlint-disable-next-line typescript/no-implied-eval
  return new Function("memory", "h", source) as JsFactory;
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
