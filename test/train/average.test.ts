// Averages of weights: worked out here from the weights after every step, in double precision; kept through a resume.

import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { load } from "../../compiler/api/load.ts";
import { openRunner } from "../../compiler/api/runner.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import {
  lineSource,
  makeFolder,
  readEvents,
  readWeights,
  type Folder,
} from "../support/command.ts";

const averaged = (average: string): string =>
  lineSource
    .replace("|> tanh", "|> batch_norm |> tanh")
    .replace("dropout(0.1)", "dropout(0)")
    .replace("seed      = 5", `seed = 5\n  average = ${average}`);

/** The averages after t updates of one number's values w₁ … w_t. */
const rules: Readonly<Record<string, (values: readonly number[]) => number>> = {
  // torch.optim.swa_utils: the first update copies, get_ema_multi_avg_fn(0.8) afterwards.
  "ema(0.8, warmup = false)": (values) =>
    values.reduce((average, w, t) => (t === 0 ? w : 0.8 * average + 0.2 * w), 0),
  "ema(0.8)": (values) =>
    values.reduce((average, w, t) => {
      const decay = t === 0 ? 0 : Math.min(0.8, (1 + t) / (10 + t));
      return decay * average + (1 - decay) * w;
    }, 0),
  "mean_weights()": (values) => values.reduce((sum, w) => sum + w, 0) / values.length,
};

describe.each(["js", "wasm", "reference"])("on %s", (device) => {
  test.each(Object.keys(rules))("%s", async (average) => {
    const file = load("m.dlm", { host: memoryHost({ "m.dlm": averaged(average) }) });
    const runner = await openRunner(file.training(), { device, dims: { examples: 8 } });
    runner.initialise();
    const x = Float32Array.from({ length: 16 }, (_, i) => Math.sin(i));
    const y = Float32Array.from({ length: 8 }, (_, i) => Math.cos(i));
    const paths = ["dense_0.weight", "batch_norm_0.running_var"];
    const seen = new Map(paths.map((each): [string, number[]] => [each, []]));
    for (let step = 0; step < 12; step++) {
      await runner.step({ x, y }, 8, { step, steps: 12 });
      for (const each of paths) seen.get(each)?.push((await runner.read(each))[0] ?? Number.NaN);
    }
    for (const each of paths) {
      const [found] = await runner.read(`average.${each}`);
      expect(found).toBeCloseTo(rules[average]?.(seen.get(each) ?? []) ?? Number.NaN, 5);
    }
    // Evaluation reads the averages: with them in the weights' place it stays what it is.
    const before = await runner.evaluate({ x, y }, 8);
    const predicted = await runner.forward({ x }, 8);
    for (const { path: each, role } of runner.tensors) {
      if (role === "parameter") runner.write(each, (await runner.read(each)).fill(7));
    }
    expect(await runner.evaluate({ x, y }, 8)).toBe(before);
    expect(await runner.forward({ x }, 8)).toEqual(predicted);
    await runner.close();
  });
});

describe("a run with averages", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeFolder({ "line.dlm": averaged("ema(0.9)\n  best = lowest(validation.loss)") });
  });
  afterAll(() => folder.remove());
  const args = ["train", "line.dlm", "--log", "json", "--device", "js", "--no-report"];

  test("goes on with the same bytes, and its best file holds the averages", async () => {
    const whole = await folder.run([...args, "--out", "whole"]);
    expect(whole.error).toBe("");
    const stop = new AbortController();
    await folder.run([...args, "--out", "cut"], {
      signal: stop.signal,
      onOut: (out) => {
        if (out.includes('"event":"step","step":9,')) stop.abort();
      },
    });
    await folder.run([...args, "--resume", "cut"]);
    // `best.safetensors` comes first in the alphabet, so this is the last checkpoint.
    const weights = (run: string): Map<string, number[]> =>
      readWeights(path.join(folder.path, run));
    expect(weights("cut")).toEqual(weights("whole"));
    expect(weights("whole").has("average.dense_0.weight.steps")).toBe(true);
    const end = readEvents(whole.out).at(-1);
    const evaluated = await folder.run([
      "eval",
      "line.dlm",
      "--run",
      "cut",
      "--json",
      "--device",
      "js",
    ]);
    expect(JSON.parse(evaluated.out)).toEqual(end?.["test"]);
  });
});
