// What the device needs of its surroundings: a compiler of modules and workers. Node and browsers each have their own.

import type { WasmSettings } from "../../artifact.ts";
import { UserError } from "../../errors.ts";
import type { WorkerEvents, WorkerHandle } from "../../worker.ts";
import { engineFeatures, type Features } from "./features.ts";

/** A worker that runs programs. */
export interface TeamWorker extends WorkerHandle {
  /** Whether the worker has come to an end, told at once: also while the calling thread is in the middle of a step and
   *  gets no events. */
  hasEnded(): boolean;
}

export interface Engine {
  readonly features: Features;
  readonly cores: number;
  /** Whether the thread that runs programs may sleep: the main thread of a browser may not. */
  readonly maySleep: boolean;
  /** Compiles so that the first run is as fast as any later one. */
  compile(module: Uint8Array): Promise<WebAssembly.Module>;
  /** Starts a script that finds two functions: `listen(callback)` and `send(message)`. */
  spawn(script: string, events: WorkerEvents): TeamWorker;
}

/** The engine that this code runs in. */
export async function currentEngine(): Promise<Engine> {
  const { process } = globalThis as { process?: { versions?: { node?: string } } };
  if (process?.versions?.node === undefined) return browserEngine();
  // oxlint-disable-next-line no-restricted-imports -- only Node comes here
  const { nodeEngine } = await import("../../node/engine.ts");
  return nodeEngine();
}

/** Most threads that anybody may ask for. */
export const mostThreads = 64;

/** Threads as asked for, or half of the cores but at most four: a machine stays of use to others, and small models gain
 *  nothing from more. Results do not depend on it. */
export function wasmSettings(
  { features, cores }: Pick<Engine, "features" | "cores">,
  asked?: number,
  notice: (text: string) => void = () => undefined,
): WasmSettings {
  if (!features.simd) throw lacksVectors();
  if (asked !== undefined && asked > mostThreads) {
    throw new UserError(`${asked} threads are more than the ${mostThreads} that are possible`, {
      help: `this machine has ${cores} cores`,
    });
  }
  const wanted = asked ?? Math.max(1, Math.min(4, Math.floor(cores / 2)));
  if (wanted > 1 && !features.threads && asked !== undefined) {
    notice(
      "this page may not share memory between threads (it is not cross-origin isolated): one thread runs",
    );
  }
  const threads = features.threads ? wanted : 1;
  return { threads, shared: threads > 1, relaxed: features.relaxed };
}

export function lacksVectors(): UserError {
  return new UserError("this engine runs no WebAssembly with vectors (SIMD)", {
    help: "take the slower device js (--device js), or a newer engine",
  });
}

export function browserEngine(): Engine {
  const features = engineFeatures();
  return {
    features: { ...features, threads: features.threads && typeof Worker === "function" },
    cores: globalThis.navigator?.hardwareConcurrency ?? 1,
    maySleep: maySleep(),
    compile: (module) => WebAssembly.compile(module.slice()),
    spawn(script, { onMessage, onEnd }) {
      const prelude =
        "const listen = (f) => { onmessage = (e) => f(e.data); }; const send = (m) => postMessage(m);";
      const text = `${prelude}\n${script}`;
      const url = URL.createObjectURL(new Blob([text], { type: "text/javascript" }));
      const worker = new Worker(url);
      worker.addEventListener("message", ({ data }) => onMessage(data));
      worker.addEventListener("error", ({ message }) => onEnd(new Error(message)));
      return {
        post: (message) => worker.postMessage(message),
        hold: () => undefined,
        // A page's worker ends with an event or takes the page with it.
        hasEnded: () => false,
        stop: async () => {
          worker.terminate();
          URL.revokeObjectURL(url);
        },
      };
    },
  };
}

function maySleep(): boolean {
  try {
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 0);
    return true;
  } catch {
    return false;
  }
}
