// Starts threads that make batches, in Node.

import { existsSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";
import { Worker } from "node:worker_threads";
import type { WorkerEvents, WorkerHandle } from "../worker.ts";

/** Where the thread's script lies: beside this file in the sources; in the package, where this file is part of a bundle,
 *  by its place below `dist`. Undefined in a bundle that somebody else made without it. */
function findScript(): URL | undefined {
  const own = import.meta.url;
  if (own.endsWith(".ts")) return new URL("./loader-worker.ts", own);
  return ["..", "../.."]
    .map((up) => new URL(`${up}/runtime/node/loader-worker.js`, own))
    .find((script) => existsSync(fileURLToPath(script)));
}

/** Starts threads, where their script is there to be started. */
export function loaderStarter(): ((events: WorkerEvents) => WorkerHandle) | undefined {
  const script = findScript();
  if (script === undefined) return undefined;
  return ({ onMessage, onEnd }) => {
    const worker = script.pathname.endsWith(".ts")
      ? new Worker(fromSources(script), { eval: true, execArgv: [] })
      : new Worker(script, { execArgv: [] });
    let isStopping = false;
    worker.unref();
    worker.on("message", onMessage);
    worker.on("error", onEnd);
    worker.on("exit", (code) => {
      if (!isStopping) onEnd(new Error(`exit code ${code}`));
    });
    return {
      post: (message) => worker.postMessage(message),
      hold(alive) {
        // Somebody waits for the end of a thread that is being stopped: the process must live until then.
        if (isStopping) return;
        if (alive) worker.ref();
        else worker.unref();
      },
      async stop() {
        isStopping = true;
        await worker.terminate();
      },
    };
  };
}

/** From its sources, as tests run it: no thread of Node 20 reads TypeScript. */
function fromSources(script: URL): string {
  const esbuild = createRequire(import.meta.url)("esbuild") as {
    buildSync: (options: object) => { readonly outputFiles: readonly { readonly text: string }[] };
  };
  const { outputFiles } = esbuild.buildSync({
    entryPoints: [fileURLToPath(script)],
    bundle: true,
    write: false,
    platform: "node",
    format: "cjs",
    logLevel: "silent",
  });
  return outputFiles[0]?.text ?? "";
}
