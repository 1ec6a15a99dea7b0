// Tokenisers of a data declaration that are known before its texts are: an earlier run saved them, or a file holds them.

import { UserError } from "../../errors.ts";
import type { DataHost } from "../../host.ts";
import type { DataSpec } from "../spec.ts";
import { createBpe, type Bpe } from "./bpe.ts";
import { readTokenKind, type TextRule } from "./tokens.ts";
import { readTokenizer } from "./tokenizer-json.ts";
import type { SavedVocabulary } from "./vocabulary.ts";

export interface KnownBpes {
  /** By vocabulary. */
  readonly columns: ReadonlyMap<string, Bpe>;
  /** That of the stream which the reader cuts. */
  readonly stream: Bpe | undefined;
}

export async function bpesOf(
  spec: DataSpec,
  host: DataHost,
  saved: ReadonlyMap<string, SavedVocabulary> | undefined,
): Promise<KnownBpes> {
  const columns = new Map<string, Bpe>();
  const ofStream = readTokenKind(spec.arguments["tokens"]);
  let stream: Bpe | undefined;
  for (const { source } of spec.columns) {
    if (source.kind !== "tokens" || columns.has(source.vocabulary)) continue;
    const rule: Pick<TextRule, "tokens" | "bpe"> | undefined = source.rule ?? ofStream;
    if (rule?.tokens !== "bpe") continue;
    const found = await knownBpe(rule, source.vocabulary, { spec, host, saved });
    if (!found) continue;
    columns.set(source.vocabulary, found);
    if (source.rule === undefined) stream = found;
  }
  return { columns, stream };
}

async function knownBpe(
  { bpe }: Pick<TextRule, "bpe">,
  vocabulary: string,
  {
    spec,
    host,
    saved,
  }: {
    readonly spec: DataSpec;
    readonly host: DataHost;
    readonly saved: ReadonlyMap<string, SavedVocabulary> | undefined;
  },
): Promise<Bpe | undefined> {
  const tables = saved?.get(vocabulary);
  if (tables !== undefined) {
    if ("merges" in tables) return createBpe(tables);
    throw new UserError(`the run's vocabulary \`${vocabulary}\` is none of bytes`, {
      place: spec.place,
      help: "use the file that the run was trained with",
    });
  }
  return typeof bpe === "string" ? readTokenizer(bpe, host, spec.place) : undefined;
}
