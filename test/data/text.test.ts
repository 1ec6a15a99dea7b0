// Streams of text: tokens, windows, splits before windowing, the vocabulary of the training part.

import { describe, expect, test } from "vitest";

import { memoryHost } from "../../runtime/memory-host.ts";
import { openData, type Dataset } from "../../runtime/data/open.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import type { Argument, Column, DataSpec, SplitSpec } from "../../runtime/data/spec.ts";
import { joinTokens, tokenize } from "../../runtime/data/text/tokens.ts";
import type { VocabularyRule } from "../../runtime/data/text/vocabulary.ts";
import { dataDir, describeShared } from "../support/shared.ts";

interface Given {
  readonly args?: Readonly<Record<string, Argument>>;
  readonly split?: SplitSpec;
  readonly vocabulary?: VocabularyRule;
}

function specOf(
  path: string,
  { args = {}, split = { kind: "none" }, vocabulary }: Given,
): DataSpec {
  const column: Column = {
    input: "ids",
    dtype: "i32",
    shape: [Number(args["window"] ?? 33)],
    source: { kind: "tokens", name: "tokens", vocabulary: "v", before: [], after: [] },
  };
  return {
    name: "d",
    reader: "text",
    arguments: { path, ...args },
    place: "m.dlm:1:1",
    columns: [column],
    split,
    vocabularies: { v: vocabulary ?? { minCount: 1 } },
  };
}

const open = (text: string, given: Given, seed = 0): Promise<Dataset> =>
  openData(specOf("t.txt", given), memoryHost({ "t.txt": text }), { seed });

/** Windows of a split as text. */
function windows(data: Dataset, split: string, epoch?: number): string[] {
  const { rows } = data.splits[split] ?? { rows: [] };
  const pass = epoch === undefined ? undefined : { seed: 7, epoch };
  const size = data.columns.get("ids")?.shape[0] ?? 0;
  const ids = data.read("ids", rows, undefined, pass);
  return Array.from({ length: rows.length }, (_, i) =>
    Array.from(ids.subarray(i * size, (i + 1) * size), (id) =>
      data.vocabularies.get("v")?.show(id),
    ).join(""),
  );
}

describe("tokens", () => {
  const word = { tokens: "word", lower: false } as const;
  const char = { tokens: "char", lower: false } as const;

  test("characters are code points of the composed text, with one kind of line end", () => {
    expect(tokenize("e\u0301a\r\n😀", char)).toEqual(["é", "a", "\n", "😀"]);
  });

  test("words end at spaces of any width, signs stand alone", () => {
    // U+202F and U+00A0 stand before French punctuation.
    expect(tokenize("J’ai dit\u202f: «\u00a0peut-être\u00a0»\u202f!", word)).toEqual([
      "J’ai",
      "dit",
      ":",
      "«",
      "peut-être",
      "»",
      "!",
    ]);
    expect(tokenize("--don't-- x_1 3.5", word)).toEqual([
      "-",
      "-",
      "don't",
      "-",
      "-",
      "x_1",
      "3",
      ".",
      "5",
    ]);
  });

  test("Han and kana are tokens each, in words and between others", () => {
    expect(tokenize("我爱NLP的书。", word)).toEqual(["我", "爱", "NLP", "的", "书", "。"]);
    expect(tokenize("Привет, мир", word)).toEqual(["Привет", ",", "мир"]);
  });

  test("`lower` and `keep` clean first; what falls away between words leaves one space", () => {
    const rule = { tokens: "char", lower: true, keep: "[a-z ]" } as const;
    // As the d2l book: re.sub('[^A-Za-z]+', ' ', text).lower()
    expect(tokenize("The Time -- Machine,\nby  H.", rule).join("")).toBe("the time machine by h ");
    expect(tokenize("A-b c", { ...rule, keep: "[a-z]" }).join("")).toBe("abc");
  });

  test("are text again", () => {
    expect(joinTokens(["hello", ",", "world", "!"], "word")).toBe("hello, world!");
    expect(joinTokens(["h", "i"], "char")).toBe("hi");
  });
});

