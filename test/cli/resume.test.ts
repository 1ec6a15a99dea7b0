// A run that was stopped anywhere and goes on equals an unbroken one bit for bit; one that cannot is refused.

import { readFileSync } from "node:fs";
import path from "node:path";

import { afterEach, beforeAll, describe, expect, it } from "vitest";

import {
  lineSource,
  makeFolder,
  readEvents,
  readWeights,
  type Folder,
  type Ran,
} from "../support/command.ts";

/** A table with missing numbers and words, so that there are fitted states; dropout, batch statistics, metrics with states. */
const tableSource = `
data flats = csv("flats.csv", missing = ["", "NA"]) {
  let numbers = columns("number", except = ["rent"]) |> standardize |> fill(0)
  let kinds = columns("text") |> one_hot
  field features: [d] = concat([numbers, kinds])
  field rent: []
  split = holdout(validation = 0.2, test = 0.2)
}
model Rent(features: [batch, d]) -> (guess: [batch]) =
  features |> dense(8) |> batch_norm |> relu |> dropout(0.3) |> dense(1) |> squeeze(axis = -1)
train Rent on flats {
  loss = mse(guess, rent)
  metrics = { mae = mae(guess, rent), r2 = r2(guess, rent), plain = mean(guess) }
  optimizer = adam(lr = cosine(from = 0.1, to = 0))
  batch = 16
  epochs = 3
}
`;

/** The same table as a stream of characters, whose windows move from epoch to epoch. */
const streamSource = `
data signs = text("flats.csv", window = 9) {
  let known = vocab(min_count = 2)
  let ids = known(tokens)
  field input: i32[8] = ids[:-1]
  field target: i32[8] = ids[1:]
  split = holdout(validation = 0.2)
}
model Next(vocab: int)(input: i32[batch, t]) -> (logits: [batch, t, vocab]) =
  input |> embedding(vocab, 8) |> dropout(0.1) |> dense(vocab)
train Next(vocab = signs.known.size) on signs {
  loss = cross_entropy(logits, target)
  optimizer = adam(lr = 0.02)
  batch = 32
  epochs = 3
}
`;

function table(rows: number): string {
  const lines = ["area,rooms,town,rent"];
  for (let i = 0; i < rows; i++) {
    const area = (i * 37) % 90;
    lines.push(
      `${i % 7 === 0 ? "NA" : area},${1 + (i % 4)},${["Ulm", "Köln", "東京"][i % 3]},${5 * area + 3 * (i % 11)}`,
    );
  }
  return `${lines.join("\n")}\n`;
}

/** Two phases with other optimizers and batches; the second makes its steps of three batches. */
const phasesSource = lineSource
  .replace(/optimizer = .*\n *batch {5}= 16\n *epochs {4}= 4/, "")
  .replace(
    /\}\s*$/,
    `  phase head { optimizer = { "dense_1.*" = adam(lr = 0.02), "*" = none }  epochs = 2  batch = 16 }
  phase all { optimizer = { "*.bias" = sgd(lr = 0.02, momentum = 0.9), "*" = adam(lr = 0.02) }  epochs = 4  batch = 8  accumulate = 3 }
}
`,
  );

/** Stops after the step event of this number, in the middle of the run. */
async function runUntil(folder: Folder, args: readonly string[], step: number): Promise<Ran> {
  const stop = new AbortController();
  return folder.run(args, {
    signal: stop.signal,
    onOut: (out) => {
      if (out.includes(`"event":"step","step":${step},`)) stop.abort();
    },
  });
}

function epochsOf(text: string): unknown[] {
  return readEvents(text)
    .filter((entry) => entry.event === "epoch")
    .map(({ epoch, train, validation }) => ({ epoch, train, validation }));
}

const folders: Folder[] = [];
function folderWith(files: Readonly<Record<string, string>>): Folder {
  const folder = makeFolder(files);
  folders.push(folder);
  return folder;
}
afterEach(() => {
  for (const folder of folders.splice(0)) folder.remove();
});

