// The search for the continuation of one prompt: what to append to its rows of the scorer after each step.

import { placeKey, uniformAt } from "../random.ts";
import { searchBeams } from "./beam.ts";
import { endingOf, type Ending } from "./ending.ts";
import type { DecodeRule } from "./rule.ts";
import { drawToken } from "./sample.ts";
import { highest, pickable } from "./scores.ts";

export interface Found {
  /** Ids after the prompt; an end token is the last. */
  readonly ids: readonly number[];
  /** Undefined while the search goes on. */
  readonly ending: Ending | undefined;
}

export interface Search {
  /** Takes the scores of its rows, [width, vocabulary], and chooses the next token of each. */
  take(scores: Float32Array): void;
  /** The token that each row gets next, and the own row that it goes on from. */
  readonly tokens: Int32Array;
  readonly from: Int32Array;
  /** The continuation, or the best so far. */
  readonly found: Found;
}

/** `sequence` numbers the texts of one call: each draws numbers of its own. */
export function createSearch(
  rule: DecodeRule,
  prompt: readonly number[],
  sequence: number,
): Search {
  if (rule.pick.kind === "beam") return searchBeams(rule, rule.pick, prompt);
  return searchSingly(rule, prompt, sequence);
}

/** Greedy and sampling: one row, whose tokens are settled as they come. */
function searchSingly(rule: DecodeRule, prompt: readonly number[], sequence: number): Search {
  const { pick, repetitionPenalty, seed } = rule;
  const [key0, key1] = placeKey("decode");
  const tokens = new Int32Array(1);
  const ids: number[] = [];
  let ending: Ending | undefined;
  return {
    tokens,
    from: new Int32Array(1),
    get found() {
      return { ids, ending };
    },
    take(given) {
      const scores = pickable(given, [...prompt, ...ids], repetitionPenalty);
      const id =
        pick.kind === "sample"
          ? drawToken(scores, pick, uniformAt(sequence, key0, key1, seed, ids.length))
          : highest(scores);
      tokens[0] = id;
      ids.push(id);
      ending = endingOf(ids, rule);
    },
  };
}
