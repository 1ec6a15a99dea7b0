// The devices of a module. Each is a function of its own, so that a bundle holds only those that a module was compiled for.

import type { JsFactory, KernelInfo, Persistent, Program, WebgpuKernel } from "../artifact.ts";
import { jsDevice } from "../devices/js.ts";
import { wasmDevice } from "../devices/wasm/device.ts";
import { engineFeatures } from "../devices/wasm/features.ts";
import { currentAdapter, hasHardwareGpu, openWebgpu } from "../devices/webgpu/device.ts";
import { UserError } from "../errors.ts";
import { inflated } from "./bytes.ts";
import type { ProgramText, Target } from "./source.ts";

interface Programs<Text extends ProgramText> {
  readonly persistent: Persistent;
  readonly programs: readonly Text[];
}

interface JsProgram extends ProgramText {
  readonly code: JsFactory;
}

interface WasmProgram extends ProgramText {
  /** The module's bytes, compressed. */
  readonly code: string;
}

interface WebgpuProgram extends ProgramText {
  readonly code: readonly Omit<WebgpuKernel, "entry">[];
}

/** Programs as JavaScript. */
export function jsTarget({ persistent, programs }: Programs<JsProgram>): Target {
  return {
    device: "js",
    persistent,
    programs,
    usable: async () => true,
    open: (options) => jsDevice.open(persistent, options),
    program: async (text) => {
      const { code } = find(programs, text);
      return complete(text, { target: "js", source: code });
    },
  };
}

/** Programs as WebAssembly, for at most so many threads; `relaxed` where they multiply and add in one. */
export function wasmTarget({
  persistent,
  programs,
  threads,
  relaxed,
}: Programs<WasmProgram> & { readonly threads: number; readonly relaxed: boolean }): Target {
  const shared = threads > 1;
  return {
    device: "wasm",
    persistent,
    programs,
    async usable() {
      const { simd, relaxed: fused, threads: together } = engineFeatures();
      return simd && (fused || !relaxed) && (together || !shared);
    },
    open: (options) =>
      wasmDevice.open(persistent, {
        ...options,
        threads: Math.min(threads, options.threads ?? threads),
      }),
    async program(text) {
      const module = await inflated(find(programs, text).code);
      const kernels = text.kernels.length;
      return complete(text, { target: "wasm", module, threads, shared, relaxed, kernels });
    },
  };
}

/** Programs as shaders. */
export function webgpuTarget({
  persistent,
  programs,
  segmentBytes,
}: Programs<WebgpuProgram> & { readonly segmentBytes: number }): Target {
  return {
    device: "webgpu",
    persistent,
    programs,
    usable: async () => (await hasHardwareGpu()) && (await bindableBytes()) >= segmentBytes,
    async open(options) {
      const most = await bindableBytes();
      if (most < segmentBytes) {
        const [wanted, given] = [segmentBytes, most].map((bytes) => (bytes / 2 ** 20).toFixed(0));
        throw new UserError(
          `this module binds ${wanted} MiB of GPU memory at once; the GPU here gives ${given}`,
          { help: 'load it for another device: load({ device: "auto" })' },
        );
      }
      return openWebgpu(persistent, { segmentBytes, ...options });
    },
    program: async (text) => {
      const kernels = find(programs, text).code.map((kernel) => ({ entry: "main", ...kernel }));
      return complete(text, { target: "webgpu", kernels, segmentBytes });
    },
  };
}

async function bindableBytes(): Promise<number> {
  return (await currentAdapter()).settings.segmentBytes;
}

function find<Text extends ProgramText>(programs: readonly Text[], { name }: ProgramText): Text {
  const found = programs.find((program) => program.name === name);
  if (!found) throw new Error(`the module has no program ${name}`);
  return found;
}

function complete(text: ProgramText, code: Program["code"]): Program {
  const kernels = text.kernels.map(({ name, place }): KernelInfo => {
    const origins = [{ place, blocks: [], role: "" }];
    return { name, kind: "loop", origins, flops: 0, bytesRead: 0, bytesWritten: 0, writes: [] };
  });
  const steps = text.steps ?? kernels.map((_, kernel) => ({ kind: "kernel", kernel }) as const);
  return { ...text, steps, scratchBytes: 0, kernels, code };
}
