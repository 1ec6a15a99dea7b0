// Whole runs on a GPU from the command line: the same course as on the CPU, a lost device, a collection in the middle.

import { readFileSync } from "node:fs";
import path from "node:path";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";

import { afterAll, expect, test } from "vitest";

import { currentDevice } from "../../runtime/devices/webgpu/device.ts";
import { lineSource, makeFolder, readEvents, type LoggedEvent } from "../support/command.ts";
import { describeWebgpu } from "../support/webgpu.ts";

const folder = makeFolder({ "line.dlm": lineSource });

afterAll(() => folder.remove());

function losses(log: readonly LoggedEvent[]): number[] {
  return log.filter(({ event }) => event === "step").map(({ loss }) => Number(loss));
}

async function train(
  run: string,
  device: string,
  onOut: (out: string) => void = () => undefined,
): Promise<{ readonly log: LoggedEvent[]; readonly error: string }> {
  const args = ["train", "line.dlm", "--device", device, "--out", run, "--log", "json"];
  const { code, out, error } = await folder.run(args, { onOut });
  expect(code, error).toBe(0);
  return { log: readEvents(out), error };
}

describeWebgpu("a training on a GPU", () => {
  test("takes the course that it takes on the CPU, dropout included", async () => {
    const { log, error } = await train("gpu", "webgpu");
    expect(error).toBe("");
    const expected = losses((await train("cpu", "js")).log);
    const found = losses(log);
    expect(found).toHaveLength(expected.length);
    found.forEach((loss, i) => expect(loss).toBeCloseTo(expected[i] ?? Number.NaN, 5));
    const manifest: unknown = JSON.parse(
      readFileSync(path.join(folder.path, "gpu", "manifest.json"), "utf8"),
    );
    expect(manifest).toMatchObject({ device: "webgpu" });
  });

  test("outlives collections of garbage", async () => {
    setFlagsFromString("--expose-gc");
    const collect = runInNewContext("gc") as () => void;
    let collections = 0;
    const { log } = await train("collected", "webgpu", () => {
      if (collections++ < 20) collect();
    });
    expect(collections).toBeGreaterThan(20);
    expect(losses(log)).toEqual(losses((await train("again", "webgpu")).log));
  });

  test("goes on from its last checkpoint on a new device when the GPU is lost", async () => {
    let lost = false;
    const { log, error } = await train("lost", "webgpu", (out) => {
      if (lost || !out.includes('"event":"checkpoint"')) return;
      lost = true;
      void currentDevice().then((device) => device?.destroy());
    });
    expect(lost).toBe(true);
    expect(error).toMatch(
      /the GPU was lost: .*; the run goes on from the checkpoint after step \d+/,
    );
    expect(log.filter(({ event }) => event === "start")).toHaveLength(2);
    expect(log.at(-1)).toMatchObject({ event: "end", finished: true });
    // What was done after the checkpoint is done again, to the same numbers.
    const unbroken = losses(
      readEvents(readFileSync(path.join(folder.path, "gpu", "log.jsonl"), "utf8")),
    );
    expect(losses(log).slice(-unbroken.length / 2)).toEqual(unbroken.slice(-unbroken.length / 2));
  });

  test("is told of by `dlmc devices`, but not taken by itself where the driver computes on the CPU", async () => {
    const { out } = await folder.run(["devices", "--json"]);
    const [gpu] = JSON.parse(out) as { hardware: boolean; auto: boolean; features: string[] }[];
    expect(gpu?.auto).toBe(gpu?.hardware);
    expect(gpu).toMatchObject({ name: "webgpu", usable: true, settings: { workgroups: 65535 } });
  });

  test("stops at the first number that is none, and names its line", async () => {
    folder.write(
      "nan.dlm",
      lineSource.replace("mse(guess, y)", "mse(guess, y) + 0 * log(guess[:, 0] * 0 - 1).mean()"),
    );
    const args = ["train", "nan.dlm", "--device", "webgpu", "--check-numerics", "--out", "nan"];
    const { code, error } = await folder.run(args);
    expect(code).toBe(1);
    expect(error).toMatch(/nan\.dlm:\d+/);
  });
});
