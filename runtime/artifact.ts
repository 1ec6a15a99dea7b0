// The compiled program as plain data: the contract between the compiler and every device. JSON plus code.

import type { jsHelpers } from "./devices/js-helpers.ts";
import type { DType, Tensor, TypedArray } from "./types.ts";

/** A tensor at a byte offset of the one memory of a session. */
export interface Named {
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly offset: number;
}

/** Parameters and states of every kind, at the same bytes in all programs of a session. They occupy [0, bytes). */
export interface Persistent {
  readonly tensors: readonly Named[];
  readonly bytes: number;
}

/** Where a kernel came from, for profiles and `--check-numerics`: `file:line:column` and the chain of blocks. */
export interface KernelInfo {
  readonly name: string;
  readonly kind: "loop" | "contract" | "scatter";
  readonly origins: readonly {
    readonly place: string;
    readonly blocks: readonly string[];
    readonly role: string;
  }[];
  readonly flops: number;
  readonly bytesRead: number;
  readonly bytesWritten: number;
  /** What the kernel writes, so that numerics can be checked after it ran. */
  readonly writes: readonly Named[];
}

/** The order of work. A `loop` runs its body `count` times; bodies address rows by the loop's counter. */
export type Step =
  | { readonly kind: "kernel"; readonly kernel: number }
  | { readonly kind: "copy"; readonly from: number; readonly to: number; readonly bytes: number }
  | { readonly kind: "fill"; readonly at: number; readonly bytes: number }
  | {
      readonly kind: "loop";
      readonly count: number;
      readonly reverse: boolean;
      readonly body: readonly Step[];
    };

/** A node of a graph that the reference device interprets; inputs are indices of earlier nodes. */
export interface ReferenceNode {
  readonly op: string;
  readonly inputs: readonly number[];
  readonly attrs: Readonly<Record<string, unknown>>;
  readonly dtype: DType;
  readonly shape: readonly number[];
  readonly place: string;
}

/** A loop over time among the nodes of a reference program; all numbers are those of nodes. */
export interface ReferenceLoop {
  /** It runs where this node stands, the first of what it gives. */
  readonly at: number;
  readonly length: number;
  /** The last row comes first. */
  readonly reverse: boolean;
  readonly rows: readonly number[];
  /** By slot: what reads the carry, if anything does, and what it becomes in a step. */
  readonly carries: readonly { readonly carry?: number; readonly next: number }[];
  /** What is computed in a step, in order, without what inner loops repeat. */
  readonly body: readonly number[];
  /** Stacks, each of a node of the body. */
  readonly stacks: readonly { readonly node: number; readonly of: number }[];
  /** Carries after the last step. */
  readonly lasts: readonly { readonly node: number; readonly slot: number }[];
}

/** One kernel as a WebGPU shader module. */
export interface WebgpuKernel {
  readonly code: string;
  readonly entry: string;
  /** Arguments of dispatchWorkgroups; a 0 among them means that nothing is to be done. */
  readonly workgroups: readonly [number, number, number];
  /** Segments of the memory that it uses: group 0 binds them at 0, 1, … in this order. */
  readonly segments: readonly number[];
  /** Whether it reads the counters of the loops around it, innermost first: a `vec4<i32>` at group 1 binding 0, with a
   *  dynamic offset. */
  readonly counters: boolean;
}

/** Makes kernels over a memory, each called with the counter of the plan's loop that it stands in. */
export type JsFactory = (memory: ArrayBuffer, h: typeof jsHelpers) => ((t: number) => void)[];

export type Code =
  /** A `JsFactory`, or the source of its body; written by the compiler alone. */
  | { readonly target: "js"; readonly source: string | JsFactory }
  /** A module that imports `env.memory` (on several threads `env.checkOthers` too) and exports `run(thread, threads)` and every kernel as `k<i>(thread, threads, t)`. */
  | {
      readonly target: "wasm";
      readonly module: Uint8Array;
      /** Most threads that may run it; whether its memory is shared; whether it uses relaxed multiply-add. */
      readonly threads: number;
      readonly shared: boolean;
      readonly relaxed: boolean;
      readonly kernels: number;
    }
  | {
      readonly target: "webgpu";
      readonly kernels: readonly WebgpuKernel[];
      /** The memory is cut into buffers of so many bytes; no tensor lies across a cut. */
      readonly segmentBytes: number;
    }
  | {
      readonly target: "reference";
      readonly nodes: readonly ReferenceNode[];
      /** Nodes that are computed once, in order; the others stand in loops. */
      readonly order: readonly number[];
      readonly loops: readonly ReferenceLoop[];
      /** Graph inputs by name → node; persistent ones bear their path. */
      readonly inputs: Readonly<Record<string, number>>;
      readonly outputs: readonly {
        readonly name: string;
        readonly node: number;
        readonly persistent: boolean;
      }[];
    };

