// What a picker asks of a model: the scores of the next token, for sequences that grow side by side.

import type { TypedArray } from "../types.ts";

/** Scores of the next token for `rows` sequences (batch × beams); all of them stand at the same position. */
export interface Scorer {
  readonly rows: number;
  readonly vocabulary: number;
  /** The longest prefix that the model takes. */
  readonly window: number;
  /** Begins new sequences; `fields` are the model's inputs other than the growing one, one row a sequence. */
  begin(fields: Readonly<Record<string, TypedArray>>): Promise<void>;
  /**
   * Adds a token to every sequence and returns the scores [rows, vocabulary] of what comes next, valid until the next
   * call. Row i goes on from what row `from[i]` was before (beams); without `from`, from itself. Where the scores are
   * `unread`, as inside a prompt, they need not be worked out.
   */
  append(tokens: Int32Array, from?: Int32Array, unread?: boolean): Promise<Float32Array>;
}
