// Whole models: logits, the first gradients, five training steps, running statistics, against PyTorch's figures.

import { readFileSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { Reporter } from "../../grammar/diagnostic.ts";
import { compile } from "../../compiler/index.ts";
import { selectOutputs } from "../../compiler/select.ts";
import type { Runner } from "../../compiler/api/index.ts";
import type { TrainingUnit } from "../../compiler/elaborate/unit.ts";
import { describeShared } from "../support/shared.ts";
import { cellPath } from "./ops/sequences.ts";
import { disagreement } from "./support/compare.ts";
import { readCases, readTensors, tensorOf, type Tensors } from "./support/manifest.ts";
import { trainingPlaces } from "./support/program.ts";
import { tally } from "./support/tally.ts";
import { openText, trainingOf } from "./support/training.ts";

interface ModelCase {
  readonly id: string;
  readonly file: string;
  readonly parameter_count: number;
  readonly optimizer: { readonly frozen?: readonly string[] };
  readonly buffers: readonly string[];
  readonly batch: Readonly<Record<string, { readonly shape: readonly number[] }>>;
  readonly loss_before: readonly number[];
  readonly loss_after: readonly number[];
  readonly rtol: number;
  readonly atol: {
    readonly loss: number;
    readonly logits_before: number;
    readonly logits_after: number;
    readonly final_norm: number;
    readonly grad0: Readonly<Record<string, number>>;
    readonly final: Readonly<Record<string, number>>;
  };
  readonly params: readonly { readonly name: string; readonly final_norm: number }[];
}

/** PyTorch's names as paths of ours: the same but for cells of recurrent layers; a layer may hold the whole model. */
function pathsIn(unit: TrainingUnit): (name: string) => string {
  const paths = unit.model.tensors.map(({ path: own }) => own);
  return (name) => {
    const wanted = cellPath(name) ?? name;
    const fits = paths.filter((own) => own === wanted || own.endsWith(`.${wanted}`));
    const found = fits.sort((a, b) => a.length - b.length)[0];
    if (found === undefined) throw new Error(`no ${wanted} among ${paths.join(", ")}`);
    return found;
  };
}

function sourceOf(id: string): string {
  return readFileSync(path.join(import.meta.dirname, "models", `${id}.dlm`), "utf8");
}

describeShared("oracle models", () => {
  const cases = readCases<ModelCase>("models");
  const counter = tally("models", cases.length, 0);
  for (const c of cases) {
    test(
      c.id,
      async () => {
        const unit = trainingOf(sourceOf(c.id));
        const pathOf = pathsIn(unit);
        const faults: string[] = [];
        for (const place of trainingPlaces) {
          const tensors = readTensors(c.file);
          const start: Record<string, ArrayLike<number>> = {};
          for (const { name } of c.params)
            start[pathOf(name)] = tensorOf(tensors, `param/${name}`).data;
          for (const name of c.buffers)
            start[pathOf(name)] = tensorOf(tensors, `buffer/${name}`).data;
          const runner = await openText(unit, place, start);
          const found = await follow(c, unit, runner, tensors, pathOf);
          faults.push(...found.filter((f) => f !== undefined).map((f) => `${place.name}: ${f}`));
          await runner.close();
        }
        expect(faults).toEqual([]);
        counter.ran();
      },
      300_000,
    );
  }
});

async function follow(
  c: ModelCase,
  unit: TrainingUnit,
  runner: Runner,
  tensors: Tensors,
  pathOf: (name: string) => string,
): Promise<(string | undefined)[]> {
  const { rtol, atol } = c;
  const size = Object.values(c.batch)[0]?.shape[0] ?? 1;
  const faults: (string | undefined)[] = [];
  // The oracle counts what learns.
  const frozen = (c.optimizer.frozen ?? []).map((name) => tensorOf(tensors, `param/${name}`).data);
  const learning = frozen.reduce((left, { length }) => left - length, runner.parameterCount);
  if (learning !== c.parameter_count) {
    faults.push(`${learning} parameters, PyTorch has ${c.parameter_count}`);
  }

  const before = await trainingLogits(unit, runner, batchOf(c, tensors, 0), size);
  faults.push(
    disagreement("logits_before", before, tensorOf(tensors, "logits_before").data, {
      rtol,
      atol: atol.logits_before,
    }),
  );
  const { gradients } = await runner.gradients(batchOf(c, tensors, 0), size);
  for (const { name } of c.params) {
    if (c.optimizer.frozen?.includes(name)) continue;
    const expected = tensorOf(tensors, `grad0/${name}`).data;
    const allowed = { rtol, atol: atol.grad0[name] ?? 0 };
    faults.push(
      disagreement(`gradient of ${name}`, gradients[pathOf(name)] ?? [], expected, allowed),
    );
  }

  const lossesBefore: number[] = [];
  const lossesAfter: number[] = [];
  for (let step = 0; step < c.loss_before.length; step++) {
    const inputs = batchOf(c, tensors, step);
    lossesBefore.push(await runner.step(inputs, size, { step, steps: c.loss_before.length }));
    lossesAfter.push((await runner.gradients(inputs, size)).loss);
  }
  const loss = { rtol, atol: atol.loss };
  faults.push(disagreement("loss_before", lossesBefore, c.loss_before, loss));
  faults.push(disagreement("loss_after", lossesAfter, c.loss_after, loss));

  const after = await runner.forward(batchOf(c, tensors, 0), size);
  faults.push(
    disagreement("logits_after", after["logits"] ?? [], tensorOf(tensors, "logits_after").data, {
      rtol,
      atol: atol.logits_after,
    }),
  );
  for (const { name, final_norm } of c.params) {
    const value = Array.from(await runner.read(pathOf(name)));
    const norm = Math.sqrt(value.reduce((sum, x) => sum + x * x, 0));
    faults.push(
      disagreement(`norm of ${name}`, [norm], [final_norm], { rtol, atol: atol.final_norm }),
    );
  }
  for (const name of c.buffers) {
    const expected = tensorOf(tensors, `final/${name}`).data;
    const allowed = { rtol, atol: atol.final[name] ?? 0 };
    faults.push(disagreement(`final ${name}`, await runner.read(pathOf(name)), expected, allowed));
  }
  return faults;
}

function batchOf(c: ModelCase, tensors: Tensors, k: number): Record<string, ArrayLike<number>> {
  return Object.fromEntries(
    Object.keys(c.batch).map((name) => [name, tensorOf(tensors, `batch${k}/${name}`).data]),
  );
}

/** The model's output in training mode, without keeping any change of its states. */
async function trainingLogits(
  unit: TrainingUnit,
  runner: Runner,
  inputs: Record<string, ArrayLike<number>>,
  size: number,
): Promise<ArrayLike<number>> {
  const reporter = new Reporter();
  const program = compile(selectOutputs(unit.model.training, ["result"]), {
    name: "logits",
    target: runner.device,
    ...(runner.wasm ? { wasm: runner.wasm } : {}),
    ...(runner.webgpu ? { webgpu: runner.webgpu } : {}),
    dims: { [unit.batchDim]: size },
    persistent: runner.persistent,
    reporter,
  });
  if (!program) throw new Error(reporter.diagnostics.map((d) => d.message).join("\n"));
  await runner.session.load(program);
  runner.session.run("logits", { ...inputs, $seed: 0, $draw: 0, $step: 0, $steps: 1, $epoch: 0 });
  return runner.session.output("logits", "logits");
}
