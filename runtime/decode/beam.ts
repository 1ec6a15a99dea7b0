// Beam search for one prompt: the n best prefixes go on side by side, and what has ended is compared by its score over
// its length. The search stops once no prefix that still grows can overtake the best text that has ended.

import { endingOf, type Ending } from "./ending.ts";
import { rowsOf, type DecodeRule, type PickRule } from "./rule.ts";
import { logSoftmax, pickable } from "./scores.ts";
import type { Search } from "./search.ts";

interface Hypothesis {
  readonly ids: readonly number[];
  /** Sum of the log-probabilities of its tokens. */
  readonly sum: number;
  /** The row that it went on from. */
  readonly row: number;
  readonly ending?: Ending | undefined;
}

export function searchBeams(
  rule: DecodeRule,
  { n, lengthPenalty }: Extract<PickRule, { kind: "beam" }>,
  prompt: readonly number[],
): Search {
  const tokens = new Int32Array(n);
  const from = new Int32Array(n);
  // All rows hold the prompt; the first speaks for them.
  let live: readonly Hypothesis[] = [{ ids: [], sum: 0, row: 0 }];
  let best: Hypothesis | undefined;

  const worth = ({ sum, ids }: Hypothesis): number => sum / ids.length ** lengthPenalty;

  /** What a prefix may come to be worth: its sum can only fall, and a negative one counts least at the full length. */
  const hope = ({ sum }: Hypothesis): number => sum / rule.limit ** lengthPenalty;

  return {
    tokens,
    from,
    get found() {
      const [leading] = live;
      const isOver = best !== undefined && (leading === undefined || worth(best) >= hope(leading));
      const shown = best ?? leading;
      return { ids: shown?.ids ?? [], ending: isOver ? best?.ending : undefined };
    },
    take(scores) {
      const next: Hypothesis[] = [];
      for (const candidate of extend(live, scores, { rule, prompt, count: 2 * n })) {
        const ending = endingOf(candidate.ids, rule);
        if (ending === undefined) next.push(candidate);
        else if (best === undefined || worth(candidate) > worth(best)) {
          best = { ...candidate, ending };
        }
        if (next.length === n) break;
      }
      live = next;
      for (let row = 0; row < n; row++) {
        // Rows without a prefix of their own repeat one.
        const { ids, row: before } = live[row] ?? live[0] ?? { ids: [0], row: 0 };
        tokens[row] = ids.at(-1) ?? 0;
        from[row] = before;
      }
    },
  };
}

/** The `count` best continuations by one token, the best first; of equal ones the lower row and id come first. */
function extend(
  live: readonly Hypothesis[],
  scores: Float32Array,
  {
    rule,
    prompt,
    count,
  }: {
    readonly rule: DecodeRule;
    readonly prompt: readonly number[];
    readonly count: number;
  },
): Hypothesis[] {
  const vocabulary = scores.length / rowsOf(rule);
  const found: { readonly row: number; readonly id: number; readonly sum: number }[] = [];
  for (const [row, { ids, sum }] of live.entries()) {
    const own = scores.subarray(row * vocabulary, (row + 1) * vocabulary);
    const logs = logSoftmax(pickable(own, [...prompt, ...ids], rule.repetitionPenalty));
    for (const [id, log] of logs.entries()) {
      const total = sum + log;
      const last = found.at(-1);
      if (log === -Infinity || (found.length === count && last && total <= last.sum)) continue;
      if (found.length === count) found.pop();
      let at = found.length;
      while (at > 0 && total > (found[at - 1]?.sum ?? Infinity)) at -= 1;
      found.splice(at, 0, { row, id, sum: total });
    }
  }
  return found.map(({ row, id, sum }) => ({ ids: [...(live[row]?.ids ?? []), id], sum, row }));
}
