// What a data body says of text: `tokenize(…)` cuts a column, a vocabulary makes ids of tokens, `begin`, `end` and `pad`
// frame them. All of it is plain data for the runtime; only the padded ids, or a stream's window, are a tensor.

import type { Span } from "../../grammar/source.ts";
import type { TokenSource } from "../../runtime/data/spec.ts";
import {
  mistakeInClass,
  readTokenKind,
  tokenKindsText,
  type TextRule,
} from "../../runtime/data/text/tokens.ts";
import { firstId, specialIds, type VocabularyRule } from "../../runtime/data/text/vocabulary.ts";
import { report } from "./context.ts";
import { intrinsics } from "./intrinsics/index.ts";
import {
  input,
  inputName,
  setting,
  settingSpan,
  type Intrinsic,
  type IntrinsicCall,
} from "./intrinsics/define.ts";
import { readBool, readInt } from "./intrinsics/read.ts";
import { describeValue } from "./text.ts";
import { bool, errorValue, int, noneValue, type Value } from "./values.ts";

/** What these words need of the declaration's columns. */
export interface TokenColumns {
  /** The column behind a value: text, or not known because the file is not there. */
  readonly textColumn: (value: Value) => string | undefined;
  /** Ids as a tensor. */
  readonly column: (source: TokenSource, span: Span) => Value;
}

export function tokenWords(columns: TokenColumns): Intrinsic[] {
  return [tokenizeWord(columns), vocabWord, frameWord("begin"), frameWord("end"), padWord(columns)];
}

/** `tokenize("word", lower = true)`. */
function tokenizeWord({ textColumn }: TokenColumns): Intrinsic {
  return {
    name: "tokenize",
    settings: [
      { name: "kind" },
      { name: "lower", default: bool(false) },
      { name: "keep", default: noneValue },
    ],
    inputs: ["text"],
    build: (call) => {
      const rule = readRule(call);
      if (!rule) return errorValue;
      const text = input(call, 0);
      const name = textColumn(text);
      if (name !== undefined) return { kind: "tokens", name, rule };
      return report(
        call.ctx,
        "wrong-kind",
        call.span,
        { what: inputName(call, "text"), wanted: "a column of text", found: describeValue(text) },
        text.kind === "tokens" ? { help: "it is cut already" } : {},
      );
    },
  };
}

function readRule(call: IntrinsicCall): TextRule | undefined {
  const kind = setting(call, "kind");
  const cut = readTokenKind(
    kind.kind === "bpe" ? { bpe: kind.rule } : kind.kind === "string" ? kind.value : undefined,
  );
  if (cut === undefined) {
    report(call.ctx, "wrong-kind", settingSpan(call, "kind"), {
      what: "the setting `kind` of `tokenize`",
      wanted: tokenKindsText,
      found: describeValue(kind),
    });
    return undefined;
  }
  const lower = readBool(call, "lower");
  if (lower === undefined) return undefined;
  const keep = setting(call, "keep");
  if (keep.kind === "none") return { ...cut, lower };
  if (keep.kind === "string" && mistakeInClass(keep.value) === undefined) {
    return { ...cut, lower, keep: keep.value };
  }
  report(call.ctx, "wrong-kind", settingSpan(call, "keep"), {
    what: "the setting `keep` of `tokenize`",
    wanted: 'one class of characters in brackets, as "[a-z ]"',
    found: describeValue(keep),
  });
  return undefined;
}

/** `vocab(min_count = 2, max_size = 10000)`: a recipe until a `let` names it, as its size is known by that name. */
const vocabWord: Intrinsic = {
  name: "vocab",
  settings: [
    { name: "min_count", default: int(1) },
    { name: "max_size", default: noneValue },
  ],
  inputs: ["tokens"],
  build: (call) => report(call.ctx, "unnamed-vocabulary", call.span, {}),
};

export function isVocabulary(value: Value): value is Extract<Value, { kind: "intrinsic" }> {
  return value.kind === "intrinsic" && value.intrinsic === vocabWord;
}

