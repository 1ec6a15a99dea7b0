// Asks the analysis worker, one text at a time: while it works, only the latest text waits.

import type { Analysis, AnalysisRequest, Library, Word } from "./protocol.ts";

export interface Analyser {
  /** The library's names; empty until they are known. */
  library(): readonly Word[];
  ask(text: string): void;
}

/** `told` gets the analysis of the text that was asked for last; older answers are dropped. */
export function openAnalyser(
  told: (analysis: Analysis, text: string) => void,
  failed: (reason: string) => void,
): Analyser {
  let worker: Worker | undefined;
  let library: readonly Word[] = [];
  let id = 0;
  let busy: AnalysisRequest | undefined;
  let waiting: AnalysisRequest | undefined;

  function next(): void {
    busy = waiting;
    waiting = undefined;
    if (busy) worker?.postMessage(busy);
  }

  function start(): Worker {
    const made = new Worker(new URL("./workers/analysis.ts", import.meta.url), { type: "module" });
    made.addEventListener("message", ({ data }: MessageEvent<Analysis | Library>) => {
      if ("library" in data) {
        library = data.library;
        return;
      }
      const asked = busy;
      next();
      if (asked && data.id === id) told(data, asked.text);
    });
    // A text that breaks the compiler must not end the page: the next one gets a fresh worker.
    made.addEventListener("error", (event) => {
      event.preventDefault();
      failed(event.message);
      made.terminate();
      worker = waiting ? start() : undefined;
      next();
    });
    return made;
  }

  return {
    library: () => library,
    ask(text) {
      id += 1;
      waiting = { id, text };
      worker ??= start();
      if (!busy) next();
    },
  };
}
