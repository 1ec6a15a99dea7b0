// A trained model writes: what a person sees of it, and what is said where a prompt cannot be read.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeFolder, readEvents, type Folder } from "../support/command.ts";

/** What follows a letter is always the same, so that the right continuation is known. */
const letters = `
data book = text("book.txt", window = 9, lower = true, keep = "[a-z ]") {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[8] = ids[:-1]
  field target: i32[8] = ids[1:]
  split = holdout(validation = 0.2)
}
model Next(vocab: int)(input: i32[batch, t]) -> (logits: [batch, t, vocab]) =
  input |> embedding(vocab, 8) |> dense(vocab)
train next = Next(vocab = book.chars.size) on book {
  loss = cross_entropy(logits, target)
  optimizer = adam(lr = 0.1)
  batch = 8
  epochs = 6
}
decode write = next { grows = input  next = logits  text = book.chars  limit = 10  prompt = "b" }
decode draw = next { grows = input  next = logits  text = book.chars  limit = 20  pick = sample(temperature = 9) }
`;

/** Word by word: the target's word at a place is that of the source. */
const pairs = `
data pairs = tsv("pairs.tsv") {
  let en = vocab()
  let fr = vocab()
  field source: i32[5] = english |> tokenize("word", lower = true) |> en |> end |> pad(5)
  field target: i32[6] = french |> tokenize("word") |> fr |> begin |> end |> pad(6)
  split = holdout(validation = 0.25, shuffle = false)
}
model Words(english: int, french: int)(source: i32[batch, i], target: i32[batch, j])
  -> (logits: [batch, j, french]) {
  let places = (0 * target + 1 |> cumsum(axis = 1)) - 1
  let word = take_along(source, min(places, i - 1), axis = 1)
  return word |> embedding(english, 16) |> dense(french)
}
train words = Words(english = pairs.en.size, french = pairs.fr.size) on pairs {
  loss      = average(cross_entropy(logits[:, :-1], target[:, 1:], reduce = false), where = target[:, 1:] != 0)
  metrics   = { same = average(f32(translate(source) == target[:, 1:]), where = target[:, 1:] != 0) }
  optimizer = adam(lr = 0.02)
  batch     = 16
  epochs    = 8
  best      = highest(validation.same)
}
decode translate = words { grows = target  next = logits  text = pairs.fr  pick = beam(2)  limit = 5 }
`;

const dictionary: readonly (readonly [string, string])[] = [
  ["one", "un"],
  ["two", "deux"],
  ["red", "rouge"],
  ["green", "vert"],
  ["cat", "chat"],
  ["dog", "chien"],
];
const sentences = Array.from({ length: 120 }, (_, i) =>
  [i, Math.floor(i / 6), Math.floor(i / 5)].slice(0, 1 + (i % 3)).map((n) => n % dictionary.length),
);
const side = (sentence: readonly number[], language: 0 | 1): string =>
  sentence.map((word) => dictionary[word]?.[language] ?? "").join(" ");

let folder: Folder;
beforeAll(async () => {
  folder = makeFolder({
    "letters.dlm": letters,
    "pairs.dlm": pairs,
    "book.txt": "abcde ".repeat(60),
    "pairs.tsv": ["english\tfrench", ...sentences.map((s) => `${side(s, 0)}\t${side(s, 1)}`)].join(
      "\n",
    ),
  });
  for (const name of ["letters", "pairs"]) {
    const ran = await folder.run(["train", `${name}.dlm`, "--out", `runs/${name}`]);
    expect(ran.error).toBe("");
  }
}, 60_000);
afterAll(() => folder.remove());

const write = (...args: string[]): ReturnType<Folder["run"]> =>
  folder.run(["generate", "letters.dlm", "write", "--run", "runs/letters", ...args]);
const translate = (...args: string[]): ReturnType<Folder["run"]> =>
  folder.run(["generate", "pairs.dlm", "--run", "runs/pairs", ...args]);

