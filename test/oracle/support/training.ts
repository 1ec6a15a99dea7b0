// A training opened from source text, with its persistent tensors set.

import { openRunner, type Runner } from "../../../compiler/api/index.ts";
import type { TrainingUnit } from "../../../compiler/elaborate/unit.ts";
import { gpuSettings } from "../../support/webgpu.ts";
import { explained, loadText, type TrainingPlace } from "./program.ts";

/** The only training of a source text. */
export function trainingOf(text: string): TrainingUnit {
  return explained(text, () => loadText(text).training());
}

/** A runner with start values, then the given ones by path. */
export async function openText(
  unit: TrainingUnit,
  place: TrainingPlace,
  values: Readonly<Record<string, ArrayLike<number>>>,
  dims: Readonly<Record<string, number>> = {},
): Promise<Runner> {
  if (place.device === "webgpu") await gpuSettings();
  const runner = await openRunner(unit, {
    device: place.device,
    ...(place.threads === undefined ? {} : { threads: place.threads }),
    dims,
  });
  runner.initialise(0);
  for (const [path, data] of Object.entries(values)) runner.write(path, data);
  return runner;
}
