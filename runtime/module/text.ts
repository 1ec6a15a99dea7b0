// Vocabularies of a module.

import { createBpe, type BpeTables } from "../data/text/bpe.ts";
import type { TextRule } from "../data/text/tokens.ts";
import { createVocabulary, type Vocabulary } from "../data/text/vocabulary.ts";
import { inflated } from "./bytes.ts";

/** How a vocabulary's texts are cut, and its tables as JSON, compressed. */
export interface VocabularyText {
  readonly rule: TextRule;
  readonly tables: string;
}

/** Vocabularies by name, made once. */
export function vocabularies(
  texts: Readonly<Record<string, VocabularyText>>,
): () => Promise<ReadonlyMap<string, Vocabulary>> {
  let made: Promise<ReadonlyMap<string, Vocabulary>> | undefined;
  async function make(): Promise<ReadonlyMap<string, Vocabulary>> {
    const entries = Object.entries(texts).map(async ([name, { rule, tables }]) => {
      const json = new TextDecoder().decode(await inflated(tables));
      const saved = JSON.parse(json) as readonly string[] | BpeTables;
      const vocabulary =
        "merges" in saved
          ? createVocabulary(saved.tokens, rule, createBpe(saved))
          : createVocabulary(saved, rule);
      return [name, vocabulary] as const;
    });
    return new Map(await Promise.all(entries));
  }
  return () => (made ??= make());
}
