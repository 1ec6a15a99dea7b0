// Every example checks without a word, and trains a little on small data: losses are numbers and fall.

import { readdirSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Folder } from "../support/command.ts";
import { examplesFolder, makeExampleFolder } from "../support/example-folder.ts";

/** The trainings of each file, each with what makes it short. */
const trainings: Readonly<
  Record<string, readonly { readonly name?: string; readonly set: readonly string[] }[]>
> = {
  "linear_regression.dlm": [{ set: ["epochs=20"] }],
  "softmax_regression.dlm": [{ set: ["epochs=4", "batch=50"] }],
  "mlp.dlm": [{ set: ["epochs=4", "batch=50", "hidden=32"] }],
  "polynomial.dlm": [
    { name: "fitting", set: ["epochs=10"] },
    { name: "underfitting", set: ["epochs=10"] },
    { name: "overfitting", set: ["epochs=10"] },
  ],
  "table.dlm": [{ set: ["epochs=5"] }],
  "california_housing.dlm": [{ set: ["epochs=4", "batch=24"] }],
  "penguins.dlm": [{ set: ["epochs=4"] }],
  "lenet.dlm": [{ set: ["epochs=4", "batch=50"] }],
  "lenet_modern.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "alexnet.dlm": [{ set: ["epochs=3", "batch=50"] }],
  "vgg.dlm": [],
  "nin.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "googlenet.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "resnet.dlm": [
    { name: "small", set: ["epochs=2", "batch=50"] },
    { name: "gated", set: ["epochs=2", "batch=50"] },
  ],
  "densenet.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "mobilenet.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "u_net.dlm": [
    { name: "drawn", set: ["epochs=2", "pictures=160"] },
    { name: "written", set: ["epochs=2", "batch=50"] },
  ],
  "autoencoder.dlm": [
    { name: "narrow", set: ["epochs=2", "batch=50"] },
    { name: "denoise", set: ["epochs=2", "batch=50"] },
  ],
  "gan.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "vae.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "time_machine.dlm": ["gru_lm", "lstm_lm", "rnn_lm"].map((name) => ({ name, set: ["epochs=3"] })),
  "gpt.dlm": [{ set: ["epochs=2", "context=16"] }],
  "bahdanau.dlm": [{ set: ["epochs=2", "batch=16"] }],
  "transformer_translation.dlm": [{ set: ["epochs=2", "batch=16"] }],
  "sentiment.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "vgg_small.dlm": [{ set: ["epochs=2", "batch=50"] }],
  "cifar.dlm": ["with_augmentation", "without", "mixed"].map((name) => ({
    name,
    set: ["epochs=2", "batch=50"],
  })),
  "fine_tuning.dlm": [
    { name: "digits", set: ["epochs=2", "batch=50"] },
    {
      name: "clothes",
      // The run before lies where it lies without --out.
      set: [
        'start=weights("runs/digits-1", rename = { "body.*" = "features.*" }, fresh = "head.*")',
        "batch=50",
      ],
    },
  ],
  "quickstart.dlm": [{ set: ["epochs=3", "drawings=300"] }],
};

interface Epoch {
  readonly event: string;
  readonly train?: { readonly loss: number };
}

describe("examples", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeExampleFolder();
  });
  afterAll(() => {
    folder.remove();
  });

  it("are all listed here", () => {
    const files = readdirSync(examplesFolder).filter((name) => name.endsWith(".dlm"));
    expect(files.sort()).toEqual(Object.keys(trainings).sort());
  });

  for (const [file, list] of Object.entries(trainings)) {
    it(`${file} checks`, async () => {
      const ran = await folder.run(["check", file]);
      expect(ran.error).toBe("");
      expect(ran.code).toBe(0);
    });

    for (const { name, set } of list) {
      it(`${file}${name === undefined ? "" : ` ${name}`} learns`, async () => {
        const flags = set.flatMap((entry) => ["--set", entry]);
        const chosen = name === undefined ? [] : ["--training", name];
        const ran = await folder.run(["train", file, ...chosen, "--log", "json", ...flags]);
        expect(ran.error).toBe("");
        expect(ran.code).toBe(0);
        const events = ran.out
          .trim()
          .split("\n")
          .map((line) => JSON.parse(line) as Epoch);
        const losses = events.flatMap((e) =>
          e.event === "epoch" && e.train ? [e.train.loss] : [],
        );
        expect(losses.length).toBeGreaterThan(1);
        expect(losses.every(Number.isFinite)).toBe(true);
        expect(losses.at(-1)).toBeLessThan(losses[0] ?? 0);
      });
    }
  }
});
