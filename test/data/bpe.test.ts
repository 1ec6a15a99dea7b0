// Byte-level byte-pair encoding: training against the textbook's loop, encoding against Hugging Face's library, and what a
// data declaration makes of it.

import { Tokenizer } from "@huggingface/tokenizers";
import fc from "fast-check";
import { describe, expect, test } from "vitest";

import { openData, type Dataset } from "../../runtime/data/open.ts";
import type { Column, DataSpec } from "../../runtime/data/spec.ts";
import {
  byteTokens,
  createBpe,
  cutWords,
  fromByteText,
  toByteText,
  toBytes,
  trainBpe,
  type Bpe,
} from "../../runtime/data/text/bpe.ts";
import { parseTokenizer, tokenizerJson } from "../../runtime/data/text/tokenizer-json.ts";
import { createVocabulary, loadTokens, saveTokens } from "../../runtime/data/text/vocabulary.ts";
import { memoryHost } from "../../runtime/memory-host.ts";

const texts = [
  "The time traveller (for so it will be convenient to speak of him) was expounding a recondite matter to us.",
  "Où est-il ? « Il n’est pas là » : c’est déjà l’été à 20 °C… ça va !",
  "机器学习是人工智能的一个分支。深度学习，也是。",
  "👩‍👩‍👧 smiles 🙂🙂 and 100,000 naïve café owners don't won't they'll\n\n\tindented   spaces  ",
  "e\u0301 composed and ﬁ ligature — dashes… 'quoted' don''t",
];
const corpus = [...texts, ...texts, ...texts.slice(0, 2)].join("\n");

function countWords(text: string): Map<string, number> {
  const words = new Map<string, number>();
  for (const word of cutWords(text)) words.set(word, (words.get(word) ?? 0) + 1);
  return words;
}

/** Counts all pairs anew before every merge. */
function trainSlowly(words: ReadonlyMap<string, number>, size: number): [string, string][] {
  const ids = new Map(byteTokens.map((token, id) => [token, id]));
  const list = [...words].map(([word, count]) => ({ parts: Array.from(toByteText(word)), count }));
  const merges: [string, string][] = [];
  while (ids.size < size) {
    const counts = new Map<string, { count: number; a: string; b: string }>();
    for (const { parts, count } of list) {
      parts.slice(1).forEach((b, i) => {
        const a = parts[i] ?? "";
        const entry = counts.get(`${a} ${b}`) ?? { count: 0, a, b };
        counts.set(`${a} ${b}`, { ...entry, count: entry.count + count });
      });
    }
    const order = (token: string): number => ids.get(token) ?? -1;
    const [best] = [...counts.values()].toSorted(
      (x, y) => y.count - x.count || order(x.a) - order(y.a) || order(x.b) - order(y.b),
    );
    if (!best || best.count < 2) break;
    merges.push([best.a, best.b]);
    if (!ids.has(best.a + best.b)) ids.set(best.a + best.b, ids.size);
    for (const entry of list) {
      const next: string[] = [];
      for (let i = 0; i < entry.parts.length; i++) {
        const isPair = entry.parts[i] === best.a && entry.parts[i + 1] === best.b;
        next.push(isPair ? best.a + best.b : (entry.parts[i] ?? ""));
        if (isPair) i++;
      }
      entry.parts = next;
    }
  }
  return merges;
}

describe("training", () => {
  test("merges as the textbook's loop does", () => {
    const words = countWords(corpus);
    expect(trainBpe(words, 400).merges).toEqual(trainSlowly(words, 400));
  });

  test("on random words", () => {
    const word = fc.string({ unit: fc.constantFrom("a", "b", "c", "é"), maxLength: 12 });
    const counted = fc.array(fc.tuple(word, fc.integer({ min: 1, max: 5 })), { maxLength: 12 });
    fc.assert(
      fc.property(counted, fc.integer({ min: 256, max: 300 }), (pairs, size) => {
        const words = new Map(pairs);
        expect(trainBpe(words, size).merges).toEqual(trainSlowly(words, size));
      }),
      { numRuns: 200 },
    );
  });

  test("ends where no pair occurs twice", () => {
    const { tokens, merges } = trainBpe(new Map([["abab", 1]]), 1000);
    expect(merges).toEqual([["a", "b"]]);
    expect(tokens).toHaveLength(257);
  });
});

