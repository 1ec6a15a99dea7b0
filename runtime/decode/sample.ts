// Drawing a token: temperature, the k best, the fewest that together are likely enough.

import { logSoftmax } from "./scores.ts";

export interface SampleSettings {
  readonly temperature: number;
  readonly topK?: number;
  readonly topP?: number;
}

/** The token that a uniform random number in [0, 1) draws. `scores` are changed. */
export function drawToken(scores: Float64Array, settings: SampleSettings, random: number): number {
  const { temperature, topK, topP } = settings;
  for (let id = 0; id < scores.length; id++) scores[id] = (scores[id] ?? 0) / temperature;
  if (topK !== undefined && topK < scores.length) keepBest(scores, topK);
  const probabilities = logSoftmax(scores).map(Math.exp);
  if (topP !== undefined && topP < 1) keepLikely(probabilities, topP);
  let total = 0;
  for (const probability of probabilities) total += probability;
  // In the order of the ids: the drawn one is the first whose cumulative probability is above the number.
  let cumulative = 0;
  let last = 0;
  for (const [id, probability] of probabilities.entries()) {
    if (probability === 0) continue;
    last = id;
    cumulative += probability;
    if (cumulative > random * total) return id;
  }
  return last; // what rounding left over
}

/** Ids by falling score; of equal ones the first comes first. */
function ranked(scores: Float64Array): number[] {
  const ids = Array.from(scores, (_, id) => id);
  return ids.sort((a, b) => (scores[b] ?? 0) - (scores[a] ?? 0) || a - b);
}

function keepBest(scores: Float64Array, count: number): void {
  for (const id of ranked(scores).slice(count)) scores[id] = -Infinity;
}

/** Nucleus sampling: the fewest of the most likely tokens whose probabilities add up to `share`; at least one. */
function keepLikely(probabilities: Float64Array, share: number): void {
  let sum = 0;
  for (const id of ranked(probabilities)) {
    if (sum >= share) probabilities[id] = 0;
    else sum += probabilities[id] ?? 0;
  }
}
