// Training in a module: steps and evaluation of single batches, whose order and number are the caller's.

import { UserError } from "../errors.ts";
import { checkBatch, sized, type SizedProgram } from "./model.ts";
import type { Batch, BatchTensor, Extension, OpenedModel } from "./source.ts";
import type { StepResult } from "./types.ts";

export interface TrainingSource {
  readonly fields: readonly BatchTensor[];
  readonly metrics: readonly string[];
  /** What states of metrics begin every batch with, by path. */
  readonly metricStates: Readonly<Record<string, readonly number[]>>;
  readonly seed: number;
  /** Steps of the whole training as the file declares it. */
  readonly steps?: number;
}

/** What a module compiled for training adds to its model. */
export function trainable(training: TrainingSource): Extension {
  const { fields, metrics, metricStates, seed } = training;
  const names = fields.map(({ name }) => name);
  return (opened) => {
    const { session, reader, options } = opened;
    const steps = options.steps ?? training.steps ?? 1;
    let step = 0;
    let drawn = 0;

    async function run(kind: string, { count, inputs }: Batch): Promise<StepResult> {
      const { program } = sizeOf(opened, kind, count);
      const name = await opened.ready(program);
      for (const [path, value] of Object.entries(metricStates)) session.write(path, value);
      const scalars = { $seed: seed, $draw: step, $step: step, $steps: steps, $epoch: 0 };
      session.run(name, { ...scalars, ...inputs });
      const values: Record<string, number> = {};
      const [loss] = await session.output(name, "loss");
      for (const metric of metrics) {
        const output = `metric:${metric}`;
        if (!program.outputs.some((each) => each.name === output)) continue;
        values[metric] = (await session.output(name, output))[0] ?? Number.NaN;
      }
      return { loss: loss ?? Number.NaN, metrics: values };
    }

    async function read(examples: object, mode: "training" | "evaluation"): Promise<Batch> {
      const given = examples as Readonly<Record<string, unknown>>;
      if (!reader) return checkBatch(fields, given);
      const batch = await reader.read(given, mode, { seed, draw: drawn }, names);
      if (mode === "training") drawn += batch.count;
      return batch;
    }

    async function take(batch: Batch): Promise<StepResult> {
      const result = await run("train", batch);
      step += 1;
      return result;
    }

    return {
      get step() {
        return step;
      },
      trainStep: (examples: object) =>
        opened.inTurn(async () => take(await read(examples, "training"))),
      trainStepOn: (given: object) =>
        opened.inTurn(async () =>
          take(checkBatch(fields, given as Readonly<Record<string, unknown>>)),
        ),
      evaluate: (examples: object) =>
        opened.inTurn(async () => run("evaluate", await read(examples, "evaluation"))),
    };
  };
}

function sizeOf({ target, source }: OpenedModel, kind: string, count: number): SizedProgram {
  const programs = sized(target.programs, kind);
  const found = programs.find(({ size }) => size === count);
  if (found) return found;
  const sizes = programs.map(({ size }) => size).join(" or ");
  throw new UserError(`${source.name} was compiled for batches of ${sizes}, not of ${count}`, {
    help: `compile it with --batch ${[...programs.map(({ size }) => size), count].join(",")}`,
  });
}
