// `dlmc eval --on`: a trained model on other data, measured by what was fitted in training.

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeFolder, type Folder } from "../support/command.ts";

const line = `
data a = csv("t.csv") { field x: [1] = columns("number", except = ["y"]) |> standardize  field y: [] }
data b = a { split = holdout(test = 0.75) }
data c = csv("t.csv") { let own = standardize  field x: [1] = columns("number", except = ["y"]) |> own  field y: [] }
model Line(x: [batch, 1]) -> (g: [batch]) = (x |> dense(1))[:, 0]
train Line on a { loss = mse(g, y)  optimizer = sgd(lr = 0.1)  batch = 16  epochs = 1 }
`;

const words = `
data book = text("book.txt", tokens = "char", window = 5) {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[4] = ids[:-1]
  field target: i32[4] = ids[1:]
  split = holdout(validation = 0.2)
}
data again = book { split = holdout(validation = 0.2) }
model Next(vocab: int)(input: i32[batch, t]) -> (logits: [batch, t, vocab]) = input |> one_hot(vocab) |> dense(vocab)
train Next(book.chars.size) on book { loss = cross_entropy(logits, target)  optimizer = sgd(lr = 0.1)  batch = 8  epochs = 1 }
`;

let folder: Folder;
beforeAll(async () => {
  folder = makeFolder({
    "line.dlm": line,
    "t.csv": `x,y\n${Array.from({ length: 64 }, (_, i) => `${(i * 37) % 101},${i % 7}`).join("\n")}\n`,
    "words.dlm": words,
    "book.txt":
      "the quick brown fox jumps over the lazy dog and runs away from it as fast as it can. ",
  });
  for (const name of ["line", "words"]) {
    const ran = await folder.run(["train", `${name}.dlm`, "--out", name, "--device", "js"]);
    expect(ran.error).toBe("");
  }
});
afterAll(() => folder.remove());

async function loss(...args: string[]): Promise<number> {
  const ran = await folder.run(["eval", ...args, "--device", "js"]);
  expect(ran.error).toBe("");
  return Number(/loss +([\d.]+)/.exec(ran.out)?.[1]);
}

describe("eval --on", () => {
  it("standardises by the training's examples, not by those at hand", async () => {
    const whole = await loss("line.dlm", "--run", "line", "--split", "train");
    const on = ["line.dlm", "--run", "line", "--on", "b", "--split"];
    // The same 64 examples in two parts: 16 and 48.
    const parts = (16 * (await loss(...on, "train")) + 48 * (await loss(...on, "test"))) / 64;
    expect(parts).toBeCloseTo(whole, 3);
  });

  it("takes the vocabulary of the training, and its size", async () => {
    const own = await loss("words.dlm", "--run", "words", "--split", "validation");
    expect(
      await loss("words.dlm", "--run", "words", "--on", "again", "--split", "validation"),
    ).toBe(own);
  });

  it("says what was not fitted", async () => {
    const ran = await folder.run([
      "eval",
      "line.dlm",
      "--run",
      "line",
      "--on",
      "c",
      "--device",
      "js",
    ]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("c.own.count was not fitted in training");
    expect(ran.error).toContain("data c = a { … }");
  });
});
