// The wasm backend run on a bare memory, kernel by kernel on one thread.

import { setFlagsFromString } from "node:v8";

import { emitWasm } from "../../compiler/backends/wasm/index.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import type { WasmSettings } from "../../runtime/artifact.ts";
import { origin, pagesFor } from "../../runtime/devices/wasm/layout.ts";
import { runPlan } from "./plans.ts";

setFlagsFromString("--experimental-wasm-relaxed-simd");

export const oneThread: WasmSettings = { relaxed: false, shared: false, threads: 1 };
export const oneThreadRelaxed: WasmSettings = { ...oneThread, relaxed: true };

/** A plan's kernels over a memory of their own, which `memory` is copied into. */
export function prepareWasm(
  plan: Plan,
  memory: ArrayBuffer,
  options: WasmSettings,
): { readonly run: () => void; readonly bytes: Uint8Array } {
  const code = emitWasm(plan, options);
  if (code.target !== "wasm") throw new Error("no WebAssembly");
  const initial = pagesFor(plan.base + plan.arenaBytes);
  const space = new WebAssembly.Memory({ initial, maximum: 65536 });
  const whole = new Uint8Array(space.buffer);
  // Rubbish around the program's memory: what is read there must not matter.
  whole.fill(0x7f);
  whole.set(new Uint8Array(memory), origin);
  const module = new WebAssembly.Module(code.module.slice());
  const { exports } = new WebAssembly.Instance(module, { env: { memory: space } });
  const bytes = new Uint8Array(space.buffer, origin, memory.byteLength);
  const kernels = plan.kernels.map(
    (_, i) => (t: number) => (exports[`k${i}`] as KernelExport)(0, 1, t),
  );
  return { run: () => runPlan(plan, kernels, bytes), bytes };
}

type KernelExport = (thread: number, threads: number, t: number) => void;

/** Runs a plan once over `memory`. */
export function runInWasm(plan: Plan, memory: ArrayBuffer, options: WasmSettings): void {
  const { run, bytes } = prepareWasm(plan, memory, options);
  run();
  new Uint8Array(memory).set(bytes);
}
