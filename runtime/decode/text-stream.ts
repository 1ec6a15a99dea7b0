// Tokens as text while they come: what is printed is never taken back, and no character is cut in two.

import type { Vocabulary } from "../data/text/vocabulary.ts";

export interface TextStream {
  /** What the next token adds to the text; perhaps nothing yet. */
  add(id: number): string;
  /** What is left when no token follows. */
  end(): string;
}

/** A text that begins with these ids, which are printed already. */
export function createTextStream(vocabulary: Vocabulary, begun: readonly number[]): TextStream {
  const ids = [...begun];
  let printed = vocabulary.decode(ids);

  function rest(text: string): string {
    if (!text.startsWith(printed)) return "";
    const more = text.slice(printed.length);
    printed = text;
    return more;
  }

  return {
    add(id) {
      ids.push(id);
      // Tokens of bytes may end inside a character, which reads as U+FFFD until the rest is there.
      return rest(vocabulary.decode(ids).replace(/\uFFFD+$/u, ""));
    },
    end: () => rest(vocabulary.decode(ids)),
  };
}
