// Flags that say where programs run.

import type { Command } from "commander";

import { deviceNames } from "../../runtime/devices/index.ts";
import type { DeviceOptions } from "../api/device.ts";
import { positiveWhole } from "./choose.ts";
import type { Context } from "./context.ts";

export interface DeviceFlags {
  readonly device: string;
  readonly threads?: string;
}

export function addDeviceOptions(command: Command): Command {
  return command
    .option("--device <device>", deviceNames, "auto")
    .option(
      "--threads <n>",
      "threads of the device wasm (default: half of the cores, at most 4); results do not depend on them",
    );
}

/** What the flags ask for; what the device has to say goes to standard error. */
export function readDeviceFlags(context: Context, flags: DeviceFlags): DeviceOptions {
  return {
    device: flags.device,
    ...(flags.threads === undefined ? {} : { threads: positiveWhole("--threads", flags.threads) }),
    notice: (text) => context.error(`note: ${text}\n`),
    progress: kernelBar(context),
  };
}

/** A bar for the kernels that a device makes, where it takes more than a second. */
function kernelBar({ bar }: Context): (done: number, total: number) => void {
  let begun: number | undefined;
  return (done, total) => {
    begun ??= performance.now();
    if (done === total) {
      begun = undefined;
      bar.close();
    } else if (performance.now() - begun > 1000) {
      bar.show({ done, total, texts: () => [`${done} of ${total} kernels made`] });
    }
  };
}

/** The flags as words of a command line, where they are not the default. */
export function deviceWords({ device, threads }: DeviceFlags): string[] {
  return [
    ...(device === "auto" ? [] : ["--device", device]),
    ...(threads === undefined ? [] : ["--threads", threads]),
  ];
}