/** The settings of a named vocabulary. */
export function readVocabulary(call: IntrinsicCall): VocabularyRule | undefined {
  const read = (name: string, least: number): number | undefined => {
    const value = readInt(call, name);
    if (value === undefined || value >= least) return value;
    report(call.ctx, "value-out-of-range", settingSpan(call, name), {
      what: `\`${name}\` of \`vocab\``,
      value: String(value),
      expected: `${least} or more`,
    });
    return undefined;
  };
  const minCount = read("min_count", 1);
  if (minCount === undefined) return undefined;
  if (setting(call, "max_size").kind === "none") return { minCount };
  const maxSize = read("max_size", firstId + 1);
  return maxSize === undefined ? undefined : { minCount, maxSize };
}

/** A vocabulary under the name of its `let`: of a stream's tokens it makes a tensor, of a column's it makes ids. */
export function namedVocabulary(
  name: string,
  { column }: TokenColumns,
  use: (rule: VocabularyRule) => void,
  recipe: Extract<Value, { kind: "intrinsic" }>,
): Value {
  const intrinsic: Intrinsic = {
    ...vocabWord,
    name,
    build: (call) => {
      const rule = readVocabulary(call);
      if (!rule) return errorValue;
      const tokens = input(call, 0);
      if (tokens.kind !== "tokens") {
        return report(
          call.ctx,
          "wrong-kind",
          call.span,
          { what: inputName(call, "tokens"), wanted: "tokens", found: describeValue(tokens) },
          tokens.kind === "text-columns"
            ? { help: 'cut the text first: `|> tokenize("word")`' }
            : {},
        );
      }
      use(rule);
      const source = {
        kind: "tokens",
        name: tokens.name,
        vocabulary: name,
        before: [],
        after: [],
      } as const;
      return tokens.rule === "stream"
        ? column(source, call.span)
        : { kind: "token-ids", source: { ...source, rule: tokens.rule } };
    },
  };
  return { kind: "intrinsic", intrinsic, given: recipe.given };
}

/** `begin` sets its id in front, `end` behind. */
function frameWord(name: "begin" | "end"): Intrinsic {
  return {
    name,
    settings: [],
    inputs: ["ids"],
    build: (call) => {
      const ids = input(call, 0);
      if (ids.kind !== "token-ids") {
        return report(call.ctx, "wrong-kind", call.span, {
          what: inputName(call, "ids"),
          wanted: "ids of tokens, of no fixed length",
          found: describeValue(ids),
        });
      }
      const { before, after } = ids.source;
      const source =
        name === "begin"
          ? { ...ids.source, before: [specialIds.begin, ...before] }
          : { ...ids.source, after: [...after, specialIds.end] };
      return { kind: "token-ids", source };
    },
  };
}

/** `pad(length)` of ids; of a tensor it is the ordinary one. */
function padWord({ column }: TokenColumns): Intrinsic {
  const ordinary = intrinsics.find((intrinsic) => intrinsic.name === "pad");
  if (!ordinary) throw new Error("there is no pad");
  return {
    ...ordinary,
    build: (call) => {
      const ids = input(call, 0);
      if (ids.kind !== "token-ids") return ordinary.build(call);
      const length = readInt(call, "widths");
      if (length === undefined) return errorValue;
      if (length < 1) {
        return report(call.ctx, "value-out-of-range", settingSpan(call, "widths"), {
          what: "the length of `pad`",
          value: String(length),
          expected: "1 or more",
        });
      }
      return column({ ...ids.source, length }, call.span);
    },
  };
}

/** A name for the graph's input: what distinguishes one use of a column from another. */
export function tokenInput(source: TokenSource): string {
  const { name, vocabulary, rule, before, after, length } = source;
  const cut = rule
    ? ` ${rule.tokens}${rule.bpe === undefined ? "" : ` ${rule.bpe}`}${rule.lower ? " lower" : ""}${rule.keep === undefined ? "" : ` ${rule.keep}`}`
    : "";
  const frame = [before, after].map((ids) => ids.join(" ")).join("|");
  return `${name}${cut} ${vocabulary}${frame === "|" ? "" : ` ${frame}`}${length === undefined ? "" : ` ${length}`}`;
}
