// Byte-level byte-pair encoding (Sennrich et al., 2016; Radford et al., 2019): a text is cut into words, a word into its
// UTF-8 bytes, and pairs of neighbours are merged in the order in which training found them. Nothing is unknown, and the
// bytes of the tokens are exactly the text. Tokens are written in GPT-2's alphabet, a visible character for each byte, as
// `tokenizer.json` writes them.

import { UserError } from "../../errors.ts";

/** What a tokeniser consists of: enough to make it again. */
export interface BpeTables {
  /** In the order of their ids, in the alphabet of bytes. */
  readonly tokens: readonly string[];
  /** First come first merged. */
  readonly merges: readonly (readonly [string, string])[];
}

export interface Bpe extends BpeTables {
  /** The tokens of a text. */
  encode(text: string): string[];
}

/** Bytes and end of the tables that nobody trained: one token a byte. */
export const byteCount = 256;

/** GPT-2's character for each byte: itself where it can be seen, else the next free one from U+0100 on. */
const alphabet: readonly string[] = (() => {
  const isVisible = (byte: number): boolean =>
    (byte > 0x20 && byte < 0x7f) || (byte > 0xa0 && byte !== 0xad && byte < 0x100);
  let next = 0x100;
  return Array.from({ length: byteCount }, (_, byte) =>
    String.fromCodePoint(isVisible(byte) ? byte : next++),
  );
})();

const byteOf: ReadonlyMap<string, number> = new Map(alphabet.map((sign, byte) => [sign, byte]));

/** The tokens of single bytes, in the order of their characters. */
export const byteTokens: readonly string[] = alphabet.toSorted();

/** A text in the alphabet of bytes. */
export function toByteText(text: string): string {
  return Array.from(new TextEncoder().encode(text), (byte) => alphabet[byte] ?? "").join("");
}

/** The bytes that a text in their alphabet stands for. */
export function toBytes(byteText: string): Uint8Array {
  return Uint8Array.from(Array.from(byteText, (sign) => byteOf.get(sign) ?? 0x3f));
}

/** The text of tokens; where they end inside a character, or are no text, it has U+FFFD. */
export function fromByteText(byteText: string): string {
  return new TextDecoder("utf-8", { ignoreBOM: true }).decode(toBytes(byteText));
}

/** English endings, letters, digits and other signs with the space before them, other spaces: how GPT-2 cuts a text. */
const wordPattern = /'(?:[sdmt]|ll|ve|re)| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+/gu;

/** The parts of a text that no token goes beyond; joined they are the text. */
export function cutWords(text: string): string[] {
  return text.match(wordPattern) ?? [];
}

export function createBpe({ tokens, merges }: BpeTables): Bpe {
  const ranks = new Map(merges.map(([a, b], rank) => [`${a} ${b}`, rank]));
  const known = new Map<string, readonly string[]>();

  function encodeWord(word: string): readonly string[] {
    const before = known.get(word);
    if (before) return before;
    const parts = Array.from(toByteText(word));
    for (;;) {
      let best = Infinity;
      let at = -1;
      for (let i = 0; i + 1 < parts.length; i++) {
        const rank = ranks.get(`${parts[i]} ${parts[i + 1]}`) ?? Infinity;
        if (rank < best) [best, at] = [rank, i];
      }
      if (at < 0) break;
      // All places of the pair, from left to right.
      const [a = "", b = ""] = [parts[at], parts[at + 1]];
      for (let i = at; i + 1 < parts.length; i++) {
        if (parts[i] === a && parts[i + 1] === b) parts.splice(i, 2, a + b);
      }
    }
    // A text of many different words must not fill the memory.
    if (known.size < 100_000) known.set(word, parts);
    return parts;
  }

  return {
    tokens,
    merges,
    encode: (text) => cutWords(text).flatMap(encodeWord),
  };
}

/** A word and what has become of it so far. */
interface Word {
  readonly count: number;
  symbols: number[];
}

/** A pair that was this frequent when it came into the queue. */
interface Candidate {
  readonly count: number;
  readonly pair: number;
}

/** More symbols than there can be. */
const mostSymbols = 2 ** 24;

/**
 * Merges the most frequent pair of neighbours until there are `size` tokens, single bytes among them, or no pair occurs
 * twice. Of equally frequent pairs the one whose tokens are older is merged. `words` are counted in the training's text.
 */
