// A step under observation: kernel by kernel, with their times or with a look at what they wrote.

import type { Named, Watchers } from "../../artifact.ts";
import type { TypedArray } from "../../types.ts";
import type { GpuCommand } from "./commands.ts";
import { mapRead, usage } from "./memory.ts";
import type { Encoding, Loaded } from "./session.ts";

export interface Inspected extends Encoding {
  readonly device: GPUDevice;
  readonly loaded: Loaded;
  readonly read: (tensor: Named) => Promise<TypedArray>;
}

/** After every kernel, the first NaN or infinity that it wrote. */
export async function checkKernels(
  { device, loaded, encode, read }: Inspected,
  { check, watch }: Watchers,
): Promise<void> {
  for (const command of loaded.commands) {
    const start = performance.now();
    const encoder = device.createCommandEncoder();
    encode(encoder, loaded, [command]);
    device.queue.submit([encoder.finish()]);
    if (command.kind !== "kernel") continue;
    const info = loaded.program.kernels[command.kernel];
    if (!info) continue;
    if (watch) {
      await device.queue.onSubmittedWorkDone();
      watch(info, command.kernel, start, performance.now());
    }
    for (const tensor of info.writes) {
      if (tensor.dtype !== "f32") continue;
      const values = await read(tensor);
      const bad = values.findIndex((value: number) => !Number.isFinite(value));
      if (bad >= 0) check?.(info, tensor, bad, Number(values[bad]));
    }
  }
}

/** Kernels whose times one set of queries holds. */
const mostQueries = 2048;

/** The GPU's own times where it gives them, else those of kernels waited for one by one. */
export async function timeKernels(inspected: Inspected, watchers: Watchers): Promise<void> {
  const { device, loaded } = inspected;
  if (!device.features.has("timestamp-query")) {
    await checkKernels(inspected, { check: undefined, watch: watchers.watch });
    return;
  }
  let rest: readonly GpuCommand[] = loaded.commands;
  while (rest.length > 0) {
    await timePart(inspected, rest.slice(0, mostQueries), watchers);
    rest = rest.slice(mostQueries);
  }
}

async function timePart(
  { device, loaded, encode, dispatch }: Inspected,
  commands: readonly GpuCommand[],
  { watch }: Watchers,
): Promise<void> {
  const count = 2 * commands.length;
  const querySet = device.createQuerySet({ type: "timestamp", count });
  const resolved = device.createBuffer({
    size: 8 * count,
    usage: usage.queryResolve | usage.copySource,
  });
  const back = device.createBuffer({ size: 8 * count, usage: usage.mapRead | usage.copyTarget });
  const encoder = device.createCommandEncoder();
  commands.forEach((command, i) => {
    if (command.kind !== "kernel") {
      encode(encoder, loaded, [command]);
      return;
    }
    const pass = encoder.beginComputePass({
      timestampWrites: {
        querySet,
        beginningOfPassWriteIndex: 2 * i,
        endOfPassWriteIndex: 2 * i + 1,
      },
    });
    dispatch(pass, loaded, command);
    pass.end();
  });
  encoder.resolveQuerySet(querySet, 0, count, resolved, 0);
  encoder.copyBufferToBuffer(resolved, 0, back, 0, 8 * count);
  const began = performance.now();
  device.queue.submit([encoder.finish()]);
  await back.mapAsync(mapRead);
  const times = new BigUint64Array(back.getMappedRange().slice(0));
  const first = times[0] ?? 0n;
  commands.forEach((command, i) => {
    if (command.kind !== "kernel") return;
    const info = loaded.program.kernels[command.kernel];
    const [start, end] = [times[2 * i] ?? first, times[2 * i + 1] ?? first].map(
      (time) => began + Number(time - first) / 1e6,
    );
    if (info && start !== undefined && end !== undefined) watch?.(info, command.kernel, start, end);
  });
  querySet.destroy();
  resolved.destroy();
  back.destroy();
}
