// Fields whose length differs by example: batches of like length, cut to what they need, with the scores of padded ones.

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { load } from "../../compiler/api/load.ts";
import { openTrainingData } from "../../compiler/api/data.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import type { Batch } from "../../runtime/train/plan.ts";
import { makeFolder, type Folder } from "../support/command.ts";

/** Texts of 1 to 20 characters; the digit at the end tells which. */
const texts = Array.from(
  { length: 50 },
  (_, i) => `${"ab".repeat(10).slice(0, (i * 7) % 20)}${i % 10}`,
);
const table = `note\tmark\n${texts.map((text, i) => `${text}\t${i}`).join("\n")}\n`;
const source = (pad: string, more = ""): string => `
data notes = tsv("notes.tsv") {
  let chars = vocab()
  field ids: i32[_] = note |> tokenize("char") |> chars |> end${pad}
  field mark: i32[]
  split = holdout(validation = 0.2)
  ${more}
}
`;

/** Copies of a pass's batches: what is given holds until the next one. */
async function pass(
  more: string,
  options: {
    split?: string;
    epoch?: number;
    training?: boolean;
    from?: number;
    inOrder?: boolean;
  },
): Promise<Batch[]> {
  const host = memoryHost({ "notes.tsv": table, "m.dlm": source("", more) });
  const file = load("m.dlm", { host, dataHost: host });
  expect(file.checkAll().map(({ message }) => message)).toEqual([]);
  const data = await openTrainingData(file.data(), { dataHost: host, seed: 1, beside: "never" });
  expect(data.dims["notes.note.length"]).toBe(21);
  const { split = "train", epoch = 0, training = true, from = 0, inOrder = false } = options;
  const found: Batch[] = [];
  const wanted = { epoch, batch: 6, from, training, inOrder };
  for await (const batch of data.source.batches(split, wanted)) {
    const inputs = Object.entries(batch.inputs).map(([name, values]) => [name, values.slice()]);
    found.push({ ...batch, inputs: Object.fromEntries(inputs) });
  }
  return found;
}

const marksOf = (batches: readonly Batch[]): number[] =>
  batches.flatMap(({ inputs }) => Array.from(inputs["mark"] ?? []));

describe("open lengths", () => {
  it("give every example once, cut to the longest of its batch, rounded up to the bucket", async () => {
    const batches = await pass("bucket = 4", {});
    expect(batches.map(({ size }) => size)).toEqual([6, 6, 6, 6, 6, 6, 4]);
    expect(new Set(marksOf(batches)).size).toBe(40);
    for (const { size, inputs, lengths } of batches) {
      const length = lengths?.["notes.note.length"] ?? NaN;
      const ids = inputs["ids"] ?? [];
      expect(ids.length).toBe(size * length);
      const marks = Array.from(inputs["mark"] ?? []);
      const own = marks.map((mark) => (texts[mark]?.length ?? 0) + 1);
      expect(length).toBe(Math.min(21, Math.ceil(Math.max(...own) / 4) * 4));
      // The end token stands behind each text, padding behind it.
      for (const [i, n] of own.entries()) {
        const row = Array.from(ids.slice(i * length, (i + 1) * length));
        expect(row.indexOf(3)).toBe(n - 1);
        expect(row.slice(n).every((id) => id === 0)).toBe(true);
      }
    }
  });

  it("come together with others of like length, in another order each epoch", async () => {
    const [first, again, second] = [
      await pass("bucket = 1", { epoch: 0 }),
      await pass("bucket = 1", { epoch: 0 }),
      await pass("bucket = 1", { epoch: 1 }),
    ];
    expect(marksOf(again)).toEqual(marksOf(first));
    expect(marksOf(second)).not.toEqual(marksOf(first));
    // In order of length no two whole batches overlap but at their ends.
    const spans = first.slice(0, -1).map(({ inputs }) => {
      const own = Array.from(inputs["mark"] ?? [], (mark) => texts[mark]?.length ?? 0);
      return [Math.min(...own), Math.max(...own)] as const;
    });
    const sorted = spans.toSorted(([a, b], [c, d]) => a - c || b - d);
    sorted
      .slice(1)
      .forEach(([least], i) => expect(least).toBeGreaterThanOrEqual(sorted[i]?.[1] ?? 0));
    expect(spans).not.toEqual(sorted);
    const rest = await pass("bucket = 1", { epoch: 0, from: 3 });
    expect(marksOf(rest)).toEqual(marksOf(first.slice(3)));
  });

  it("go by length in evaluation", async () => {
    const batches = await pass("", { split: "validation", training: false });
    const own = marksOf(batches).map((mark) => Math.ceil(((texts[mark]?.length ?? 0) + 1) / 8));
    expect(own).toEqual(own.toSorted((a, b) => a - b));
  });

  it("stay as they stand in the split where the order is asked for, as predictions do", async () => {
    const options = { split: "validation", training: false };
    const [ordered, sorted] = [
      await pass("", { ...options, inOrder: true }),
      await pass("", options),
    ];
    expect(marksOf(ordered)).not.toEqual(marksOf(sorted));
    expect(new Set(marksOf(ordered))).toEqual(new Set(marksOf(sorted)));
    for (const { size, inputs, lengths } of ordered)
      expect([inputs["ids"]?.length, lengths]).toEqual([size * 21, undefined]);
  });
});

describe("a model with a mask", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeFolder({ "notes.tsv": table });
  });
  afterAll(() => folder.remove());

  it("scores the same whatever the bucket, and with all texts padded", async () => {
    const scores = new Map<string, unknown>();
    for (const [pad, more] of [
      [" |> pad(25)", ""],
      ["", "bucket = 1"],
      ["", "bucket = 6"],
    ] as const) {
      folder.write(
        "m.dlm",
        `${source(pad, more)}
model Net(ids: i32[batch, time]) -> (logits: [batch, 10]) {
  let seen = ids != 0
  return masked_mean(ids |> embedding(20, 4) |> dense(8) |> tanh, seen) |> dense(10)
}
train Net on notes {
  let last = mark % 10
  loss = cross_entropy(logits, last)
  metrics = { perplexity = perplexity(logits, last) }
  optimizer = sgd(lr = 0)
  batch = 6  epochs = 1
}
`,
      );
      const ran = await folder.run([
        "train",
        "m.dlm",
        "--log",
        "json",
        "--out",
        `run${scores.size}`,
      ]);
      expect(ran.error).toBe("");
      const events = ran.out
        .trim()
        .split("\n")
        .map((line) => JSON.parse(line) as { event: string });
      const { train, validation } = events.find(({ event }) => event === "epoch") as unknown as {
        train: { perplexity: number };
        validation: { perplexity: number; loss: number };
      };
      scores.set(
        `${pad} ${more}`,
        [train.perplexity, validation.perplexity, validation.loss].map((x) => x.toPrecision(5)),
      );
    }
    const [padded, ...others] = [...scores.values()];
    for (const other of others) expect(other).toEqual(padded);
  }, 120_000);
});