export function trainBpe(words: ReadonlyMap<string, number>, size: number): Bpe {
  const tokens = [...byteTokens];
  const idOf = new Map(tokens.map((token, id) => [token, id]));
  const merges: [string, string][] = [];
  const counts = new Map<number, number>();
  /** Words in which a pair stands, or stood. */
  const places = new Map<number, Set<Word>>();
  const queue = createQueue();

  function change(pair: number, by: number, word: Word): void {
    counts.set(pair, (counts.get(pair) ?? 0) + by);
    if (by < 0) return;
    const found = places.get(pair);
    if (found) found.add(word);
    else places.set(pair, new Set([word]));
  }

  for (const [text, count] of words) {
    const symbols = Array.from(toByteText(text), (sign) => idOf.get(sign) ?? 0);
    const word = { count, symbols };
    pairsOf(symbols, (pair) => change(pair, count, word));
  }
  for (const [pair, count] of counts) queue.add({ count, pair });

  while (tokens.length < size) {
    const best = queue.take();
    if (!best || best.count < 2) break;
    const now = counts.get(best.pair) ?? 0;
    if (now !== best.count) {
      if (now > 1) queue.add({ count: now, pair: best.pair });
      continue;
    }
    const a = Math.floor(best.pair / mostSymbols);
    const b = best.pair % mostSymbols;
    const left = tokens[a] ?? "";
    const right = tokens[b] ?? "";
    // Different pairs may make the same text: it stays one token.
    const merged = idOf.get(left + right) ?? tokens.push(left + right) - 1;
    idOf.set(left + right, merged);
    merges.push([left, right]);
    const touched = new Set<number>();
    for (const word of places.get(best.pair) ?? []) {
      const next = mergePair(word.symbols, a, b, merged);
      if (next.length === word.symbols.length) continue;
      pairsOf(word.symbols, (pair) => {
        change(pair, -word.count, word);
        touched.add(pair);
      });
      word.symbols = next;
      pairsOf(next, (pair) => {
        change(pair, word.count, word);
        touched.add(pair);
      });
    }
    counts.delete(best.pair);
    places.delete(best.pair);
    for (const pair of touched) {
      const count = counts.get(pair) ?? 0;
      if (count > 1) queue.add({ count, pair });
    }
  }
  return createBpe({ tokens, merges });
}

function pairsOf(symbols: readonly number[], see: (pair: number) => void): void {
  for (let i = 0; i + 1 < symbols.length; i++) {
    see((symbols[i] ?? 0) * mostSymbols + (symbols[i + 1] ?? 0));
  }
}

function mergePair(symbols: readonly number[], a: number, b: number, merged: number): number[] {
  const next: number[] = [];
  for (let i = 0; i < symbols.length; i++) {
    const symbol = symbols[i] ?? 0;
    if (symbol === a && symbols[i + 1] === b) {
      next.push(merged);
      i++;
    } else next.push(symbol);
  }
  return next;
}

/** A binary heap: the most frequent first, of equally frequent ones the smallest. */
function createQueue(): {
  add(candidate: Candidate): void;
  take(): Candidate | undefined;
} {
  const heap: Candidate[] = [];
  const isBefore = (a: Candidate, b: Candidate): boolean =>
    a.count > b.count || (a.count === b.count && a.pair < b.pair);
  const swap = (i: number, j: number): void => {
    const [a, b] = [heap[i], heap[j]];
    if (a && b) [heap[i], heap[j]] = [b, a];
  };
  const rises = (child: number, parent: number): boolean => {
    const [a, b] = [heap[child], heap[parent]];
    return a !== undefined && b !== undefined && isBefore(a, b);
  };
  return {
    add(candidate) {
      heap.push(candidate);
      for (let i = heap.length - 1; i > 0;) {
        const parent = (i - 1) >> 1;
        if (!rises(i, parent)) break;
        swap(i, parent);
        i = parent;
      }
    },
    take() {
      const [first] = heap;
      const last = heap.pop();
      if (heap.length === 0 || last === undefined) return first;
      heap[0] = last;
      for (let i = 0; ;) {
        const left = 2 * i + 1;
        const better = rises(left + 1, left) ? left + 1 : left;
        if (!rises(better, i)) return first;
        swap(better, i);
        i = better;
      }
    },
  };
}

/** Tables as they were saved, checked. */
export function checkTables(value: unknown, what: string): BpeTables {
  const { tokens, merges } = (value ?? {}) as { tokens?: unknown; merges?: unknown };
  const isText = (each: unknown): each is string => typeof each === "string";
  const isPair = (each: unknown): each is [string, string] =>
    Array.isArray(each) && each.length === 2 && each.every(isText);
  if (Array.isArray(tokens) && tokens.every(isText) && Array.isArray(merges)) {
    if (merges.every(isPair)) return { tokens, merges };
  }
  throw new UserError(`${what} is damaged`);
}
