// Tiles of halves in workgroup memory, where shaders have numbers of 16 bits. SwiftShader has none, so the shaders are
// compiled by Dawn's null adapter, which has every feature and computes nothing.

import { expect, test } from "vitest";
import { emitWebgpu, emitWgsl } from "../../compiler/backends/wgsl/index.ts";
import { commonSettings } from "../../compiler/backends/wgsl/settings.ts";
import { tiles, type TileName } from "../../compiler/backends/wgsl/tiles.ts";
import type { Plan } from "../../compiler/schedule/kernel.ts";
import type { WebgpuSettings } from "../../runtime/artifact.ts";
import { openGpuDevice, settingsOf } from "../../runtime/devices/webgpu/adapter.ts";
import { scheduleCase } from "../support/backend-cases.ts";
import { halfCases } from "../support/half-cases.ts";
import { describeWebgpu } from "../support/webgpu.ts";

// Collected while a device lives, these end the process.
const kept = globalThis as { dlmNullGpu?: unknown[] };

async function nullDevice(): Promise<{ device: GPUDevice; settings: WebgpuSettings }> {
  const { create, globals } = await import("webgpu");
  Object.assign(globalThis, globals);
  const gpu = create(["backend=null"]);
  const adapter = await gpu.requestAdapter();
  if (adapter === null) throw new Error("Dawn has no null adapter");
  const settings = settingsOf(adapter);
  const device = await openGpuDevice({ gpu, adapter, name: "null", isHardware: false, settings });
  (kept.dlmNullGpu ??= []).push(gpu, adapter, device);
  return { device, settings };
}

const shaders = (plan: Plan, settings: WebgpuSettings, tile?: TileName): string[] => {
  const code = emitWebgpu(plan, settings, tile);
  return code.target === "webgpu" ? code.kernels.map((kernel) => kernel.code) : [];
};

const withHalves = { ...commonSettings, f16: true };

describeWebgpu("tiles of halves", () => {
  test("are compiled where an adapter has the feature, which is asked for", async () => {
    const { device, settings } = await nullDevice();
    expect(settings.f16).toBe(true);
    expect(device.features.has("shader-f16")).toBe(true);
    const messages: string[] = [];
    let count = 0;
    for (const { name, graph } of halfCases) {
      const { plan } = scheduleCase(graph());
      for (const tile of Object.keys(tiles) as TileName[]) {
        for (const code of shaders(plan, withHalves, tile)) {
          if (code.includes("array<f16")) count++;
          const info = await device.createShaderModule({ code }).getCompilationInfo();
          messages.push(...[...info.messages].map(({ message }) => `${name} ${tile}: ${message}`));
        }
      }
    }
    expect(messages).toEqual([]);
    // The product of one row is a loop.
    expect(count).toBe((halfCases.length - 1) * Object.keys(tiles).length);
  });

  test("hold halves, and multiply and add up in f32", () => {
    const [example] = halfCases;
    const { plan } = scheduleCase(example?.graph() ?? { inputs: [], outputs: [] });
    const [code = ""] = shaders(plan, withHalves, "32x32");
    expect(code.startsWith("enable f16;\n")).toBe(true);
    expect(code).toContain("var<workgroup> tile_rows: array<f16, ");
    expect(code).toContain("var<workgroup> tile_columns: array<f16, ");
    expect(code).toMatch(/let factor = vec2<f32>\(f32\(tile_columns\[/);
    expect(code).toMatch(/sum_0 \+= f32\(tile_rows\[.*\]\) \* factor;/);
    expect(emitWgsl(plan, withHalves)).toMatch(/^\/\/ .*\n\nenable f16;\n/);
    expect(emitWgsl(plan, commonSettings)).not.toContain("f16;");
    for (const other of shaders(plan, commonSettings, "32x32"))
      expect(other).not.toMatch(/\bf16\b/);
  });
});
