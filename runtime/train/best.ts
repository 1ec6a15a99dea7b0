// Which epoch's weights are kept, and when a phase has waited long enough for better ones.

import type { Scores } from "./events.ts";
import type { Position } from "./plan.ts";

/** `best = lowest(validation.loss)`, `patience = 3`. */
export interface BestPlan {
  readonly direction: "lowest" | "highest";
  /** Never a test split: a choice made by test scores makes them too good. */
  readonly split: "train" | "validation";
  readonly metric: string;
  /** Epochs without a better one after which a phase ends. */
  readonly patience?: number;
}

/** Keeps the weights of the best epoch, and gives them back. */
export interface BestKeeper {
  /** Called when an epoch is the best so far, before the checkpoint that tells of it. */
  keep(position: Position): Promise<void>;
  /** Puts the kept weights in the place of the present ones. */
  restore(): Promise<void>;
}

/** The epoch as the best so far, or undefined: equal scores are no better, and NaN never is. */
export function betterEpoch(
  plan: BestPlan | undefined,
  scores: Readonly<Record<BestPlan["split"], Scores>>,
  { epoch, best }: Pick<Position, "epoch" | "best">,
): NonNullable<Position["best"]> | undefined {
  const value = plan && scores[plan.split][plan.metric];
  if (value === undefined || Number.isNaN(value)) return undefined;
  if (best) {
    const isBetter = plan?.direction === "lowest" ? value < best.value : value > best.value;
    if (!isBetter) return undefined;
  }
  return { epoch, value };
}

/** Whether the running phase has gone on for `patience` epochs without a better one, of all epochs so far. */
export function isPatienceOver(
  plan: BestPlan | undefined,
  { epoch, phase, best }: Position,
): boolean {
  if (plan?.patience === undefined) return false;
  const begun = epoch - phase.epoch;
  return epoch - Math.max(begun, best?.epoch ?? 0) >= plan.patience;
}