describe("a text that goes on", () => {
  it("is written after its prompt", async () => {
    expect(await write("--prompt", "abc")).toEqual({ code: 0, out: "abcde abcde a\n", error: "" });
    expect((await write("--prompt", "C", "--limit", "3")).out).toBe("cde \n");
  });

  it("begins with the declaration's prompt where none is given", async () => {
    expect((await write()).out).toBe("bcde abcde \n");
  });

  it("ends after a stop", async () => {
    expect((await write("--prompt", "abc", "--stop", "e ")).out).toBe("abcde \n");
  });

  it("comes in pieces", async () => {
    const seen: string[] = [];
    await folder.run(
      ["generate", "letters.dlm", "write", "--run", "runs/letters", "--prompt", "a"],
      {
        onOut: (out) => seen.push(out),
      },
    );
    expect(seen.length).toBeGreaterThan(10);
    for (const [i, text] of seen.entries()) expect(text.startsWith(seen[i - 1] ?? "")).toBe(true);
  });

  it("of several prompts comes in their order, also from a file, and as JSON", async () => {
    folder.write("prompts.txt", "a\r\n\ncb\nd\n");
    const many = await write("--prompt", "e", "--prompt-file", "prompts.txt", "--limit", "2");
    expect(many.out).toBe("e a\n\nabc\n\ncbcd\n\nde \n");
    const json = await write("--prompt", "e", "--prompt", "b", "--limit", "2", "--json");
    expect(
      json.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as unknown),
    ).toEqual([
      { prompt: "e", text: " a", tokens: 2, ended: "limit" },
      { prompt: "b", text: "cd", tokens: 2, ended: "limit" },
    ]);
  });

  it("that is drawn is the same for a seed, on every device", async () => {
    const draw = async (...args: string[]): Promise<string> => {
      const given = ["generate", "letters.dlm", "draw", "--run", "runs/letters", "--prompt", "a"];
      const ran = await folder.run([...given, ...args]);
      expect(ran.error).toBe("");
      return ran.out;
    };
    const first = await draw("--count", "3");
    expect(new Set(first.split("\n\n").map((text) => text.trim())).size).toBe(3);
    expect(await draw("--count", "3", "--device", "js")).toBe(first);
    expect(await draw("--count", "3", "--device", "reference")).toBe(first);
    expect(await draw()).toBe(`${first.split("\n\n")[0] ?? ""}\n`);
    expect(await draw("--seed", "1")).not.toBe(await draw());
  });
});

describe("a translation", () => {
  it("stands on a line of its own", async () => {
    const ran = await translate("--prompt", "Two green cat", "--prompt", "dog");
    expect(ran).toEqual({ code: 0, out: "deux vert chat\nchien\n", error: "" });
    expect((await translate("--prompt", "two dog", "--greedy")).out).toBe("deux chien\n");
  });

  it("tells which words are unknown, and which are left out", async () => {
    const ran = await translate("--prompt", "two blue cat cat cat");
    expect(ran.error).toBe(
      'warning: the model has not learnt "blue": it reads it as an unknown token\n' +
        'warning: "two blue cat cat cat" has 5 tokens, but the model reads 4 at most: the last 1 are left out\n',
    );
  });

  it("is what a metric reads", async () => {
    const [evaluated, held] = [
      await folder.run(["eval", "pairs.dlm", "--run", "runs/pairs", "--json"]),
      sentences.slice(-30),
    ];
    folder.write("held.txt", held.map((sentence) => side(sentence, 0)).join("\n"));
    const { out } = await translate("--prompt-file", "held.txt");
    const texts = out.trimEnd().split("\n");
    let same = 0;
    let all = 0;
    for (const [i, sentence] of held.entries()) {
      const wanted = [...side(sentence, 1).split(" "), "⟨end⟩"];
      const found = [...(texts[i] ?? "").split(" "), "⟨end⟩"];
      same += wanted.filter((word, k) => word === found[k]).length;
      all += wanted.length;
    }
    expect((JSON.parse(evaluated.out) as { same: number }).same).toBeCloseTo(same / all, 6);
    expect(same / all).toBeGreaterThan(0.9);
  });
});

describe("a run", () => {
  const read = (name: string, file: string): string =>
    readFileSync(path.join(folder.path, "runs", name, file), "utf8");

  it("logs samples after each epoch, and its page shows them", () => {
    const found = readEvents(read("letters", "log.jsonl")).filter(
      ({ event }) => event === "samples",
    );
    expect(found.map(({ epoch, decode }) => [epoch, decode])).toEqual(
      [1, 2, 3, 4, 5, 6].flatMap((epoch) => [
        [epoch, "write"],
        [epoch, "draw"],
      ]),
    );
    expect(found.at(-2)?.["samples"]).toEqual([{ prompt: "b", text: "cde abcde " }]);
    const page = read("letters", "report.html");
    expect(page).toContain("Generated text");
    expect(page).toContain("cde abcde ");
    const scores = read("pairs", "report.html");
    expect(scores).toContain("validation same");
    expect(scores).not.toContain("train same");
    const last = readEvents(read("pairs", "log.jsonl")).filter(
      ({ event, epoch }) => event === "samples" && epoch === 8,
    )[0] ?? { samples: [] };
    expect(last["samples"]).toHaveLength(3);
    const [first] = last["samples"] as { prompt: string; wanted: string }[];
    expect(first).toMatchObject({
      prompt: side(sentences[90] ?? [], 0),
      wanted: side(sentences[90] ?? [], 1),
    });
  });

  it("knows what reads generated text of validation alone", () => {
    const epochs = readEvents(read("pairs", "log.jsonl")).filter(({ event }) => event === "epoch");
    for (const { train, validation } of epochs) {
      expect(Object.keys(train as object)).toEqual(["loss"]);
      expect(Object.keys(validation as object)).toEqual(["loss", "same"]);
    }
  });
});

