// Steps that mixed precision leaves out, counted as their results come back.

import type { PhasePlan } from "./plan.ts";

export interface Skips {
  /** In the running epoch. */
  readonly inEpoch: number;
  /** Takes the program's count up to a step, if it gives one: how many steps of the phase were left out before it, and
   *  whether it was one itself. */
  take(total: number | undefined): { readonly before: number; readonly isSkipped: boolean };
}

/** `inEpoch` are those of the epoch's part that was done before. */
export async function countSkips({ skips }: PhasePlan, inEpoch: number): Promise<Skips> {
  let before = (await skips?.skipped()) ?? 0;
  let own = inEpoch;
  return {
    get inEpoch() {
      return own;
    },
    take(total = before) {
      const told = { before, isSkipped: total > before };
      own += total - before;
      before = total;
      return told;
    },
  };
}

/** For positions and events: nothing is told where nothing was left out. */
export function toldSkips({ inEpoch }: Skips): { readonly skipped?: number } {
  return inEpoch > 0 ? { skipped: inEpoch } : {};
}
