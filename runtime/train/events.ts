// What a training tells while it runs: one plain object an event; `--log json` prints them as they are.

import type { Sample } from "./plan.ts";

/** Metric values of a split by name; `loss` is always among them. */
export type Scores = Readonly<Record<string, number>>;

/** Mean and sample standard deviation over runs, by score. */
export type Spreads = Readonly<
  Record<string, { readonly mean: number; readonly deviation: number }>
>;

/** What is read from the disk while training goes on, and what of memory that takes. */
export interface Streams {
  readonly files: number;
  /** Batches that are made ahead, the one in use, examples kept because they are few, lists of rows. */
  readonly buffer_bytes: number;
  /** Threads that decode, at most. */
  readonly threads: number;
  /** All that streaming takes, however many files there are, but for the list of their paths, which is part of it:
   *  buffers, and threads that decode pictures as large as the first. */
  readonly bound_bytes: number;
}

export type TrainingEvent =
  | {
      readonly event: "start";
      readonly training: string;
      readonly model: string;
      readonly parameters: number;
      /** Bytes of everything held beside the data themselves, known before the first step: the persistent region, the
       *  largest arena, the data's programs, a batch. */
      readonly planned_bytes: number;
      /** Where data are read from the disk while training goes on. */
      readonly streams?: Streams;
      readonly device: string;
      /** Threads that run the programs. */
      readonly threads: number;
      /** Where steps are computed in mixed precision. */
      readonly precision?: "f16";
      /** Time that compiling took, before the first step. */
      readonly compile_seconds: number;
      readonly seed: number;
      readonly epochs: number;
      readonly steps: number;
      readonly examples: Readonly<Record<string, number>>;
      /** Steps already done, when a run goes on. */
      readonly resumed: number;
    }
  | {
      /** Weights came out of a file, before the start. */
      readonly event: "weights";
      /** The training, or the fixed model beside it. */
      readonly into: string;
      readonly path: string;
      /** Tensors that were loaded, that kept their initial values, and that the file has besides. */
      readonly loaded: number;
      readonly fresh: number;
      readonly unused: number;
      /** Element types of the file that were converted to the model's, as `BF16`, if any. */
      readonly converted?: readonly string[];
    }
  | {
      /** A program for a batch of another length was compiled, which took more than a second. */
      readonly event: "compile";
      readonly program: string;
      readonly batch: number;
      /** By open dimension. */
      readonly lengths: Readonly<Record<string, number>>;
      readonly seconds: number;
    }
  | {
      /** A phase begins, or goes on in a resumed run; not in a training without phases. */
      readonly event: "phase";
      readonly phase: string;
      readonly index: number; // counted from 1
      readonly epochs: number;
      readonly steps: number;
      readonly batch: number;
      readonly accumulate: number;
      /** Numbers that are trained in it; the other parameters are frozen. */
      readonly trained: number;
    }
  | {
      readonly event: "step";
      readonly step: number; // counted from 1, through all phases
      readonly epoch: number; // counted from 1, through all phases
      readonly phase?: string;
      readonly loss: number;
      readonly lr: number | null;
      /** Norm of all gradients together, before clipping; where the step works it out. */
      readonly norm?: number;
      /** In mixed precision: its gradients overflowed, so nothing was updated, and the loss scale was halved. */
      readonly skipped?: true;
      readonly examples: number; // in this step
    }
  | {
      readonly event: "epoch";
      readonly epoch: number;
      readonly phase?: string;
      readonly train: Scores;
      readonly validation: Scores;
      readonly seconds: number;
      /** In mixed precision: steps of the epoch that were left out because their gradients overflowed, if any. */
      readonly skipped?: number;
      /** The best so far, where the training keeps the best. */
      readonly best?: true;
    }
  /** What the model generates after an epoch. */
  | {
      readonly event: "samples";
      readonly epoch: number;
      readonly decode: string;
      readonly samples: readonly Sample[];
    }
  /** Patience is over: a phase ends before its last epoch. */
  | {
      readonly event: "stop";
      readonly epoch: number;
      readonly phase?: string;
      /** Of the phase, had it gone on. */
      readonly epochs: number;
    }
  /** All folds of a cross-validation are done: what their kept weights score. */
  | {
      readonly event: "folds";
      readonly folds: number;
      readonly validation: Spreads;
      readonly test: Spreads;
      /** Mean of the best epochs, after which the fit on everything ends; null where no best is kept. */
      readonly epochs: number | null;
    }
  | { readonly event: "checkpoint"; readonly path: string; readonly step: number }
  | {
      readonly event: "end";
      readonly test: Scores;
      /** Of the weights that are kept; empty where the run was interrupted. */
      readonly validation: Scores;
      readonly best: { readonly epoch: number; readonly value: number } | null;
      readonly seconds: number;
      /** Time that steps had to wait for their batches, and its share of the time since the start or the resumption. */
      readonly waited_seconds: number;
      readonly waited_share: number;
      readonly checkpoint: string | null;
      /** False when it was interrupted and can be resumed. */
      readonly finished: boolean;
    };
