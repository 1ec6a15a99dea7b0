// The GPU at hand: found through the browser, or through the package `webgpu` in Node.

import type { WebgpuSettings } from "../../artifact.ts";
import { UserError } from "../../errors.ts";

/** An adapter and what is made of its limits. Whoever opens a device keeps it: a collected adapter ends the process. */
export interface FoundAdapter {
  readonly gpu: GPU;
  readonly adapter: GPUAdapter;
  /** For people: `NVIDIA H100 (vulkan)`. */
  readonly name: string;
  /** False for a driver that computes on the CPU. */
  readonly isHardware: boolean;
  readonly settings: WebgpuSettings;
}

function isNode(): boolean {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  return process?.versions?.node !== undefined;
}

/** The way to GPUs. */
async function currentGpu(): Promise<GPU> {
  if (isNode()) {
    // oxlint-disable-next-line no-restricted-imports -- only Node comes here
    const { nodeGpu } = await import("../../node/gpu.ts");
    return nodeGpu();
  }
  const { navigator } = globalThis as { navigator?: Partial<Navigator> };
  if (navigator?.gpu) return navigator.gpu;
  throw new UserError("this browser has no WebGPU, or the page is not served securely", {
    help: "take a newer browser and https or localhost, or the device wasm",
  });
}

/** Whether it is worth to look for one. */
export async function mayHaveGpu(): Promise<boolean> {
  if (!isNode()) return "navigator" in globalThis && "gpu" in navigator;
  // oxlint-disable-next-line no-restricted-imports -- only Node comes here
  return (await import("../../node/gpu.ts")).mayHaveGpu();
}

/** The adapter that programs run on. An adapter opens one device. */
export async function findAdapter(gpu?: GPU): Promise<FoundAdapter> {
  const way = gpu ?? (await currentGpu());
  const adapter = await way.requestAdapter({ powerPreference: "high-performance" });
  if (adapter === null) {
    throw new UserError("WebGPU finds no adapter on this machine", {
      help: "install the GPU's driver (Vulkan, Metal or D3D12), or take the device wasm",
    });
  }
  return {
    gpu: way,
    adapter,
    name: nameOf(adapter.info),
    isHardware: isHardware(adapter.info),
    settings: settingsOf(adapter),
  };
}

/** Drivers that compute on the CPU say so, or bear a known name. */
function isHardware({ isFallbackAdapter, architecture, description }: GPUAdapterInfo): boolean {
  return !isFallbackAdapter && !/swiftshader|llvmpipe|lavapipe/i.test(architecture + description);
}

function nameOf({ vendor, architecture, device, description }: GPUAdapterInfo): string {
  const parts = [description || device, vendor, architecture].filter((part) => part !== "");
  return parts.length === 0 ? "an unnamed adapter" : [...new Set(parts)].join(", ");
}

/** What shaders are made for on this adapter. */
export function settingsOf({ limits, features, info }: GPUAdapter): WebgpuSettings {
  const binding = Math.min(limits.maxStorageBufferBindingSize, limits.maxBufferSize);
  return {
    // Addresses are counted in words of 32 bits with a sign.
    segmentBytes: Math.floor(Math.min(binding, 2 ** 32) / 256) * 256,
    bindings: limits.maxStorageBuffersPerShaderStage,
    workgroupBytes: limits.maxComputeWorkgroupStorageSize,
    invocations: Math.min(
      limits.maxComputeInvocationsPerWorkgroup,
      limits.maxComputeWorkgroupSizeX,
    ),
    workgroups: limits.maxComputeWorkgroupsPerDimension,
    subgroups: features.has("subgroups"),
    f16: features.has("shader-f16"),
    tiles: isHardware(info) ? "by shape" : "small",
  };
}

/** Features that programs or profiles can use. */
const wanted = ["shader-f16", "subgroups", "timestamp-query"] as const;

/** Opens the adapter's device with all that its limits allow. */
export async function openGpuDevice({ adapter }: FoundAdapter): Promise<GPUDevice> {
  const { limits } = adapter;
  return adapter.requestDevice({
    requiredFeatures: wanted.filter((feature) => adapter.features.has(feature)),
    requiredLimits: {
      maxStorageBufferBindingSize: limits.maxStorageBufferBindingSize,
      maxBufferSize: limits.maxBufferSize,
      maxStorageBuffersPerShaderStage: limits.maxStorageBuffersPerShaderStage,
      maxComputeWorkgroupStorageSize: limits.maxComputeWorkgroupStorageSize,
      maxComputeInvocationsPerWorkgroup: limits.maxComputeInvocationsPerWorkgroup,
      maxComputeWorkgroupSizeX: limits.maxComputeWorkgroupSizeX,
      maxComputeWorkgroupsPerDimension: limits.maxComputeWorkgroupsPerDimension,
    },
  });
}
