// The device webgpu: a GPU through the browser or through Dawn. All sessions share one GPU device, and with it the
// pipelines; it is closed with the last of them.

import type {
  Device,
  Persistent,
  Session,
  SessionOptions,
  WebgpuSettings,
} from "../../artifact.ts";
import { findAdapter, mayHaveGpu, openGpuDevice, type FoundAdapter } from "./adapter.ts";
import { createHealth, type Health } from "./health.ts";
import { createPipelines, type Pipelines } from "./pipelines.ts";
import { openWebgpuSession } from "./session.ts";

/** A GPU in use. Whoever has it keeps the adapter: a collected one ends the process. */
export interface OpenGpu {
  readonly found: FoundAdapter;
  readonly device: GPUDevice;
  readonly pipelines: Pipelines;
  readonly health: Health;
}

interface Shared {
  readonly found: Promise<FoundAdapter>;
  gpu?: Promise<OpenGpu>;
  sessions: number;
}

let shared: Shared | undefined;

function current(): Shared {
  if (shared) return shared;
  const next: Shared = { found: findAdapter(), sessions: 0 };
  // Another attempt may find more: a driver that was installed, a page that was allowed.
  next.found.catch(() => forget(next));
  shared = next;
  return next;
}

function forget(one: Shared): void {
  if (shared === one) shared = undefined;
}

async function open(found: FoundAdapter, one: Shared): Promise<OpenGpu> {
  const device = await openGpuDevice(found);
  // What comes after a loss gets a new device.
  void device.lost.then(() => forget(one));
  return { found, device, pipelines: createPipelines(device), health: createHealth(device) };
}

/** What programs are compiled for on the GPU that sessions get, and whether it is one. */
export async function currentAdapter(): Promise<FoundAdapter> {
  return current().found;
}

/** The device that all sessions share, while there are any: for a page that draws with what they compute. */
export async function currentDevice(): Promise<GPUDevice | undefined> {
  return (await shared?.gpu)?.device;
}

/** Whether there is a GPU that is no program of the CPU. */
export async function hasHardwareGpu(): Promise<boolean> {
  try {
    return (await mayHaveGpu()) && (await currentAdapter()).isHardware;
  } catch {
    return false;
  }
}

export const webgpuDevice: Device = {
  name: "webgpu",
  open: (persistent, options) => openWebgpu(persistent, options),
};

/** `segmentBytes` may be less than the adapter's, as programs are compiled for it. */
export async function openWebgpu(
  persistent: Persistent,
  {
    segmentBytes,
    progress,
  }: Partial<Pick<WebgpuSettings, "segmentBytes">> & Pick<SessionOptions, "progress"> = {},
): Promise<Session> {
  const one = current();
  one.sessions++;
  async function leave(): Promise<void> {
    one.sessions--;
    if (one.sessions > 0) return;
    forget(one);
    (await one.gpu)?.device.destroy();
  }
  try {
    const found = await one.found;
    const gpu = await (one.gpu ??= open(found, one));
    const cuts = segmentBytes ?? found.settings.segmentBytes;
    const session = await openWebgpuSession(gpu, cuts, persistent, progress);
    let closed = false;
    return {
      ...session,
      async close() {
        if (closed) return;
        closed = true;
        await session.close();
        await leave();
      },
    };
  } catch (thrown) {
    await leave().catch(() => undefined);
    throw thrown;
  }
}
