// Runs whole plans on the WebGPU adapter of the tests. One device and one cache of pipelines for the test process.

import { emitWebgpu } from "../../compiler/backends/wgsl/index.ts";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import type { Step, WebgpuSettings } from "../../runtime/artifact.ts";
import { testAdapter } from "./webgpu.ts";

const kept = globalThis as { dlmTestDevice?: Promise<GPUDevice> };
const pipelines = new Map<string, Promise<GPUComputePipeline>>();

/** Small contractions: a software adapter takes long to compile others. */
const testSettings: WebgpuSettings = { ...commonSettings, tiles: "small" };

async function openDevice(): Promise<GPUDevice> {
  return (await testAdapter()).requestDevice();
}

async function pipelineOf(
  device: GPUDevice,
  layout: GPUPipelineLayout,
  code: string,
  entryPoint: string,
): Promise<GPUComputePipeline> {
  const module = device.createShaderModule({ code });
  const { messages } = await module.getCompilationInfo();
  const errors = messages.filter((message) => message.type === "error");
  if (errors.length > 0) {
    const lines = code.split("\n");
    const places = errors.map((e) => `${e.lineNum}: ${e.message}\n  ${lines[e.lineNum - 1] ?? ""}`);
    throw new Error(`the shader ${entryPoint} does not compile:\n${places.join("\n")}`);
  }
  return device.createComputePipelineAsync({ layout, compute: { module, entryPoint } });
}

/** Runs a plan over `memory` on the device and gives the memory afterwards. */
export async function runOnWebgpu(plan: Plan, memory: ArrayBuffer): Promise<ArrayBuffer> {
  const device = await (kept.dlmTestDevice ??= openDevice());
  const bindGroupLayout = device.createBindGroupLayout({
    entries: [{ binding: 0, visibility: GPUShaderStage.COMPUTE, buffer: { type: "storage" } }],
  });
  const layout = device.createPipelineLayout({ bindGroupLayouts: [bindGroupLayout] });
  const emitted = emitWebgpu(plan, testSettings);
  if (emitted.target !== "webgpu") throw new Error("not a program of WebGPU");
  const shaders = emitted.kernels;
  const compiled = await Promise.all(
    shaders.map(({ code, entry }) => {
      const known = pipelines.get(code) ?? pipelineOf(device, layout, code, entry);
      pipelines.set(code, known);
      return known;
    }),
  );

  const { STORAGE, COPY_SRC, COPY_DST, MAP_READ } = GPUBufferUsage;
  const size = memory.byteLength;
  const arena = device.createBuffer({ size, usage: STORAGE | COPY_SRC | COPY_DST });
  // A copy within one buffer goes through another; it also brings the memory back.
  const other = device.createBuffer({ size, usage: COPY_SRC | COPY_DST });
  const back = device.createBuffer({ size, usage: MAP_READ | COPY_DST });
  device.queue.writeBuffer(arena, 0, memory);
  const group = device.createBindGroup({
    layout: bindGroupLayout,
    entries: [{ binding: 0, resource: { buffer: arena } }],
  });
  device.pushErrorScope("validation");
  const encoder = device.createCommandEncoder();
  const run = (steps: readonly Step[]): void => {
    for (const step of steps) {
      if (step.kind === "kernel") {
        const pipeline = compiled[step.kernel];
        const shader = shaders[step.kernel];
        if (!pipeline || !shader) throw new Error(`there is no kernel ${step.kernel}`);
        if (shader.workgroups.includes(0)) continue;
        const pass = encoder.beginComputePass();
        pass.setPipeline(pipeline);
        pass.setBindGroup(0, group);
        pass.dispatchWorkgroups(...shader.workgroups);
        pass.end();
      } else if (step.kind === "copy") {
        const bytes = Math.ceil(step.bytes / 4) * 4;
        encoder.copyBufferToBuffer(arena, step.from, other, 0, bytes);
        encoder.copyBufferToBuffer(other, 0, arena, step.to, bytes);
      } else if (step.kind === "fill") {
        encoder.clearBuffer(arena, step.at, Math.ceil(step.bytes / 4) * 4);
      } else for (let t = 0; t < step.count; t++) run(step.body);
    }
  };
  run(plan.steps);
  encoder.copyBufferToBuffer(arena, 0, back, 0, size);
  device.queue.submit([encoder.finish()]);
  const problem = await device.popErrorScope();
  if (problem) throw new Error(problem.message);
  await back.mapAsync(GPUMapMode.READ);
  const result = back.getMappedRange().slice(0);
  for (const buffer of [arena, other, back]) buffer.destroy();
  return result;
}
