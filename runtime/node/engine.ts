// WebAssembly in Node: V8's flags, and workers as threads of the process.

import { availableParallelism } from "node:os";
import { setFlagsFromString } from "node:v8";
import {
  MessageChannel,
  receiveMessageOnPort,
  Worker,
  type MessagePort,
} from "node:worker_threads";

import type { Engine } from "../devices/wasm/engine.ts";
import { engineFeatures } from "../devices/wasm/features.ts";

/** Makes what the engine can do available, before anything is compiled. */
export function nodeEngine(): Engine {
  // Node 20 has fused multiply-add but does not admit it; later versions need no flag, or have it no more.
  if (!engineFeatures().relaxed) setFlagsFromString("--experimental-wasm-relaxed-simd");
  return {
    features: engineFeatures(),
    cores: availableParallelism(),
    maySleep: true,
    compile: async (module) => compileFully(module),
    spawn(script, { onMessage, onEnd }) {
      const prelude =
        'const { parentPort } = require("node:worker_threads");' +
        "const listen = (f) => parentPort.on('message', f); const send = (m) => parentPort.postMessage(m);";
      // Neither the flags nor the variables of the process matter to so small a script.
      const { port1, port2 } = new MessageChannel();
      const worker = new Worker(`${prelude}\n${script}`, {
        eval: true,
        execArgv: [],
        env: {},
        workerData: port2,
        transferList: [port2],
      });
      const hasEnded = watchPort(port1);
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
          // Somebody waits for the end of a worker that is being stopped: the process must live until then.
          if (isStopping) return;
          if (alive) worker.ref();
          else worker.unref();
        },
        hasEnded,
        async stop() {
          isStopping = true;
          await worker.terminate();
        },
      };
    },
  };
}

/** Tells, without waiting for an event, whether the worker that has the other end of a port is gone. A port closes with
 *  its other end; receiving notices that, and a closed port can no longer be transferred. */
function watchPort(port: MessagePort): () => boolean {
  let mine = port;
  return () => {
    receiveMessageOnPort(mine);
    try {
      mine = structuredClone(mine, { transfer: [mine] });
      return false;
    } catch {
      return true;
    }
  };
}

/** V8 would compile every function quickly when it is first called and well only after many calls; a training has few
 *  and long ones. The flags hold for this module alone. */
function compileFully(module: Uint8Array): WebAssembly.Module {
  setFlagsFromString("--no-liftoff");
  setFlagsFromString("--no-wasm-lazy-compilation");
  try {
    return new WebAssembly.Module(module.slice());
  } finally {
    setFlagsFromString("--liftoff");
    setFlagsFromString("--wasm-lazy-compilation");
  }
}
