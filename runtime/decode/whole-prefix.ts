// The plain way to score: the model runs on the whole prefix for every token, by a program for each length. Right for
// every model, and the measure for what keeps states.

import type { Session } from "../artifact.ts";
import type { TypedArray } from "../types.ts";
import type { Scorer } from "./scorer.ts";

export interface WholePrefixOptions {
  readonly rows: number;
  readonly vocabulary: number;
  readonly window: number;
  /** Name of the input that grows. */
  readonly grows: string;
  /** The session as it is now: a device may take the place of another while programs are loaded. */
  readonly session: () => Session;
  /** Compiles and loads the model on prefixes of this length, for all rows; its output `last` is [rows, vocabulary].
   *  Gives the program's name in the session. */
  readonly program: (length: number) => Promise<string>;
}

export function createWholePrefix(options: WholePrefixOptions): Scorer {
  const { rows, vocabulary, window, grows, session, program } = options;
  let prefixes = new Int32Array(rows * window);
  let other = new Int32Array(rows * window);
  const scores = new Float32Array(rows * vocabulary);
  let fields: Readonly<Record<string, TypedArray>> = {};
  let length = 0;

  /** Every row goes on from another. */
  function reorder(from: Int32Array): void {
    for (let row = 0; row < rows; row++) {
      const start = (from[row] ?? row) * window;
      other.set(prefixes.subarray(start, start + length), row * window);
    }
    [prefixes, other] = [other, prefixes];
  }

  return {
    rows,
    vocabulary,
    window,
    begin(given) {
      fields = given;
      length = 0;
      return Promise.resolve();
    },
    async append(tokens, from, unread = false) {
      if (length === window) throw new Error(`the prefix is longer than ${window} tokens`);
      if (from) reorder(from);
      for (let row = 0; row < rows; row++) prefixes[row * window + length] = tokens[row] ?? 0;
      length += 1;
      if (unread) return scores;
      const name = await program(length);
      const input = new Int32Array(rows * length);
      for (let row = 0; row < rows; row++) {
        input.set(prefixes.subarray(row * window, row * window + length), row * length);
      }
      session().run(name, { ...fields, [grows]: input });
      scores.set(session().view?.(name, "last") ?? (await session().output(name, "last")));
      return scores;
    },
  };
}
