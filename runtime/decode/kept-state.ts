// Scoring with kept states: a program takes one token more, and what it needs of those before lies in the memory of the
// session, from `begin` on and until another program runs there.

import type { Session } from "../artifact.ts";
import type { Scorer } from "./scorer.ts";

/** Names of programs in the session. */
export interface KeptPrograms {
  /** Takes the model's other fields and fills the states. */
  readonly begin: string;
  /** Takes the tokens and `$position`; gives `last` [rows, vocabulary]. */
  readonly step: string;
  /** Takes `from`: every sequence goes on from what another one was. Absent for one row. */
  readonly reorder?: string;
}

export interface KeptStateOptions {
  readonly rows: number;
  readonly vocabulary: number;
  readonly window: number;
  /** Name of the input that grows. */
  readonly grows: string;
  /** The session as it is now: a device may take the place of another while programs are loaded. */
  readonly session: () => Session;
  /** Loads all programs, so that none is loaded between steps. */
  readonly programs: () => Promise<KeptPrograms>;
}

export function createKeptState(options: KeptStateOptions): Scorer {
  const { rows, vocabulary, window, grows, session } = options;
  const scores = new Float32Array(rows * vocabulary);
  let programs: KeptPrograms | undefined;
  let position = 0;

  return {
    rows,
    vocabulary,
    window,
    async begin(fields) {
      programs = await options.programs();
      session().run(programs.begin, fields);
      position = 0;
    },
    async append(tokens, from, unread = false) {
      if (!programs) throw new Error("sequences must begin before they grow");
      if (position === window) throw new Error(`the prefix is longer than ${window} tokens`);
      const place = session();
      const isMoved = from?.some((source, row) => source !== row) ?? false;
      if (from && isMoved && programs.reorder !== undefined && position > 0) {
        place.run(programs.reorder, { from });
      }
      place.run(programs.step, { [grows]: tokens, $position: position });
      position += 1;
      if (unread) return scores;
      const { step } = programs;
      scores.set(place.view?.(step, "last") ?? (await place.output(step, "last")));
      return scores;
    },
  };
}
