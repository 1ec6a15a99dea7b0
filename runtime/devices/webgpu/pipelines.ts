// Pipelines by the text of their shader: made in parallel, each once a device.

import type { Program, SessionOptions, WebgpuKernel } from "../../artifact.ts";
import { DeviceRefusal } from "../../errors.ts";

export interface Pipelines {
  /** One a kernel, in their order. */
  compile(
    program: Program,
    kernels: readonly WebgpuKernel[],
    progress: SessionOptions["progress"],
  ): Promise<GPUComputePipeline[]>;
  /** The layout of group 0 for so many segments. */
  segments(count: number): GPUBindGroupLayout;
  /** The layout of group 1. */
  readonly counters: GPUBindGroupLayout;
  /** Distinct pipelines made so far. */
  readonly count: number;
}

/** GPUShaderStage.COMPUTE */
const compute = 4;

export function createPipelines(device: GPUDevice): Pipelines {
  const known = new Map<string, Promise<GPUComputePipeline>>();
  const segmentLayouts = new Map<number, GPUBindGroupLayout>();
  const counters = device.createBindGroupLayout({
    label: "loop counters",
    entries: [
      { binding: 0, visibility: compute, buffer: { type: "uniform", hasDynamicOffset: true } },
    ],
  });

  function segments(count: number): GPUBindGroupLayout {
    let layout = segmentLayouts.get(count);
    if (!layout) {
      layout = device.createBindGroupLayout({
        label: `${count} segments`,
        entries: Array.from({ length: count }, (_, binding) => ({
          binding,
          visibility: compute,
          buffer: { type: "storage" as const },
        })),
      });
      segmentLayouts.set(count, layout);
    }
    return layout;
  }

  async function make(kernel: WebgpuKernel, label: string): Promise<GPUComputePipeline> {
    const { code, entry: entryPoint } = kernel;
    const own = segments(kernel.segments.length);
    const layout = device.createPipelineLayout({
      bindGroupLayouts: kernel.counters ? [own, counters] : [own],
    });
    const module = device.createShaderModule({ label, code });
    try {
      return await device.createComputePipelineAsync({
        label,
        layout,
        compute: { module, entryPoint },
      });
    } catch (thrown) {
      throw await refusalOf(label, module, code, thrown);
    }
  }

  return {
    segments,
    counters,
    get count() {
      return known.size;
    },
    compile(program, kernels, progress) {
      const texts = new Set(kernels.map(({ code }) => code).filter((code) => !known.has(code)));
      let done = 0;
      const told = async (made: Promise<GPUComputePipeline>): Promise<GPUComputePipeline> => {
        const pipeline = await made;
        progress?.(++done, texts.size);
        return pipeline;
      };
      return Promise.all(
        kernels.map((kernel, i) => {
          const found = known.get(kernel.code) ?? told(make(kernel, labelOf(program, i)));
          known.set(kernel.code, found);
          return found;
        }),
      );
    },
  };
}

/** The kernel in the program's own terms: its name and the source line. */
export function labelOf(program: Program, kernel: number): string {
  const { name = `kernel ${kernel}`, origins = [] } = program.kernels[kernel] ?? {};
  const [first] = origins;
  return first ? `${name} (${first.place})` : name;
}

async function refusalOf(
  label: string,
  module: GPUShaderModule,
  code: string,
  cause: unknown,
): Promise<DeviceRefusal> {
  const { messages } = await module.getCompilationInfo();
  const lines = code.split("\n");
  const errors = messages
    .filter(({ type }) => type === "error")
    .map(({ lineNum, message }) => `${message} (line ${lineNum}: ${lines[lineNum - 1] ?? ""})`);
  const reason = errors[0] ?? (cause instanceof Error ? cause.message : String(cause));
  return new DeviceRefusal(`the GPU does not take the kernel ${label}: ${reason}`, {
    help: "take the device wasm (--device wasm), and tell the authors of dlm",
    cause,
  });
}
