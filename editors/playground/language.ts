// How the editor reads .dlm: words and signs for colours, brackets and comments for keys.

import { HighlightStyle, StreamLanguage, type StreamParser } from "@codemirror/language";
import { tags } from "@lezer/highlight";

const reserved = new Set(dlmReservedWords);
const contextual = new Set(dlmContextualWords);
const types = new Set(["int", "float", "bool", "string", "f32", "f16", "i32", "u8", "shape"]);

interface State {
  /** The word before, which may have announced a name. */
  before: string;
}

const parser: StreamParser<State> = {
  name: "dlm",
  startState: () => ({ before: "" }),
  token(stream, state) {
    if (stream.eatSpace()) return null;
    if (stream.match(/^\/\/\/(?!\/).*/)) return "docComment";
    if (stream.match(/^\/\/.*/)) return "comment";
    if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return "string";
    if (stream.match(/^\d+(?:_\d+)*(?:\.\d+(?:_\d+)*)?(?:[eE][+-]?\d+)?/)) return "number";
    if (stream.match(/^[\p{L}_][\p{L}\p{N}\p{M}_]*/u)) {
      const word = stream.current();
      const { before } = state;
      state.before = word;
      return kindOf(word, before, stream.string.slice(stream.pos));
    }
    state.before = "";
    if (stream.match("|>") || stream.match("->") || stream.match("=>")) return "arrow";
    if (stream.match(/^[[\](){}]/)) return "bracket";
    if (stream.match(/^(?:\*\*|[=!<>]=|[-+*/%@=<>?])/)) return "operator";
    stream.next();
    return "punctuation";
  },
  languageData: {
    commentTokens: { line: "//" },
    closeBrackets: { brackets: ["(", "[", "{", '"'] },
  },
  tokenTable: {
    docComment: tags.docComment,
    arrow: tags.controlOperator,
    call: tags.function(tags.variableName),
  },
};

const announcing = new Set([
  "block",
  "model",
  "data",
  "field",
  "train",
  "phase",
  "decode",
  "param",
  "state",
  "let",
]);

function kindOf(word: string, before: string, rest: string): string | null {
  if (word === "true" || word === "false" || word === "none") return "atom";
  if (reserved.has(word)) return "keyword";
  if (announcing.has(before)) return "definition";
  // Words with a meaning in one place are names elsewhere: followed by `=`, `(` or a sign they are not meant.
  if (contextual.has(word) && /^\s+[\p{L}_"]/u.test(rest)) return "keyword";
  if (types.has(word)) return "typeName";
  if (/^\s*\(/.test(rest)) return "call";
  if (/^\s*=(?!=)/.test(rest)) return "propertyName";
  return "variableName";
}

export const dlmLanguage = StreamLanguage.define({
  ...parser,
  tokenTable: {
    ...parser.tokenTable,
    definition: tags.definition(tags.variableName),
    atom: tags.atom,
  },
});

/** Colours are the page's own, so that light and dark need no other style. */
export const dlmColours = HighlightStyle.define([
  { tag: tags.docComment, color: "var(--code-doc)", fontStyle: "italic" },
  { tag: tags.comment, color: "var(--code-comment)", fontStyle: "italic" },
  { tag: tags.keyword, color: "var(--code-keyword)", fontWeight: "600" },
  { tag: tags.controlOperator, color: "var(--code-arrow)", fontWeight: "600" },
  { tag: tags.string, color: "var(--code-string)" },
  { tag: [tags.number, tags.atom], color: "var(--code-number)" },
  { tag: tags.typeName, color: "var(--code-type)" },
  { tag: tags.definition(tags.variableName), color: "var(--code-definition)", fontWeight: "600" },
  { tag: tags.function(tags.variableName), color: "var(--code-call)" },
  { tag: tags.propertyName, color: "var(--code-property)" },
  { tag: [tags.operator, tags.punctuation, tags.bracket], color: "var(--code-sign)" },
]);
