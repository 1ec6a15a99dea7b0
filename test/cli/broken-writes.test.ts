// What a run leaves behind when it is killed while it writes, when the disk is full, when a checkpoint rots: the checkpoint
// before is whole, and the run goes on from it to the weights of an unbroken one.

import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import {
  cpSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  truncateSync,
  writeFileSync,
} from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";

import { listCheckpoints } from "../../runtime/node/checkpoints.ts";
import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import { lineSource, makeFolder, readEvents, type Folder, type Ran } from "../support/command.ts";
import { describeUnless } from "../support/describe-unless.ts";

const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));
const node = [process.execPath, "--import", import.meta.resolve("tsx"), main];

/** So many numbers that writing them takes a while: 12 MB, and twice that of the optimizer. */
const largeSource = `
block wide()(x: [n, d]) -> [n, d] {
  param ballast: [1500, 2000] = zeros
  return x + mean(ballast)
}
${lineSource.replace("x |> dense(8)", "x |> wide |> dense(8)")}`;

/** Milliseconds, for a machine with much else to do. */
const patience = 240_000;

const args = ["train", "m.dlm", "--log", "json", "--no-report", "--threads", "1"];

const folders: Folder[] = [];
afterAll(() => {
  for (const folder of folders) folder.remove();
});

/** A folder with a training, a run of it that was never stopped, `whole`, and one that was stopped after the steps given. */
async function begun(source: string, steps: readonly number[]): Promise<Folder> {
  const folder = makeFolder({ "m.dlm": source });
  folders.push(folder);
  const whole = await folder.run([...args, "--out", "whole"]);
  expect(whole.error).toBe("");
  for (const [i, step] of steps.entries()) {
    const stop = new AbortController();
    const onOut = (out: string): void => {
      if (out.includes(`"event":"step","step":${step},`)) stop.abort();
    };
    const run = [i === 0 ? "--out" : "--resume", "stopped"];
    const ran = await folder.run([...args, ...run], { signal: stop.signal, onOut });
    expect(ran.code).toBe(130);
  }
  return folder;
}

/** A copy of the stopped run, as `run`. */
function copyStopped(folder: Folder): void {
  rmSync(runOf(folder), { recursive: true, force: true });
  cpSync(path.join(folder.path, "stopped"), runOf(folder), { recursive: true });
}

const runOf = (folder: Folder): string => path.join(folder.path, "run");
const stepOf = (checkpoint: string | undefined): number =>
  Number(/\d{10}/.exec(checkpoint ?? "")?.[0]);

/** The bytes of a run's last weights and states, by path. */
function tensorsOf(run: string): Map<string, Buffer> {
  const file = listCheckpoints(run).at(-1) ?? "";
  const { tensors } = readSafetensors(readFileSync(file), file);
  const bytes = ({ buffer, byteOffset, byteLength }: NodeJS.TypedArray): Buffer =>
    Buffer.from(buffer, byteOffset, byteLength);
  return new Map([...tensors].map(([name, { data }]) => [name, bytes(data)]));
}

/** Goes on with the run, from this step, to the weights that a run has which was never stopped. */
async function expectToGoOn(folder: Folder, step: number): Promise<Ran> {
  const resumed = await folder.run([...args, "--resume", "run"]);
  expect(resumed.code).toBe(0);
  expect(readEvents(resumed.out)[0]).toMatchObject({ event: "start", resumed: step });
  expect(readdirSync(runOf(folder)).filter((name) => name.endsWith(".part"))).toEqual([]);
  const own = tensorsOf(runOf(folder));
  const wanted = tensorsOf(path.join(folder.path, "whole"));
  expect([...own.keys()]).toEqual([...wanted.keys()]);
  for (const [name, bytes] of wanted) expect(own.get(name)?.equals(bytes), name).toBe(true);
  return resumed;
}

/** Goes on with the run in a process of its own, has it save by Ctrl-C, and kills it as soon as a part of the checkpoint
 *  lies there. */
async function killWhileWriting(folder: Folder): Promise<void> {
  const [program = "", ...before] = node;
  const child = spawn(program, [...before, ...args, "--resume", "run"], { cwd: folder.path });
  const ended = once(child, "close");
  let out = "";
  child.stdout.on("data", (piece: Buffer) => {
    if (!out.includes('"event":"step"') && (out += piece.toString()).includes('"event":"step"')) {
      child.kill("SIGINT");
    }
  });
  while (child.exitCode === null && partsOf(folder).length === 0) {
    await new Promise((resolve) => setImmediate(resolve));
  }
  child.kill("SIGKILL");
  await ended;
}

