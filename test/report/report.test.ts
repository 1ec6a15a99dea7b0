// Reports and comparisons of runs, from the log to the page.

import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import { PNG } from "pngjs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { thinOut } from "../../compiler/report/chart.ts";
import { html } from "../../compiler/report/html.ts";
import { overEpochs, readHistory } from "../../compiler/report/history.ts";
import { runReport } from "../../compiler/report/run-report.ts";
import { pictureAddress } from "../../compiler/report/pictures.ts";
import { makeFolder, type Folder } from "../support/command.ts";

const start = (resumed: number): string =>
  JSON.stringify({ event: "start", steps: 4, epochs: 2, examples: { train: 8 }, resumed });
const step = (n: number, loss: number): string =>
  JSON.stringify({ event: "step", step: n, epoch: Math.ceil(n / 2), loss, lr: 0.1, examples: 4 });
const epoch = (n: number): string =>
  JSON.stringify({ event: "epoch", epoch: n, train: { loss: n }, validation: {}, seconds: 1 });

describe("a log", () => {
  it("of a resumed run reads as if it had never stopped", () => {
    const killed = [start(0), step(1, 9), step(2, 8), epoch(1), step(3, 7), step(4, 6), epoch(2)];
    const resumed = [start(2), step(3, 5), step(4, 4), epoch(2)];
    const history = readHistory([...killed, '{"event":"st', ...resumed].join("\n"));
    expect(history.steps.map(({ loss }) => loss)).toEqual([9, 8, 5, 4]);
    expect(history.epochs.map(({ epoch: n }) => n)).toEqual([1, 2]);
    expect(overEpochs(history, ({ loss }) => loss)).toEqual([
      [0.5, 9],
      [1, 8],
      [1.5, 5],
      [2, 4],
    ]);
  });

  it("of a cross-validation tells the folds' mean and deviation first, not what it trained on", () => {
    const loss = { loss: { mean: 0.25, deviation: 0.125 } };
    const folds = JSON.stringify({
      event: "folds",
      folds: 3,
      validation: loss,
      test: {},
      epochs: null,
    });
    const history = readHistory([folds, start(0), step(1, 9), step(2, 8), epoch(1)].join("\n"));
    const manifest = {
      file: "m.dlm",
      training: "T",
      model: "M",
      settings: {},
      sets: [],
      seed: 0,
      device: "wasm",
      threads: 1,
      fused: false,
      version: "0",
      node: "v20",
      sources: {},
      data: { name: "d", fingerprint: "", files: [] },
      fingerprint: "",
    };
    const begun = history.start && { ...history.start, parameters: 7 };
    const page = runReport({ history: { ...history, start: begun }, manifest, layers: [] });
    expect(page).toMatch(/<b>0\.2500 ± 0\.1250<\/b>\s*<span>validation loss of the folds/);
    expect(page).not.toContain("<span>train loss");
    expect(page).toContain("after a cross-validation with 3 folds");
  });

  it("resumed within an epoch keeps the epoch's first steps", () => {
    const lines = [start(0), step(1, 9), step(2, 8), epoch(1), step(3, 7), start(3), step(4, 6)];
    const history = readHistory(lines.join("\n"));
    expect(history.steps.map(({ loss }) => loss)).toEqual([9, 8, 7, 6]);
    expect(history.epochs).toHaveLength(1);
  });
});

describe("charts", () => {
  it("thin out long curves to means and leave out what is no number", () => {
    const points = Array.from({ length: 4800 }, (_, i): [number, number] => [i, i % 2]);
    const thin = thinOut([...points, [4800, Number.NaN]]);
    expect(thin).toHaveLength(800);
    expect(thin[0]).toEqual([2.5, 0.5]);
  });

  it("escape what users named", () => {
    expect(html`<b>${"<script>&\"'"}</b>`.html).toBe("<b>&lt;script&gt;&amp;&quot;'</b>");
  });
});

describe("a picture", () => {
  const decode = (address: string): PNG =>
    PNG.sync.read(Buffer.from(address.replace("data:image/png;base64,", ""), "base64"));

  it("spans black to white, channel after channel", () => {
    const values = Float32Array.of(-1, 1, /* green */ 0, 0, /* blue */ 1, -1);
    const png = decode(pictureAddress({ shape: [3, 1, 2], values }));
    expect([png.width, png.height]).toEqual([2, 1]);
    expect([...png.data]).toEqual([0, 128, 255, 255, 255, 128, 0, 255]);
  });

  it("of a photograph is made smaller", () => {
    const png = decode(pictureAddress({ shape: [1, 200, 100], values: new Float32Array(20_000) }));
    expect([png.width, png.height]).toEqual([34, 67]);
  });
});

const digitsSource = `
data pictures = digits(300) {
  field image: [1, 28, 28] = image / 255
  field label: i32[]
  split = holdout(validation = 0.2)
}
model Reader(image: [batch, ...]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)
train Reader on pictures {
  loss      = cross_entropy(logits, label)
  metrics   = { accuracy = accuracy(logits, label) }
  optimizer = sgd(lr = 0.1)
  batch     = 60
  epochs    = 2
}
`;

describe("dlmc", () => {
  let folder: Folder;
  beforeAll(async () => {
    folder = makeFolder({ "digits.dlm": digitsSource });
    for (const [out, rate] of [
      ["runs/a", "0.1"],
      ["runs/b", "0.3"],
    ] as const) {
      const set = `optimizer=sgd(lr = ${rate})`;
      const ran = await folder.run(["train", "digits.dlm", "--out", out, "--set", set]);
      expect(ran.error).toBe("");
    }
  }, 60_000);
  afterAll(() => folder.remove());

  it("writes a report with confusion, wrong pictures, layers and settings", () => {
    const page = readFileSync(path.join(folder.path, "runs/a/report.html"), "utf8");
    const cells = [...page.matchAll(/title="\d+ taken for \d+: (\d+) of/g)];
    expect(cells).toHaveLength(100);
    // All 60 validation examples are counted once, since the data have no test split.
    expect(cells.reduce((sum, [, n]) => sum + Number(n), 0)).toBe(60);
    const told = Number(/(\d+) of 60 examples of the validation split/.exec(page)?.[1]);
    const events = readFileSync(path.join(folder.path, "runs/a/log.jsonl"), "utf8");
    const { epochs } = readHistory(events);
    expect(told / 60).toBeCloseTo(epochs.at(-1)?.validation["accuracy"] ?? -1, 6);
    expect(page).toContain("data:image/png;base64,");
    expect(page).toContain("dense_0");
    expect(page).toContain("sgd(lr = 0.1)");
    expect(page).not.toMatch(/(src|href)="https?:/);
  });

  it("compares runs and tells in what their settings differ", async () => {
    const ran = await folder.run(["plot", "runs/a", "runs/b", "--out", "both.html"]);
    expect(ran).toMatchObject({ code: 0, out: "2 runs drawn in both.html\n", error: "" });
    const page = readFileSync(path.join(folder.path, "both.html"), "utf8");
    expect(page).toContain("Settings that differ");
    expect(page).toMatch(/optimizer[\s\S]*sgd\(lr = 0\.1\)[\s\S]*sgd\(lr = 0\.3\)/);
  });

  it("tells what is no run", async () => {
    const empty = mkdtempSync(path.join(tmpdir(), "dlm-"));
    try {
      const ran = await folder.run(["plot", "runs/a", empty]);
      expect(ran.code).toBe(1);
      expect(ran.error).toContain("log.jsonl: there is no such file");
    } finally {
      rmSync(empty, { recursive: true });
    }
  });
});