describe("a text", () => {
  const bpe = trainBpe(countWords(corpus), 500);

  test("is what the bytes of its tokens say, whatever it is", () => {
    fc.assert(
      fc.property(fc.string({ unit: "binary", maxLength: 60 }), (text) => {
        expect(fromByteText(bpe.encode(text).join(""))).toBe(text);
      }),
      { numRuns: 500 },
    );
  });

  test("has the tokens that Hugging Face's library gives it", () => {
    const library = new Tokenizer(tokenizerJson(bpe), { clean_up_tokenization_spaces: false });
    for (const text of [...texts, "never seen before: ὀψὲ θεῶν ἀλέουσι μύλοι"].map((t) =>
      t.normalize("NFC"),
    )) {
      expect(bpe.encode(text)).toEqual(library.encode(text).tokens);
      expect(library.decode(library.encode(text).ids)).toBe(text);
    }
  });

  test("is shown by its tokens: text where they are text, numbers where they are parts of it", () => {
    const vocabulary = createVocabulary(bpe.tokens, { tokens: "bpe", lower: false, bpe: 504 }, bpe);
    const { ids, unknown } = vocabulary.encode(" the ☃");
    expect(unknown).toEqual([]);
    const shown = [...ids].map((id) => vocabulary.show(id));
    expect(shown[0]).toBe(" the");
    expect(shown.slice(1).join(" ")).toMatch(/⟨e2.*98.*83⟩/);
    expect(vocabulary.decode(ids)).toBe(" the ☃");
    expect(vocabulary.decode(ids.subarray(0, ids.length - 1))).toMatch(/^ the \uFFFD+$/);
    expect([...toBytes(toByteText("é"))]).toEqual([0xc3, 0xa9]);
  });

  test("has the same tokens after the vocabulary was saved", () => {
    const vocabulary = createVocabulary(bpe.tokens, { tokens: "bpe", lower: false, bpe: 504 }, bpe);
    const saved = loadTokens(saveTokens(vocabulary), "d.words.tokens");
    if (!("merges" in saved)) throw new Error("no merges");
    expect(createBpe(saved).encode(corpus)).toEqual(bpe.encode(corpus));
    const damaged = new TextEncoder().encode('{"tokens":["a"],"merges":[["a"]]}');
    expect(() => loadTokens(damaged, "d.words.tokens")).toThrow(
      "the saved vocabulary `d.words.tokens` is damaged",
    );
  });
});

describe("tokenizer.json", () => {
  const bpe = trainBpe(countWords(corpus), 300);

  test("gives the encoding back", () => {
    const read = parseTokenizer(JSON.parse(JSON.stringify(tokenizerJson(bpe))), "t.json");
    expect(read.tokens).toEqual(bpe.tokens);
    expect(read.encode(corpus)).toEqual(bpe.encode(corpus));
  });

  test("may write merges as one text, and hold special tokens", () => {
    const file = tokenizerJson(bpe) as { model: { vocab: object; merges: [string, string][] } };
    const other = {
      ...file,
      normalizer: null,
      added_tokens: [{ id: 0, content: "<|endoftext|>", special: true }],
      model: {
        ...file.model,
        vocab: { "<|endoftext|>": 0, ...shifted(file.model.vocab) },
        merges: file.model.merges.map((pair) => pair.join(" ")),
      },
    };
    expect(parseTokenizer(other, "t.json").tokens).toEqual(bpe.tokens);
    function shifted(vocab: object): Record<string, number> {
      return Object.fromEntries(
        Object.entries(vocab).map(([token, id]) => [token, Number(id) + 1]),
      );
    }
  });

  test.each([
    ["is no object", () => 3],
    ["has a model of type WordPiece, not BPE", () => ({ model: { type: "WordPiece" } })],
    [
      "changes the text first (a normalizer of type Lowercase)",
      () => changed({ normalizer: { type: "Lowercase" } }),
    ],
    [
      "cuts words in its own way (a pre_tokenizer of type Whitespace)",
      () => changed({ pre_tokenizer: { type: "Whitespace" } }),
    ],
    [
      "sets a space before every text",
      () => changed({ pre_tokenizer: { type: "ByteLevel", add_prefix_space: true } }),
    ],
    [
      "lacks 255 of the 256 bytes",
      () => changed({ model: { type: "BPE", vocab: { a: 0 }, merges: [] } }),
    ],
    [
      "has a merge that makes no token",
      () => changed({ model: { type: "BPE", vocab: vocabOf(bpe), merges: ["q q"] } }),
    ],
  ])("is refused where it %s", (message, make) => {
    expect(() => parseTokenizer(make(), "t.json")).toThrow(message);
  });

  function vocabOf({ tokens }: Bpe): Record<string, number> {
    return Object.fromEntries(tokens.map((token, id) => [token, id]));
  }
  function changed(parts: object): object {
    return { ...tokenizerJson(bpe), ...parts };
  }
});

