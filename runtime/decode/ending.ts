// When a text ends.

import { specialIds } from "../data/text/vocabulary.ts";
import type { DecodeRule } from "./rule.ts";

/** Why a text ended: the end token, a stop, or `limit` tokens. */
export type Ending = "end" | "stop" | "limit";

/** Whether these ids end a text. */
export function endingOf(ids: readonly number[], rule: DecodeRule): Ending | undefined {
  if (ids.at(-1) === specialIds.end) return "end";
  const stops = rule.stop.some(
    (stop) => stop.length > 0 && stop.every((id, i) => ids[ids.length - stop.length + i] === id),
  );
  if (stops) return "stop";
  return ids.length >= rule.limit ? "limit" : undefined;
}
