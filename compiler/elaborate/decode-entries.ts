// The entries of a decode declaration that are known without the model: how tokens are picked, and when a text ends.

import type { Decode, Entry } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { ranges, type PickRule } from "../../runtime/decode/rule.ts";
import { report, type Context } from "./context.ts";
import { pickWords, wordScope } from "./entries.ts";
import { evaluateForced } from "./evaluate.ts";
import { wholeNumber } from "./phases.ts";
import type { Scope } from "./scope.ts";
import { describeValue } from "./text.ts";
import { knownNumber, type Value } from "./values.ts";

/** What is chosen, how long, and where a text ends. */
export interface DecodeSettings {
  readonly pick: PickRule;
  readonly repetitionPenalty: number;
  readonly limit: number;
  /** Texts after which one ends. */
  readonly stop: readonly string[];
  readonly seed: number;
  /** Begins the samples that a training shows. */
  readonly prompt?: string;
  /** The longest prefix, where it is written. */
  readonly window?: number;
}

export function entriesOf(declaration: Decode): ReadonlyMap<string, Entry> {
  return new Map(
    declaration.items.flatMap((item) =>
      item.kind === "entry" ? [[item.name.text, item] as const] : [],
    ),
  );
}

/** Undefined after reporting. */
export function readDecodeSettings(
  ctx: Context,
  declaration: Decode,
  scope: Scope,
): DecodeSettings | undefined {
  const entries = entriesOf(declaration);
  const parts = { entries, sets: new Map(), scope };
  const pick = readPick(ctx, entries.get("pick"), scope);
  const penalty = readNumber(ctx, entries.get("repetition_penalty"), scope);
  const limit = wholeNumber(ctx, parts, "limit", 1, 1);
  const seed = wholeNumber(ctx, parts, "seed", 0, 0);
  const window = wholeNumber(ctx, parts, "window", 0, 1);
  const stop = readTexts(ctx, entries.get("stop"), scope, true);
  const [prompt, ...more] = readTexts(ctx, entries.get("prompt"), scope, false) ?? [];
  const isWrong = entries.has("prompt") && (prompt === undefined || more.length > 0);
  if (!pick || !penalty || !limit || seed === undefined || window === undefined || !stop || isWrong)
    return undefined;
  return {
    pick,
    repetitionPenalty: penalty,
    limit,
    stop,
    seed,
    ...(prompt === undefined ? {} : { prompt }),
    ...(window === 0 ? {} : { window }),
  };
}

/** `pick = greedy | beam(n) | sample(…)`. */
function readPick(ctx: Context, entry: Entry | undefined, scope: Scope): PickRule | undefined {
  if (!entry) return { kind: "greedy" };
  const { span } = entry.value;
  const value = evaluateForced(ctx, entry.value, wordScope(scope, pickWords));
  if (value.kind === "error") return undefined;
  const tag = value.kind === "entry" ? value.tag : undefined;
  const given = value.kind === "entry" ? value.arguments : new Map<string, Value>();
  const number = (name: keyof typeof ranges): number | "none" | undefined =>
    given.get(name)?.kind === "none" ? "none" : settingNumber(ctx, tag ?? "", name, given, span);
  if (tag === "greedy") return { kind: "greedy" };
  if (tag === "beam") {
    const n = number("n");
    const lengthPenalty = number("length_penalty");
    return typeof n === "number" && typeof lengthPenalty === "number"
      ? { kind: "beam", n, lengthPenalty }
      : undefined;
  }
  if (tag === "sample") {
    const temperature = number("temperature");
    const topK = number("top_k");
    const topP = number("top_p");
    if (typeof temperature !== "number" || topK === undefined || topP === undefined)
      return undefined;
    return {
      kind: "sample",
      temperature,
      ...(topK === "none" ? {} : { topK }),
      ...(topP === "none" ? {} : { topP }),
    };
  }
  const wanted = "`greedy`, `beam(n)` or `sample(…)`";
  report(ctx, "wrong-kind", span, { what: "`pick`", wanted, found: describeValue(value) });
  return undefined;
}

/** A setting of `beam` or `sample` in its range. Undefined after reporting. */
function settingNumber(
  ctx: Context,
  tag: string,
  name: keyof typeof ranges,
  given: ReadonlyMap<string, Value>,
  span: Span,
): number | undefined {
  const value = given.get(name) ?? { kind: "none" };
  return inRange(ctx, value, name, `\`${name}\` of \`${tag}\``, span);
}

function inRange(
  ctx: Context,
  value: Value,
  name: keyof typeof ranges,
  what: string,
  span: Span,
): number | undefined {
  if (value.kind === "error") return undefined;
  const found = knownNumber(value);
  if (found === undefined) {
    report(ctx, "wrong-kind", span, { what, wanted: "a number", found: describeValue(value) });
    return undefined;
  }
  const expected = ranges[name](found);
  if (expected === undefined) return found;
  const help =
    name === "temperature" && found === 0 ? { help: "`pick = greedy` takes the best token" } : {};
  report(ctx, "value-out-of-range", span, { what, value: String(found), expected }, help);
  return undefined;
}

function readNumber(ctx: Context, entry: Entry | undefined, scope: Scope): number | undefined {
  if (!entry) return 1;
  const value = evaluateForced(ctx, entry.value, scope);
  const name = "repetition_penalty";
  return inRange(ctx, value, name, `\`${name}\``, entry.value.span);
}

/** A text, or where `several` a list of them; none may be empty. Undefined after reporting. */
function readTexts(
  ctx: Context,
  entry: Entry | undefined,
  scope: Scope,
  several: boolean,
): readonly string[] | undefined {
  if (!entry) return [];
  const value = evaluateForced(ctx, entry.value, scope);
  if (value.kind === "error") return undefined;
  const items = several && value.kind === "list" ? value.items : [value];
  const texts = items.flatMap((item) =>
    item.kind === "string" && item.value !== "" ? [item.value] : [],
  );
  if (texts.length === items.length) return texts;
  const wanted = several ? "a text, or a list of texts, none of them empty" : "a text";
  const found = value.kind === "string" ? "an empty one" : describeValue(value);
  const what = `\`${entry.name.text}\``;
  report(ctx, "wrong-kind", entry.value.span, { what, wanted, found });
  return undefined;
}
