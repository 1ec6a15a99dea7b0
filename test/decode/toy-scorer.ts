// A scorer without a model: a table of probabilities by the last token, and a record of what it was asked.

import type { Scorer } from "../../runtime/decode/scorer.ts";
import type { TypedArray } from "../../runtime/types.ts";

export interface ToyScorer extends Scorer {
  /** Prefix of every row at each call whose scores were read. */
  readonly read: number[][][];
  readonly fields: Readonly<Record<string, TypedArray>>[];
}

/** `chances(prefix, row)`: probability by id; others are impossible. */
export function toyScorer(
  rows: number,
  window: number,
  chances: (prefix: readonly number[], row: number) => Readonly<Record<number, number>>,
  vocabulary = 7,
): ToyScorer {
  let prefixes: number[][] = [];
  const read: number[][][] = [];
  const fields: Readonly<Record<string, TypedArray>>[] = [];
  return {
    rows,
    vocabulary,
    window,
    read,
    fields,
    begin(given) {
      fields.push(given);
      prefixes = Array.from({ length: rows }, () => []);
      return Promise.resolve();
    },
    append(tokens, from, unread = false) {
      prefixes = prefixes.map((own, row) => [
        ...(prefixes[from?.[row] ?? row] ?? own),
        tokens[row] ?? 0,
      ]);
      if (prefixes.some((prefix) => prefix.length > window)) throw new Error("too long");
      const scores = new Float32Array(rows * vocabulary).fill(unread ? Number.NaN : -Infinity);
      if (!unread) {
        read.push(prefixes);
        for (const [row, prefix] of prefixes.entries()) {
          for (const [id, p] of Object.entries(chances(prefix, row))) {
            scores[row * vocabulary + Number(id)] = Math.log(p);
          }
        }
      }
      return Promise.resolve(scores);
    },
  };
}