describe("what cannot be written", () => {
  it.each([
    [["--prompt", ""], "the prompt is empty"],
    [["--prompt-file", "none.txt"], "cannot read the prompts in none.txt"],
    [["--count", "2"], "--count wants texts that differ, but nothing is drawn"],
    [["--limit", "0"], "--limit must be a whole number from 1 on, not `0`"],
    [
      ["--temperature", "0"],
      "--temperature must be above 0, not `0`\nhelp: --greedy takes the best token",
    ],
    [["--top-p", "2"], "--top-p must be above 0 and at most 1, not `2`"],
    [["--greedy", "--beam", "2"], "tokens are picked in one way"],
    [["--beam", "x"], "--beam must be a number, not `x`"],
    [["--stop", "é"], 'a text cannot stop at "é"'],
    [["--run", "none"], "there is no run folder none"],
  ])("%j", async (args, message) => {
    const ran = await write(...args);
    expect(ran.code).toBe(1);
    expect(ran.out).toBe("");
    expect(ran.error).toContain(message);
  });

  it("names the declarations there are, and the training that has no run", async () => {
    const two = await folder.run(["generate", "letters.dlm", "--prompt", "a"]);
    expect(two.error).toContain("name one of `write`, `draw`");
    folder.write(
      "untrained.dlm",
      letters.replace("train next", "train other").replaceAll("= next {", "= other {"),
    );
    const none = await folder.run(["generate", "untrained.dlm", "write", "--prompt", "a"]);
    expect(none.error).toContain("no run of other was found");
    folder.write("nothing.dlm", "let a = 1\n");
    const empty = await folder.run(["generate", "nothing.dlm", "--prompt", "a"]);
    expect(empty.error).toContain("nothing.dlm declares no decode declaration");
  });

  it("tells what of a prompt is not kept, and what is too long", async () => {
    const ran = await write("--prompt", "1abc!", "--limit", "1");
    expect(ran.error).toBe(
      'warning: the data keep [a-z ] alone: "1", "!" are left out, or read as spaces\n',
    );
    const long = await write("--prompt", "abcde abcde abcde", "--limit", "3");
    expect(long.out).toBe("abcde abcde abcde ab\n");
    expect(long.error).toBe(
      "warning: the prompt has 17 characters, but the model sees 8 at most: it goes on from the last ones\n",
    );
    const unknown = await write("--prompt", "abxz", "--limit", "1");
    expect(unknown.error).toBe(
      'warning: the model has not learnt "x", "z": it reads each as an unknown character\n',
    );
  });
});

it("Ctrl-C ends a text where it is, with a line end", async () => {
  const main = fileURLToPath(new URL("../../compiler/cli/main.ts", import.meta.url));
  const args = [
    "generate",
    "letters.dlm",
    "write",
    "--run",
    "runs/letters",
    "--prompt",
    "a",
    "--limit",
    "1000000",
  ];
  const child = spawn(process.execPath, ["--import", import.meta.resolve("tsx"), main, ...args], {
    cwd: folder.path,
    stdio: ["ignore", "pipe", "pipe"],
    env: { ...process.env, NO_COLOR: "1" },
  });
  let out = "";
  let error = "";
  child.stderr.on("data", (piece: Buffer) => (error += piece.toString()));
  child.stdout.on("data", (piece: Buffer) => {
    const before = out.length;
    out += piece.toString();
    if (before <= 40 && out.length > 40) child.kill("SIGINT");
  });
  await once(child, "close");
  expect(child.exitCode).toBe(130);
  expect(error).toBe("");
  expect(out).toMatch(/^(abcde )+[abcde]*\n$/);
}, 30_000);
