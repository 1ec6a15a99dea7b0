// A training on text as a user has it: the vocabulary belongs to the model, `dlmc data` shows how texts are cut.

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import path from "node:path";

import type { DataReport } from "../../compiler/api/data-report.ts";
import { makeFolder, readWeights, type Folder } from "../support/command.ts";

const source = `
data book = text("book", window = 5) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[4] = ids[:-1]
  field target: i32[4] = ids[1:]
  split = given(train = "a.txt", test = "b.txt")
}
model Next(vocab: int)(input: i32[batch, t]) -> (logits: [batch, t, vocab]) =
  input |> embedding(vocab, 4) |> dense(vocab)
train Next(vocab = book.chars.size) on book {
  loss = cross_entropy(logits, target)
  optimizer = adam(lr = 0.05)
  batch = 8
  epochs = 2
}
data notes = tsv("notes.tsv") {
  let words = vocab(min_count = 2)
  field tokens: i32[4] = note |> tokenize("word") |> words |> end |> pad(4)
  split = holdout(test = 0.25, shuffle = false)
}
`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({
    "m.dlm": source,
    "book/a.txt": "aaab".repeat(20),
    "book/b.txt": "abbacab",
    "notes.tsv": "note\nred car\ncar\nred car is a car\nblue car\n",
  });
});
afterAll(() => folder.remove());

describe("text", () => {
  it("keeps the vocabulary with the weights: another text does not change what ids mean", async () => {
    const trained = await folder.run(["train", "m.dlm", "--out", "run"]);
    expect(trained.error).toBe("");
    const saved = readWeights(path.join(folder.path, "run")).get("book.chars.tokens") ?? [];
    expect(Buffer.from(saved).toString()).toBe('["a","b"]');
    const evaluate = async (): Promise<string> => {
      const ran = await folder.run(["eval", "m.dlm", "--run", "run", "--split", "test"]);
      expect(ran.error).toBe("");
      return ran.out;
    };
    const before = await evaluate();
    expect(before).toContain("loss");
    folder.write("book/a.txt", "bbbac".repeat(20));
    expect(await evaluate()).toBe(before);
  });

  it("shows the share of unknown tokens and an example", async () => {
    const ran = await folder.run(["data", "m.dlm", "--data", "notes", "--json"]);
    expect(ran.error).toBe("");
    const [tokens] = (JSON.parse(ran.out) as DataReport).tokens;
    // "is" and "a" occur once in the first three notes; "red car is a" is cut before "car" and the end.
    expect(tokens).toEqual({
      column: "note",
      vocabulary: "words",
      size: 6,
      unknown: { train: 2 / 7, test: 1 / 2 },
      full: 1 / 4,
      example: ["red", "car", "⟨end⟩"],
    });
    const shown = await folder.run(["data", "m.dlm", "--data", "notes"]);
    expect(shown.out).toContain(
      "note by `words`: 6 ids; unknown are 28.57 % of train, 50 % of test",
    );
    expect(shown.out).toContain("  red car ⟨end⟩");
  });
});
