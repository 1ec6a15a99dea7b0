// What a training consists of: its batches, phases, programs and metrics, and where it stands.

import type { Tensor, TypedArray } from "../types.ts";
import type { BestPlan } from "./best.ts";
import type { Streams } from "./events.ts";

/** Numbers for open dimensions that differ by batch. */
export type Lengths = Readonly<Record<string, number>>;

/** One batch: fields by name, `size` examples. */
export interface Batch {
  readonly size: number;
  readonly inputs: Readonly<Record<string, TypedArray>>;
  /** What open dimensions are in this batch, where examples differ in length. */
  readonly lengths?: Lengths;
}

/** Where batches come from. */
export interface BatchSource {
  /** Examples by split: `train`, perhaps `validation` and `test`. */
  readonly counts: Readonly<Record<string, number>>;
  /** Batches of a pass; training passes are shuffled by epoch. `from` batches are left out at the start. A batch is
   *  valid until the next one is asked for. Examples of like length come together, cut to what their batch needs, but for
   *  `inOrder`: then they come as they stand in the split, all of the greatest length. */
  batches(
    split: string,
    options: { epoch: number; batch: number; from: number; training: boolean; inOrder?: boolean },
  ): Iterable<Batch> | AsyncIterable<Batch>;
}

export interface MetricSpec {
  readonly name: string;
  readonly stateful: boolean;
  /** Reads generated text: known after evaluation passes alone. */
  readonly decodes: boolean;
}

/** A training as the loop sees it. */
export interface TrainingPlan {
  readonly training: string;
  readonly model: string;
  readonly device: string;
  readonly threads: number;
  /** Where steps are computed in mixed precision. */
  readonly precision?: "f16";
  readonly compileSeconds: number;
  readonly seed: number;
  /** In order; a training without phases is one. */
  readonly phases: readonly PhasePlan[];
  readonly parameters: number;
  readonly plannedBytes: number;
  readonly streams?: Streams;
  readonly metrics: readonly MetricSpec[];
  readonly best?: BestPlan;
  /** Start values of the metrics' states, written before every pass. */
  readonly metricStates: ReadonlyMap<string, Tensor>;
  /** Compiles and loads the program for a batch of this size and these lengths; gives its name in the session. `train` is a whole step;
   *  `accumulate` adds gradients up, and `apply`, which has no batch, makes the step of them. */
  program(kind: LoopProgram, batch: number, phase: number, lengths?: Lengths): Promise<string>;
  /** What metrics read of generated text: further inputs of the program `evaluate` for a batch. */
  generate?(batch: Batch): Promise<Batch["inputs"]>;
  /** What the model generates as it is now, for the log; asked for after an epoch. */
  samples?(): Promise<readonly SampleSet[]>;
}

/** What one declaration generates. */
export interface SampleSet {
  readonly decode: string;
  readonly samples: readonly Sample[];
}

export interface Sample {
  /** What it goes on from, or the source. */
  readonly prompt: string;
  readonly text: string;
  /** What the data have for it, where they have anything. */
  readonly wanted?: string;
}

export type LoopProgram = "train" | "accumulate" | "apply" | "evaluate";

/** Epochs with the same optimizers. */
export interface PhasePlan {
  /** Empty in a training without phases. */
  readonly name: string;
  readonly epochs: number;
  /** Examples a batch; `Infinity` stands for all. */
  readonly batch: number;
  /** Batches whose gradients make one step. */
  readonly accumulate: number;
  /** Numbers that are not frozen. */
  readonly trained: number;
  /** Whether steps can be left out because their gradients overflowed: the programs give `$skipped`, how many of the phase
   *  were so far; `skipped` gives it before the first step of a run. */
  readonly skips?: { skipped(): Promise<number> };
  /** Writes the start values of the optimizers' states. */
  begin(): void;
  /** The learning rate, for the log. */
  rate?(scalars: Scalars): number;
}

/** The scalars every program may ask for. What an optimizer sees begins anew with its phase, as its states do. */
export interface Scalars {
  readonly $seed: number;
  /** Distinguishes random draws: batches done. */
  readonly $draw: number;
  /** Optimizer steps done in the phase, and those it has. */
  readonly $step: number;
  readonly $steps: number;
  readonly $epoch: number;
  /** Batches done in the step, and examples of the step up to here: for gradients that are added up. */
  readonly $part: number;
  readonly $examples: number;
}

/** Where a run stands: everything beside the tensors that a resumed run needs. Plain JSON. */
export interface Position {
  /** Steps done. */
  readonly step: number;
  /** Epochs done. */
  readonly epoch: number;
  /** The running phase, with what is done of it. */
  readonly phase: { readonly index: number; readonly step: number; readonly epoch: number };
  /** Batches done in all: the number of random draws. */
  readonly draws: number;
  /** Batches done in the running epoch. */
  readonly batch: number;
  /** Sums of the running epoch: Σ value·examples by name, and the examples. */
  readonly sums: Readonly<Record<string, number>>;
  readonly seen: number;
  /** Steps of the running epoch that were left out; absent where none was. */
  readonly skipped?: number;
  readonly seconds: number;
  readonly best: { readonly epoch: number; readonly value: number } | null;
}

export const startPosition: Position = {
  step: 0,
  epoch: 0,
  phase: { index: 0, step: 0, epoch: 0 },
  draws: 0,
  batch: 0,
  sums: {},
  seen: 0,
  seconds: 0,
  best: null,
};
