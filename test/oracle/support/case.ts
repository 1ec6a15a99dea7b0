// One case of the families `ops` and `layers`: its program run everywhere, outputs and gradients compared.

import { sourceOf, upstreamOutputs, type OpCase, type Written } from "../ops/define.ts";
import { disagreement } from "./compare.ts";
import { readTensors, tensorOf } from "./manifest.ts";
import { modelOf, places, runModel, type Run } from "./program.ts";

/** What disagrees with PyTorch, and the program. */
export async function faultsOf(
  c: OpCase,
  found: string | Written,
): Promise<{ readonly faults: readonly string[]; readonly text: string }> {
  const written: Written = typeof found === "string" ? { outputs: { y: found } } : found;
  const text = sourceOf(c, written);
  const model = modelOf(text);
  const faults: string[] = [];
  for (const place of places) {
    const run = await runModel(text, model, {
      place,
      ...valuesOf(c, written),
      mode: written.mode ?? "training",
      ...(upstreamOutputs(c).length > 0 ? { loss: "loss" } : {}),
    });
    faults.push(...compare(c, written, run).map((fault) => `${place.name}: ${fault}`));
  }
  return { faults, text };
}

type Values = Record<string, ArrayLike<number>>;

/** The case's tensors by model input and by path. */
function valuesOf(c: OpCase, written: Written): { inputs: Values; persistent: Values } {
  const tensors = readTensors(c.file ?? "");
  const inputs: Values = {};
  const persistent: Values = {};
  for (const name of Object.keys(c.inputs)) {
    const { data } = tensorOf(tensors, `${c.id}/in/${name}`);
    const path = written.tensors?.[name];
    if (path !== undefined) persistent[path] = data;
    else if (name in c.grads) persistent[name] = data;
    else inputs[name] = data;
  }
  for (const name of upstreamOutputs(c)) {
    inputs[`upstream_${name}`] = tensorOf(tensors, `${c.id}/gout/${name}`).data;
  }
  if (Object.keys(inputs).length === 0) inputs["unused"] = [0];
  return { inputs, persistent };
}

function compare(c: OpCase, written: Written, run: Run): string[] {
  const tensors = readTensors(c.file ?? "");
  const faults: (string | undefined)[] = [];
  for (const [name, info] of Object.entries(c.outputs)) {
    const path = written.states?.[name];
    const actual = path === undefined ? run.outputs[`result_${name}`] : run.persistent[path];
    const expected = tensorOf(tensors, `${c.id}/out/${name}`).data;
    const exact = info.dtype !== "f32";
    faults.push(
      disagreement(name, actual ?? [], expected, {
        rtol: exact ? 0 : c.rtol,
        atol: exact ? 0 : (info.atol ?? c.atol),
      }),
    );
  }
  for (const [name, info] of Object.entries(c.grads)) {
    const actual = run.gradients[written.tensors?.[name] ?? name];
    const expected = tensorOf(tensors, `${c.id}/gin/${name}`).data;
    faults.push(
      disagreement(`gradient of ${name}`, actual ?? [], expected, {
        rtol: c.rtol,
        atol: info.atol ?? c.atol,
      }),
    );
  }
  return faults.filter((fault) => fault !== undefined);
}
