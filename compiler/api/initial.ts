// Initial values: drawn once on the CPU by the reference, with its own elementary functions, so that every device and
// engine starts from the same bits.

import type { Reporter } from "../../grammar/diagnostic.ts";
import { interpretProgram } from "../../runtime/reference/interpret.ts";
import type { Tensor } from "../../runtime/types.ts";
import { emitReference } from "../backends/reference.ts";
import type { TensorSpec } from "../elaborate/unit.ts";
import { specialize } from "../ir/specialize.ts";
import { infer } from "../ops/index.ts";
import { lower } from "../ops/lower.ts";

/** The start values of parameters and states by path, rounded to their stored type. */
export function initialTensors(
  specs: readonly TensorSpec[],
  options: { dims: Readonly<Record<string, number>>; seed: number; reporter: Reporter },
): Map<string, Tensor> {
  const scalar = (value: number): Tensor => ({
    dtype: "i32",
    shape: [],
    data: Int32Array.of(value),
  });
  const scalars = {
    $seed: scalar(options.seed),
    $draw: scalar(0),
  };
  const tensors = new Map<string, Tensor>();
  for (const { path, initial } of specs) {
    if (tensors.has(path)) continue;
    const graph = specialize(initial, options.dims, infer, options.reporter);
    if (!graph) continue;
    const code = emitReference(lower(graph));
    const value = interpretProgram(code, scalars, { stored: true })["value"];
    if (value) tensors.set(path, value);
  }
  return tensors;
}
