// What is told of tokens: how many are unknown, how long the texts are, and how one of them is cut.

import type { Dataset } from "../../runtime/data/open.ts";
import { firstId, specialIds } from "../../runtime/data/text/vocabulary.ts";

export interface TokenReport {
  /** The reader's column, or `tokens` of a stream. */
  readonly column: string;
  readonly vocabulary: string;
  /** Ids in all. */
  readonly size: number;
  /** Share of the tokens that are unknown, by split. */
  readonly unknown: Readonly<Record<string, number>>;
  /** Of the texts, the share that fills its whole length and may have been cut; absent where the length is open, and for
   *  a stream. */
  readonly full?: number;
  /** Ids of the shortest, the middle and the longest text, where the length is open. */
  readonly lengths?: { readonly least: number; readonly median: number; readonly most: number };
  /** Bytes of text that a token stands for on the mean, where bytes are merged. */
  readonly bytes?: number;
  /** Tokens of the first training example, padding left out. */
  readonly example: readonly string[];
}

interface Gathered {
  readonly tokens: Record<string, number>;
  readonly unknown: Record<string, number>;
  texts: number;
  full: number;
  bytes: number;
}

/** Gathers over batches of rows; `see` reads the columns anew, without the fields' program. */
export function watchTokens(dataset: Dataset): {
  see(split: string, rows: Int32Array): void;
  result(): TokenReport[];
} {
  const columns = dataset.spec.columns.flatMap(({ input, source }) => {
    const vocabulary =
      source.kind === "tokens" ? dataset.vocabularies.get(source.vocabulary) : undefined;
    const gathered: Gathered = { tokens: {}, unknown: {}, texts: 0, full: 0, bytes: 0 };
    return source.kind === "tokens" && vocabulary ? [{ input, source, vocabulary, gathered }] : [];
  });
  return {
    see(split, rows) {
      for (const { input, vocabulary, gathered } of columns) {
        const ids = dataset.read(input, rows);
        const size = ids.length / rows.length;
        for (const id of ids) {
          if (id >= firstId || id === specialIds.unknown) {
            gathered.tokens[split] = (gathered.tokens[split] ?? 0) + 1;
            // The alphabet of bytes has a character for each.
            gathered.bytes += vocabulary.tokens[id - firstId]?.length ?? 0;
          }
          if (id === specialIds.unknown) {
            gathered.unknown[split] = (gathered.unknown[split] ?? 0) + 1;
          }
        }
        gathered.texts += rows.length;
        for (let end = size - 1; end < ids.length; end += size) {
          if (ids[end] !== specialIds.padding) gathered.full++;
        }
      }
    },
    result: () =>
      columns.map(({ input, source, vocabulary, gathered }) => {
        const first = dataset.splits["train"]?.rows.subarray(0, 1) ?? new Int32Array(0);
        const ids = Array.from(dataset.read(input, first));
        return {
          column: source.name,
          vocabulary: source.vocabulary,
          size: vocabulary.size,
          unknown: Object.fromEntries(
            Object.entries(gathered.tokens).map(([split, n]) => [
              split,
              (gathered.unknown[split] ?? 0) / n,
            ]),
          ),
          ...(source.length === undefined ? {} : { full: gathered.full / gathered.texts }),
          ...(vocabulary.bpe
            ? { bytes: gathered.bytes / sum(Object.values(gathered.tokens)) }
            : {}),
          ...lengthsOf(dataset.columns.get(input)?.lengths),
          example: ids.filter((id) => id !== specialIds.padding).map((id) => vocabulary.show(id)),
        };
      }),
  };
}

function sum(values: readonly number[]): number {
  return values.reduce((total, value) => total + value, 0);
}

function lengthsOf(given: Int32Array | undefined): Pick<TokenReport, "lengths"> {
  if (!given) return {};
  const sorted = given.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return { lengths: { least: at(0), median: at(0.5), most: at(1) } };
}
