// Ending the thread that makes batches keeps the process alive until the thread has ended.

import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { openLoader } from "../../runtime/data/loader.ts";

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

test("a thread that ends by itself is told, with what helps", async () => {
  const loader = openLoader({
    start: ({ onEnd }) => {
      setTimeout(() => onEnd(new Error("exit code 9")), 10);
      return { post: () => undefined, hold: () => undefined, stop: async () => undefined };
    },
    threads: 2,
    place: () => "",
    count: 4,
    columns: new Map(),
    fields: [{ name: "x", dtype: "f32", shape: [] }],
    augmented: false,
    seed: 0,
    programs: { persistent: { bytes: 0, tensors: [] }, programs: [] },
    fitted: new Map(),
  });
  const options = { batch: 2, mode: "training", epoch: 0 } as const;
  const taking = loader.pass(Int32Array.of(0, 1, 2, 3), options).next();
  await expect(taking).rejects.toMatchObject({
    name: "UserError",
    message: expect.stringMatching(/unexpected end: exit code 9/),
    help: expect.stringMatching(/--resume/),
  });
  await expect(loader.ready).rejects.toThrow(/unexpected end/);
});

test("what comes after the end of the thread still happens", async () => {
  const run = promisify(execFile);
  const args = ["--import", import.meta.resolve("tsx"), "--input-type=module", "-e", script];
  expect((await run(process.execPath, args)).stdout).toBe("and then?\n");
});
