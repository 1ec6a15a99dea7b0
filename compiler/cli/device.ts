// Flags that say where programs run.

import { Option, type Command } from "commander";

import { chooseDevice, deviceNames } from "../../runtime/devices/index.ts";
import { currentAdapter } from "../../runtime/devices/webgpu/device.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DeviceOptions } from "../api/device.ts";
import type { Precision } from "../api/precision.ts";
import { positiveWhole } from "./choose.ts";
import type { Context } from "./context.ts";

export interface DeviceFlags {
  readonly device: string;
  readonly threads?: string;
  readonly precision?: Precision;
}

export function addDeviceOptions(command: Command): Command {
  return command
    .option("--device <device>", deviceNames, "auto")
    .option(
      "--threads <n>",
      "threads of the device wasm (default: half of the cores, at most 4); results do not depend on them",
    );
}

/** For commands that train. */
export function addPrecisionOption(command: Command): Command {
  return command.addOption(
    new Option(
      "--precision <type>",
      "what training steps compute in; f16 (mixed precision) needs a GPU with shader-f16",
    )
      .choices(["f32", "f16"])
      .default("f32"),
  );
}

/** Mixed precision is offered where it is a gain: on a GPU that has numbers of 16 bits. */
export async function checkPrecision({ device, precision }: DeviceFlags): Promise<void> {
  if (precision !== "f16") return;
  const { name } = await chooseDevice(device);
  if (name !== "webgpu") {
    throw new UserError(`--precision f16 needs a GPU, but the device is ${name}`, {
      help: "take --device webgpu where `dlmc devices` lists the feature shader-f16, or leave out --precision",
    });
  }
  const adapter = await currentAdapter();
  if (adapter.settings.f16) return;
  throw new UserError(
    `--precision f16 needs the feature shader-f16, which the device webgpu lacks here (${adapter.name})`,
    {
      help: "`dlmc devices` lists the features of a GPU; a newer driver may have it; without --precision the training computes in f32",
    },
  );
}

/** What the flags ask for; what the device has to say goes to standard error. */
export function readDeviceFlags(context: Context, flags: DeviceFlags): DeviceOptions {
  return {
    device: flags.device,
    ...(flags.threads === undefined ? {} : { threads: positiveWhole("--threads", flags.threads) }),
    ...(flags.precision === undefined ? {} : { precision: flags.precision }),
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
export function deviceWords({ device, threads, precision = "f32" }: DeviceFlags): string[] {
  return [
    ...(device === "auto" ? [] : ["--device", device]),
    ...(threads === undefined ? [] : ["--threads", threads]),
    ...(precision === "f32" ? [] : ["--precision", precision]),
  ];
}
