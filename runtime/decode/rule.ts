// How a decoding chooses tokens, as plain data: what a `decode` declaration says of it.

export type PickRule =
  | { readonly kind: "greedy" }
  /** The `n` best prefixes go on side by side. A text's score is the sum of the log-probabilities of its tokens over
   *  length ** `lengthPenalty`, as in "Dive into Deep Learning", section 10.8; 0 compares the sums themselves. */
  | { readonly kind: "beam"; readonly n: number; readonly lengthPenalty: number }
  /** Draws from the softmax of score / temperature over the `topK` best tokens, of these over the fewest that together
   *  have the probability `topP` (Holtzman et al., 2020). */
  | {
      readonly kind: "sample";
      readonly temperature: number;
      readonly topK?: number;
      readonly topP?: number;
    };

export interface DecodeRule {
  readonly pick: PickRule;
  /** Scores of tokens that the prefix holds already are divided by it where positive, multiplied where negative
   *  (Keskar et al., 2019, "CTRL"); 1 changes nothing. */
  readonly repetitionPenalty: number;
  /** Most tokens that are added, the end token among them. */
  readonly limit: number;
  /** Sequences of ids after which a text ends; they stay in it. The end token is one of its own. */
  readonly stop: readonly (readonly number[])[];
  /** Of the random numbers of `sample`. */
  readonly seed: number;
}

/** Rows of the scorer that one sequence takes. */
export function rowsOf({ pick }: Pick<DecodeRule, "pick">): number {
  return pick.kind === "beam" ? pick.n : 1;
}

/** What is wrong with a number of the rule: what must hold instead; undefined where it is right. */
export const ranges = {
  n: (n: number) => (Number.isInteger(n) && n >= 1 && n <= 1024 ? undefined : "1 … 1024"),
  length_penalty: (x: number) => (x >= 0 && Number.isFinite(x) ? undefined : "0 or more"),
  temperature: (x: number) => (x > 0 && Number.isFinite(x) ? undefined : "above 0"),
  top_k: (n: number) => (Number.isInteger(n) && n >= 1 ? undefined : "a whole number from 1 on"),
  top_p: (x: number) => (x > 0 && x <= 1 ? undefined : "above 0 and at most 1"),
  repetition_penalty: (x: number) => (x > 0 && Number.isFinite(x) ? undefined : "above 0"),
} as const;
