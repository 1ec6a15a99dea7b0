// Weights that a training takes from files: its start, and the fixed models beside it.

import { createHash } from "node:crypto";

import { formatSpan } from "../../grammar/source.ts";
import { findWeights, type WantedTensor } from "../../runtime/checkpoint/weights.ts";
import { UserError } from "../../runtime/errors.ts";
import type { DataHost } from "../../runtime/host.ts";
import type { TrainingEvent } from "../../runtime/train/events.ts";
import { averagePath } from "../elaborate/average.ts";
import type { TrainingUnit, WeightsUnit } from "../elaborate/unit.ts";
import type { Runner } from "./runner.ts";

export interface LoadedWeights {
  /** What was loaded, for the log. */
  readonly events: readonly Extract<TrainingEvent, { event: "weights" }>[];
  /** Hash of the files that a resumed run needs again: those of fixed models. */
  readonly fingerprint: string;
}

/** Reads the files and writes their tensors; without `starts` the fixed models' alone, for a run that goes on. */
export async function loadWeights(
  unit: TrainingUnit,
  runner: Runner,
  { dataHost, starts }: { readonly dataHost: DataHost; readonly starts: boolean },
): Promise<LoadedWeights> {
  const events: LoadedWeights["events"][number][] = [];
  const hash = createHash("sha256");
  for (const { model, name, weights } of unit.frozen) {
    const { event, sha256 } = await load(weights, { runner, dataHost, model, into: name });
    events.push(event);
    hash.update(sha256);
  }
  if (unit.start && starts) {
    const { start, model, name } = unit;
    events.push((await load(start, { runner, dataHost, model: model.name, into: name })).event);
  }
  return { events, fingerprint: unit.frozen.length > 0 ? hash.digest("hex") : "" };
}

/** Where a run's folder is named, its best weights or else its newest checkpoint. */
function newestOf(name: string, dataHost: DataHost): string {
  if (name.endsWith(".safetensors")) return name;
  const entries = dataHost.list(name) ?? [];
  const newest = entries.includes(bestName)
    ? bestName
    : entries.filter((entry) => checkpointName.test(entry)).at(-1); // in ascending order
  return newest === undefined ? name : `${name.replace(/\/+$/, "")}/${newest}`;
}

const bestName = "best.safetensors";
const checkpointName = /^checkpoint-\d+\.safetensors$/;

async function load(
  weights: WeightsUnit,
  {
    runner,
    dataHost,
    model,
    into,
  }: {
    readonly runner: Runner;
    readonly dataHost: DataHost;
    readonly model: string;
    readonly into: string;
  },
): Promise<{ event: LoadedWeights["events"][number]; sha256: string }> {
  const { file, span, tensors, fresh } = weights;
  const place = formatSpan(span);
  const name = newestOf(file, dataHost);
  const path = dataHost.find(name);
  if (path === undefined) {
    const looked = dataHost.places.map((folder) => `\n  ${folder}`).join("");
    throw new UserError(`there is no file of weights ${file}`, {
      place,
      help: `give a safetensors file, or the folder of a run, by its path in one of these folders:${looked}`,
    });
  }
  const bytes = await dataHost.read(path);
  const known = new Map(runner.persistent.tensors.map((tensor) => [tensor.name, tensor]));
  const wanted = tensors.flatMap(({ path: own, ...rest }): WantedTensor[] => {
    const tensor = known.get(own);
    return tensor ? [{ ...rest, path: own, dtype: tensor.dtype, shape: tensor.shape }] : [];
  });
  const found = findWeights(bytes, { wanted, model, path: name, place });
  for (const [own, { data }] of found.tensors) {
    runner.write(own, data);
    // An average starts as what it averages.
    if (known.has(averagePath(own))) runner.write(averagePath(own), data);
  }
  const event = {
    event: "weights",
    into,
    path: name,
    loaded: found.tensors.size,
    fresh,
    unused: found.unused.length,
    ...(found.converted.length > 0 ? { converted: found.converted } : {}),
  } as const;
  return { event, sha256: createHash("sha256").update(bytes).digest("hex") };
}
