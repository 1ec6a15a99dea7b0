// Records by parameter path: which pattern each parameter takes.

import type { Span } from "../../grammar/source.ts";
import { report, type Context } from "./context.ts";
import { fitsPattern } from "./patterns.ts";
import type { TensorSpec } from "./unit.ts";

export interface WrittenPattern {
  readonly pattern: string;
  /** Where it stands. */
  readonly key: Span;
}

/** The first pattern that fits, for every parameter. One that nothing fits, and a pattern that is nobody's first, are
 *  reported, and the result is undefined. */
export function matchPatterns(
  ctx: Context,
  patterns: readonly WrittenPattern[],
  parameters: readonly TensorSpec[],
  whole: { readonly span: Span; readonly help: string },
): ReadonlyMap<string, string> | undefined {
  const chosen = new Map<string, string>();
  for (const { path, origin } of parameters) {
    const first = patterns.find(({ pattern }) => fitsPattern(pattern, path));
    if (!first) {
      const notes = [{ message: "the parameter is declared here", span: origin.span }];
      report(ctx, "unmatched-parameter", whole.span, { path }, { notes, help: whole.help });
      return undefined;
    }
    chosen.set(path, first.pattern);
  }
  const used = new Set(chosen.values());
  const unused = patterns.find(({ pattern }) => !used.has(pattern));
  if (!unused) return chosen;
  const { pattern, key } = unused;
  const all = patterns.map((each) => each.pattern);
  report(ctx, "unused-pattern", key, { pattern }, patternHelp(pattern, all, parameters));
  return undefined;
}

/** Why nothing takes a pattern: another stands before it, or no path fits. */
export function patternHelp(
  pattern: string,
  all: readonly string[],
  parameters: readonly Pick<TensorSpec, "path">[],
): { readonly help: string } {
  const fitting = parameters.filter((p) => fitsPattern(pattern, p.path));
  if (fitting.length > 0) {
    const earlier = all.find((text) => fitsPattern(text, fitting[0]?.path ?? ""));
    return {
      help: `\`${earlier ?? "*"}\` stands before it and fits the same parameters; the first that fits counts`,
    };
  }
  const paths = parameters
    .slice(0, 6)
    .map((p) => p.path)
    .join(", ");
  return { help: `the parameters are ${paths}${parameters.length > 6 ? ", …" : ""}` };
}
