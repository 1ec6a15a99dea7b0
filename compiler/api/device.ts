// The device of a runner: chosen, opened, and changed for another where `auto` chose one that cannot take a program.

import type {
  Persistent,
  Session,
  SessionOptions,
  WasmSettings,
  WebgpuSettings,
} from "../../runtime/artifact.ts";
import { chooseDevice, devices, type DeviceName } from "../../runtime/devices/index.ts";
import { currentEngine, wasmSettings } from "../../runtime/devices/wasm/engine.ts";
import { currentAdapter } from "../../runtime/devices/webgpu/device.ts";
import { DeviceRefusal, UserError } from "../../runtime/errors.ts";
import type { Precision } from "./precision.ts";

export interface DeviceOptions {
  /** `auto` (where absent), or a device by name. */
  readonly device?: string;
  /** Threads that run programs on the device wasm; some of the machine's where absent. */
  readonly threads?: number;
  /** Of training steps; `f32` where absent. `f16` is meant for GPUs with the feature `shader-f16`; elsewhere it gives the
   *  same numbers, slowly. */
  readonly precision?: Precision;
  /** Hears why the device is not the one that might be expected. */
  readonly notice?: (text: string) => void;
  /** Hears how many kernels of a program the device has made, where that may take long. */
  readonly progress?: (done: number, total: number) => void;
}

export interface OpenDevice {
  readonly device: DeviceName;
  readonly wasm: WasmSettings | undefined;
  readonly webgpu: WebgpuSettings | undefined;
  readonly session: Session;
  readonly persistent: Persistent;
  /** Changes the device for a slower one that takes more, where `auto` chose it and it refused a program; the new one knows no
   *  program yet but all tensors. What else was thrown is thrown again. */
  fallBack(thrown: unknown): Promise<void>;
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
    throw new UserError(`the device ${name} has no threads to choose`, {
      help: "leave out --threads, or take --device wasm",
    });
  }
  let device = name;
  let wasm = await wasmFor(name, threads, notice);
  let webgpu = name === "webgpu" ? (await currentAdapter()).settings : undefined;
  const persistent = layOut(webgpu?.segmentBytes);
  const sessionOptions = (): SessionOptions => ({
    ...(wasm ? { threads: wasm.threads } : {}),
    ...(options.progress ? { progress: options.progress } : {}),
  });
  let session = await devices[name].open(persistent, sessionOptions());

  return {
    get device() {
      return device;
    },
    get wasm() {
      return wasm;
    },
    get webgpu() {
      return webgpu;
    },
    persistent,
    get session() {
      return session;
    },
    async fallBack(thrown) {
      const next = slower[device];
      if (!(thrown instanceof DeviceRefusal) || asked !== "auto" || !next) throw thrown;
      notice(`the device is ${next}: ${thrown.message}`);
      wasm = await wasmFor(next, threads, notice);
      webgpu = undefined;
      const opened = await devices[next].open(persistent, sessionOptions());
      for (const tensor of persistent.tensors) {
        opened.write(tensor.name, await session.read(tensor.name));
      }
      await session.close();
      session = opened;
      device = next;
    },
  };
}

/** What takes over from a device that `auto` chose. */
const slower: Readonly<Partial<Record<DeviceName, DeviceName>>> = { webgpu: "wasm", wasm: "js" };

async function wasmFor(
  device: DeviceName,
  threads: number | undefined,
  notice: (text: string) => void,
): Promise<WasmSettings | undefined> {
  return device === "wasm" ? wasmSettings(await currentEngine(), threads, notice) : undefined;
}

/** These options alone, out of those of something larger. */
export function deviceOptions({
  device,
  threads,
  precision,
  notice,
  progress,
}: DeviceOptions): DeviceOptions {
  return {
    ...(device === undefined ? {} : { device }),
    ...(threads === undefined ? {} : { threads }),
    ...(precision === undefined ? {} : { precision }),
    ...(notice === undefined ? {} : { notice }),
    ...(progress === undefined ? {} : { progress }),
  };
}
