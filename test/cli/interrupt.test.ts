// Ctrl-C as a terminal sends it: a signal to a real process.

import { spawn, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { lineSource, makeFolder, readEvents, type Folder } from "../support/command.ts";

const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));

/** Larger and longer than anybody waits for; one epoch takes many seconds. */
const longSource = lineSource
  .replace("synthetic(120", "synthetic(60000")
  .replace("dense(8)", "dense(512)")
  .replace("epochs    = 4", "epochs = 1000");

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "long.dlm": longSource });
});
afterAll(() => folder.remove());

interface Child {
  readonly process: ChildProcess;
  readonly text: { out: string; error: string };
  readonly ended: Promise<number | null>;
}

function start(args: readonly string[]): Child {
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), main, ...args], {
    cwd: folder.path,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  const text = { out: "", error: "" };
  child.stdout.on("data", (piece: Buffer) => (text.out += piece.toString()));
  child.stderr.on("data", (piece: Buffer) => (text.error += piece.toString()));
  const ended = once(child, "close").then(() => child.exitCode);
  return { process: child, text, ended };
}

/** Once the log holds a step. */
async function stepping({ text, process: child }: Child): Promise<void> {
  while (!text.out.includes('"event":"step"')) {
    if (child.exitCode !== null) throw new Error(`it ended: ${text.error}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

describe("Ctrl-C", () => {
  it("saves in the middle of an epoch, and says how to go on", async () => {
    const child = start(["train", "long.dlm", "--log", "json", "--out", "my run"]);
    await stepping(child);
    child.process.kill("SIGINT");
    expect(await child.ended).toBe(130);
    const last = readEvents(child.text.out).at(-1);
    expect(last).toMatchObject({ event: "end", finished: false });
    expect(child.text.error).toContain("stopping after this step");
    expect(child.text.error).toContain("go on with: dlmc train long.dlm --resume 'my run'");
    const names = readdirSync(path.join(folder.path, "my run"));
    expect(names.filter((name) => name.startsWith("checkpoint-"))).toHaveLength(1);
    expect(names.filter((name) => name.endsWith(".part"))).toEqual([]);
  });

  it("ends at once when it comes twice", async () => {
    const child = start(["train", "long.dlm", "--log", "json", "--out", "twice"]);
    await stepping(child);
    child.process.kill("SIGINT");
    child.process.kill("SIGINT");
    expect([130, null]).toContain(await child.ended);
  });

  it("ends a command that keeps nothing", async () => {
    const child = start(["summary", "long.dlm", "--batch", "7"]);
    child.process.kill("SIGINT");
    await child.ended;
    expect(child.process.signalCode).toBe("SIGINT");
  });
});