const partsOf = (folder: Folder): string[] =>
  readdirSync(runOf(folder)).filter((name) => /^checkpoint-.*\.part$/.test(name));

let large: Folder;
beforeAll(async () => {
  large = await begun(largeSource, [3]);
}, patience);

describe("SIGKILL while a checkpoint is written", () => {
  it(
    "leaves the one before whole, and the run goes on from it",
    async () => {
      const folder = large;
      copyStopped(folder);
      // On a busy machine this process may look too late; the run then stands a step further, and is killed there.
      for (let i = 0; i < 10 && partsOf(folder).length === 0; i++) await killWhileWriting(folder);
      expect(partsOf(folder)).toHaveLength(1);
      const last = listCheckpoints(runOf(folder)).at(-1);
      const resumed = await expectToGoOn(folder, stepOf(last));
      expect(resumed.error).toBe("");
    },
    patience,
  );
});

describe("a corrupt checkpoint", () => {
  let folder: Folder;
  let files: readonly string[];
  beforeAll(async () => {
    folder = await begun(lineSource, [8, 14]);
  }, patience);
  beforeEach(() => {
    copyStopped(folder);
    files = listCheckpoints(runOf(folder));
    expect(files.map(stepOf)).toEqual([8, 14]);
  });

  it.each([
    [
      "one bit flipped",
      (bytes: Buffer) => bytes.writeUInt8(bytes.readUInt8(bytes.length - 9) ^ 1, bytes.length - 9),
    ],
    ["nothing but zeros", (bytes: Buffer) => bytes.fill(0)],
  ])(
    "is named and passed over: %s",
    async (_, spoil) => {
      const newest = files.at(-1) ?? "";
      const bytes = readFileSync(newest);
      spoil(bytes);
      writeFileSync(newest, bytes);
      const { error } = await expectToGoOn(folder, 8);
      expect(error).toMatch(/^warning: .*checkpoint-0000000014\.safetensors: /);
      expect(error).toContain("; the one before is used: checkpoint-0000000008.safetensors\n");
    },
    patience,
  );

  it(
    "is named when none is sound, with what to do",
    async () => {
      for (const file of files) truncateSync(file, 100);
      const ran = await folder.run([...args, "--resume", "run"]);
      expect(ran.code).toBe(1);
      expect(ran.error).toMatch(/^error: .*checkpoint-0000000014\.safetensors: /m);
      expect(ran.error).toContain("help: no older one is sound either: train anew");
      rmSync(files[0] ?? "");
      const alone = await folder.run([...args, "--resume", "run"]);
      expect(alone.error).toContain("help: there is no older one: train anew");
    },
    patience,
  );
});

/** Whether a file system can be mounted in a namespace of this process's own, which many systems allow without being root. */
function mountProblem(): string | null {
  const mount = "mount -t tmpfs -o size=1m none /mnt";
  try {
    execFileSync("unshare", ["-rm", "sh", "-c", mount], { stdio: "ignore" });
    return null;
  } catch {
    return "no file system can be mounted here, not even in a namespace";
  }
}

describeUnless(mountProblem(), "a full disk", () => {
  /** Runs what follows with `run` on a disk of 50 MB: room for one checkpoint of 36 MB, not for two. */
  const onSmallDisk = `rm -rf kept && mkdir kept && cp -r run/. kept && mount -t tmpfs -o size=50m none run && cp -r kept/. run &&
    { "$@"; code=$?; rm -r kept/* && cp -r run/. kept; exit $code; }`;

  it(
    "ends the run in words with the last checkpoint whole, and with room it goes on",
    async () => {
      const folder = large;
      copyStopped(folder);
      const words = ["-rm", "sh", "-c", onSmallDisk, "sh", ...node, ...args, "--resume", "run"];
      const child = spawn("unshare", words, { cwd: folder.path });
      let told = "";
      child.stderr.on("data", (piece: Buffer) => (told += piece.toString()));
      child.stdout.resume();
      await once(child, "close");
      expect(told).toMatch(
        /^error: cannot write .*checkpoint-\d+\.safetensors: the disk is full$/m,
      );
      expect(told).toContain("free some space");
      expect(told).toContain("go on with: dlmc train m.dlm --threads 1 --resume run");
      expect(child.exitCode).toBe(1);
      rmSync(runOf(folder), { recursive: true });
      renameSync(path.join(folder.path, "kept"), runOf(folder));
      expect(partsOf(folder)).toEqual([]);
      const resumed = await expectToGoOn(folder, 3);
      expect(resumed.error).toBe("");
    },
    patience,
  );
});
