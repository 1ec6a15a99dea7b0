// A session on a GPU: parameters, states and everything in between stay there. A step is one command buffer; nothing
// waits but the reading of results.

import type {
  Code,
  Named,
  Persistent,
  Program,
  Session,
  SessionOptions,
  Watchers,
} from "../../artifact.ts";
import { UserError } from "../../errors.ts";
import { allocate, elementBytes, sizeOf, type TypedArray } from "../../types.ts";
import { lengthMistake } from "../tensors.ts";
import { counterBytes, listCommands, type GpuCommand } from "./commands.ts";
import { checkKernels, timeKernels } from "./inspect.ts";
import type { OpenGpu } from "./device.ts";
import { GpuMemory, roundUp, usage } from "./memory.ts";
import { createReader, type SmallResults } from "./read.ts";

type WebgpuCode = Extract<Code, { readonly target: "webgpu" }>;

/** Of some three steps: enough that the GPU never waits for the next one. */
const resultsInFlight = 6;

/** A program ready to run. */
export interface Loaded {
  readonly program: Program;
  readonly code: WebgpuCode;
  readonly commands: readonly GpuCommand[];
  readonly pipelines: readonly GPUComputePipeline[];
  readonly counters: GPUBindGroup | undefined;
  readonly counterBuffer: GPUBuffer | undefined;
  /** Where copies within one buffer go through. */
  readonly detour: GPUBuffer | undefined;
  readonly uploads: ReadonlyMap<string, Upload>;
  readonly small: SmallResults;
  /** By kernel; made anew when the memory grows. */
  groups: readonly GPUBindGroup[];
}

/** An array to convert values of an input into. */
interface Upload {
  readonly tensor: Named;
  readonly data: TypedArray;
}

/** What a session does on the encoder of a step. */
export interface Encoding {
  readonly encode: (
    encoder: GPUCommandEncoder,
    loaded: Loaded,
    commands: readonly GpuCommand[],
  ) => void;
  readonly dispatch: (
    pass: GPUComputePassEncoder,
    loaded: Loaded,
    command: Extract<GpuCommand, { kind: "kernel" }>,
  ) => void;
}

