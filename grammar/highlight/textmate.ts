// The rules of highlighting as a TextMate grammar, which VS Code, Zed, Shiki, GitHub and others read.
// Format: https://macromates.com/manual/en/language_grammars

import { highlightRules, type HighlightRule } from "./rules.ts";

const language = "dlm";

interface TextMateRule {
  readonly match: string;
  readonly name?: string;
  readonly captures?: Readonly<
    Record<string, { readonly name?: string; readonly patterns?: readonly TextMateRule[] }>
  >;
}

/** The file that editors read. */
export function textMateFile(): string {
  const grammar = {
    name: language,
    scopeName: `source.${language}`,
    fileTypes: [language],
    patterns: highlightRules.map(textMateRule),
  };
  return `${JSON.stringify(grammar, undefined, 2)}\n`;
}

function textMateRule({ pattern, scopes, inside }: HighlightRule): TextMateRule {
  if (typeof scopes === "string") {
    const patterns = inside && { captures: { "0": { patterns: inside.map(textMateRule) } } };
    return { match: pattern, name: scoped(scopes), ...patterns };
  }
  const captures = Object.fromEntries(
    scopes.flatMap((scope, i) =>
      scope === null ? [] : [[String(i + 1), { name: scoped(scope) }]],
    ),
  );
  return { match: pattern, captures };
}

function scoped(scope: string): string {
  return `${scope}.${language}`;
}
