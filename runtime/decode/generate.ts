// The driver: prompts are fed, searches pick, a scorer scores, until every text has ended.

import { breather } from "../train/pass.ts";
import type { TypedArray } from "../types.ts";
import { rowsOf, type DecodeRule } from "./rule.ts";
import type { Scorer } from "./scorer.ts";
import type { Ending } from "./ending.ts";
import { createSearch, type Search } from "./search.ts";

export interface GenerateOptions {
  /** As many rows as are wanted at once: a multiple of `rowsOf(rule)`. */
  readonly scorer: Scorer;
  readonly rule: DecodeRule;
  /** Ids that each text goes on from, one at least. */
  readonly prompts: readonly (readonly number[])[];
  /** The model's inputs other than the growing one, one row a prompt. */
  readonly fields?: Readonly<Record<string, TypedArray>>;
  /** Number of the first text among those that are asked for in several calls: each draws numbers of its own. */
  readonly first?: number;
  /** Hears tokens as they are settled; with beams only once the text has ended. */
  readonly onToken?: (sequence: number, id: number) => void;
  readonly signal?: AbortSignal;
}

export interface Generated {
  /** Ids after the prompt; an end token is the last. */
  readonly ids: readonly number[];
  /** Undefined where it was interrupted. */
  readonly ending: Ending | undefined;
}

/** Continues every prompt; as many at once as the scorer has rows for. */
export async function generate(options: GenerateOptions): Promise<Generated[]> {
  const { scorer, rule, prompts } = options;
  const width = rowsOf(rule);
  const atOnce = Math.floor(scorer.rows / width);
  if (atOnce < 1) throw new Error(`the scorer has ${scorer.rows} rows, but needs ${width}`);
  if (prompts.some((prompt) => prompt.length === 0)) throw new Error("a prompt has no token");
  const results: Generated[] = [];
  for (let first = 0; first < prompts.length; first += atOnce) {
    const count = Math.min(atOnce, prompts.length - first);
    results.push(...(await generateSome(options, first, count)));
  }
  return results;
}

async function generateSome(
  { scorer, rule, prompts, fields = {}, onToken, signal, first: numbered = 0 }: GenerateOptions,
  first: number,
  count: number,
): Promise<Generated[]> {
  const width = rowsOf(rule);
  const { rows, vocabulary, window } = scorer;
  const own = prompts
    .slice(first, first + count)
    .map((prompt) => (prompt.length > window ? prompt.slice(-window) : prompt));
  const searches = own.map((prompt, i) => createSearch(rule, prompt, numbered + first + i));
  const told = searches.map(() => 0);
  // What each row holds. Rows that no text needs repeat those of the first.
  let held: number[][] = Array.from({ length: rows }, () => []);
  const sequenceOf = (row: number): number => {
    const sequence = Math.floor(row / width);
    return sequence < count ? sequence : 0;
  };
  const inputs = spread(fields, {
    rows,
    sequences: prompts.length,
    of: (row) => first + sequenceOf(row),
  });
  const breathe = breather(() => performance.now());
  const isOver = ({ found }: Search): boolean => found.ending !== undefined;
  const tokens = new Int32Array(rows);
  const from = new Int32Array(rows);
  await scorer.begin(inputs);
  let length = 0; // of the scorer's prefixes

  /** The last half of what the rows hold is begun anew. */
  async function slide(): Promise<void> {
    const kept = held.map((ids) => ids.slice(ids.length - Math.floor(window / 2)));
    await scorer.begin(inputs);
    length = kept[0]?.length ?? 0;
    for (let at = 0; at < length; at++) {
      await scorer.append(
        Int32Array.from(kept, (ids) => ids[at] ?? 0),
        undefined,
        true,
      );
    }
    // Rows stand in their new order now.
    from.forEach((_, row) => (from[row] = row));
  }

  for (let position = 0; !searches.every(isOver) && !signal?.aborted; position++) {
    for (let row = 0; row < rows; row++) {
      const sequence = sequenceOf(row);
      const base = row - (row % width);
      const prompt = own[sequence] ?? [];
      const search = searches[sequence];
      const forced = prompt[position];
      tokens[row] = forced ?? search?.tokens[row % width] ?? 0;
      from[row] =
        forced === undefined && search && !isOver(search)
          ? base + (search.from[row % width] ?? 0)
          : row;
    }
    held = held.map((_, row) => held[from[row] ?? row] ?? []);
    if (length === window) await slide();
    const isFed = (i: number): boolean => position + 1 >= (own[i]?.length ?? 0);
    const isRead = searches.some((search, i) => isFed(i) && !isOver(search));
    const scores = await scorer.append(tokens, from, !isRead);
    held = held.map((ids, row) => [...ids, tokens[row] ?? 0].slice(-window));
    length += 1;
    for (const [i, search] of searches.entries()) {
      if (!isFed(i) || isOver(search)) continue;
      search.take(scores.subarray(i * width * vocabulary, (i + 1) * width * vocabulary));
      if (width > 1 && !isOver(search)) continue;
      const { ids } = search.found;
      for (; (told[i] ?? 0) < ids.length; told[i] = (told[i] ?? 0) + 1) {
        onToken?.(first + i, ids[told[i] ?? 0] ?? 0);
      }
    }
    await breathe();
  }
  return searches.map(({ found }) => found);
}

/** One row of each field for every row of the scorer. */
function spread(
  fields: Readonly<Record<string, TypedArray>>,
  {
    rows,
    sequences,
    of,
  }: {
    readonly rows: number;
    readonly sequences: number;
    readonly of: (row: number) => number;
  },
): Record<string, TypedArray> {
  const inputs: Record<string, TypedArray> = {};
  for (const [name, values] of Object.entries(fields)) {
    const size = values.length / sequences;
    const wide = new (values.constructor as new (length: number) => TypedArray)(rows * size);
    for (let row = 0; row < rows; row++) {
      const start = of(row) * size;
      wide.set(values.subarray(start, start + size), row * size);
    }
    inputs[name] = wide;
  }
  return inputs;
}
