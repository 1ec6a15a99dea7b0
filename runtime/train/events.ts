// What a training tells while it runs: one plain object an event; `--log json` prints them as they are.

/** Metric values of a split by name; `loss` is always among them. */
export type Scores = Readonly<Record<string, number>>;

export type TrainingEvent =
  | {
      readonly event: "start";
      readonly training: string;
      readonly model: string;
      readonly parameters: number;
      /** Bytes of everything held beside the data themselves, known before the first step: the persistent region, the
       *  largest arena, the data's programs, a batch. */
      readonly planned_bytes: number;
      readonly device: string;
      /** Threads that run the programs. */
      readonly threads: number;
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
      readonly event: "step";
      readonly step: number; // counted from 1
      readonly epoch: number; // counted from 1
      readonly loss: number;
      readonly lr: number | null;
      readonly examples: number; // in this batch
    }
  | {
      readonly event: "epoch";
      readonly epoch: number;
      readonly train: Scores;
      readonly validation: Scores;
      readonly seconds: number;
    }
  | { readonly event: "checkpoint"; readonly path: string; readonly step: number }
  | {
      readonly event: "end";
      readonly test: Scores;
      readonly best: { readonly epoch: number; readonly value: number } | null;
      readonly seconds: number;
      readonly checkpoint: string | null;
      /** False when it was interrupted and can be resumed. */
      readonly finished: boolean;
    };
