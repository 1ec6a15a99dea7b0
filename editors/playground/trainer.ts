// The run in the training worker, as the page sees it.

import type { TrainingMessage, TrainingRequest } from "./protocol.ts";

export interface Trainer {
  send(request: TrainingRequest): void;
  /** Asks for a picture's class; of several that wait only the latest is sent. */
  predict(pixels: Uint8Array): void;
}

export function openTrainer(told: (message: TrainingMessage) => void): Trainer {
  let worker: Worker | undefined;
  let id = 0;
  let isOut = false;
  let waiting: Uint8Array | undefined;

  function start(): Worker {
    const made = new Worker(new URL("./workers/training.ts", import.meta.url), { type: "module" });
    made.addEventListener("message", ({ data }: MessageEvent<TrainingMessage>) => {
      if (data.kind === "prediction" || data.kind === "failed") isOut = false;
      told(data);
      if (data.kind === "prediction" && waiting) ask();
    });
    made.addEventListener("error", (event) => {
      event.preventDefault();
      made.terminate();
      worker = undefined;
      told({ kind: "failed", message: `the training stopped unexpectedly: ${event.message}` });
    });
    return made;
  }

  function ask(): void {
    if (!waiting || !worker) return;
    const pixels = waiting;
    waiting = undefined;
    isOut = true;
    id += 1;
    worker.postMessage({ kind: "predict", id, pixels } satisfies TrainingRequest);
  }

  return {
    send(request) {
      if (request.kind === "train") {
        isOut = false;
        waiting = undefined;
      }
      worker ??= start();
      worker.postMessage(request);
    },
    predict(pixels) {
      waiting = pixels;
      if (!isOut) ask();
    },
  };
}
