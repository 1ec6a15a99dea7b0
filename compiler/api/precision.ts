// In which precision a training computes its steps.

import { lossScalePaths, type LossScale } from "../autodiff/loss-scale.ts";
import type { Session } from "../../runtime/artifact.ts";
import type { DType } from "../../runtime/types.ts";
import type { Span } from "../../grammar/source.ts";
import type { TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import type { Origin } from "../ir/graph.ts";
import { newBuilder } from "../ops/index.ts";
import { makeConstant } from "../ops/make.ts";

/** `f32`: everything in single precision. `f16`: products, activations and their gradients in half precision; sums,
 *  statistics, losses, parameters and states in single. Evaluation and prediction are always in f32. */
export type Precision = "f32" | "f16";

/** The start of the loss scale and how it changes: those of PyTorch's GradScaler. */
export const defaultLossScale = { initial: 65536, growth: 2, backoff: 0.5, interval: 2000 };

/** The training with its steps in this precision. */
export function atPrecision(
  unit: TrainingUnit,
  precision: Precision,
  scale: LossScale & { readonly initial: number } = defaultLossScale,
): TrainingUnit {
  if (precision === precisionOf(unit) || precision === "f32") return unit;
  const states = [
    stateOf(lossScalePaths.value, "f32", scale.initial, unit.span),
    stateOf(lossScalePaths.good, "i32", 0, unit.span),
    stateOf(lossScalePaths.skipped, "i32", 0, unit.span),
  ];
  const { growth, backoff, interval } = scale;
  const lossScale = { growth, backoff, interval, states };
  return { ...unit, phases: unit.phases.map((phase) => ({ ...phase, lossScale })) };
}

export function precisionOf(unit: TrainingUnit): Precision {
  return unit.phases.some((phase) => phase.lossScale) ? "f16" : "f32";
}

/** Steps of the phase that were left out so far. */
export async function skippedSteps(session: Session): Promise<number> {
  return Number((await session.read(lossScalePaths.skipped))[0]);
}

function stateOf(path: string, dtype: DType, start: number, span: Span): TensorSpec {
  const origin: Origin = { span, blocks: [], role: "initial" };
  const node = makeConstant(newBuilder(origin), dtype, start);
  const initial = { inputs: [], outputs: [{ name: "value", role: "result", node }] } as const;
  return { path, role: "optimizer", type: { dtype, shape: [] }, initial, origin };
}
