// The text: CodeMirror with the language's colours, problems as they are found and shapes behind the steps.

import { closeBrackets, closeBracketsKeymap, completionKeymap } from "@codemirror/autocomplete";
import {
  defaultKeymap,
  history,
  historyKeymap,
  indentWithTab,
  isolateHistory,
} from "@codemirror/commands";
import { bracketMatching, indentUnit, syntaxHighlighting } from "@codemirror/language";
import { lintGutter, lintKeymap, setDiagnostics, type Diagnostic } from "@codemirror/lint";
import { highlightSelectionMatches, search, searchKeymap } from "@codemirror/search";
import { EditorState, RangeSet, StateEffect, StateField } from "@codemirror/state";
import {
  Decoration,
  drawSelection,
  EditorView,
  highlightActiveLine,
  highlightActiveLineGutter,
  keymap,
  lineNumbers,
  WidgetType,
  type DecorationSet,
} from "@codemirror/view";

import { assistance } from "./assist.ts";
import { hangingIndent } from "./hanging.ts";
import { dlmColours, dlmLanguage } from "./language.ts";
import type { Problem, ShapeHint, Word } from "./protocol.ts";

export interface Editor {
  readonly view: EditorView;
  text(): string;
  /** Takes the place of the whole text. */
  replace(text: string): void;
  /** The same text in another form: the cursor stays in its line. */
  reform(text: string): void;
  show(problems: readonly Problem[], hints: readonly ShapeHint[]): void;
  /** Puts the cursor there and shows it. */
  reveal(offset: number): void;
}

class ShapeWidget extends WidgetType {
  readonly text: string;

  constructor(text: string) {
    super();
    this.text = text;
  }

  override eq(other: ShapeWidget): boolean {
    return other.text === this.text;
  }

  override toDOM(): HTMLElement {
    const element = document.createElement("span");
    element.className = "shape-hint";
    element.textContent = this.text;
    // Readers of the text hear the text alone; the table of layers tells the shapes.
    element.setAttribute("aria-hidden", "true");
    return element;
  }
}

const setHints = StateEffect.define<readonly ShapeHint[]>();

const hintField = StateField.define<DecorationSet>({
  create: () => Decoration.none,
  update(hints, transaction) {
    let moved = hints.map(transaction.changes);
    for (const effect of transaction.effects) {
      if (!effect.is(setHints)) continue;
      const { length } = transaction.newDoc;
      const widgets = effect.value
        .filter(({ at }) => at <= length)
        .map(({ at, text }) =>
          Decoration.widget({ widget: new ShapeWidget(text), side: 1 }).range(at),
        );
      moved = RangeSet.of(widgets, true);
    }
    return moved;
  },
  provide: (field) => EditorView.decorations.from(field),
});

export function openEditor(
  parent: HTMLElement,
  text: string,
  {
    changed,
    words,
  }: {
    readonly changed: (text: string) => void;
    readonly words: () => ReadonlyMap<string, Word>;
  },
): Editor {
  const view = new EditorView({
    parent,
    state: EditorState.create({
      doc: text,
      extensions: [
        lineNumbers(),
        highlightActiveLineGutter(),
        highlightActiveLine(),
        history(),
        drawSelection(),
        dlmLanguage,
        syntaxHighlighting(dlmColours),
        EditorView.lineWrapping,
        hangingIndent,
        indentUnit.of("  "),
        bracketMatching(),
        closeBrackets(),
        search({ top: true }),
        highlightSelectionMatches(),
        lintGutter(),
        hintField,
        assistance(words),
        EditorView.contentAttributes.of({
          "aria-label": "Model source",
          spellcheck: "false",
          autocapitalize: "off",
        }),
        EditorView.updateListener.of((update) => {
          if (update.docChanged) changed(update.state.doc.toString());
        }),
        // Escape, then Tab, leaves the editor: nobody is caught in it.
        keymap.of([
          ...closeBracketsKeymap,
          ...completionKeymap,
          ...searchKeymap,
          ...historyKeymap,
          ...lintKeymap,
          indentWithTab,
          ...defaultKeymap,
        ]),
      ],
    }),
  });
  return {
    view,
    text: () => view.state.doc.toString(),
    replace(next) {
      view.dispatch({
        changes: { from: 0, to: view.state.doc.length, insert: next },
        selection: { anchor: 0 },
        effects: EditorView.scrollIntoView(0),
        annotations: isolateHistory.of("full"),
      });
    },
    reform(next) {
      const { doc, selection } = view.state;
      if (doc.toString() === next) return;
      const { number } = doc.lineAt(selection.main.head);
      view.dispatch({
        changes: { from: 0, to: doc.length, insert: next },
        annotations: isolateHistory.of("full"),
      });
      const line = view.state.doc.line(Math.min(number, view.state.doc.lines));
      view.dispatch({ selection: { anchor: line.to }, scrollIntoView: true });
    },
    show(problems, hints) {
      const { length } = view.state.doc;
      view.dispatch(
        setDiagnostics(
          view.state,
          problems.map((each) => shown(each, length)),
        ),
        {
          effects: setHints.of(hints),
        },
      );
    },
    reveal(offset) {
      const at = Math.min(offset, view.state.doc.length);
      view.dispatch({
        selection: { anchor: at },
        effects: EditorView.scrollIntoView(at, { y: "center" }),
      });
      view.focus();
    },
  };
}

function shown(
  { code, severity, message, help, from, to, fix }: Problem,
  length: number,
): Diagnostic {
  return {
    from: Math.min(from, length),
    to: Math.min(to, length),
    severity,
    source: code,
    message: help === undefined ? message : `${message}\n${help}`,
    ...(fix
      ? {
          actions: [
            {
              name: fix.message === "" ? "Fix" : fix.message,
              apply: (view) =>
                view.dispatch({
                  changes: { from: fix.from, to: fix.to, insert: fix.replacement },
                }),
            },
          ],
        }
      : {}),
  };
}
