// Fitting: states of the data declaration (a vocabulary, a mean) that one pass over the training split fills.

import { sizeOf, type TypedArray } from "../types.ts";
import type { ExampleInputs, ExampleResult } from "./batches.ts";
import type { Dataset } from "./open.ts";

/** One group of states fitted in one pass, as in `DataUnit.fits`. */
export interface FitGroup {
  /** Starting values by path. */
  readonly initial: Readonly<Record<string, TypedArray>>;
  /** The `fit` program of one example: columns, scalars and all states so far in, new values of this group's out. */
  readonly run: (inputs: ExampleInputs) => ExampleResult | Promise<ExampleResult>;
}

/** Runs the groups in order, each over every training example in natural order. Gives all states by path. */
export async function fitStates(
  dataset: Dataset,
  groups: readonly FitGroup[],
): Promise<Readonly<Record<string, TypedArray>>> {
  const states = new Map<string, TypedArray>();
  const rows = dataset.splits["train"]?.rows ?? new Int32Array(0);
  const chunk = 16; // columns are read for so many examples at once
  for (const { initial, run } of groups) {
    for (const [path, values] of Object.entries(initial)) states.set(path, values);
    for (let start = 0; start < rows.length; start += chunk) {
      const here = rows.subarray(start, start + chunk);
      const columns = [...dataset.columns].map(
        ([name, { shape }]) => [name, shape, dataset.read(name, here)] as const,
      );
      for (let i = 0; i < here.length; i++) {
        const inputs: ExampleInputs = Object.fromEntries(states);
        for (const [name, shape, values] of columns) {
          const size = sizeOf(shape);
          inputs[name] =
            shape.length === 0 ? (values[i] ?? 0) : values.subarray(i * size, (i + 1) * size);
        }
        inputs["$seed"] = (dataset.rowSeed ?? 0) | 0;
        inputs["$draw"] = here[i] ?? 0;
        const given = run(inputs);
        const updates = given instanceof Promise ? await given : given;
        for (const [path, values] of Object.entries(updates)) states.set(path, values.slice());
      }
    }
  }
  return Object.fromEntries(states);
}
