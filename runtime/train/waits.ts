// How long a training waits for its data: no time where they are made beside it quickly enough.

import type { Batch, BatchSource } from "./plan.ts";

export interface Waits {
  /** The same batches, with a watch on them. */
  readonly source: BatchSource;
  /** Milliseconds from asking for a batch until it was there, added up. */
  readonly waited: () => number;
}

/** Puts a watch on a source. `now` is a clock in milliseconds. */
export function watchWaits(source: BatchSource, now: () => number): Waits {
  let waited = 0;
  return {
    waited: () => waited,
    source: {
      counts: source.counts,
      async *batches(split, options): AsyncGenerator<Batch> {
        let asked = now();
        for await (const batch of source.batches(split, options)) {
          waited += now() - asked;
          yield batch;
          asked = now();
        }
      },
    },
  };
}
