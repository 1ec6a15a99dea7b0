// Peak resident memory of `train`, less that of `check` on the same file, against the memory that is told before the run.
// Each in a process of its own, as a user starts them.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, expect, it } from "vitest";

import { makeFolder, readEvents, type Folder } from "../support/command.ts";
import { peakOf } from "../support/peak-memory.ts";

/** Wide, so that activations are most of the memory; the data themselves are next to nothing. */
const wide = `
data drawn = synthetic(2048) {
  field x: [32] = uniform([32], from = -1, to = 1)
  field y: [1] = [x[0] - x[1]]
}

let width = 4096

model Wide(x: [batch, 32]) -> (y_hat: [batch, 1]) = x |> dense(width) |> tanh |> dense(1)

train Wide on drawn {
  loss      = mse(y_hat, y)
  optimizer = sgd(lr = 1e-3)
  batch     = 1024
  epochs    = 1
}
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "wide.dlm": wide });
});
afterAll(() => folder.remove());

/** What `train` needs more than `check`, and what it says it has planned; MiB. */
async function measure(width: number): Promise<{ above: number; planned: number }> {
  const set = ["--set", `width=${width}`];
  const check = await peakOf(folder.path, "check", "wide.dlm", ...set);
  const run = `run${width}`;
  const train = await peakOf(
    folder.path,
    "train",
    "wide.dlm",
    ...set,
    "--device",
    "js",
    "--out",
    run,
  );
  const [start] = readEvents(readFileSync(path.join(folder.path, run, "log.jsonl"), "utf8"));
  return { above: train - check, planned: Number(start?.planned_bytes) / 2 ** 20 };
}

it("is within 1.3 times of the plan where the plan is large", { timeout: 120_000 }, async () => {
  const { above, planned } = await measure(16384);
  expect(planned).toBeGreaterThan(60);
  expect(above / planned).toBeLessThan(1.3);
});

it(
  "is the plan and what the engine takes, where the plan is small",
  { timeout: 60_000 },
  async () => {
    const { above, planned } = await measure(64);
    expect(planned).toBeLessThan(4);
    expect(above - planned).toBeLessThan(40); // 23 were seen, from source; less from the bundle
  },
);
