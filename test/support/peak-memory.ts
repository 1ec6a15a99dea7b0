// Peak resident memory of dlmc in a process of its own, as a user starts it.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

import { expect } from "vitest";

const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));

/** Tells the peak of its process, in KiB, when that ends. */
const tellPeak = `data:text/javascript,process.on("exit",()=>console.error("peak "+process.resourceUsage().maxRSS))`;

/** Runs dlmc in a folder; gives its peak in MiB. */
export async function peakOf(cwd: string, ...args: readonly string[]): Promise<number> {
  const imports = ["--import", tellPeak, "--import", import.meta.resolve("tsx")];
  const child = spawn(process.execPath, [...imports, main, ...args], {
    cwd,
    stdio: ["ignore", "ignore", "pipe"],
  });
  let text = "";
  child.stderr.on("data", (piece: Buffer) => (text += piece.toString()));
  await once(child, "close");
  expect(child.exitCode, text).toBe(0);
  return Number(/peak (\d+)/.exec(text)?.[1]) / 1024;
}
