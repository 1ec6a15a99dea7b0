// Merged bytes from a file to a text that a model writes: streams and columns, a run that keeps them, prompts in any script.

import { existsSync, readFileSync } from "node:fs";
import path from "node:path";

import { afterAll, describe, expect, test } from "vitest";

import { makeFolder } from "../support/command.ts";

const story = Array.from(
  { length: 120 },
  (_, i) => `Le chat nº ${i % 7} dort : « où ? » — 猫は${i % 3}匹。\n`,
).join("");

const stream = `
data book = text("story.txt", tokens = bpe(300), window = 9) {
  let words = vocab()
  let ids = words(tokens)
  field input: i32[8] = ids[:-1]
  field target: i32[8] = ids[1:]
  split = holdout(validation = 0.2)
}
model Net(words: int)(input: i32[batch, time]) -> (logits: [batch, time, words]) =
  input |> embedding(words, 16) |> gru(32) |> dense(words)
train net = Net(book.words.size) on book {
  loss = cross_entropy(logits, target)
  metrics = { perplexity = perplexity(logits, target) }
  optimizer = adam(lr = 0.01)
  batch = 16
  epochs = 6
}
decode write = net { grows = input  next = logits  text = book.words  prompt = "Le chat"  limit = 24 }
`;

const pairs = Array.from({ length: 40 }, (_, i) => `${i % 5} cats\t${i % 5} chats\n`).join("");

const columns = `
data pairs = tsv("pairs.tsv", columns = ["en", "fr"]) {
  let words = vocab()
  field source: i32[12] = en |> tokenize(bpe(270)) |> words |> end |> pad(12)
  field target: i32[12] = fr |> tokenize(bpe(270)) |> words |> begin |> end |> pad(12)
}
`;

const folder = makeFolder({
  "story.txt": story,
  "stream.dlm": stream,
  "pairs.tsv": pairs,
  "columns.dlm": columns,
});

afterAll(() => folder.remove());

async function run(...args: string[]): Promise<string> {
  const { code, out, error } = await folder.run(args);
  expect(code, error).toBe(0);
  return out;
}

describe("merged bytes on the command line", () => {
  test("dlmc data shows tokens, that none is unknown, and how much they stand for", async () => {
    const told = await run("data", "stream.dlm");
    expect(told).toMatch(/tokens by `words`: \d+ ids; unknown are 0 % of train, 0 % of validation/);
    expect(told).toMatch(/a token stands for [1-9]\.\d\d\s+bytes/);
    expect(told).toContain("␣chat");
  });

  test("dlmc data reads columns", async () => {
    const told = await run("data", "columns.dlm");
    expect(told).toMatch(/en by `words`: \d+ ids; unknown are 0 % of train, a token stands/);
    expect(told).toContain("␣cats ⟨end⟩");
    expect(told).toContain("⟨begin⟩");
  });

  test("a run keeps them, and writes from them", async () => {
    await run("train", "stream.dlm", "--out", "run", "--log", "plain");
    const file = path.join(folder.path, "run", "words.tokenizer.json");
    expect(JSON.parse(readFileSync(file, "utf8"))).toMatchObject({ model: { type: "BPE" } });
    const written = await run("generate", "stream.dlm", "--run", "run", "--prompt", "Le chat nº");
    expect(written.startsWith("Le chat nº")).toBe(true);
    expect(written).not.toContain("\uFFFD");
    // A prompt of signs that the story does not have.
    const other = await folder.run([
      "generate", "stream.dlm", "--run", "run", "--prompt", "🙂 Ω", "--limit", "3",
    ]); // prettier-ignore
    expect([other.code, other.error]).toEqual([0, ""]);
    expect(other.out.startsWith("🙂 Ω")).toBe(true);
  });

  test("another training can cut its text by the run's tokeniser", async () => {
    expect(existsSync(path.join(folder.path, "run", "words.tokenizer.json"))).toBe(true);
    folder.write("again.dlm", stream.replace("bpe(300)", 'bpe("run/words.tokenizer.json")'));
    const told = await run("data", "again.dlm");
    expect(told).toBe(await run("data", "stream.dlm"));
  });

  test("what cannot be is told", async () => {
    folder.write("limits.dlm", stream.replace("vocab()", "vocab(min_count = 2)"));
    const limits = await folder.run(["data", "limits.dlm"]);
    expect(limits.code).toBe(1);
    expect(limits.error).toContain("the vocabulary `words` has its size by `bpe`");
    folder.write("missing.dlm", stream.replace("bpe(300)", 'bpe("nowhere.json")'));
    const missing = await folder.run(["data", "missing.dlm"]);
    expect(missing.error).toContain("there is no tokeniser nowhere.json");
  });
});
