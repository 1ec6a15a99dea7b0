// What each kind of a model's or a training's programs computes: its graph, and what is added to it for a step.

import { UserError } from "../../runtime/errors.ts";
import { readAverages, type Average } from "../autodiff/average.ts";
import { averagePath } from "../elaborate/average.ts";
import type { ModelUnit, PhaseUnit, TrainingUnit } from "../elaborate/unit.ts";
import type { CompileOptions } from "../index.ts";
import type { Graph } from "../ir/graph.ts";
import { selectOutputs } from "../select.ts";

/** `train`: one optimizer step. `evaluate`: loss and metrics. `predict`: the model's outputs in evaluation mode.
 *  `gradients`: loss and gradients by path, nothing updated. `accumulate` and `apply`: a step out of several batches. */
export type ProgramKind = "train" | "evaluate" | "predict" | "gradients" | "accumulate" | "apply";

export function isStep(kind: ProgramKind): boolean {
  return kind === "train" || kind === "accumulate" || kind === "apply";
}

/** Evaluation and prediction read the averages of the weights, where a training makes them. */
export function programGraph(
  kind: ProgramKind,
  model: ModelUnit,
  training: TrainingUnit | undefined,
): Graph {
  const graph = graphOf(kind, model, training);
  const isAveraged = kind === "evaluate" || kind === "predict";
  return isAveraged ? averaged(graph, training) : graph;
}

export function averaged(graph: Graph, training: TrainingUnit | undefined): Graph {
  if (!training?.averages) return graph;
  const paths = [...training.averages.keys()].map((path) => [path, averagePath(path)] as const);
  return readAverages(graph, new Map(paths));
}

function graphOf(kind: ProgramKind, model: ModelUnit, training: TrainingUnit | undefined): Graph {
  if (kind === "predict") return selectOutputs(model.evaluation, ["result"]);
  if (!training) {
    throw new UserError(`the model ${model.name} has no training, so it can only predict`, {
      help: "open a training of it instead",
    });
  }
  switch (kind) {
    case "apply":
      return { inputs: [], outputs: [] };
    case "train":
    case "accumulate":
      return selectOutputs(training.step, ["loss", "metric", "update"]);
    case "evaluate":
      return selectOutputs(training.evaluate, ["loss", "metric", "update"]);
    case "gradients":
      return selectOutputs(training.step, ["loss"]);
    default:
      return kind satisfies never;
  }
}

export function trainingOptions(
  kind: ProgramKind,
  batch: number,
  phase: PhaseUnit | undefined,
  unit: TrainingUnit | undefined,
  norm: boolean,
): Pick<CompileOptions, "training" | "gradients" | "lossScale"> {
  const scaled = phase?.lossScale ? { lossScale: phase.lossScale } : {};
  if (kind === "gradients") return { gradients: true, ...scaled };
  if (!isStep(kind) || !phase) return {};
  const { optimizers, clip } = phase;
  const accumulate = kind === "apply" ? kind : kind === "accumulate" ? { sum: batch } : undefined;
  const roles = new Map(unit?.model.tensors.map(({ path, role }) => [path, role]));
  const averages = [...(unit?.averages ?? [])].map(([path, { step }]): [string, Average] => [
    path,
    { step, path: averagePath(path), role: roles.get(path) === "state" ? "state" : "parameter" },
  ]);
  return {
    ...scaled,
    training: {
      optimizers,
      norm,
      ...(clip ? { clip } : {}),
      ...(accumulate ? { accumulate } : {}),
      ...(averages.length > 0 && kind !== "accumulate" ? { averages: new Map(averages) } : {}),
    },
  };
}
