// `best` and `patience`: the weights of the best epoch are kept beside the run, used, and there again after a resume.

import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, test } from "vitest";

import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { lineSource, makeFolder, readEvents, type Folder } from "../support/command.ts";

// The loss falls from the first epoch on: by the highest loss the first epoch is the best, and stays it.
const worst = lineSource
  .replace("adam(lr = 0.02)", "sgd(lr = 0.01)")
  .replace("epochs    = 4", "epochs = 9\n  best = highest(validation.loss)\n  patience = 3");
const first = worst.replace("epochs = 9", "epochs = 1");
const args = ["train", "line.dlm", "--log", "json", "--device", "js", "--no-report"];

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "line.dlm": worst, "first.dlm": first });
});
afterAll(() => folder.remove());

const bestOf = (run: string): Map<string, number[]> => {
  const file = path.join(folder.path, run, "best.safetensors");
  const { tensors } = readSafetensors(readFileSync(file), file);
  return new Map([...tensors].map(([name, { data }]) => [name, [...data]]));
};

test("the best weights are those of a run that ends with them, and make the scores", async () => {
  const long = await folder.run([...args, "--out", "long"]);
  expect(long.error).toBe("");
  const short = await folder.run([...args.with(1, "first.dlm"), "--out", "short"]);
  expect(bestOf("long")).toEqual(bestOf("short"));
  const events = readEvents(long.out);
  const end = events.at(-1);
  const shortEnd = readEvents(short.out).at(-1);
  expect(events.filter(({ event }) => event === "epoch").map(({ best }) => best)).toEqual([
    true,
    undefined,
    undefined,
    undefined,
  ]);
  expect(events.find(({ event }) => event === "stop")).toMatchObject({ epoch: 4, epochs: 9 });
  expect(end).toMatchObject({ finished: true, best: { epoch: 1 } });
  expect(end?.["test"]).toEqual(shortEnd?.["test"]);
  expect(end?.["validation"]).toEqual(
    events.find(({ event }) => event === "epoch")?.["validation"],
  );
  const evaluated = await folder.run([
    "eval",
    "line.dlm",
    "--run",
    "long",
    "--json",
    "--device",
    "js",
  ]);
  expect(JSON.parse(evaluated.out)).toEqual(end?.["test"]);
});

test("an interrupted run keeps the best of its first part", async () => {
  const stop = new AbortController();
  const begun = await folder.run([...args, "--out", "cut"], {
    signal: stop.signal,
    onOut: (out) => {
      if (out.includes('"event":"step","step":14,')) stop.abort();
    },
  });
  expect(begun.code).toBe(130);
  const resumed = await folder.run([...args, "--resume", "cut"]);
  expect(resumed.error).toBe("");
  expect(bestOf("cut")).toEqual(bestOf("long"));
  const withoutTime = ({ test: scores, validation, best }: Record<string, unknown>): unknown => ({
    scores,
    validation,
    best,
  });
  const whole = readEvents(readFileSync(path.join(folder.path, "long/log.jsonl"), "utf8")).at(-1);
  expect(withoutTime(readEvents(resumed.out).at(-1) ?? {})).toEqual(withoutTime(whole ?? {}));
});

test("a run whose patience is over does not go on when it is resumed", async () => {
  const again = await folder.run([...args, "--resume", "long"]);
  expect(readEvents(again.out).some(({ event }) => event === "step")).toBe(false);
  expect(readEvents(again.out).at(-1)).toMatchObject({ best: { epoch: 1 }, finished: true });
});

test("damaged best weights are named, missing ones refuse a resume", async () => {
  const file = path.join(folder.path, "cut/best.safetensors");
  writeFileSync(file, readFileSync(file).subarray(0, 100));
  const evaluated = await folder.run(["eval", "line.dlm", "--run", "cut", "--device", "js"]);
  expect(evaluated.code).toBe(0);
  expect(evaluated.error).toMatch(/best\.safetensors: the checkpoint is damaged.*newest weights/);
  const damaged = await folder.run([...args, "--resume", "cut"]);
  expect(damaged.code).toBe(1);
  expect(damaged.error).toContain("best.safetensors: the checkpoint is damaged");
  rmSync(file);
  expect(existsSync(file)).toBe(false);
  const missing = await folder.run([...args, "--resume", "cut"]);
  expect(missing.error).toContain("the best weights of this run are missing");
});
