// `dlmc devices`: what programs can run on here, with limits and features, and why something cannot be used.

import { availableParallelism } from "node:os";

import { chooseDevice, type DeviceName } from "../../runtime/devices/index.ts";
import { engineFeatures } from "../../runtime/devices/wasm/features.ts";
import { currentEngine, wasmSettings } from "../../runtime/devices/wasm/engine.ts";
import { currentAdapter } from "../../runtime/devices/webgpu/device.ts";
import { messageOf, UserError } from "../../runtime/errors.ts";
import type { CommandModule } from "./commands.ts";
import { formatBytes, groupDigits, type Context } from "./context.ts";

interface Told {
  readonly name: DeviceName;
  readonly usable: boolean;
  readonly what: string;
  /** For JSON. */
  readonly details: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

export const define: CommandModule["define"] = (command, run) => {
  command.option("--json", "print JSON");
  run(async (context) => {
    const flags = command.opts<{ readonly json?: boolean }>();
    const chosen = (await chooseDevice("auto")).name;
    const told = [await tellWebgpu(), await tellWasm(), tellJs(), tellReference()];
    if (flags.json) {
      const devices = told.map(({ name, usable, what, details }) => ({
        name,
        usable,
        auto: name === chosen,
        what,
        ...details,
      }));
      context.out(`${JSON.stringify(devices, null, 2)}\n`);
    } else context.out(text(context, told, chosen));
    return 0;
  });
};

function text({ colors }: Context, told: readonly Told[], chosen: DeviceName): string {
  const width = Math.max(...told.map(({ name }) => name.length));
  return told
    .map(({ name, usable, what, lines }) => {
      const mark = name === chosen ? colors.green("  ← auto") : "";
      const title = (usable ? colors.bold : colors.dim)(name.padEnd(width));
      const rest = lines.map((line) => `${" ".repeat(width + 2)}${colors.dim(line)}\n`).join("");
      return `${title}  ${what}${mark}\n${rest}`;
    })
    .join("");
}

async function tellWebgpu(): Promise<Told> {
  try {
    const { name, adapter, isHardware, settings } = await currentAdapter();
    const { limits } = adapter;
    const features = ["shader-f16", "subgroups", "timestamp-query"].filter((feature) =>
      adapter.features.has(feature),
    );
    const kind = isHardware ? "" : ": computes on the CPU, so `auto` does not take it";
    return {
      name: "webgpu",
      usable: true,
      what: `${name}${kind}`,
      details: { adapter: name, hardware: isHardware, features, settings },
      lines: [
        `binds ${formatBytes(limits.maxStorageBufferBindingSize)} at once, ${settings.bindings} times in a kernel`,
        `workgroups of ${settings.invocations} invocations with ${formatBytes(settings.workgroupBytes)}, ${groupDigits(settings.workgroups)} in a dimension`,
        `features: ${features.join(", ") || "none of shader-f16, subgroups, timestamp-query"}`,
      ],
    };
  } catch (thrown) {
    const help = thrown instanceof UserError && thrown.help !== undefined ? [thrown.help] : [];
    const what = `not usable: ${messageOf(thrown)}`;
    return { name: "webgpu", usable: false, what, details: { help: help[0] ?? null }, lines: help };
  }
}

async function tellWasm(): Promise<Told> {
  const features = engineFeatures();
  if (!features.simd) {
    const what = "not usable: this engine runs no WebAssembly with vectors (SIMD)";
    return { name: "wasm", usable: false, what, details: {}, lines: [] };
  }
  const engine = await currentEngine();
  const { threads, relaxed } = wasmSettings(engine);
  const cores = availableParallelism();
  const fused = relaxed ? "with" : "without";
  return {
    name: "wasm",
    usable: true,
    what: `${threads} of ${cores} threads by default, ${fused} fused multiply-add`,
    details: { threads, cores, fused: relaxed },
    lines: [],
  };
}

function tellJs(): Told {
  const what = "one thread of JavaScript, everywhere";
  return { name: "js", usable: true, what, details: {}, lines: [] };
}

function tellReference(): Told {
  const what = "operator by operator in double precision: the measure for the others";
  return { name: "reference", usable: true, what, details: {}, lines: [] };
}
