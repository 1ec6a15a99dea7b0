// The script of a worker, as text: so it runs from a bundle, in a browser and under a test runner alike. It handles
// messages until it shares a memory, then sleeps on the word of commands and runs what it is told to.

import { actions, control, listen, messageBytes } from "./layout.ts";

/** Sent to every worker first. */
export interface OpenMessage {
  readonly kind: "open";
  readonly memory: WebAssembly.Memory;
  readonly thread: number;
}

/** A program to be run by the threads below `threads`. */
export interface LoadMessage {
  readonly kind: "load";
  readonly action: number;
  readonly module: WebAssembly.Module;
  readonly threads: number;
}

/** What a worker answers, once to each message; `failed` also when a program fails. */
export interface Answer {
  readonly kind: "done" | "failed";
  readonly message?: string;
}

/** The surroundings give `listen` and `send`. */
export const workerScript = `"use strict";
const programs = new Map();
let memory, words, thread, seen;
// The first thread looks after all others.
const checkOthers = () => undefined;
listen((message) => {
  try {
    if (message.kind === "open") {
      memory = message.memory;
      thread = message.thread;
      words = new Int32Array(memory.buffer, 0, 1024);
    } else {
      const instance = new WebAssembly.Instance(message.module, { env: { memory, checkOthers } });
      programs.set(message.action, { run: instance.exports.run, threads: message.threads });
    }
    seen = Atomics.load(words, ${control.command / 4});
    send({ kind: "done" });
  } catch (error) {
    return send({ kind: "failed", message: String(error) });
  }
  serve();
});
function serve() {
  for (;;) {
    while (Atomics.load(words, ${control.command / 4}) === seen) {
      Atomics.wait(words, ${control.command / 4}, seen);
    }
    seen = Atomics.load(words, ${control.command / 4});
    const action = seen & ${actions - 1};
    if (action === ${listen}) return;
    const { run, threads } = programs.get(action);
    if (thread >= threads) continue;
    try {
      run(thread, threads);
    } catch (error) {
      return fail(String(error));
    }
  }
}
function fail(message) {
  if (Atomics.compareExchange(words, ${control.failed / 4}, 0, thread) === 0) {
    const text = new TextEncoder().encode(message).slice(0, ${messageBytes});
    new Uint8Array(memory.buffer, ${control.message + 4}, text.length).set(text);
    Atomics.store(words, ${control.message / 4}, text.length);
  }
  Atomics.add(words, ${control.phase / 4}, 1);
  Atomics.notify(words, ${control.phase / 4});
  send({ kind: "failed", message });
}
`;
