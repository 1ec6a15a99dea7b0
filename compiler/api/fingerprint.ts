// What must be the same for a resumed run to equal an unbroken one, as three hashes: the model with its loss, metrics and
// optimizers; the settings; the data. They are taken of graphs, so comments, line breaks and names of no consequence
// may change.

import { createHash } from "node:crypto";

import { UserError } from "../../runtime/errors.ts";
import type { TrainingUnit } from "../elaborate/unit.ts";
import type { Graph } from "../ir/graph.ts";
import { printGraph } from "../ir/print.ts";
import { precisionOf } from "./precision.ts";

/** Three hashes, joined, and the precision where it is another than f32. `data` is the hash of what was read. */
export function fingerprintOf(
  unit: TrainingUnit,
  {
    batches,
    data,
    weights,
    fold,
  }: {
    readonly batches: readonly number[];
    readonly data: string;
    /** Hash of the files of fixed models. */
    readonly weights: string;
    readonly fold?: number;
  },
): string {
  const { model, phases, metrics, metricStates, best } = unit;
  const graphs: Graph[] = [unit.step, unit.evaluate];
  for (const spec of [...model.tensors, ...metricStates]) graphs.push(spec.initial);
  for (const { optimizers } of phases) {
    for (const optimizer of optimizers.values()) {
      if (optimizer === "none") continue;
      graphs.push(optimizer.step, ...optimizer.states.map((state) => state.initial));
    }
  }
  for (const { step } of unit.averages?.values() ?? []) graphs.push(step);
  const steps = phases.map(({ name, clip, accumulate, optimizers }) => ({
    name,
    clip,
    accumulate,
    optimizers: [...optimizers].map(([path, optimizer]) => [path, optimizer === "none"]),
  }));
  const settings = { batches, epochs: phases.map((phase) => phase.epochs), seed: unit.seed, best };
  const { place: _place, ...spec } = unit.data.spec;
  const dataGraphs = [
    unit.data.training,
    unit.data.evaluation,
    ...unit.data.fits.map((group) => group.fit),
  ];
  return [
    hash([
      model.name,
      metrics,
      weights,
      [...(unit.losses ?? [])],
      steps,
      graphs.map((graph) => printGraph(graph)),
    ]),
    hash([settings, unit.patience, ...(fold === undefined ? [] : [fold])]),
    hash([spec, data, dataGraphs.map((graph) => printGraph(graph))]),
    // In f32 nothing is added.
    ...(precisionOf(unit) === "f16" ? ["f16"] : []),
  ].join("-");
}

const parts = [
  [
    "another model, loss, metrics or optimizer",
    "give the file its old text back, and the --set values that it began with",
  ],
  ["other settings (batch, epochs or seed)", "give it the --set values that it began with"],
  ["other data", "give it the data that it began with"],
  ["another precision", "give it the --precision that it began with"],
] as const;

/** A UserError that tells in what the two differ. */
export function checkResumable(before: string, now: string): void {
  if (before === now) return;
  const old = before.split("-");
  const other = now.split("-");
  const changed = parts.filter((_, i) => old[i] !== other[i]);
  const what = changed.map(([part]) => part).join(" and ");
  throw new UserError(`the run was begun with ${what === "" ? "another version of dlm" : what}`, {
    help: `a resumed run must equal an unbroken one: ${changed[0]?.[1] ?? "train anew"}, or train anew without --resume`,
  });
}

function hash(value: unknown): string {
  return createHash("sha256").update(JSON.stringify(value)).digest("hex").slice(0, 32);
}
