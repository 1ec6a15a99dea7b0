// Arithmetic on the scores of one row: what may be picked, the penalty of repetitions, log-probabilities.

import { specialIds } from "../data/text/vocabulary.ts";
import { UserError } from "../errors.ts";

/** Ids that stand for no text and end none, so that they are never picked. */
const never: ReadonlySet<number> = new Set([
  specialIds.padding,
  specialIds.unknown,
  specialIds.begin,
]);

/**
 * Scores as a picker sees them, in double precision: −∞ where a token is never picked, and where the score is NaN;
 * tokens that the prefix holds already are made less likely by `penalty` (Keskar et al., 2019): s / penalty for positive s,
 * s · penalty for others.
 */
export function pickable(
  scores: Float32Array,
  prefix: readonly number[],
  penalty: number,
): Float64Array {
  const own = Float64Array.from(scores);
  if (penalty !== 1) {
    for (const id of new Set(prefix)) {
      const score = own[id] ?? 0;
      own[id] = score > 0 ? score / penalty : score * penalty;
    }
  }
  for (let id = 0; id < own.length; id++) {
    if (never.has(id) || Number.isNaN(own[id])) own[id] = -Infinity;
  }
  const max = own.reduce((most, score) => Math.max(most, score), -Infinity);
  if (!Number.isFinite(max)) {
    const what = max === Infinity ? "an infinite score" : "no score that is a number (NaN)";
    throw new UserError(`the model gives the next token ${what}`, {
      help: "its weights may have become NaN in training: look at the losses, or train with --check-numerics",
    });
  }
  return own;
}

/** The id with the highest score, of equal ones the first. */
export function highest(scores: ArrayLike<number>): number {
  let best = specialIds.end as number;
  for (let id = 0; id < scores.length; id++) {
    if ((scores[id] ?? -Infinity) > (scores[best] ?? -Infinity)) best = id;
  }
  return best;
}

/** log softmax, in place. */
export function logSoftmax(scores: Float64Array): Float64Array {
  let max = -Infinity;
  for (const score of scores) max = Math.max(max, score);
  let sum = 0;
  for (const score of scores) sum += Math.exp(score - max);
  const log = max + Math.log(sum);
  for (let id = 0; id < scores.length; id++) scores[id] = (scores[id] ?? 0) - log;
  return scores;
}
