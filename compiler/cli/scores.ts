// Scores as a person reads them.

import type { Scores } from "../../runtime/train/events.ts";

/** `loss 0.4321  accuracy 0.8472`. */
export function formatScores(scores: Scores): string {
  return Object.entries(scores)
    .map(([name, value]) => `${name} ${formatScore(value)}`)
    .join("  ");
}

export function formatScore(value: number): string {
  if (!Number.isFinite(value)) return String(value);
  return Math.abs(value) >= 1e-4 && Math.abs(value) < 1e5
    ? value.toFixed(4)
    : value.toExponential(3);
}
