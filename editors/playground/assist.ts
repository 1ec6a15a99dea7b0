// Names as they are written: completion, and what a name means where the pointer rests.

import { autocompletion, type Completion, type CompletionContext } from "@codemirror/autocomplete";
import type { Extension } from "@codemirror/state";
import { hoverTooltip } from "@codemirror/view";

import { make } from "./dom.ts";
import type { Word } from "./protocol.ts";

const nameLetters = /[\p{L}_][\p{L}\p{N}_]*/u;

/** `words` are asked for each time, as the text declares more. */
export function assistance(words: () => ReadonlyMap<string, Word>): Extension {
  const complete = (context: CompletionContext) => {
    const before = context.matchBefore(/[\p{L}_][\p{L}\p{N}_]*$/u);
    if (!before && !context.explicit) return null;
    const line = context.state.doc.lineAt(context.pos);
    // Nothing in comments and strings.
    const written = line.text.slice(0, context.pos - line.from);
    if (/\/\//.test(written) || (written.match(/"/g)?.length ?? 0) % 2 === 1) return null;
    const keywords = [...dlmReservedWords, ...dlmContextualWords];
    return {
      from: before?.from ?? context.pos,
      validFor: /^[\p{L}\p{N}_]*$/u,
      options: [
        ...[...words().values()].map((word): Completion => ({
          label: word.name,
          type: "function",
          detail: word.head.slice(word.name.length),
          ...(word.doc === undefined ? {} : { info: word.doc }),
        })),
        ...keywords.map((label): Completion => ({ label, type: "keyword", boost: -1 })),
      ],
    };
  };

  const hover = hoverTooltip((view, position) => {
    const line = view.state.doc.lineAt(position);
    for (const found of line.text.matchAll(new RegExp(nameLetters, "gu"))) {
      const from = line.from + found.index;
      const to = from + found[0].length;
      const word = from <= position && position <= to ? words().get(found[0]) : undefined;
      if (!word) continue;
      return {
        pos: from,
        end: to,
        above: true,
        create: () => ({
          dom: make(
            "div",
            { class: "meaning" },
            make("code", { text: word.head }),
            ...(word.doc === undefined ? [] : [make("p", { text: word.doc })]),
          ),
        }),
      };
    }
    return null;
  });

  return [autocompletion({ override: [complete], icons: false }), hover];
}
