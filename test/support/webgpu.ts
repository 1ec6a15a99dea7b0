// WebGPU in Node for tests of the project `webgpu`.

import { inject } from "vitest";
import type { WebgpuSettings } from "../../runtime/artifact.ts";
import {
  currentAdapter,
  currentDevice,
  webgpuDevice,
} from "../../runtime/devices/webgpu/device.ts";
import { describeUnless } from "./describe-unless.ts";

/** A `describe` whose tests need WebGPU. */
export function describeWebgpu(name: string, define: () => void): void {
  describeUnless(inject("webgpuProblem"), name, define);
}

// Garbage collection of these objects while a device lives ends the process, so they are kept for good.
const kept = globalThis as {
  dlmTestGpu?: Promise<GPU>;
  dlmTestAdapters?: GPUAdapter[];
  dlmTestShared?: GPUDevice | undefined;
};

/** An adapter of the tests: SwiftShader, unless `DLM_WEBGPU=system`. Each opens one device. */
export async function testAdapter(): Promise<GPUAdapter> {
  kept.dlmTestGpu ??= open();
  const adapter = await (await kept.dlmTestGpu).requestAdapter();
  if (adapter === null) throw new Error("the webgpu package finds no adapter");
  (kept.dlmTestAdapters ??= []).push(adapter);
  return adapter;
}

async function open(): Promise<GPU> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals); // GPUBufferUsage and its like, which a browser has
  return create([]);
}

/** What programs are compiled for on the GPU of the tests. A session is kept open, so that all tests of a process share one
 *  device and its pipelines; after a loss it is a new one. */
export async function gpuSettings(): Promise<WebgpuSettings> {
  const { settings } = await currentAdapter();
  if (!kept.dlmTestShared || (await currentDevice()) !== kept.dlmTestShared) {
    await webgpuDevice.open({ tensors: [], bytes: 0 });
    kept.dlmTestShared = await currentDevice();
  }
  return settings;
}
