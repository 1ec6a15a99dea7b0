// WebGPU in Node for tests of the project `webgpu`.

import { inject } from "vitest";
import { describeUnless } from "./describe-unless.ts";

/** A `describe` whose tests need WebGPU. */
export function describeWebgpu(name: string, define: () => void): void {
  describeUnless(inject("webgpuProblem"), name, define);
}

// Garbage collection of this object while a device lives ends the process, so it is kept for good.
const kept = globalThis as { dlmTestGpu?: Promise<{ gpu: GPU; adapter: GPUAdapter }> };

/** The one adapter of this test process: SwiftShader, unless `DLM_WEBGPU=system`. */
export async function testAdapter(): Promise<GPUAdapter> {
  kept.dlmTestGpu ??= open();
  return (await kept.dlmTestGpu).adapter;
}

async function open(): Promise<{ gpu: GPU; adapter: GPUAdapter }> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals); // GPUBufferUsage and its like, which a browser has
  const gpu = create([]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("the webgpu package finds no adapter");
  return { gpu, adapter };
}
