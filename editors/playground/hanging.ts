// Long lines go on below themselves, further in than they begin: what belongs together is seen as such.

import { RangeSetBuilder, type Extension } from "@codemirror/state";
import {
  Decoration,
  ViewPlugin,
  type DecorationSet,
  type EditorView,
  type ViewUpdate,
} from "@codemirror/view";

/** How far a line's rest stands behind its beginning, and how far at most: phones are narrow. */
const further = 2;
const furthest = 8;

function indents(view: EditorView): DecorationSet {
  const builder = new RangeSetBuilder<Decoration>();
  for (const { from, to } of view.visibleRanges) {
    for (let at = from; at <= to;) {
      const line = view.state.doc.lineAt(at);
      const blanks = /^ */.exec(line.text)?.[0].length ?? 0;
      const by = Math.min(blanks + further, furthest);
      builder.add(
        line.from,
        line.from,
        Decoration.line({
          attributes: { style: `padding-left: calc(${by}ch + 6px); text-indent: -${by}ch` },
        }),
      );
      at = line.to + 1;
    }
  }
  return builder.finish();
}

export const hangingIndent: Extension = ViewPlugin.fromClass(
  class {
    decorations: DecorationSet;

    constructor(view: EditorView) {
      this.decorations = indents(view);
    }

    update(update: ViewUpdate): void {
      if (update.docChanged || update.viewportChanged) this.decorations = indents(update.view);
    }
  },
  { decorations: (plugin) => plugin.decorations },
);
