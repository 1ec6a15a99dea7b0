// A thread that is killed in the middle of a training: it ends with words instead of waiting for ever, and the run goes
// on from its checkpoint to the bytes of an unbroken one.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, it } from "vitest";

import { lineSource, makeFolder, readWeights, type Folder } from "../support/command.ts";

const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));

/** Wide enough that threads share its kernels. */
const source = lineSource
  .replace("synthetic(120", "synthetic(600")
  .replace("dense(8)", "dense(256) |> tanh |> dense(256)")
  .replace("epochs    = 4", "epochs = 60");

/** Loaded before dlmc: its worker ends itself, in a step, as soon as the run has a checkpoint. Until then it takes its
 *  time, as checkpoints are a second apart. */
const killer = `
import { createRequire, syncBuiltinESMExports } from "node:module";
const threads = createRequire(import.meta.url)("node:worker_threads");
const step = "run(thread, threads);";
const pause = "Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 2);";
const hasCheckpoint =
  'require("node:fs").readdirSync("broken").some((name) => name.startsWith("checkpoint-"))';
threads.Worker = class extends threads.Worker {
  constructor(script, options) {
    super(String(script).replace(step, \`if (\${hasCheckpoint}) process.exit(9); \${pause} \${step}\`), options);
  }
};
syncBuiltinESMExports();
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "wide.dlm": source, "killer.mjs": killer });
});
afterAll(() => folder.remove());

it("is told, and nothing is lost", { timeout: 120_000 }, async () => {
  const imports = ["--import", "./killer.mjs", "--import", import.meta.resolve("tsx")];
  const command = ["train", "wide.dlm", "--device", "wasm", "--threads", "2", "--out", "broken"];
  const child = spawn(process.execPath, [...imports, main, ...command], {
    cwd: folder.path,
    stdio: ["ignore", "ignore", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let text = "";
  child.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
  await once(child, "close");
  expect(text).toContain("error: thread 1 of the wasm device came to an unexpected end");
  expect(text).toContain("--threads 1");
  expect(text).not.toContain("    at ");
  expect(child.exitCode).toBe(1);

  const run = path.join(folder.path, "broken");
  expect(readdirSync(run).filter((name) => name.endsWith(".part"))).toEqual([]);
  const alone = ["--device", "wasm", "--threads", "1"];
  const resumed = await folder.run(["train", "wide.dlm", ...alone, "--resume", "broken"]);
  expect(resumed).toMatchObject({ code: 0, error: "" });
  await folder.run(["train", "wide.dlm", ...alone, "--out", "unbroken"]);
  expect(readWeights(run)).toEqual(readWeights(path.join(folder.path, "unbroken")));
});
