// What becomes of the output of a real process: a full disk is told in words.

import { spawnSync } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, expect, it } from "vitest";

import { lineSource, makeFolder, type Folder } from "../support/command.ts";

const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "line.dlm": lineSource });
});
afterAll(() => folder.remove());

/** A device that is always full. */
const full = "/dev/full";

it.skipIf(!existsSync(full))("says that the disk is full, without a stack trace", () => {
  const out = openSync(full, "w");
  const imports = ["--import", import.meta.resolve("tsx")];
  const ran = spawnSync(process.execPath, [...imports, main, "check", "line.dlm"], {
    cwd: folder.path,
    stdio: ["ignore", out, "pipe"],
    encoding: "utf8",
  });
  closeSync(out);
  expect(ran.stderr).toBe("error: cannot write the output: the disk is full\n");
  expect(ran.status).toBe(1);
});
