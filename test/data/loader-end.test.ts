// Ending the thread that makes batches keeps the process alive until the thread has ended.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";

// The last `hold(false)` comes from a message that arrives while the thread is being stopped, as where a short run is over
// before the thread is up.
const script = `
const { loaderStarter } = await import(${JSON.stringify(new URL("../../runtime/node/loader.ts", import.meta.url).href)});
const worker = loaderStarter()({ onMessage: () => undefined, onEnd: () => undefined });
worker.hold(true);
const stopped = worker.stop();
worker.hold(false);
await stopped;
console.log("and then?");
`;

test("what comes after the end of the thread still happens", async () => {
  const run = promisify(execFile);
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script];
  expect((await run(process.execPath, args)).stdout).toBe("and then?\n");
});
