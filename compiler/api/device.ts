// The device of a runner: chosen, opened, and changed for another where `auto` chose one that cannot take a program.

import type {
  Persistent,
  Program,
  Session,
  WasmSettings,
  WebgpuSettings,
} from "../../runtime/artifact.ts";
import { chooseDevice, devices, type DeviceName } from "../../runtime/devices/index.ts";
import { EngineRefusal } from "../../runtime/devices/wasm/device.ts";
import { currentEngine, wasmSettings } from "../../runtime/devices/wasm/engine.ts";
import { currentAdapter } from "../../runtime/devices/webgpu/device.ts";
import { UserError } from "../../runtime/errors.ts";

export interface DeviceOptions {
  /** `auto` (where absent), or a device by name. */
  readonly device?: string;
  /** Threads that run programs on the device wasm; some of the machine's where absent. */
  readonly threads?: number;
  /** Hears why the device is not the one that might be expected. */
  readonly notice?: (text: string) => void;
}

export interface OpenDevice {
  readonly device: DeviceName;
  readonly wasm: WasmSettings | undefined;
  readonly webgpu: WebgpuSettings | undefined;
  readonly session: Session;
  readonly persistent: Persistent;
  /** Loads a program; false if the device was changed instead, which knows no program yet but all tensors. */
  load(program: Program): Promise<boolean>;
}

/** `layOut` gives the persistent region, for a memory that is cut into segments of so many bytes if it is. */
export async function openDevice(
  layOut: (segmentBytes: number | undefined) => Persistent,
  options: DeviceOptions,
): Promise<OpenDevice> {
  const { device: asked = "auto", threads, notice = () => undefined } = options;
  const { name, reason } = await chooseDevice(asked);
  if (reason !== undefined) notice(`the device is ${name}: ${reason}`);
  if (asked === name && name !== "wasm" && threads !== undefined && threads > 1) {
    throw new UserError(`the device ${name} runs on one thread`, {
      help: "leave out --threads, or take --device wasm",
    });
  }
  let device = name;
  let wasm = name === "wasm" ? wasmSettings(await currentEngine(), threads, notice) : undefined;
  const webgpu = name === "webgpu" ? (await currentAdapter()).settings : undefined;
  const persistent = layOut(webgpu?.segmentBytes);
  let session = await devices[name].open(persistent, wasm ? { threads: wasm.threads } : {});

  async function changeToJs(): Promise<void> {
    const next = await devices.js.open(persistent);
    for (const tensor of persistent.tensors) {
      next.write(tensor.name, await session.read(tensor.name));
    }
    await session.close();
    session = next;
    device = "js";
    wasm = undefined;
  }

  return {
    get device() {
      return device;
    },
    get wasm() {
      return wasm;
    },
    webgpu,
    persistent,
    get session() {
      return session;
    },
    async load(program) {
      try {
        await session.load(program);
        return true;
      } catch (thrown) {
        if (!(thrown instanceof EngineRefusal) || asked !== "auto") throw thrown;
        notice(`the device is js: ${thrown.message}`);
        await changeToJs();
        return false;
      }
    },
  };
}

/** These options alone, out of those of something larger. */
export function deviceOptions({ device, threads, notice }: DeviceOptions): DeviceOptions {
  return {
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(notice === undefined ? {} : { notice }),
  };
}