/** A stream of one file, cut by `tokens`. */
function openStream(
  files: Readonly<Record<string, string>>,
  bpe: number | string,
  split: DataSpec["split"] = { kind: "none" },
  more: object = {},
): Promise<Dataset> {
  const column: Column = {
    input: "ids",
    dtype: "i32",
    shape: [4],
    source: { kind: "tokens", name: "tokens", vocabulary: "v", before: [], after: [] },
  };
  const spec: DataSpec = {
    name: "d",
    reader: "text",
    arguments: { path: "t.txt", window: 4, tokens: { bpe }, ...more },
    place: "m.dlm:1:1",
    columns: [column],
    split,
    vocabularies: { v: { minCount: 1 } },
  };
  return openData(spec, memoryHost(files), { seed: 0 });
}

/** All of a split's windows, one after the other. */
function textOf(data: Dataset, split: string): string {
  const vocabulary = data.vocabularies.get("v");
  const ids = data.read("ids", data.splits[split]?.rows ?? []);
  const size = data.columns.get("ids")?.shape[0] ?? 1;
  // Windows share a token with the next one.
  const own = Array.from(ids).filter((_, i) => i % size < size - 1 || i === ids.length - 1);
  return vocabulary?.decode(own) ?? "";
}

describe("a stream of merged bytes", () => {
  test("is trained on the training split alone", async () => {
    const split = { kind: "holdout", validation: 0.5, test: 0 } as const;
    const data = await openStream({ "t.txt": "ab ".repeat(60) + "xy ".repeat(60) }, 300, split);
    const vocabulary = data.vocabularies.get("v");
    expect(vocabulary?.tokens).toContain("Ġab");
    expect(vocabulary?.tokens.some((token) => /[xy]./.test(token))).toBe(false);
    // The space belongs to the word behind it, and no split holds text of another.
    expect(textOf(data, "train")).toMatch(/^ab( ab)+ ?$/);
    expect(textOf(data, "validation")).toMatch(/^[ab ]*( xy)+ ?$/);
  });

  test("takes as many characters as `limit` says", async () => {
    const data = await openStream({ "t.txt": corpus }, 260, { kind: "none" }, { limit: 40 });
    expect(corpus.startsWith(textOf(data, "train").slice(0, 30))).toBe(true);
    expect(textOf(data, "train").length).toBeLessThanOrEqual(40);
  });

  test("is cut as a file says", async () => {
    const bpe = trainBpe(countWords(corpus), 300);
    const files = { "t.txt": corpus, "own.json": JSON.stringify(tokenizerJson(bpe)) };
    const data = await openStream(files, "own.json");
    expect(data.vocabularies.get("v")?.tokens).toEqual(bpe.tokens);
    expect(data.dims["d.v.size"]).toBe(4 + bpe.tokens.length);
  });

  test("tells of a tokeniser that is not there, or is none", async () => {
    await expect(openStream({ "t.txt": corpus }, "own.json")).rejects.toThrow(
      "there is no tokeniser own.json",
    );
    const files = { "t.txt": corpus, "own.json": "{" };
    await expect(openStream(files, "own.json")).rejects.toThrow("the tokeniser is no JSON");
  });
});
