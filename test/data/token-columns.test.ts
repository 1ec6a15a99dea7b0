// Columns of text as tokens: tables with tabs, vocabularies that columns share, frames and padding, whole groups in a split.

import { describe, expect, test } from "vitest";

import { load } from "../../compiler/api/load.ts";
import { openTrainingData, type OpenedData } from "../../compiler/api/data.ts";
import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";
import type { DataHost } from "../../runtime/host.ts";
import { dataDir, describeShared } from "../support/shared.ts";

async function open(
  text: string,
  files: Readonly<Record<string, string>>,
  dataHost?: DataHost,
): Promise<OpenedData> {
  const host = memoryHost({ ...files, "m.dlm": text });
  const file = load("m.dlm", { host, dataHost: dataHost ?? host });
  expect(file.checkAll().map((d) => `${diagnosticJson(d).line}: ${d.message}`)).toEqual([]);
  return openTrainingData(file.data(), { dataHost: dataHost ?? host, seed: 1 });
}

/** A field of the given rows in evaluation. */
async function field(data: OpenedData, name: string, rows: readonly number[]): Promise<number[]> {
  return Array.from((await data.read(rows, "evaluation"))[name] ?? []);
}

const pairs = 'Go.\tVa !\nGo now.\tVa !\n"Hi" he\tIl dit\u202f: « salut »\n';

describe("tsv", () => {
  test("has its columns named, quotes are text, tokens are framed and padded", async () => {
    const data = await open(
      `data d = tsv("p.tsv", columns = ["english", "french"]) {
        let en = vocab()
        let fr = vocab()
        let goal = french |> tokenize("word", lower = true) |> fr
        field source: i32[4] = english |> tokenize("word") |> en |> end |> pad(4)
        field target: i32[6] = goal |> begin |> end |> pad(6)
      }`,
      { "p.tsv": pairs },
    );
    const { vocabularies } = data.dataset;
    // By count, then by code unit: . " and Go occur twice.
    expect(vocabularies.get("en")?.tokens).toEqual(['"', ".", "Go", "Hi", "he", "now"]);
    expect(vocabularies.get("fr")?.tokens.slice(0, 2)).toEqual(["!", "va"]);
    expect(data.dims).toMatchObject({ "d.en.size": 10, "d.fr.size": 4 + 8 });
    expect(await field(data, "source", [0, 1, 2])).toEqual([6, 5, 3, 0, 6, 9, 5, 3, 4, 7, 4, 8]);
    expect((await field(data, "target", [0, 2])).slice(0, 6)).toEqual([2, 5, 4, 3, 0, 0]);
    expect(vocabularies.get("fr")?.decode(await field(data, "target", [2]))).toBe(
      "il dit: « salut",
    );
  });

  test("one vocabulary over several columns counts them all, each text of training once", async () => {
    const data = await open(
      `data d = tsv("t.tsv") {
        let v = vocab(min_count = 2)
        field a: i32[2] = left |> tokenize("char") |> v |> pad(2)
        field b: i32[3] = right |> tokenize("char") |> v |> begin |> pad(3)
        field c: i32[1] = right |> tokenize("char") |> v |> pad(1)
      }`,
      { "t.tsv": "left\tright\nxy\tx\nz\tw\n" },
    );
    expect(data.dataset.vocabularies.get("v")?.tokens).toEqual(["x"]);
    expect(await field(data, "a", [0, 1])).toEqual([4, 1, 1, 0]);
    expect(await field(data, "b", [0])).toEqual([2, 4, 0]);
  });

  test("a field of type i32 reads a column of whole numbers, and refuses others with their line", async () => {
    const declared = 'data d = tsv("t.tsv") { field label: i32[] }';
    const data = await open(declared, { "t.tsv": "label\ttext\n1\ta\n0\tb\n" });
    expect(await field(data, "label", [0, 1])).toEqual([1, 0]);
    await expect(open(declared, { "t.tsv": "label\n1\n0.5\n" })).rejects.toMatchObject({
      message: "column `label` holds 0.5 where a whole number is wanted",
      place: "t.tsv, line 3",
    });
    await expect(open(declared, { "t.tsv": "label\tx\n1\ta\n\tb\n" })).rejects.toThrow("holds NaN");
  });

  test("tells lines that have other columns than named", async () => {
    const declared = (names: string): string =>
      `data d = tsv("p.tsv", columns = [${names}]) { let v = vocab()  field x: i32[3] = a |> tokenize("word") |> v |> pad(3) }`;
    await expect(open(declared('"a"'), { "p.tsv": "x\ty\n" })).rejects.toThrow(
      "1 columns are named, the file has 2",
    );
    await expect(open(declared('"a", "b"'), { "p.tsv": "x\ty\nz\n" })).rejects.toMatchObject({
      place: "p.tsv, line 2",
    });
  });
});

