// Words that only entries of declarations know: splits, clipping, weights. They are blocks whose value is a tagged record.

import type { Intrinsic, IntrinsicSetting } from "./intrinsics/define.ts";
import { bind, type Scope } from "./scope.ts";
import { noneValue, type Value } from "./values.ts";

function entryWord(
  name: string,
  settings: readonly IntrinsicSetting[],
  openNames = false,
): Intrinsic {
  return {
    name,
    settings,
    inputs: [],
    openNames,
    build: ({ settings: given }) => ({
      kind: "entry",
      tag: name,
      arguments: new Map([...given].map(([key, { value }]): [string, Value] => [key, value])),
    }),
  };
}

const zero: Value = { kind: "float", value: 0 };

/** `split = …`. */
export const splitWords: readonly Intrinsic[] = [
  entryWord("holdout", [
    { name: "validation", default: zero },
    { name: "test", default: zero },
    { name: "by", default: noneValue },
    { name: "stratify", default: noneValue },
    { name: "shuffle", default: { kind: "bool", value: true } },
  ]),
  entryWord("kfold", [{ name: "k" }, { name: "stratify", default: noneValue }]),
  entryWord("given", [], true),
];

/** `clip = …`. */
export const clipWords: readonly Intrinsic[] = [
  entryWord("norm", [{ name: "limit" }]),
  entryWord("value", [{ name: "limit" }]),
];

/** `pick = …`. */
export const pickWords: readonly Intrinsic[] = [
  entryWord("greedy", []),
  entryWord("beam", [
    { name: "n" },
    { name: "length_penalty", default: { kind: "float", value: 0.75 } },
  ]),
  entryWord("sample", [
    { name: "temperature", default: { kind: "float", value: 1 } },
    { name: "top_k", default: noneValue },
    { name: "top_p", default: noneValue },
  ]),
];

/** `start = …`. */
export const startWords: readonly Intrinsic[] = [
  entryWord("weights", [
    { name: "file" },
    { name: "rename", default: noneValue },
    { name: "fresh", default: noneValue },
    { name: "part", default: noneValue },
    { name: "layout", default: noneValue },
  ]),
];

/** A scope that knows these words. */
export function wordScope(outer: Scope, words: readonly Intrinsic[]): Scope {
  const values = words.map((intrinsic): [string, Value] => [
    intrinsic.name,
    { kind: "intrinsic", intrinsic, given: new Map() },
  ]);
  return bind(outer, new Map(values));
}