export async function openWebgpuSession(
  { device, pipelines, health }: OpenGpu,
  segmentBytes: number,
  persistent: Persistent,
  progress?: SessionOptions["progress"],
): Promise<Session> {
  const memory = new GpuMemory(device, segmentBytes);
  const reader = createReader(device, memory, health);
  const programs = new Map<string, Loaded>();
  const tensors = new Map(
    persistent.tensors.map((tensor) => [tensor.name, newUpload(tensor)] as const),
  );
  await memory.grow(persistent.bytes, 0);

  function find(name: string): Loaded {
    const loaded = programs.get(name);
    if (!loaded) throw new Error(`no program ${name} is loaded`);
    return loaded;
  }

  function tensorAt(path: string): Upload {
    const found = tensors.get(path);
    if (!found) throw new UserError(`there is no parameter or state called ${path}`);
    return found;
  }

  function bind({ segments }: WebgpuCode["kernels"][number]): GPUBindGroup {
    return device.createBindGroup({
      layout: pipelines.segments(segments.length),
      entries: segments.map((segment, binding) => {
        const buffer = memory.buffers[segment];
        if (!buffer) throw new Error(`there is no segment ${segment}`);
        return { binding, resource: { buffer } };
      }),
    });
  }

  /** One group for all kernels that use the same segments. */
  function groupsOf(code: WebgpuCode): GPUBindGroup[] {
    const groups = new Map<string, GPUBindGroup>();
    return code.kernels.map((kernel) => {
      const key = kernel.segments.join();
      const group = groups.get(key) ?? bind(kernel);
      groups.set(key, group);
      return group;
    });
  }

  function dispatch(
    pass: GPUComputePassEncoder,
    { code, pipelines: made, groups, counters }: Loaded,
    { kernel, counters: at }: Extract<GpuCommand, { kind: "kernel" }>,
  ): void {
    const pipeline = made[kernel];
    const group = groups[kernel];
    const shader = code.kernels[kernel];
    if (!pipeline || !group || !shader) throw new Error(`there is no kernel ${kernel}`);
    pass.setPipeline(pipeline);
    pass.setBindGroup(0, group);
    if (at !== undefined && counters) pass.setBindGroup(1, counters, [at]);
    pass.dispatchWorkgroups(...shader.workgroups);
  }

  function encode(
    encoder: GPUCommandEncoder,
    loaded: Loaded,
    commands: readonly GpuCommand[],
  ): void {
    let pass: GPUComputePassEncoder | undefined;
    for (const command of commands) {
      if (command.kind === "kernel") {
        pass ??= encoder.beginComputePass();
        dispatch(pass, loaded, command);
        continue;
      }
      pass?.end();
      pass = undefined;
      if (command.kind === "fill") {
        const { buffer, offset } = memory.at(command.at);
        encoder.clearBuffer(buffer, offset, roundUp(command.bytes));
      } else copy(encoder, loaded, command);
    }
    pass?.end();
  }

  /** A copy may not stay within one buffer, so it takes a detour. */
  function copy(
    encoder: GPUCommandEncoder,
    { detour }: Loaded,
    { from, to, bytes }: Extract<GpuCommand, { kind: "copy" }>,
  ): void {
    const source = memory.at(from);
    const target = memory.at(to);
    const size = roundUp(bytes);
    if (source.buffer !== target.buffer) {
      encoder.copyBufferToBuffer(source.buffer, source.offset, target.buffer, target.offset, size);
    } else if (detour) {
      encoder.copyBufferToBuffer(source.buffer, source.offset, detour, 0, size);
      encoder.copyBufferToBuffer(detour, 0, target.buffer, target.offset, size);
    }
  }

  function writeInputs(
    { uploads }: Loaded,
    inputs: Readonly<Record<string, ArrayLike<number> | number>>,
  ): void {
    for (const [name, upload] of uploads) {
      const value = inputs[name];
      if (value === undefined) throw new UserError(`the input ${name} is missing`);
      write(upload, typeof value === "number" ? [value] : value);
    }
  }

  function write({ tensor, data }: Upload, values: ArrayLike<number>): void {
    const length = sizeOf(tensor.shape);
    if (values.length !== length) throw lengthMistake(tensor, length, values.length);
    const { buffer, offset } = memory.at(tensor.offset);
    data.set(values);
    // The queue keeps a copy of its own before this returns.
    device.queue.writeBuffer(buffer, offset, data.buffer, data.byteOffset, data.byteLength);
  }

  function ready(name: string): Loaded {
    health.check();
    return find(name);
  }

  return {
    depth: resultsInFlight,
    async load(program) {
      const { code } = program;
      if (code.target !== "webgpu") throw new Error(`the device webgpu cannot run ${code.target}`);
      if (code.segmentBytes !== segmentBytes) {
        throw new Error("a program for other segments cannot run here");
      }
      health.check();
      const [made] = await Promise.all([
        pipelines.compile(program, code.kernels, progress),
        memory.grow(program.base + program.arenaBytes, persistent.bytes).then((grew) => {
          if (grew) for (const other of programs.values()) other.groups = groupsOf(other.code);
        }),
      ]);
      const { commands, counters } = listCommands(program.steps, code.kernels);
      const counterBuffer = counters.length > 0 ? upload(device, counters) : undefined;
      const longest = Math.max(
        0,
        ...commands.map((each) => (each.kind === "copy" ? each.bytes : 0)),
      );
      const before = programs.get(program.name);
      before?.counterBuffer?.destroy();
      before?.detour?.destroy();
      before?.small.destroy();
      programs.set(program.name, {
        program,
        code,
        commands,
        pipelines: made,
        counterBuffer,
        counters: counterBuffer
          ? device.createBindGroup({
              layout: pipelines.counters,
              entries: [{ binding: 0, resource: { buffer: counterBuffer, size: 16 } }],
            })
          : undefined,
        detour:
          longest > 0
            ? device.createBuffer({
                label: "copies",
                size: roundUp(longest),
                usage: usage.copySource | usage.copyTarget,
              })
            : undefined,
        uploads: new Map(program.inputs.map((tensor) => [tensor.name, newUpload(tensor)])),
        small: reader.small(program.outputs),
        groups: groupsOf(code),
      });
    },
    write(path, values) {
      health.check();
      write(tensorAt(path), values);
    },
    read: async (path) => {
      health.check();
      return reader.read(tensorAt(path).tensor);
    },
    run(name, inputs) {
      const loaded = ready(name);
      writeInputs(loaded, inputs);
      const encoder = device.createCommandEncoder();
      encode(encoder, loaded, loaded.commands);
      loaded.small.collect(encoder);
      device.queue.submit([encoder.finish()]);
    },
    async inspect(name, inputs, watchers: Watchers) {
      const loaded = ready(name);
      writeInputs(loaded, inputs);
      const inspected = { device, loaded, encode, dispatch, read: reader.read };
      if (watchers.check) await checkKernels(inspected, watchers);
      else await timeKernels(inspected, watchers);
      const encoder = device.createCommandEncoder();
      loaded.small.collect(encoder);
      device.queue.submit([encoder.finish()]);
    },
    output: async (name, output) => {
      const loaded = ready(name);
      const tensor = loaded.program.outputs.find((each) => each.name === output);
      if (!tensor) throw new UserError(`the program ${name} has no output ${output}`);
      return loaded.small.read(output) ?? reader.read(tensor);
    },
    async close() {
      for (const { counterBuffer, detour, small } of programs.values()) {
        counterBuffer?.destroy();
        detour?.destroy();
        small.destroy();
      }
      programs.clear();
      memory.destroy();
    },
  };
}

/** Rounded up to whole words; what lies behind the elements is never looked at. */
function newUpload(tensor: Named): Upload {
  const bytes = elementBytes[tensor.dtype];
  const words = roundUp(sizeOf(tensor.shape) * bytes);
  return { tensor, data: allocate(tensor.dtype, words / bytes) };
}

function upload(device: GPUDevice, words: Int32Array<ArrayBuffer>): GPUBuffer {
  const buffer = device.createBuffer({
    label: `loop counters, ${words.byteLength / counterBytes}`,
    size: words.byteLength,
    usage: usage.uniform | usage.copyTarget,
  });
  device.queue.writeBuffer(buffer, 0, words);
  return buffer;
}