describe("--resume", () => {
  const cases = [
    { name: "dropout", source: lineSource, stops: [8] },
    // 6 steps an epoch, then 4: in the first phase, where the second begins, inside it, at an end of its epochs.
    { name: "phases", source: phasesSource, stops: [5, 12, 15, 20] },
    { name: "fitted states, statistics and metrics", source: tableSource, stops: [3, 6, 10] },
    { name: "windows of a stream", source: streamSource, stops: [3, 7, 12] },
  ];
  it.each(cases)("goes on as if unbroken: $name", async ({ source, stops }) => {
    const whole = folderWith({ "m.dlm": source, "flats.csv": table(130) });
    const unbroken = await whole.run(["train", "m.dlm", "--log", "json", "--out", "run"]);
    expect(unbroken.error).toBe("");
    const broken = folderWith({ "m.dlm": source, "flats.csv": table(130) });
    const args = ["train", "m.dlm", "--log", "json"];
    let told = "";
    for (const [i, step] of stops.entries()) {
      const ran = await runUntil(
        broken,
        [...args, ...(i === 0 ? ["--out", "run"] : ["--resume", "run"])],
        step,
      );
      expect(ran.code).toBe(130);
      const last = readEvents(ran.out).at(-1);
      expect(last).toMatchObject({ event: "end", finished: false });
      expect(String(last?.["checkpoint"])).toContain(
        `checkpoint-${String(step).padStart(10, "0")}`,
      );
      told += ran.out;
    }
    const end = await broken.run([...args, "--resume", "run"]);
    expect(end.code).toBe(0);
    expect(readEvents(end.out)[0]).toMatchObject({ event: "start", resumed: stops.at(-1) });
    expect(epochsOf(told + end.out)).toEqual(epochsOf(unbroken.out));
    expect(lastOf(end.out)).toEqual(lastOf(unbroken.out));
    const weights = readWeights(path.join(whole.path, "run"));
    expect(readWeights(path.join(broken.path, "run"))).toEqual(weights);
  });

  it("keeps sums that are no numbers", async () => {
    const source = lineSource.replace("mse(guess, y)", "mse(guess, y) + log(mean(x) - 1)");
    const folder = folderWith({ "m.dlm": source });
    await runUntil(folder, ["train", "m.dlm", "--log", "json", "--out", "run"], 3);
    await folder.run(["train", "m.dlm", "--log", "json", "--resume", "run"]);
    const plain = await folder.run(["train", "m.dlm", "--log", "plain", "--out", "whole"]);
    expect(plain.out).toContain("train loss NaN");
    expect(epochsOf(readFileSync(path.join(folder.path, "run", "log.jsonl"), "utf8"))).toEqual(
      epochsOf(readFileSync(path.join(folder.path, "whole", "log.jsonl"), "utf8")),
    );
  });
});

describe("what a run may go on with", () => {
  let folder: Folder;
  beforeAll(async () => {
    folder = makeFolder({ "m.dlm": tableSource, "flats.csv": table(130) });
    await runUntil(folder, ["train", "m.dlm", "--log", "json", "--out", "run"], 3);
    return () => folder.remove();
  });

  const resume = async (source: string, csv = table(130), more: string[] = []): Promise<Ran> => {
    folder.write("m.dlm", source);
    folder.write("flats.csv", csv);
    return runUntil(folder, ["train", "m.dlm", "--resume", "run", "--log", "json", ...more], 4);
  };

  it.each([
    ["the loss", tableSource.replace("mse(guess, rent)", "2 * mse(guess, rent)"), "another model"],
    ["a dropout rate", tableSource.replace("dropout(0.3)", "dropout(0.4)"), "another model"],
    ["the rate", tableSource.replace("from = 0.1", "from = 0.2"), "another model"],
    [
      "an initial value",
      tableSource.replace("dense(8)", "dense(8, init = zeros)"),
      "another model",
    ],
    ["the epochs", tableSource.replace("epochs = 3", "epochs = 4"), "other settings"],
    ["the split", tableSource.replace("test = 0.2", "test = 0.1"), "other data"],
    ["a field", tableSource.replace("fill(0)", "fill(1)"), "other data"],
  ])("refuses when %s changed", async (_, source, message) => {
    const manifest = (): string =>
      readFileSync(path.join(folder.path, "run", "manifest.json"), "utf8");
    const before = manifest();
    const ran = await resume(source);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain(message);
    expect(ran.error).toContain("help:");
    expect(manifest()).toBe(before);
  });

  it("refuses when the data file changed", async () => {
    const ran = await resume(tableSource, table(130).replace("Köln", "Bonn"));
    expect(ran.error).toContain("other data");
  });

  it("takes other comments, line breaks and names of nothing that is kept", async () => {
    const source = tableSource
      .replaceAll("\n", "\n\n// a remark\n")
      .replaceAll("kinds", "words")
      .replace("adam(lr =", "adam( lr =");
    const ran = await resume(source);
    expect(ran.error).not.toContain("error");
    expect(ran.code).toBe(130);
  });
});

/** The last event, without what differs from run to run: times and paths. */
function lastOf(log: string): Record<string, unknown> {
  const varies = ["seconds", "waited_seconds", "waited_share", "checkpoint"];
  const last = Object.entries(readEvents(log).at(-1) ?? {});
  return Object.fromEntries(last.filter(([name]) => !varies.includes(name)));
}
