// What stands in for `node/engine.ts` and `node/gpu.ts` in code that must run without Node's modules: pages, and standalone
// modules, which Node runs as a page would.

import { browserEngine, type Engine } from "./devices/wasm/engine.ts";
import { UserError } from "./errors.ts";

export function nodeEngine(): Engine {
  return browserEngine();
}

export function nodeGpu(): Promise<GPU> {
  return Promise.reject(
    new UserError("this module reaches GPUs in browsers only", {
      help: "in Node, compile it without --standalone and install the package webgpu",
    }),
  );
}

export function mayHaveGpu(): boolean {
  return false;
}
