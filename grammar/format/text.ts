// A whole text formatted, with a proof that nothing of it was lost.

import { format } from "prettier/standalone";
import { InternalError, Reporter } from "../diagnostic.ts";
import { parse } from "../index.ts";
import { lex } from "../lexer.ts";
import { printAst } from "../print.ts";
import * as plugin from "./index.ts";

/**
 * The text as `dlmc fmt` writes it; undefined where it has mistakes in its syntax, which the reporter tells. The result's
 * tree and comments are those of the text: anything else is a mistake of the formatter and thrown.
 */
export async function formatText(
  text: string,
  path: string,
  reporter: Reporter,
): Promise<string | undefined> {
  const before = meaningOf(text, path, reporter);
  if (before === undefined) return undefined;
  const once = (given: string): Promise<string> =>
    format(given, { parser: "dlm", plugins: [plugin], filepath: path });
  let formatted = await once(text);
  // Where a line breaks depends on where the author broke it. In contrived texts, a break that the first round makes
  // matters to the second: the result is what a further round leaves as it is.
  for (let round = 0; round < 3; round++) {
    const again = await once(formatted);
    if (again === formatted) break;
    formatted = again;
  }
  const after = meaningOf(formatted, path, new Reporter());
  if (after !== before) throw new InternalError(`formatting ${path} would change what it says`);
  return formatted;
}

/** Tree and comments in their order; spaces around comments may change. */
function meaningOf(text: string, path: string, reporter: Reporter): string | undefined {
  const file = { path, text };
  const module = parse(file, reporter);
  if (reporter.failed) return undefined;
  const comments = lex(file, new Reporter()).comments.map(({ image }) => image.trimEnd());
  return [printAst(module), ...comments].join("\n");
}
