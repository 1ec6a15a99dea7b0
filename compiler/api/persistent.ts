// What is kept between steps: parameters and states of models, metrics, averages and optimizers.

import { formatSpan } from "../../grammar/source.ts";
import { UserError } from "../../runtime/errors.ts";
import { gradientPath } from "../autodiff/accumulate.ts";
import type { ModelUnit, PhaseUnit, TensorSpec, TrainingUnit } from "../elaborate/unit.ts";
import { isOpen, symbolsOf } from "../ir/dim.ts";

/** Sizes that nothing gives a number are an error that names them; a model's own data would know them. */
export function checkSizes(
  model: ModelUnit,
  tensors: readonly TensorSpec[],
  dims: Readonly<Record<string, number>>,
  batchDim: string | undefined,
): void {
  const types = [...tensors, ...model.inputs].map((each) => each.type);
  const names = types.flatMap(({ shape }) =>
    shape.flatMap((dim) => (isOpen(dim) ? [...symbolsOf(dim)] : [])),
  );
  const open = [...new Set(names)].filter((name) => name !== batchDim && !(name in dims));
  if (open.length === 0) return;
  throw new UserError(`${model.name} leaves open: ${open.join(", ")}`, {
    place: formatSpan(model.span),
    help: "a training takes such sizes from its data; for a model by itself write them, or give `dims`",
  });
}

/** Everything that is kept between steps: the model's, the metrics', those of fixed models, the optimizers' of all phases. States of two phases
 *  with one path share their place, as a phase starts with new ones. */
export function persistentSpecs(model: ModelUnit, training?: TrainingUnit): TensorSpec[] {
  const states = (training?.phases ?? []).flatMap((phase) => optimizerStates(phase));
  const frozen = (training?.frozen ?? []).flatMap(({ tensors }) => tensors);
  return [
    ...model.tensors,
    ...(training?.metricStates ?? []),
    ...averageStates(training),
    ...frozen,
    ...states,
  ];
}

/** Averages of weights and what they need, kept through all phases. */
export function averageStates(training: TrainingUnit | undefined): TensorSpec[] {
  return [...(training?.averages?.values() ?? [])].flatMap((average) => average.states);
}

export function optimizerStates(phase: PhaseUnit | undefined): TensorSpec[] {
  const own = [...(phase?.optimizers.values() ?? [])].flatMap((optimizer) =>
    optimizer === "none" ? [] : optimizer.states,
  );
  return [...own, ...(phase?.lossScale?.states ?? [])];
}

/** Sums of gradients over the batches of a step, for the parameters that any phase trains so. */
export function gradientSums(
  model: ModelUnit,
  training: TrainingUnit | undefined,
): Pick<TensorSpec, "path" | "type">[] {
  const phases = (training?.phases ?? []).filter((phase) => phase.accumulate > 1);
  return model.tensors
    .filter(({ path }) => phases.some(({ optimizers: o }) => (o.get(path) ?? "none") !== "none"))
    .map(({ path, type }) => ({ path: gradientPath(path), type }));
}