describe("windows of a stream", () => {
  const letters = "abcdefghijklmnopqrst"; // 20

  test("follow one another, the last token of one first in the next", async () => {
    const data = await open(letters, { args: { window: 5 } });
    // Of 20 letters as many windows as fit wherever they begin: 20 - 5 - 3 = 12, so 4.
    expect(windows(data, "train")).toEqual(["abcde", "efghi", "ijklm", "mnopq"]);
    expect(data.dims).toEqual({ "d.v.size": 24 });
    expect(data.place(1)).toBe("t.txt, tokens 5 to 9");
  });

  test("move in training by one offset an epoch below the stride, and reach every token", async () => {
    const data = await open(letters, { args: { window: 5 } });
    const firsts = new Set<string>();
    const seen = new Set<string>();
    for (let epoch = 0; epoch < 60; epoch++) {
      const moved = windows(data, "train", epoch);
      expect(windows(data, "train", epoch)).toEqual(moved);
      const starts = moved.map((text) => letters.indexOf(text));
      expect(starts.map((start) => start - (starts[0] ?? 0))).toEqual([0, 4, 8, 12]);
      firsts.add(moved[0] ?? "");
      for (const text of moved) for (const letter of text) seen.add(letter);
    }
    expect([...firsts].sort()).toEqual(["abcde", "bcdef", "cdefg", "defgh"]);
    expect([...seen].sort().join("")).toBe(letters);
  });

  test("are cut out of contiguous parts: training, validation, test", async () => {
    const split = { kind: "holdout", validation: 0.25, test: 0.25 } as const;
    const data = await open(letters, { args: { window: 3, stride: 3 }, split });
    expect(windows(data, "train")).toEqual(["abc", "def"]);
    const unknown = "⟨unk⟩".repeat(3);
    // None of these letters is in the training part.
    expect(windows(data, "validation")).toEqual([unknown]);
    expect(windows(data, "test")).toEqual([unknown]);
    const places = ["validation", "test"].map((s) => data.place(data.splits[s]?.rows[0] ?? 0));
    expect(places).toEqual(["t.txt, tokens 11 to 13", "t.txt, tokens 16 to 18"]);
    expect(data.dims).toEqual({ "d.v.size": 14 });
  });

  test("stay where they are outside training", async () => {
    const split = { kind: "holdout", validation: 0.5, test: 0 } as const;
    const data = await open("abababababababababab", { args: { window: 4 }, split });
    expect(windows(data, "validation", 3)).toEqual(windows(data, "validation"));
  });

  test("`limit` counts tokens after cleaning", async () => {
    const data = await open("A, b; C d.", {
      args: { window: 2, stride: 2, lower: true, keep: "[a-z]", limit: 3 },
    });
    expect(windows(data, "train")).toEqual(["ab"]);
  });

  test("come from files by name with `given`", async () => {
    const split = { kind: "given", parts: { train: "a.txt", validation: "b.txt" } } as const;
    const host = memoryHost({ "f/a.txt": "xyxyxy", "f/b.txt": "yxz" });
    const data = await openData(specOf("f", { args: { window: 3, stride: 1 }, split }), host, {
      seed: 0,
    });
    expect(windows(data, "train")).toEqual(["xyx", "yxy", "xyx", "yxy"]);
    expect(windows(data, "validation")).toEqual(["yx⟨unk⟩"]);
    expect(data.place(4)).toBe("f/b.txt, tokens 1 to 3");
  });

  test("words", async () => {
    const data = await open("to be or not to be", {
      args: { window: 3, stride: 3, tokens: "word" },
    });
    expect(data.vocabularies.get("v")?.tokens).toEqual(["be", "to", "not", "or"]);
    expect([...data.read("ids", [0])]).toEqual([5, 4, 7]);
  });
});

