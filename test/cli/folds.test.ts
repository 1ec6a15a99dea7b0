// Cross-validation: folds in folders of their own, mean and deviation, a fit on everything, going on anywhere.

import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { spreads } from "../../compiler/cli/folds.ts";
import {
  lineSource,
  makeFolder,
  readEvents,
  readWeights,
  type Folder,
} from "../support/command.ts";

const source = lineSource
  .replace("holdout(validation = 0.2, test = 0.1)", "kfold(3)")
  .replace("epochs    = 4", "epochs = 3\n  best = lowest(validation.loss)");
const args = ["train", "line.dlm", "--log", "json", "--device", "js", "--no-report"];

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "line.dlm": source });
});
afterAll(() => folder.remove());

const log = (run: string) =>
  readEvents(readFileSync(path.join(folder.path, run, "log.jsonl"), "utf8"));

test("mean and sample deviation", () => {
  // statistics.stdev([1, 2, 4]) = 1.5275252316519468 in Python.
  expect(spreads([{ loss: 1 }, { loss: 2 }, { loss: 4 }])["loss"]).toEqual({
    mean: 7 / 3,
    deviation: expect.closeTo(1.5275252316519468, 12),
  });
});

test("trains each fold, tells their spread, then everything for the mean of their best epochs", async () => {
  const ran = await folder.run([...args, "--out", "whole"]);
  expect(ran.error).toBe("");
  const events = readEvents(ran.out);
  const ends = [1, 2, 3].map((fold) => log(`whole/fold-${fold}`).at(-1) ?? { event: "" });
  const told = events.find(({ event }) => event === "folds");
  const losses = ends.map((end) => (end["validation"] as { loss: number }).loss);
  expect(new Set(losses).size).toBe(3);
  const mean = losses.reduce((sum, loss) => sum + loss, 0) / 3;
  expect(told).toMatchObject({
    folds: 3,
    validation: { loss: { mean: expect.closeTo(mean, 10) } },
  });
  const best = ends.map((end) => (end["best"] as { epoch: number }).epoch);
  const epochs = Math.round(best.reduce((sum, n) => sum + n, 0) / 3);
  expect(told?.["epochs"]).toBe(epochs);
  const last = log("whole");
  expect(last.filter(({ event }) => event === "epoch")).toHaveLength(epochs);
  expect(last.find(({ event }) => event === "start")).toMatchObject({ examples: { train: 120 } });
  expect(last.at(-1)).toMatchObject({ event: "end", finished: true });
  expect(events.filter(({ event }) => event === "start").map(({ fold }) => fold)).toEqual([
    1,
    2,
    3,
    undefined,
  ]);
  const evaluated = await folder.run(["eval", "line.dlm", "--run", "whole", "--device", "js"]);
  expect(evaluated.out).toMatch(/^train {2}loss/);
}, 120_000);

test("goes on in the fold where it stopped, to the same weights", async () => {
  const stop = new AbortController();
  let folds = 0;
  const begun = await folder.run([...args, "--out", "cut"], {
    signal: stop.signal,
    onOut: (out) => {
      folds = out.split('"event":"start"').length - 1;
      if (folds === 2 && out.includes('"step":7,"epoch":2', out.lastIndexOf('"start"')))
        stop.abort();
    },
  });
  expect(begun.code).toBe(130);
  expect(folds).toBe(2);
  const resumed = await folder.run([...args, "--resume", "cut"]);
  expect(resumed.error).toBe("");
  for (const run of ["fold-1", "fold-2", "fold-3", "."]) {
    const weights = (name: string) => readWeights(path.join(folder.path, name, run));
    expect(weights("cut")).toEqual(weights("whole"));
  }
}, 120_000);

test("does not mix folds of two settings", async () => {
  rmSync(path.join(folder.path, "cut/fold-3"), { recursive: true });
  const other = await folder.run([...args, "--resume", "cut", "--set", "batch=8"]);
  expect(other.code).toBe(1);
  expect(other.error).toContain(
    "this fold was trained with another text of the file or other --set",
  );
});
