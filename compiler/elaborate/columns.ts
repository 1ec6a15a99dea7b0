// The reader's columns as names of a data body, and what is made of several at once: `columns(…)`, `one_hot`.

import type { Name } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { suggest } from "../../grammar/suggest.ts";
import type { DType } from "../../runtime/types.ts";
import type { Column, TokenSource } from "../../runtime/data/spec.ts";
import type { VocabularyRule } from "../../runtime/data/text/vocabulary.ts";
import { symbol, type Dim } from "../ir/dim.ts";
import { inputName } from "../ir/graph.ts";
import { graphInput, report, type Context } from "./context.ts";
import { intrinsics } from "./intrinsics/index.ts";
import type { Intrinsic, IntrinsicCall } from "./intrinsics/define.ts";
import type { ReaderCall } from "./reader.ts";
import { lookup, type Scope } from "./scope.ts";
import { describeValue } from "./text.ts";
import {
  isVocabulary,
  namedVocabulary,
  tokenInput,
  tokenWords,
  type TokenColumns,
} from "./token-words.ts";
import { errorValue, noneValue, tensor, type Value } from "./values.ts";

export interface Columns {
  /** A scope over `outer` with the body's names so far and, below them, the columns. */
  scope(outer: Scope, bound: ReadonlyMap<string, Value>): Scope;
  /** The column of this name, after reporting undefined. */
  named(name: string, span: Span): Value | undefined;
  /** The column as a field holds it. Where it is `i32`: categories of text, or numbers of a table as whole ones. */
  asTensor(value: Value, whole: boolean, span: Span): Value;
  /** The value of a `let` with this name: a vocabulary is known by it. */
  asLet(value: Value, name: Name): Value;
  /** Columns that the graphs read. */
  used(): readonly Column[];
  /** Vocabularies by name. */
  vocabularies(): ReadonlyMap<string, VocabularyRule>;
}

export function createColumns(ctx: Context, data: string, call: ReaderCall): Columns {
  const used = new Map<string, Column>();
  const { info } = call;
  const names = info?.columns.map((column) => column.name) ?? [];

  function column(
    input: string,
    dtype: DType,
    shape: readonly (number | string)[],
    source: Column["source"],
    span: Span,
  ): Value {
    const named = shape.map((size) => (typeof size === "string" ? `${data}.${size}` : size));
    used.set(input, { input, dtype, shape: named, source });
    const dims = named.map((size): Dim => (typeof size === "string" ? symbol(size) : size));
    return tensor(graphInput(ctx, span, input, "field", { dtype, shape: dims }));
  }

  function known(name: string): Value | undefined {
    const found = info?.columns.find((c) => c.name === name);
    if (!found) return undefined;
    if (found.type === "string" && found.shape.length > 0)
      return { kind: "tokens", name, rule: "stream" };
    if (found.type === "string") return { kind: "text-columns", columns: [name], except: [] };
    return column(name, found.type, found.shape, { kind: "column", name }, call.span);
  }

  /** A name that nothing else explains is taken for a column where the file is not there to be asked. */
  function assumed(name: string): Value | undefined {
    const open = openReaders.has(call.reader);
    if (!open || info?.complete) return undefined;
    return column(name, "f32", [], { kind: "column", name }, call.span);
  }

  /** The column that a tensor is, as it stands. */
  function plainColumn(value: Value): string | undefined {
    if (value.kind !== "tensor" || value.node.op !== "input") return undefined;
    const source = used.get(inputName(value.node))?.source;
    return source?.kind === "column" ? source.name : undefined;
  }

  const vocabularies = new Map<string, { readonly name: Name; rule?: VocabularyRule }>();
  const tokens: TokenColumns = {
    textColumn: (value) => {
      if (value.kind !== "text-columns") return info?.complete ? undefined : plainColumn(value);
      return value.columns === "text" || value.columns.length > 1 ? undefined : value.columns[0];
    },
    column: (source, span) => {
      const [window = 0] = info?.columns.find(({ name }) => name === source.name)?.shape ?? [];
      return column(tokenInput(source), "i32", [source.length ?? window], source, span);
    },
  };

  /** The dimension of texts of no fixed length, by the graph's input. */
  const lengthNames = new Map<string, string>();
  function lengthName(source: TokenSource): string {
    const key = tokenInput(source);
    const plain = `${source.name}.length`;
    const taken = new Set(lengthNames.values());
    let name = lengthNames.get(key) ?? plain;
    for (let i = 1; !lengthNames.has(key) && taken.has(name); i++) name = `${plain}_${i}`;
    lengthNames.set(key, name);
    return name;
  }

  const words = new Map<string, Value>();
  for (const word of [columnsWord(column), oneHotWord(column), ...tokenWords(tokens)]) {
    words.set(word.name, { kind: "intrinsic", intrinsic: word, given: new Map() });
  }

  return {
    scope(outer, bound) {
      return {
        parent: outer,
        get: (name) =>
          bound.get(name) ??
          known(name) ??
          words.get(name) ??
          (lookup(outer, name) ? undefined : assumed(name)),
        names: () => [...bound.keys(), ...names, ...words.keys()],
      };
    },
    named(name, span) {
      const found = known(name) ?? assumed(name);
      if (found) return found;
      const otherwise =
        names.length === 0
          ? "this reader has no columns: write `= …` after the type"
          : `there are ${names.join(", ")}`;
      const details = suggest(name, span, names, otherwise);
      report(ctx, "unknown-column", span, { name, reader: call.reader }, details);
      return undefined;
    },
    asLet(value, name) {
      if (!isVocabulary(value)) return value;
      const known = vocabularies.get(name.text);
      if (known && known.name !== name) {
        const notes = [{ message: "the first one is here", span: known.name.span }];
        const details = { name: name.text, what: "a vocabulary" };
        return report(ctx, "duplicate-name", name.span, details, { notes });
      }
      const entry = known ?? { name };
      vocabularies.set(name.text, entry);
      const use = (rule: VocabularyRule): void => void (entry.rule = rule);
      return namedVocabulary(name.text, tokens, use, value);
    },
    asTensor(value, whole, span) {
      if (value.kind === "tensor" && whole && tables.has(call.reader)) {
        const name = plainColumn(value);
        if (name === undefined || value.node.type.dtype !== "f32") return value;
        return column(`${name} whole`, "i32", [], { kind: "column", name }, span);
      }
      if (value.kind === "token-ids") {
        const { source } = value;
        return column(tokenInput(source), "i32", [lengthName(source)], source, span);
      }
      if (value.kind === "tokens") {
        const help = "a vocabulary makes ids of them: `let words = vocab()`, then `words(…)`";
        const details = { what: "this field", wanted: "numbers", found: describeValue(value) };
        return report(ctx, "wrong-kind", span, details, { help });
      }
      if (value.kind !== "text-columns") return value;
      const [only, ...more] = Array.isArray(value.columns)
        ? (value.columns as readonly string[])
        : [];
      if (whole && only !== undefined && more.length === 0) {
        return column(`${only} category`, "i32", [], { kind: "category", name: only }, span);
      }
      return report(
        ctx,
        "wrong-kind",
        span,
        { what: "this field", wanted: "numbers", found: "text columns" },
        {
          help: '`|> one_hot` makes numbers of them; one column is a category in a field of type `i32[]`, or `|> tokenize("word")` cuts it',
        },
      );
    },
    used: () => [...used.values()],
    vocabularies: () =>
      new Map([...vocabularies].flatMap(([name, { rule }]) => (rule ? [[name, rule]] : []))),
  };
}