describe("a vocabulary", () => {
  test("has the most frequent first, and knows no rarer ones", async () => {
    const data = await open("cbbaaad", { args: { window: 2 }, vocabulary: { minCount: 2 } });
    const vocabulary = data.vocabularies.get("v");
    expect(vocabulary?.tokens).toEqual(["a", "b"]);
    expect(vocabulary?.encode("abz z")).toEqual({
      ids: Int32Array.of(4, 5, 1, 1, 1),
      unknown: ["z", " "],
    });
    expect(vocabulary?.decode([2, 5, 4, 3, 0])).toBe("ba");
    const small = await open("cbbaaad", {
      args: { window: 2 },
      vocabulary: { minCount: 1, maxSize: 5 },
    });
    expect(small.vocabularies.get("v")?.tokens).toEqual(["a"]);
  });

  test("of an earlier run is used as it was", async () => {
    const tokens = new Map([["v", ["x", "a"]]]);
    const host = memoryHost({ "t.txt": "abab" });
    const data = await openData(specOf("t.txt", { args: { window: 2, stride: 2 } }), host, {
      seed: 0,
      tokens,
    });
    expect([...data.read("ids", [0])]).toEqual([5, 1]);
  });
});

describe("streams that cannot be read", () => {
  test.each([
    [
      "abc",
      { args: { window: 4 } },
      "the train split has 3 tokens, which is less than a window of 4",
    ],
    [
      "a".repeat(100),
      { args: { window: 20 }, split: { kind: "holdout", validation: 0.1, test: 0 } },
      "the validation split has 10 tokens, which is less than a window of 20",
    ],
    ["123", { args: { window: 2, keep: "[a-z]" } }, "the file holds no tokens"],
    ["", { args: { window: 2 } }, "the file holds no tokens"],
    ["abcd", { args: { window: 2 }, vocabulary: { minCount: 2 } }, "the vocabulary `v` is empty"],
  ] as const)("%j", async (text, given, message) => {
    await expect(open(text, given)).rejects.toThrow(message);
  });

  test("a file that is not there, or no UTF-8", async () => {
    const host = memoryHost({ "t.txt": Uint8Array.of(0xff, 0xfe) });
    await expect(openData(specOf("t.txt", {}), host, { seed: 0 })).rejects.toThrow("no UTF-8");
    await expect(openData(specOf("u.txt", {}), host, { seed: 0 })).rejects.toThrow(
      "there is no data file u.txt",
    );
  });
});

describeShared("real texts", () => {
  const host = createDataHost({
    folder: dataDir ?? ".",
    anywhere: false,
    environment: { XDG_CACHE_HOME: "/nowhere" },
  });

  test("Tiny Shakespeare has 65 characters, and none that validation alone has", async () => {
    const split = { kind: "holdout", validation: 0.1, test: 0 } as const;
    const spec = specOf("text/tinyshakespeare.txt", { args: { window: 129 }, split });
    const data = await openData(spec, host, { seed: 0 });
    expect(data.vocabularies.get("v")?.size).toBe(65 + 4);
    // 1,115,394 characters: floor((1003855 - 129 - 127) / 128) + 1 and floor((111539 - 129) / 128) + 1.
    expect(data.splits["train"]?.count).toBe(7841);
    expect(data.splits["validation"]?.count).toBe(871);
  });

  test("the Time Machine, cleaned as the d2l book cleans it", async () => {
    const args = { window: 33, lower: true, keep: "[a-z ]" };
    const spec = specOf("text/timemachine.txt", { args });
    const data = await openData(spec, host, { seed: 0 });
    // The book: 173,428 characters in 28 tokens, its unknown among them.
    expect(data.vocabularies.get("v")?.size).toBe(27 + 4);
    expect(data.splits["train"]?.count).toBe(Math.floor((173428 - 33 - 31) / 32) + 1);
    expect(windows(data, "train")[0]).toBe("the time machine by h g wells i t");
  });
});