describe("splits", () => {
  const rows = Array.from({ length: 60 }, (_, i) => `g${i % 20}\t${i}`).join("\n");
  const declared = (split: string): string =>
    `data d = tsv("t.tsv") { field i: i32[]  split = ${split} }`;

  test("`by` keeps rows of one value in one split", async () => {
    const data = await open(declared("holdout(validation = 0.2, test = 0.1, by = g)"), {
      "t.tsv": `g\ti\n${rows}\n`,
    });
    const seen = new Map<number, string>();
    const counts: Record<string, number> = {};
    for (const [name, { rows: own, count }] of Object.entries(data.dataset.splits)) {
      counts[name] = count;
      for (const row of own) {
        expect(seen.get(row % 20) ?? name).toBe(name);
        seen.set(row % 20, name);
      }
    }
    expect(counts).toEqual({ train: 42, validation: 12, test: 6 });
  });

  test("`shuffle = false` takes the end of the file", async () => {
    const data = await open(declared("holdout(validation = 0.2, test = 0.1, shuffle = false)"), {
      "t.tsv": `g\ti\n${rows}\n`,
    });
    const { splits } = data.dataset;
    const ends = (name: string): unknown[] => {
      const own = splits[name]?.rows ?? [];
      return [own[0], own.length, own[own.length - 1]];
    };
    expect(ends("train")).toEqual([0, 42, 41]);
    expect(ends("validation")).toEqual([42, 12, 53]);
    expect(ends("test")).toEqual([54, 6, 59]);
  });

  test("one value alone leaves nothing to train on", async () => {
    const text = "g\ti\na\t1\na\t2\n";
    await expect(
      open(declared("holdout(validation = 0.2, by = g)"), { "t.tsv": text }),
    ).rejects.toThrow("leaves none of 2 examples");
  });
});

describeShared("real tables", () => {
  const host = createDataHost({
    folder: dataDir ?? ".",
    anywhere: false,
    environment: { XDG_CACHE_HOME: "/nowhere" },
  });

  test("English and French pairs, with one English side in one split", async () => {
    const data = await open(
      `data pairs = tsv("translation/fra.txt", columns = ["english", "french"]) {
        let en = vocab(min_count = 2)
        let fr = vocab(min_count = 2)
        field source: i32[10] = english |> tokenize("word", lower = true) |> en |> end |> pad(10)
        field target: i32[16] = french |> tokenize("word", lower = true) |> fr |> begin |> end |> pad(16)
        split = holdout(validation = 0.1, by = english)
      }`,
      {},
      host,
    );
    const { splits, vocabularies, count } = data.dataset;
    expect(count).toBe(30000);
    expect(Math.abs((splits["validation"]?.count ?? 0) - 3000)).toBeLessThan(60);
    const english = async (name: string): Promise<Set<string>> => {
      const source = await field(data, "source", Array.from(splits[name]?.rows ?? []));
      const rows = Array.from({ length: source.length / 10 }, (_, i) =>
        source.slice(i * 10, i * 10 + 10),
      );
      // Rare words are all one unknown token: such rows may well look alike.
      return new Set(rows.filter((ids) => !ids.includes(1)).map((ids) => ids.join()));
    };
    const held = await english("validation");
    const trained = await english("train");
    // "Go!" and "go !" are one sentence of tokens and two texts.
    const both = [...held].filter((ids) => trained.has(ids));
    expect(both.length).toBeLessThan(0.02 * held.size);
    const first = Array.from(await field(data, "source", [0]));
    expect(vocabularies.get("en")?.decode(first)).toBe("go.");
    const words = vocabularies.get("fr")?.tokens ?? [];
    expect(words.every((word) => !/[\s\u202f\u00a0]/u.test(word))).toBe(true);
  });

  test("polarity of reviews: the last tenth is the test split", async () => {
    const data = await open(
      `data reviews = tsv("sentiment/mr_polarity.tsv") {
        let words = vocab(min_count = 2)
        field tokens: i32[60] = text |> tokenize("word") |> words |> pad(60)
        field label: i32[]
        split = holdout(test = 0.1, shuffle = false)
      }`,
      {},
      host,
    );
    const { test: held } = data.dataset.splits;
    expect(held?.count).toBe(1066);
    expect(held?.rows[0]).toBe(10662 - 1066);
    const labels = await field(data, "label", Array.from(held?.rows ?? []));
    expect(labels.filter((label) => label === 1)).toHaveLength(533);
  });
});
