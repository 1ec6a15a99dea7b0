// `--precision f16` from the command line: refused where it is no gain, and what a run in it leaves behind.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, describe, expect, test } from "vitest";
import type { TrainingEvent } from "../../runtime/train/events.ts";
import { createEpochTable } from "../../compiler/cli/epoch-table.ts";
import { lineSource, makeFolder } from "../support/command.ts";

const folder = makeFolder({ "line.dlm": lineSource });

afterAll(() => folder.remove());

describe("--precision", () => {
  test.each([
    ["train"],
    ["train", "--overfit"],
    ["train", "--find-lr"],
    ["profile"],
    ["sweep", "--set", "batch=8,16"],
  ])("f16 asks for a GPU: %s %s", async (...command) => {
    for (const device of ["wasm", "js", "reference"]) {
      const args = [...command, "line.dlm", "--precision", "f16", "--device", device];
      const { code, error } = await folder.run(args);
      expect(code).toBe(1);
      expect(error).toBe(
        `error: --precision f16 needs a GPU, but the device is ${device}
help: take --device webgpu where \`dlmc devices\` lists the feature shader-f16, or leave out --precision
`,
      );
    }
  });

  test("takes f32 and f16 and nothing else", async () => {
    const { code, error } = await folder.run(["train", "line.dlm", "--precision", "bf16"]);
    expect(code).toBe(2);
    expect(error).toContain("Allowed choices are f32, f16");
  });

  test("stands in the manifest", async () => {
    const args = ["train", "line.dlm", "--device", "js", "--precision", "f32", "--out", "run"];
    expect((await folder.run(args)).error).toBe("");
    const text = readFileSync(path.join(folder.path, "run", "manifest.json"), "utf8");
    expect(JSON.parse(text)).toMatchObject({ precision: "f32" });
  });

  test("shows what a step in f16 is compiled to, without a GPU", async () => {
    const args = ["compile", "line.dlm", "--emit", "optimised", "--precision"];
    expect((await folder.run([...args, "f16"])).out).toContain('cast(%x) { dtype: "f16" }');
    expect((await folder.run([...args, "f32"])).out).not.toContain("f16");
  });
});

test("an epoch tells how many steps were left out", () => {
  const epoch = (skipped?: number): Extract<TrainingEvent, { event: "epoch" }> => ({
    event: "epoch",
    epoch: 1,
    train: { loss: 1 },
    validation: {},
    seconds: 1,
    ...(skipped === undefined ? {} : { skipped }),
  });
  const lastLine = (skipped?: number): string =>
    createEpochTable().lines(epoch(skipped), 3, 80)?.at(-1) ?? "";
  expect(lastLine(2)).toMatch(/ 2 steps skipped$/);
  expect(lastLine(1)).toMatch(/ 1 step skipped$/);
  expect(lastLine()).not.toContain("skipped");
});
