// What to write instead of a name that nobody knows: the nearest one, or the word of this language for it.

import { nearestName, type Fix } from "./diagnostic.ts";
import { blockWord, valueWord } from "./foreign-words.ts";
import type { Span } from "./source.ts";

export interface Suggestion {
  readonly help?: string;
  readonly fix?: Fix;
}

/** Help and fix for a misspelt name; without a near candidate `otherwise` is the help. */
export function suggest(
  name: string,
  span: Span,
  candidates: Iterable<string>,
  otherwise?: string,
): Suggestion {
  const near = nearestName(name, candidates);
  if (near !== undefined) return { help: `is \`${near}\` meant?`, fix: fixWith(near, span) };
  return otherwise === undefined ? {} : { help: otherwise };
}

/** The same for a name in an expression, where people also write words of other languages and libraries. */
export function suggestValue(name: string, span: Span, candidates: Iterable<string>): Suggestion {
  const all = [...candidates];
  const value = valueWord(name);
  if (value !== undefined)
    return { help: `here it is written \`${value}\``, fix: fixWith(value, span) };
  const block = blockWord(name);
  if (block !== undefined && all.includes(block))
    return { help: `here it is called \`${block}\``, fix: fixWith(block, span) };
  return suggest(
    name,
    span,
    all,
    `declare it in this file, or import it: \`import { ${name} } from "./other.dlm"\``,
  );
}

function fixWith(replacement: string, span: Span): Fix {
  return { message: `\`${replacement}\``, span, replacement };
}