/** Readers of tables that hold texts and numbers. */
const tables: ReadonlySet<string> = new Set(["csv", "tsv"]);

/** Readers whose columns only the file tells. */
const openReaders: ReadonlySet<string> = new Set([...tables, "safetensors"]);

type MakeColumn = (
  input: string,
  dtype: DType,
  shape: readonly (number | string)[],
  source: Column["source"],
  span: Span,
) => Value;

/** `columns("number" | "text", except = [])`. */
function columnsWord(column: MakeColumn): Intrinsic {
  return {
    name: "columns",
    settings: [
      { name: "kind" },
      { name: "except", default: { kind: "list", items: [], hasTensor: false } },
    ],
    inputs: [],
    build: (call) => {
      const kind = call.settings.get("kind")?.value;
      const except = texts(call, "except");
      if (!except) return errorValue;
      if (kind?.kind === "string" && kind.value === "number") {
        const key = `numbers${except.map((name) => ` -${name}`).join("")}`;
        return column(key, "f32", [`${key}.count`], { kind: "numbers", except }, call.span);
      }
      if (kind?.kind === "string" && kind.value === "text")
        return { kind: "text-columns", columns: "text", except };
      return report(call.ctx, "wrong-kind", call.span, {
        what: "the setting `kind` of `columns`",
        wanted: '"number" or "text"',
        found: describeValue(kind ?? noneValue),
      });
    },
  };
}

function texts(call: IntrinsicCall, name: string): string[] | undefined {
  const value = call.settings.get(name)?.value ?? noneValue;
  const items = value.kind === "list" || value.kind === "tuple" ? value.items : [value];
  const found: string[] = [];
  for (const item of items) {
    if (item.kind !== "string") {
      report(call.ctx, "wrong-kind", call.span, {
        what: `the setting \`${name}\` of \`${call.name}\``,
        wanted: "a list of texts",
        found: describeValue(value),
      });
      return undefined;
    }
    found.push(item.value);
  }
  return found;
}

/** `one_hot` of text columns needs no number of classes: it is fitted. Of a tensor it is the ordinary one. */
function oneHotWord(column: MakeColumn): Intrinsic {
  const ordinary = intrinsics.find((intrinsic) => intrinsic.name === "one_hot");
  return {
    name: "one_hot",
    settings: [{ name: "classes", default: noneValue }],
    inputs: ["x"],
    variadic: true,
    build: (call) => {
      const [x = noneValue] = call.inputs;
      if (x.kind !== "text-columns") return ordinary ? ordinary.build(call) : errorValue;
      const which = x.columns === "text" ? "text" : x.columns.join(" ");
      const key = `one_hot ${which}${x.except.map((name) => ` -${name}`).join("")}`;
      return column(
        key,
        "f32",
        [`${key}.size`],
        { kind: "one_hot", columns: x.columns, except: x.except },
        call.span,
      );
    },
  };
}
