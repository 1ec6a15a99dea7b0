// `dlmc train`, `eval` and `predict` as a person uses them: a run folder, an interruption, going on, wrong input.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import {
  lineSource,
  makeFolder,
  readEvents,
  readWeights,
  type Folder,
} from "../support/command.ts";

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "line.dlm": lineSource });
});
afterAll(() => folder.remove());

const weights = (run: string): Map<string, number[]> => readWeights(path.join(folder.path, run));

describe("dlmc train", () => {
  it("tells a training in JSON lines", async () => {
    const ran = await folder.run(["train", "line.dlm", "--log", "json", "--out", "first"]);
    expect(ran.error).toBe("");
    expect(ran.code).toBe(0);
    const log = readEvents(ran.out);
    expect(log[0]).toMatchObject({
      event: "start",
      model: "Line",
      parameters: 33,
      seed: 5,
      device: "wasm",
    });
    const epochs = log.filter((e) => e.event === "epoch");
    expect(epochs).toHaveLength(4);
    for (const epoch of epochs) {
      expect(epoch).toMatchObject({
        train: { loss: expect.any(Number), distance: expect.any(Number) },
      });
      expect(epoch).toMatchObject({ validation: { loss: expect.any(Number) } });
    }
    const steps = log.filter((e) => e.event === "step");
    expect(steps).toHaveLength(4 * Math.ceil(84 / 16));
    expect(steps[0]).toMatchObject({ step: 1, epoch: 1, lr: expect.closeTo(0.02, 6) });
    const last = log.at(-1);
    expect(last).toMatchObject({
      event: "end",
      finished: true,
      test: { loss: expect.any(Number) },
    });
    expect(readFileSync(path.join(folder.path, "first", "log.jsonl"), "utf8")).toBe(ran.out);
    const manifest: unknown = JSON.parse(
      readFileSync(path.join(folder.path, "first", "manifest.json"), "utf8"),
    );
    expect(manifest).toMatchObject({ training: "Line", seed: 5 });
  });

  it("learns", async () => {
    const ran = await folder.run([
      "train",
      "line.dlm",
      "--log",
      "json",
      "--set",
      "epochs=60",
      "--out",
      "longer",
    ]);
    const last = readEvents(ran.out).at(-1) as unknown as { test: { loss: number } };
    expect(last.test.loss).toBeLessThan(0.2);
  });

  it("gives the same bytes for the same seed, and other bytes for another", async () => {
    await folder.run(["train", "line.dlm", "--log", "json", "--out", "again"]);
    await folder.run(["train", "line.dlm", "--log", "json", "--out", "other", "--set", "seed=6"]);
    expect(weights("again")).toEqual(weights("first"));
    expect(weights("other")).not.toEqual(weights("first"));
  });

  it("says how to go on in plain words", async () => {
    const stop = AbortSignal.abort();
    const ran = await folder.run(["train", "line.dlm", "--out", "stopped"], { signal: stop });
    expect(ran.code).toBe(130);
    expect(ran.out).toContain("go on with: dlmc train line.dlm --resume stopped");
  });

  it("refuses to go on with other settings, a foreign folder, a damaged checkpoint", async () => {
    const other = await folder.run([
      "train",
      "line.dlm",
      "--resume",
      "stopped",
      "--set",
      "batch=8",
    ]);
    expect(other.code).toBe(1);
    expect(other.error).toContain("other settings");
    const none = await folder.run(["train", "line.dlm", "--resume", "nowhere"]);
    expect(none.code).toBe(1);
    expect(none.error).toContain("there is no run folder nowhere");
    const stopped = path.join(folder.path, "stopped");
    for (const name of readdirSync(stopped).filter((n) => n.endsWith(".safetensors"))) {
      const file = path.join(stopped, name);
      writeFileSync(file, readFileSync(file).subarray(0, 100));
    }
    const damaged = await folder.run(["train", "line.dlm", "--resume", "stopped"]);
    expect(damaged.code).toBe(1);
    expect(damaged.error).toMatch(/damaged|truncated|short|end/);
  });

  it("names the nearest entry for a --set that nothing bears", async () => {
    const ran = await folder.run(["train", "line.dlm", "--set", "epoch=3"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("epochs");
  });

  it("stops at the first bad number and names the source line", async () => {
    folder.write(
      "bad.dlm",
      lineSource.replace("loss      = mse(guess, y)", "loss      = mean(log(guess - 1e6))"),
    );
    const ran = await folder.run(["train", "bad.dlm", "--check-numerics", "--out", "bad"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toMatch(/NaN|infinity/);
    expect(ran.error).toMatch(/bad\.dlm:\d+/);
  });
});

describe("dlmc eval and predict", () => {
  it("gives the scores that training ended with", async () => {
    const ran = await folder.run(["eval", "line.dlm", "--run", "first", "--json"]);
    const log = readFileSync(path.join(folder.path, "first", "log.jsonl"), "utf8");
    expect(JSON.parse(ran.out)).toEqual(readEvents(log).at(-1)?.["test"]);
  });

  it("prints a line an example", async () => {
    const ran = await folder.run(["predict", "line.dlm", "--run", "first", "--limit", "3"]);
    const lines = ran.out
      .trim()
      .split("\n")
      .map((line) => JSON.parse(line) as { guess: number[] });
    expect(lines).toHaveLength(3);
    for (const { guess } of lines) expect(guess).toHaveLength(1);
  });

  it("says what splits there are", async () => {
    const ran = await folder.run(["eval", "line.dlm", "--run", "first", "--split", "testing"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("--split train or --split validation or --split test");
  });
});
