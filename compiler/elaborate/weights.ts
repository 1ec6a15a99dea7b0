// Weights out of a file: which tensor of the file each parameter and state takes, as `weights(…)` and `frozen(…)` say.

import type { Span } from "../../grammar/source.ts";
import { report, type Context } from "./context.ts";
import { patternHelp } from "./match.ts";
import { readNotation } from "./notation.ts";
import { capture, countStars, fillStars, fitsPattern } from "./patterns.ts";
import { describeValue } from "./text.ts";
import type { TensorSpec, WeightsUnit } from "./unit.ts";
import { noneValue, type StringValue, type Value } from "./values.ts";

export interface WeightsParts {
  /** Settings by name: `file`, `rename`, `fresh`, `part`, `layout`. */
  readonly given: ReadonlyMap<string, Value>;
  readonly span: Span;
  /** Everything that could be loaded, by the path that patterns see. */
  readonly tensors: readonly Pick<TensorSpec, "path" | "type">[];
  /** What stands before that path in the program. */
  readonly prefix?: string;
}

/** Undefined after reporting. */
export function readWeights(ctx: Context, parts: WeightsParts): WeightsUnit | undefined {
  const { span, tensors } = parts;
  const given = (name: string): Value => parts.given.get(name) ?? noneValue;
  const file = given("file");
  if (file.kind !== "string") {
    wrong(ctx, "the file of weights", "the path of a safetensors file in quotes", file, span);
    return undefined;
  }
  const rename = readRename(ctx, given("rename"), parts);
  const fresh = readPatterns(ctx, "fresh", given("fresh"), parts);
  const part = readPatterns(ctx, "part", given("part"), parts);
  const layout = readLayout(ctx, given("layout"), parts);
  if (!rename || !fresh || !part || !layout) return undefined;
  const isLoaded = (path: string): boolean =>
    (part.length === 0 || part.some((pattern) => fitsPattern(pattern, path))) &&
    !fresh.some((pattern) => fitsPattern(pattern, path));
  const loaded = tensors.filter(({ path }) => isLoaded(path));
  return {
    file: file.value,
    span,
    tensors: loaded.map(({ path, type }) => {
      const rule = rename.find(({ from }) => fitsPattern(from, path));
      const rank = type.shape.length;
      const axes = layout.find((l) => l.axes.length === rank && fitsPattern(l.pattern, path))?.axes;
      return {
        path: `${parts.prefix ?? ""}${path}`,
        shown: path,
        name: rule ? fillStars(rule.to, capture(rule.from, path)) : path,
        ...(axes ? { axes } : {}),
      };
    }),
    fresh: tensors.length - loaded.length,
  };
}

interface Rename {
  readonly from: string;
  readonly to: string;
}

/** `{ "body.*" = "backbone.*" }`: what the program calls so bears the other name in the file. */
function readRename(ctx: Context, value: Value, parts: WeightsParts): Rename[] | undefined {
  if (value.kind === "none") return [];
  const wanted = 'a record: `{ "body.*" = "backbone.*" }`';
  if (value.kind !== "record") return wrong(ctx, "`rename`", wanted, value, parts.span);
  const rules: Rename[] = [];
  for (const [from, entry] of value.entries) {
    if (entry.value.kind !== "string")
      return wrong(ctx, "the name in the file", "a string", entry.value, entry.span);
    if (!isUsed(ctx, from, entry.key, parts)) return undefined;
    const to = entry.value.value;
    if (countStars(to) > 0 && countStars(to) !== countStars(from)) {
      report(ctx, "bad-rename", entry.span, { from, to });
      return undefined;
    }
    rules.push({ from, to });
  }
  return rules;
}

/** A pattern, or a list of patterns. */
function readPatterns(
  ctx: Context,
  name: string,
  value: Value,
  parts: WeightsParts,
): string[] | undefined {
  if (value.kind === "none") return [];
  const strings = stringsOf(value);
  if (!strings) return wrong(ctx, `\`${name}\``, "a pattern of paths or a list", value, parts.span);
  const fits = strings.every((text) => isUsed(ctx, text.value, text.literal ?? parts.span, parts));
  return fits ? strings.map((text) => text.value) : undefined;
}

interface Layout {
  readonly pattern: string;
  /** For each axis of the program's tensor, its place in the file's. */
  readonly axes: readonly number[];
}

/** `"h w i o -> o i h w"`, a list of such, or a record of them by path; each is for tensors with as many axes. */
function readLayout(ctx: Context, value: Value, parts: WeightsParts): Layout[] | undefined {
  const written: { pattern: string; notation: Value; span: Span }[] = [];
  if (value.kind === "record") {
    for (const [pattern, entry] of value.entries) {
      if (!isUsed(ctx, pattern, entry.key, parts)) return undefined;
      written.push({ pattern, notation: entry.value, span: entry.span });
    }
  } else if (value.kind === "string" || value.kind === "list") {
    for (const notation of value.kind === "list" ? value.items : [value])
      written.push({ pattern: "*", notation, span: parts.span });
  } else if (value.kind !== "none") {
    return wrong(ctx, "`layout`", 'a notation such as `"i o -> o i"`', value, parts.span);
  }
  const layouts: Layout[] = [];
  for (const { pattern, notation, span } of written) {
    if (notation.kind !== "string") return wrong(ctx, "a layout", "a notation", notation, span);
    const axes = readAxes(ctx, notation, span);
    if (!axes) return undefined;
    const [rank, at] = [axes.length, notation.literal ?? span];
    const fits = parts.tensors.some(
      ({ path, type }) => type.shape.length === rank && fitsPattern(pattern, path),
    );
    if (!fits) {
      const problem = `nothing that fits "${pattern}" has ${rank} ax${rank === 1 ? "is" : "es"}`;
      report(ctx, "bad-notation", at, { problem });
      return undefined;
    }
    layouts.push({ pattern, axes });
  }
  return layouts;
}

/** The axes of the file's tensor on the left, those of the program's on the right. */
function readAxes(ctx: Context, value: StringValue, span: Span): readonly number[] | undefined {
  const notation = readNotation(ctx, value, span);
  if (!notation) return undefined;
  const names = (terms: (typeof notation)["right"]): string[] =>
    terms.flatMap((term) => (term.kind === "axis" ? [term.name] : []));
  const left = names(notation.left[0] ?? []);
  const right = names(notation.right);
  const plain =
    notation.left.length === 1 &&
    left.length === notation.left[0]?.length &&
    right.length === notation.right.length &&
    [...left].sort().join(" ") === [...right].sort().join(" ") &&
    new Set(left).size === left.length;
  if (plain) return right.map((name) => left.indexOf(name));
  const problem = "a layout names the file's axes, then the same in the order of the model";
  report(ctx, "bad-notation", value.literal ?? span, { problem });
  return undefined;
}

function isUsed(ctx: Context, pattern: string, span: Span, { tensors }: WeightsParts): boolean {
  if (tensors.some(({ path }) => fitsPattern(pattern, path))) return true;
  report(ctx, "unused-pattern", span, { pattern }, patternHelp(pattern, [pattern], tensors));
  return false;
}

function stringsOf(value: Value): StringValue[] | undefined {
  const items = value.kind === "list" ? value.items : [value];
  const strings = items.filter((item) => item.kind === "string");
  return strings.length === items.length ? strings : undefined;
}

function wrong(ctx: Context, what: string, wanted: string, value: Value, span: Span): undefined {
  if (value.kind !== "error")
    report(ctx, "wrong-kind", span, { what, wanted, found: describeValue(value) });
  return undefined;
}
