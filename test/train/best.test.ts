// Which epoch is the best, and when patience is over.

import { expect, test } from "vitest";

import { betterEpoch, isPatienceOver, type BestPlan } from "../../runtime/train/best.ts";
import { startPosition, type Position } from "../../runtime/train/plan.ts";

const plan: BestPlan = { direction: "lowest", split: "validation", metric: "loss", patience: 2 };
const at = (epoch: number, best: Position["best"], inPhase = epoch): Position => ({
  ...startPosition,
  epoch,
  phase: { ...startPosition.phase, epoch: inPhase },
  best,
});
const scores = (loss: number) => ({ train: {}, validation: { loss } });

test("a lower or higher score is better, an equal one and NaN are not", () => {
  const best = { epoch: 1, value: 0.5 };
  expect(betterEpoch(plan, scores(0.4), at(2, best))).toEqual({ epoch: 2, value: 0.4 });
  expect(betterEpoch(plan, scores(0.5), at(2, best))).toBeUndefined();
  expect(betterEpoch(plan, scores(Number.NaN), at(1, null))).toBeUndefined();
  expect(betterEpoch(plan, scores(Infinity), at(1, null))).toEqual({ epoch: 1, value: Infinity });
  const highest = { ...plan, direction: "highest" } as const;
  expect(betterEpoch(highest, scores(0.4), at(2, best))).toBeUndefined();
  expect(betterEpoch(highest, scores(0.6), at(2, best))).toEqual({ epoch: 2, value: 0.6 });
  expect(betterEpoch(undefined, scores(0), at(1, null))).toBeUndefined();
});

test("patience counts epochs since the best one, of the phase alone", () => {
  expect(isPatienceOver(plan, at(2, { epoch: 1, value: 1 }))).toBe(false);
  expect(isPatienceOver(plan, at(3, { epoch: 1, value: 1 }))).toBe(true);
  // The best epoch lies before the phase, of which only one epoch is done.
  expect(isPatienceOver(plan, at(9, { epoch: 2, value: 1 }, 1))).toBe(false);
  expect(isPatienceOver(plan, at(10, { epoch: 2, value: 1 }, 2))).toBe(true);
  // No epoch had a number for a score.
  expect(isPatienceOver(plan, at(2, null))).toBe(true);
  const { patience: _patience, ...endless } = plan;
  expect(isPatienceOver(endless, at(99, { epoch: 1, value: 1 }))).toBe(false);
});
