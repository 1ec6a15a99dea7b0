// What a compiled module offers, as its users see it. Nothing is imported here: a standalone module carries these
// declarations with it.

/** `f16` is held as its bit pattern, `bool` as 0 and 1. */
export type ElementType = "f32" | "f16" | "i32" | "u8" | "bool";

export type Numbers = ArrayLike<number>;

/** Texts of several examples, or of one. */
export type Texts = string | readonly string[];

/** A dense row-major tensor. */
export interface ModuleTensor {
  readonly dtype: ElementType;
  readonly shape: readonly number[];
  readonly data: Float32Array | Float64Array | Int32Array | Uint8Array | Uint16Array;
}

export type DeviceChoice = "auto" | "js" | "wasm" | "webgpu";

export interface ModuleOptions {
  /** One that the module was compiled for; `auto`, the default, is the fastest that this machine has: a hardware GPU, else
   *  WebAssembly, else JavaScript. */
  readonly device?: DeviceChoice;
  /** Parameters and states in a safetensors file: its bytes, or where it is. Without it those that the module was compiled
   *  with are used. */
  readonly weights?: string | URL | ArrayBuffer | Uint8Array;
  /** Threads of WebAssembly, at most as many as the module was compiled for. */
  readonly threads?: number;
  /** Steps of the whole training, for the schedule of the learning rate. */
  readonly steps?: number;
  /** Hears how many of a program's kernels a GPU has made. */
  readonly progress?: (done: number, total: number) => void;
}

/** A model ready to run. Calls are carried out one after the other. */
export interface CompiledModel<Examples, Inputs, Outputs> {
  /** What it runs on. */
  readonly device: Exclude<DeviceChoice, "auto">;
  /** The model's outputs in evaluation mode for any number of examples, prepared as the data declaration says. */
  predict(examples: Examples): Promise<Outputs>;
  /** The same for inputs of the model as they are. */
  forward(inputs: Inputs): Promise<Outputs>;
  /** Copies of all parameters and states of the model by path. */
  parameters(): Promise<Record<string, ModuleTensor>>;
  /** Overwrites parameters and states by path; all others stay. */
  assign(tensors: Readonly<Record<string, { readonly data: Numbers }>>): void;
  /** All of them as the bytes of a safetensors file, which `load({ weights })` takes. */
  save(): Promise<Uint8Array>;
  /** Gives memory, threads and GPU buffers back; the model cannot be used any more. */
  dispose(): Promise<void>;
}

/** What a training step or an evaluation tells. */
export interface StepResult {
  /** Mean over the batch; of a step, before the update. */
  readonly loss: number;
  /** By name; values of the batch alone. */
  readonly metrics: Readonly<Record<string, number>>;
}

export interface TrainableModel<Examples, Inputs, Outputs, Labelled, Fields> extends CompiledModel<
  Examples,
  Inputs,
  Outputs
> {
  /** Steps taken so far. */
  readonly step: number;
  /** One optimizer step on a batch of one of the compiled sizes, augmented as the data declaration says. */
  trainStep(examples: Labelled): Promise<StepResult>;
  /** The same for fields of a batch as they are. */
  trainStepOn(fields: Fields): Promise<StepResult>;
  /** Loss and metrics in evaluation mode, for a batch of one of the compiled sizes. */
  evaluate(examples: Labelled): Promise<StepResult>;
}

export interface GenerateSettings {
  /** Which of the file's `decode` declarations; the first where absent. */
  readonly decode?: string;
  /** Hears every piece of text as soon as it is settled. */
  readonly onText?: (text: string) => void;
  readonly signal?: AbortSignal;
  /** Most tokens. */
  readonly limit?: number;
  /** Draws what `sample` draws. */
  readonly seed?: number;
}

/** A model that generates text as a `decode` declaration says. */
export interface Writer {
  /** The text that follows a prompt, or answers it. */
  generate(prompt: string, settings?: GenerateSettings): Promise<string>;
}

/** A model of a module, not opened yet. */
export interface ModelModule<Model> {
  readonly name: string;
  /** Devices that it was compiled for. */
  readonly devices: readonly Exclude<DeviceChoice, "auto">[];
  /** Names of the classes that a label counts, by its field, and of tokens' vocabularies. */
  readonly labels: Readonly<Record<string, readonly string[]>>;
  readonly load: (options?: ModuleOptions) => Promise<Model>;
}
