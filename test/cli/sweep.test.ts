// Sweeps: values to try, trials in folders, a sorted table, going on; and the rate that a range test suggests.

import { readFileSync, rmSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, test } from "vitest";

import { rangeSetting, rateAt, steepest } from "../../compiler/api/probe.ts";
import { gridTrials, parseAxis, randomTrials } from "../../compiler/cli/sweep-values.ts";
import { lineSource, makeFolder, readEvents, type Folder } from "../support/command.ts";

describe("values", () => {
  test("lists part at commas outside of brackets", () => {
    const axis = parseAxis('optimizer=sgd(lr = 0.1, momentum = 0.9),adam,f("a,b")');
    expect(axis).toMatchObject({ values: ["sgd(lr = 0.1, momentum = 0.9)", "adam", 'f("a,b")'] });
    expect(gridTrials([parseAxis("a=1,2"), parseAxis("b=3,4")])).toEqual([
      ["a=1", "b=3"],
      ["a=1", "b=4"],
      ["a=2", "b=3"],
      ["a=2", "b=4"],
    ]);
  });

  test("ranges are drawn by the logarithm, again the same", () => {
    const axes = [parseAxis("lr=1e-4..1e-1"), parseAxis("width=8..64"), parseAxis("batch=16,32")];
    expect(() => gridTrials(axes)).toThrow(/--random/);
    const trials = randomTrials(axes, 400, 7);
    expect(randomTrials(axes, 3, 7)).toEqual(trials.slice(0, 3));
    expect(randomTrials(axes, 3, 8)).not.toEqual(trials.slice(0, 3));
    const rates = trials.map(([lr = ""]) => Number(lr.slice(3)));
    expect(Math.min(...rates)).toBeGreaterThanOrEqual(1e-4);
    expect(Math.max(...rates)).toBeLessThanOrEqual(1e-1);
    // A third of the draws lies in each decade.
    expect(rates.filter((rate) => rate < 1e-3).length / 400).toBeCloseTo(1 / 3, 1);
    expect(trials.every(([, width = ""]) => /^width=\d+$/.test(width))).toBe(true);
  });

  test.each(["lr", "lr=", "=1", "lr=3..1"])("%s is refused", (text) => {
    expect(() => parseAxis(text)).toThrow();
  });
});

test("the suggested rate is where a curve falls fastest", () => {
  const range = { from: 1e-5, to: 1, steps: 101 };
  expect(rangeSetting(range)).toMatch(/^exponential\(from = 0\.00001, factor = 1\.122/);
  // A logistic fall around 1e-3, then a rise.
  const points = Array.from({ length: 101 }, (_, step) => {
    const rate = rateAt(range, step);
    const x = Math.log10(rate);
    return { rate, smooth: 1 - 1 / (1 + Math.exp(-4 * (x + 3))) + (x > -1 ? 10 * (x + 1) : 0) };
  });
  expect(steepest(points)).toBeCloseTo(1e-3, 5);
  expect(steepest(points.map(({ rate }) => ({ rate, smooth: rate })))).toBeNull();
});

describe("dlmc sweep", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeFolder({ "line.dlm": lineSource.replace("epochs    = 4", "epochs = 1") });
  });
  afterAll(() => folder.remove());
  const args = ["sweep", "line.dlm", "--set", "lr=0.0001,0.02", "--device", "js", "--no-report"];

  test("reaches the optimizer's setting, sorts, and goes on with what is missing", async () => {
    const ran = await folder.run([...args, "--out", "s", "--json"]);
    expect(ran.code).toBe(0);
    const table = JSON.parse(ran.out) as {
      by: string;
      trials: { sets: string[]; value: number }[];
    };
    expect(table.by).toBe("lowest(validation.loss)");
    expect(table.trials.map(({ sets }) => sets)).toEqual([["lr=0.02"], ["lr=0.0001"]]);
    const read = (trial: string) =>
      readEvents(readFileSync(path.join(folder.path, "s", trial, "log.jsonl"), "utf8"));
    expect(read("trial-001").find(({ event }) => event === "step")).toMatchObject({ lr: 0.0001 });
    expect(table.trials[0]?.value).toBe(
      (read("trial-002").at(-1)?.["validation"] as { loss: number } | undefined)?.loss,
    );
    rmSync(path.join(folder.path, "s/trial-002"), { recursive: true });
    const again = await folder.run([...args, "--resume", "s"]);
    expect(again.error).toBe("");
    expect(again.out).toContain("trial 2 of 2");
    expect(again.out).not.toContain("trial 1 of 2");
    expect(JSON.parse(readFileSync(path.join(folder.path, "s/sweep.json"), "utf8"))).toEqual(table);
    const other = await folder.run([...args.with(3, "lr=0.1,0.02"), "--resume", "s"]);
    expect(other.error).toContain("the sweep was begun with other values");
  }, 120_000);

  test("judges by the mean over the folds of a cross-validation", async () => {
    const holdout = "holdout(validation = 0.2, test = 0.1)";
    const text = lineSource.replace(holdout, "kfold(3)").replace("epochs    = 4", "epochs = 1");
    folder.write("folds.dlm", text);
    const own = [...args.with(1, "folds.dlm"), "--out", "f"];
    const ran = await folder.run(own);
    expect(ran.error).toBe("");
    // The better one stands first, with the deviation over its folds.
    expect(ran.out).toMatch(/0\.02 +\S+ ± \S+ .*f\/trial-002\n *0\.0001 +\S+ ± \S+ .*trial-001/);
    const { trials } = JSON.parse(readFileSync(path.join(folder.path, "f/sweep.json"), "utf8")) as {
      trials: { folder: string; value: number }[];
    };
    for (const { folder: trial, value } of trials) {
      const losses = [1, 2, 3].map((fold) => {
        const file = path.join(folder.path, trial, `fold-${fold}`, "log.jsonl");
        const end = readEvents(readFileSync(file, "utf8")).at(-1);
        return (end?.["validation"] as { loss: number } | undefined)?.loss ?? NaN;
      });
      expect(value).toBeCloseTo(losses.reduce((sum, loss) => sum + loss, 0) / 3, 10);
    }
    const again = await folder.run([...args.with(1, "folds.dlm"), "--resume", "f"]);
    expect(again.out).not.toContain("trial 1 of 2");
    const train = await folder.run([...own, "--by", "lowest(train.loss)"]);
    expect(train.error).toContain("judged by validation");
  }, 120_000);

  test("chooses by no test score", async () => {
    const ran = await folder.run([...args, "--by", "lowest(test.loss)"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("test scores makes them too good");
  });
});
