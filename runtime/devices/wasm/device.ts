// The wasm device: one WebAssembly memory; a program is one module whose function `run` is a whole step, run by all
// threads at once.

import type { Code, Device, Persistent, Program, Session, SessionOptions } from "../../artifact.ts";
import { DeviceRefusal } from "../../errors.ts";
import { createRegistry, type Views } from "../registry.ts";
import { runSteps, type KernelFunction } from "../steps.ts";
import { viewOf, writeInputs } from "../tensors.ts";
import { currentEngine, wasmSettings, type Engine } from "./engine.ts";
import { listen, origin } from "./layout.ts";
import { createMemory, growMemory } from "./memory.ts";
import { openTeam } from "./team.ts";

type WasmCode = Extract<Code, { readonly target: "wasm" }>;
type Run = (thread: number, threads: number) => void;
type KernelExport = (thread: number, threads: number, t: number) => void;

interface Loaded extends Views {
  readonly program: Program;
  /** By which the workers know it. */
  readonly action: number;
  readonly threads: number;
  readonly run: Run;
  readonly kernels: readonly KernelFunction[];
}

export const wasmDevice: Device = {
  name: "wasm",
  async open(persistent, options = {}) {
    const engine = await currentEngine();
    return openWasmSession(engine, persistent, options);
  },
};

export async function openWasmSession(
  engine: Engine,
  persistent: Persistent,
  options: SessionOptions = {},
): Promise<Session> {
  const { threads, shared } = wasmSettings(engine, options.threads);
  const memory = createMemory(persistent.bytes, shared);
  const team = await openTeam(engine, memory, threads);
  const registry = createRegistry<Loaded>(persistent, (tensor) =>
    viewOf(memory.buffer, tensor, origin),
  );
  const { programs, find, viewsOf, access } = registry;
  let loads = 0;

  return {
    ...access,
    async load(program) {
      const { code } = program;
      if (code.target !== "wasm") throw new Error(`the wasm device cannot run ${code.target}`);
      if (code.shared !== shared) {
        throw new Error(
          `a program for ${code.shared ? "shared" : "unshared"} memory cannot run here`,
        );
      }
      // Before compiling: a program that finds no room has no code that would fit it.
      if (growMemory(memory, program.base + program.arenaBytes)) {
        for (const loaded of programs.values()) Object.assign(loaded, viewsOf(loaded.program));
      }
      const module = await compileModule(engine, code);
      const { exports } = new WebAssembly.Instance(module, {
        env: { memory, checkOthers: team.checkOthers },
      });
      const kernels = Array.from({ length: code.kernels }, (_, i) => exports[`k${i}`]);
      const action = loads++;
      if (action >= listen) throw new Error("too many programs were loaded in one session");
      const together = Math.min(threads, code.threads);
      if (together > 1) await team.load({ action, module, threads: together });
      programs.set(program.name, {
        program,
        action,
        threads: together,
        run: exports["run"] as Run,
        kernels: kernels.map((kernel) => (t) => (kernel as KernelExport)(0, 1, t)),
        ...viewsOf(program),
      });
    },
    run(name, inputs) {
      const { action, threads: together, run, inputs: slots } = find(name);
      writeInputs(slots, inputs);
      if (together > 1) team.run(action, () => run(0, together));
      else run(0, 1);
    },
    async inspect(name, inputs, watchers) {
      const { program, kernels, inputs: slots } = find(name);
      writeInputs(slots, inputs);
      runSteps({ program, kernels, bytes: new Uint8Array(memory.buffer, origin), watchers });
    },
    async close() {
      programs.clear();
      await team.close();
    },
  };
}

/** A module that the engine refuses is not a mistake of the user, but the next step is theirs. */
async function compileModule(engine: Engine, code: WasmCode): Promise<WebAssembly.Module> {
  try {
    return await engine.compile(code.module);
  } catch (thrown) {
    const isRefusal = thrown instanceof WebAssembly.CompileError || thrown instanceof RangeError;
    if (!isRefusal) throw thrown;
    const size = `${(code.module.length / 2 ** 20).toFixed(1)} MiB`;
    throw new DeviceRefusal(
      `this engine does not take the program's WebAssembly (${size}): ${thrown.message}`,
      { help: "take the slower device js (--device js)", cause: thrown },
    );
  }
}
