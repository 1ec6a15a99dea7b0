// The library: what the command line itself uses. docs/api.md tells it with examples.

export { load, type LoadedFile, type LoadOptions } from "./load.ts";
export { ProgramError } from "./failure.ts";
export {
  openRunner,
  type Inputs,
  type Runner,
  type RunnerOptions,
  type StepScalars,
} from "./runner.ts";
export type { ProgramKind } from "./program-kinds.ts";
export { openTrainingData, type DataOptions, type OpenedData } from "./data.ts";
export {
  evaluate,
  openTraining,
  train,
  type OpenedTraining,
  type Snapshot,
  type TrainOptions,
} from "./train.ts";
export { openDecoder, type DecodeOptions, type Decoder } from "./decode.ts";
export { atPrecision, defaultLossScale, type Precision } from "./precision.ts";
export type { Prompt, PromptReader } from "./prompt.ts";
export { initialTensors } from "./initial.ts";
export type { Diagnostic } from "../../grammar/diagnostic.ts";
export { UserError } from "../../runtime/errors.ts";
export type { Host, DataHost } from "../../runtime/host.ts";
export type { TrainingEvent, Scores } from "../../runtime/train/events.ts";
export type { Tensor, DType, TypedArray } from "../../runtime/types.ts";
