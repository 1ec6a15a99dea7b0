// Runs whole plans on the WebGPU adapter of the tests: over a memory that the test fills and reads as bytes.

import { emitWebgpu } from "../../compiler/backends/wgsl/index.ts";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import type { TileName } from "../../compiler/backends/wgsl/tiles.ts";
import { packProgram } from "../../compiler/program.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import type { WebgpuSettings } from "../../runtime/artifact.ts";
import { listCommands } from "../../runtime/devices/webgpu/commands.ts";
import { mapRead, usage } from "../../runtime/devices/webgpu/memory.ts";
import { createPipelines, type Pipelines } from "../../runtime/devices/webgpu/pipelines.ts";
import { testAdapter } from "./webgpu.ts";

interface Opened {
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
}

/** One device for the test process, and with it the pipelines. */
const kept = globalThis as { dlmTestPlans?: Promise<Opened> };

/** Small contractions: a software adapter takes long to compile others. */
const usualSettings: WebgpuSettings = { ...commonSettings, tiles: "small" };

async function open(): Promise<Opened> {
  const adapter = await testAdapter();
  const subgroups = adapter.features.has("subgroups");
  const device = await adapter.requestDevice({ requiredFeatures: subgroups ? ["subgroups"] : [] });
  return { device, pipelines: createPipelines(device) };
}

/** Runs a plan over `memory` on the device and gives the memory afterwards. */
export async function runOnWebgpu(
  plan: Plan,
  memory: ArrayBuffer,
  settings: Partial<WebgpuSettings> = {},
  tile?: TileName,
): Promise<ArrayBuffer> {
  const { device, pipelines } = await (kept.dlmTestPlans ??= open());
  const code = emitWebgpu(plan, { ...usualSettings, ...settings }, tile);
  if (code.target !== "webgpu") throw new Error("not a program of WebGPU");
  const compiled = await pipelines.compile(
    packProgram("plan", plan, code),
    code.kernels,
    undefined,
  );
  const { commands, counters } = listCommands(plan.steps, code.kernels);

  const size = memory.byteLength;
  const create = (bytes: number, of: number): GPUBuffer =>
    device.createBuffer({ size: bytes, usage: of });
  const cuts = Math.ceil(size / code.segmentBytes);
  const arenas = Array.from({ length: cuts }, (_, i) => {
    const part = memory.slice(i * code.segmentBytes, (i + 1) * code.segmentBytes);
    const arena = create(part.byteLength, usage.storage | usage.copySource | usage.copyTarget);
    device.queue.writeBuffer(arena, 0, part);
    return arena;
  });
  const at = (offset: number): [GPUBuffer, number] => {
    const arena = arenas[Math.floor(offset / code.segmentBytes)];
    if (!arena) throw new Error(`byte ${offset} lies beyond the memory`);
    return [arena, offset % code.segmentBytes];
  };
  // A copy within one buffer goes through another.
  const other = create(size, usage.copySource | usage.copyTarget);
  const back = create(size, usage.mapRead | usage.copyTarget);
  const counterBuffer = create(
    Math.max(256, counters.byteLength),
    usage.uniform | usage.copyTarget,
  );
  device.queue.writeBuffer(counterBuffer, 0, counters);
  const counterGroup = device.createBindGroup({
    layout: pipelines.counters,
    entries: [{ binding: 0, resource: { buffer: counterBuffer, size: 16 } }],
  });
  device.pushErrorScope("validation");
  const encoder = device.createCommandEncoder();
  for (const command of commands) {
    if (command.kind === "kernel") {
      const pipeline = compiled[command.kernel];
      const shader = code.kernels[command.kernel];
      if (!pipeline || !shader) throw new Error(`there is no kernel ${command.kernel}`);
      const group = device.createBindGroup({
        layout: pipelines.segments(shader.segments.length),
        entries: shader.segments.map((segment, binding) => ({
          binding,
          resource: { buffer: at(segment * code.segmentBytes)[0] },
        })),
      });
      const pass = encoder.beginComputePass();
      pass.setPipeline(pipeline);
      pass.setBindGroup(0, group);
      if (command.counters !== undefined) pass.setBindGroup(1, counterGroup, [command.counters]);
      pass.dispatchWorkgroups(...shader.workgroups);
      pass.end();
    } else if (command.kind === "copy") {
      const bytes = Math.ceil(command.bytes / 4) * 4;
      encoder.copyBufferToBuffer(...at(command.from), other, 0, bytes);
      encoder.copyBufferToBuffer(other, 0, ...at(command.to), bytes);
    } else {
      encoder.clearBuffer(...at(command.at), Math.ceil(command.bytes / 4) * 4);
    }
  }
  arenas.forEach((arena, i) =>
    encoder.copyBufferToBuffer(arena, 0, back, i * code.segmentBytes, arena.size),
  );
  device.queue.submit([encoder.finish()]);
  const problem = await device.popErrorScope();
  if (problem) throw new Error(problem.message);
  await back.mapAsync(mapRead);
  const result = back.getMappedRange().slice(0);
  for (const buffer of [...arenas, other, back, counterBuffer]) buffer.destroy();
  return result;
}
