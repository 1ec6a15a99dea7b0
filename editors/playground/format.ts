// Formats the text, by the plugin that `dlmc fmt` is. Loaded when it is first asked for.

import { format } from "prettier/standalone";

import * as dlm from "../../grammar/format/index.ts";

/** Undefined where the syntax has a mistake: then there is nothing to lay out. */
export async function formatted(text: string): Promise<string | undefined> {
  try {
    return await format(text, { parser: "dlm", plugins: [dlm] });
  } catch (thrown) {
    if (thrown instanceof dlm.SyntaxMistake) return undefined;
    throw thrown;
  }
}
