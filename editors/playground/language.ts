// How the editor reads .dlm: colours by the same rules as every other editor, brackets and comments for keys.

import { HighlightStyle, StreamLanguage } from "@codemirror/language";
import { tags, type Tag } from "@lezer/highlight";

import { lineScanner } from "../../grammar/highlight/scan.ts";

/** Scopes of the rules, the longest beginning first, as the editor's tags. */
const tagOf: readonly (readonly [scope: string, tag: Tag])[] = [
  ["comment.line.documentation", tags.docComment],
  ["comment", tags.comment],
  ["string", tags.string],
  ["constant.character.escape", tags.escape],
  ["constant.numeric", tags.number],
  ["constant.language", tags.atom],
  ["keyword.operator.arrow", tags.controlOperator],
  ["keyword.operator.word", tags.keyword],
  ["keyword.operator", tags.operator],
  ["keyword", tags.keyword],
  ["storage.type", tags.typeName],
  ["support.type", tags.typeName],
  ["entity.name.type", tags.definition(tags.variableName)],
  ["entity.name.function", tags.function(tags.variableName)],
  ["variable.other.member", tags.definition(tags.variableName)],
  ["variable.other.constant", tags.definition(tags.variableName)],
  ["variable.other.property", tags.propertyName],
  ["variable.parameter", tags.propertyName],
  ["variable", tags.variableName],
  ["punctuation.section", tags.bracket],
  ["punctuation", tags.punctuation],
  ["invalid", tags.invalid],
];

const scan = lineScanner(dlmHighlightRules);

interface State {
  /** The line scanned last, with its pieces. */
  line: string;
  pieces: ReturnType<typeof scan>;
}

export const dlmLanguage = StreamLanguage.define<State>({
  name: "dlm",
  startState: () => ({ line: "", pieces: [] }),
  copyState: (state) => ({ ...state }),
  token(stream, state) {
    if (stream.sol() || state.line !== stream.string) {
      state.line = stream.string;
      state.pieces = scan(stream.string);
    }
    const piece = state.pieces.find(({ end }) => end > stream.pos);
    if (piece === undefined) {
      stream.skipToEnd();
      return null;
    }
    stream.pos = piece.end;
    const { scope } = piece;
    if (scope === null) return null;
    const [found] = tagOf.find(([start]) => scope.startsWith(start)) ?? [];
    return found === undefined ? null : tokenName(found);
  },
  tokenTable: Object.fromEntries(tagOf.map(([scope, tag]) => [tokenName(scope), tag])),
  languageData: {
    commentTokens: { line: "//" },
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
  },
});

/** Dots have a meaning of their own in the names of the editor's tokens. */
function tokenName(scope: string): string {
  return scope.replaceAll(".", "-");
}

/** Colours are the page's own, so that light and dark need no other style. */
export const dlmColours = HighlightStyle.define([
  { tag: tags.docComment, color: "var(--code-doc)", fontStyle: "italic" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.controlOperator, color: "var(--code-arrow)", fontWeight: "600" },
  { tag: [tags.string, tags.escape], color: "var(--code-string)" },
  { tag: [tags.number, tags.atom], color: "var(--code-number)" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: tags.definition(tags.variableName), color: "var(--code-definition)", fontWeight: "600" },
  { tag: tags.function(tags.variableName), color: "var(--code-call)" },
  { tag: tags.propertyName, color: "var(--code-property)" },
  { tag: tags.invalid, textDecoration: "underline wavy var(--code-keyword)" },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: "var(--code-sign)" },
]);