export interface Program {
  readonly name: string;
  /** Fields of a batch and scalars (`$seed $draw $step $steps $epoch $examples`), written before each run. */
  readonly inputs: readonly Named[];
  /** Results, loss, metric values, gradients when asked for. */
  readonly outputs: readonly Named[];
  /** Bytes of inputs, outputs and temporaries; they lie at [base, base + arenaBytes). */
  readonly arenaBytes: number;
  readonly base: number;
  /** Part of the arena that is packing scratch. */
  readonly scratchBytes: number;
  readonly kernels: readonly KernelInfo[];
  readonly steps: readonly Step[];
  readonly code: Code;
}

/** What a WebAssembly program is compiled for and a session opened with. */
export interface WasmSettings {
  /** Most threads that run a program, the calling one included. */
  readonly threads: number;
  /** Whether they share a memory; one thread alone has it cheaper. */
  readonly shared: boolean;
  /** Whether multiplications and additions are fused where the machine can. */
  readonly relaxed: boolean;
  /** Work from which a kernel is shared between threads, in vector instructions; where absent, as much as is worth it. */
  readonly shareFrom?: number;
}

/** What a WebGPU program is compiled for: the part of an adapter's limits and features that shaders depend on. */
export interface WebgpuSettings {
  /** Bytes of one storage binding, a multiple of 256: the memory is cut into segments of so many. */
  readonly segmentBytes: number;
  /** Storage buffers that a kernel may bind (maxStorageBuffersPerShaderStage). */
  readonly bindings: number;
  /** Bytes of workgroup memory (maxComputeWorkgroupStorageSize). */
  readonly workgroupBytes: number;
  /** Invocations of a workgroup (maxComputeInvocationsPerWorkgroup, and maxComputeWorkgroupSizeX if less). */
  readonly invocations: number;
  /** Workgroups in one dimension of a dispatch (maxComputeWorkgroupsPerDimension). */
  readonly workgroups: number;
  /** Whether invocations can add up within a subgroup (feature `subgroups`). */
  readonly subgroups: boolean;
  /** Whether shaders have numbers of 16 bits (feature `shader-f16`). */
  readonly f16: boolean;
  /** Which contractions are made: those of hardware, chosen by shape, or the small one alone, which software adapters
   *  compile fast. */
  readonly tiles: "by shape" | "small";
}

/** Opens sessions on one kind of hardware. */
export interface Device {
  readonly name: string;
  open(persistent: Persistent, options?: SessionOptions): Promise<Session>;
}

export interface SessionOptions {
  /** Threads that run a program, where the device has any; programs must be compiled for as many. */
  readonly threads?: number;
  /** Hears how many of a program's kernels the device has made, where that may take long. */
  readonly progress?: (done: number, total: number) => void;
}

/** One memory with its persistent region and the programs loaded over it. */
export interface Session {
  /** Makes a program ready; grows the memory when it needs more (persistent contents are kept). */
  load(program: Program): Promise<void>;
  /** Overwrites a persistent tensor. */
  write(path: string, data: ArrayLike<number>): void;
  /** A copy of a persistent tensor. */
  read(path: string): Promise<TypedArray>;
  /** A persistent tensor without copying, where the device's memory is at hand; valid until the next run, write or load. */
  peek?(path: string): TypedArray;
  /** Runs a loaded program; never waits for the device. Inputs are copied. */
  run(program: string, inputs: Readonly<Record<string, ArrayLike<number> | number>>): void;
  /** The same kernel by kernel, with somebody who looks on. */
  inspect(
    program: string,
    inputs: Readonly<Record<string, ArrayLike<number> | number>>,
    watchers: Watchers,
  ): Promise<void>;
  /** Results that may be on their way while further runs begin; none where the device runs at once. */
  readonly depth?: number;
  /** A copy of an output of the last run of `program`, asked for before its next one; the only point of waiting. */
  output(program: string, name: string): Promise<TypedArray>;
  /** The same without waiting or copying, where the device's memory is at hand; valid until the next run or load. */
  view?(program: string, name: string): TypedArray;
  close(): Promise<void>;
}

/** What looks on while a program runs. */
export interface Watchers {
  readonly check?: NumericsCheck | undefined;
  readonly watch?: KernelWatch | undefined;
}

/** Called after every kernel with the first NaN or infinity that it wrote, if any. */
export type NumericsCheck = (
  kernel: KernelInfo,
  tensor: Named,
  index: number,
  value: number,
) => void;

/** Called after every kernel with its place in `program.kernels` and when it ran, in milliseconds of `performance.now()`.
 *  A device that runs a step in one piece runs its kernels singly while it is watched. */
export type KernelWatch = (kernel: KernelInfo, index: number, start: number, end: number) => void;

/** What an initial value looks like before it is uploaded. */
export type Initial = Readonly<Record<string, Tensor>>;
