// The devices by name: one line each.

import type { Device } from "../artifact.ts";
import { UserError } from "../errors.ts";
import { jsDevice } from "./js.ts";
import { referenceDevice } from "./reference.ts";
import { wasmDevice } from "./wasm/device.ts";
import { lacksVectors } from "./wasm/engine.ts";
import { hasHardwareGpu, webgpuDevice } from "./webgpu/device.ts";
import { engineFeatures } from "./wasm/features.ts";

export const devices = {
  js: jsDevice,
  reference: referenceDevice,
  wasm: wasmDevice,
  webgpu: webgpuDevice,
} as const satisfies Record<string, Device>;

export type DeviceName = keyof typeof devices;

/** For the help of commands: `auto, js, reference or wasm`. */
export const deviceNames = `auto, ${Object.keys(devices)
  .join(", ")
  .replace(/, (\w+)$/, " or $1")}`;

export interface ChosenDevice {
  readonly name: DeviceName;
  /** Why, where `auto` had to take less than the best. */
  readonly reason?: string;
}

/** The device that a person asked for; `auto` is the fastest that there is. */
export async function chooseDevice(name: string): Promise<ChosenDevice> {
  const hasVectors = engineFeatures().simd;
  if (name === "auto") {
    if (await hasHardwareGpu()) return { name: "webgpu" };
    if (hasVectors) return { name: "wasm" };
    return { name: "js", reason: "this engine runs no WebAssembly with vectors (SIMD)" };
  }
  if (name === "wasm" && !hasVectors) throw lacksVectors();
  if (Object.hasOwn(devices, name)) return { name: name as DeviceName };
  const known = ["auto", ...Object.keys(devices)].join(", ");
  throw new UserError(`there is no device called ${name}`, { help: `the devices are ${known}` });
}
