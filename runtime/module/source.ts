// What a compiled module holds: programs by device and all that is needed around them, as plain data and code.

import type { Code, Named, Persistent, Program, Session, SessionOptions } from "../artifact.ts";
import type { DType, TypedArray } from "../types.ts";
import type { ModuleOptions } from "./types.ts";

/** A kernel as messages name it. */
export interface KernelName {
  readonly name: string;
  /** `file:line:column` of the source that it came from. */
  readonly place: string;
}

/** A program without its code, as a module writes it. */
export interface ProgramText extends Pick<
  Program,
  "name" | "inputs" | "outputs" | "arenaBytes" | "base"
> {
  /** Absent where the kernels run once, in their order. */
  readonly steps?: Program["steps"];
  readonly kernels: readonly KernelName[];
}

/** The programs of a module for one device. */
export interface Target {
  readonly device: "js" | "wasm" | "webgpu";
  readonly persistent: Persistent;
  /** Names and sizes, to choose one by. */
  readonly programs: readonly ProgramText[];
  /** Whether it can run here; the best of those that can is taken. */
  usable(): Promise<boolean>;
  open(options: SessionOptions): Promise<Session>;
  /** Makes one of the programs loadable. */
  program(text: ProgramText): Promise<Program>;
}

/** A tensor of a batch: examples stand along the first axis. */
export interface BatchTensor {
  readonly name: string;
  readonly dtype: DType;
  /** Of one example. */
  readonly shape: readonly number[];
  /** False: one for all examples. */
  readonly batched: boolean;
}

/** Values that tensors begin with where no file holds them: one number fills a tensor. */
export type Fills = Readonly<Record<string, number>>;

/** A part that a module has where its file declares it. */
export type Extension = (opened: OpenedModel) => object;

/** Turns examples into the model's fields. */
export interface ExampleReader {
  /** How many there are, and their fields, one after the other. */
  read(
    examples: Readonly<Record<string, unknown>>,
    /** Names the program: `predict`, `evaluation`, `training`, `decode:<name>`. */
    mode: string,
    draw: { readonly seed: number; readonly draw: number },
    fields: readonly string[],
  ): Promise<Batch>;
}

export interface Batch {
  readonly count: number;
  readonly inputs: Readonly<Record<string, ArrayLike<number>>>;
}

export interface ModelSource {
  readonly name: string;
  /** In the order of preference. */
  readonly targets: readonly Target[];
  readonly inputs: readonly BatchTensor[];
  readonly outputs: readonly BatchTensor[];
  /** Paths of the model's own parameters and states. */
  readonly tensors: readonly string[];
  readonly fills: Fills;
  /** Where its weights are: bytes in the module, a file beside it, or nowhere. */
  readonly weights?: () => Promise<Uint8Array>;
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly examples?: () => Promise<ExampleReader>;
  readonly extensions?: readonly Extension[];
}

/** What extensions work with. */
export interface OpenedModel {
  readonly source: ModelSource;
  readonly options: ModuleOptions;
  readonly target: Target;
  readonly session: Session;
  readonly reader: ExampleReader | undefined;
  /** Loads a program, once; gives its name in the session. */
  ready(program: ProgramText): Promise<string>;
  /** Waits for its turn: calls do not overlap. */
  inTurn<T>(work: () => Promise<T>): Promise<T>;
}

export type { Code, Named, TypedArray };
