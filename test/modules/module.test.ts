// Modules as a program uses them: examples in, outputs, training steps and text out, the same as from the library.

import { readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import path from "node:path";
import { pathToFileURL } from "node:url";
import { gzipSync } from "node:zlib";

import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { readSafetensors } from "../../runtime/checkpoint/safetensors.ts";
import type {
  CompiledModel,
  ModuleOptions,
  TrainableModel,
  Writer,
} from "../../runtime/module/types.ts";
import { makeFolder, type Folder } from "../support/command.ts";
import { repositoryRoot } from "../support/shared.ts";
import { withoutNode } from "../support/without-node.ts";

const flowers = `length,colour,kind
1.5,red,rose
4,blue,iris
2,red,rose
,blue,iris
3,white,rose
5,blue,iris
1,red,rose
6,blue,iris
`;

const files = {
  "flowers.csv": flowers,
  "flowers.dlm": `
data flowers = csv("flowers.csv", missing = ["", "NA"]) {
  field x: [...] = concat([columns("number") |> standardize |> fill(0), columns("text", except = ["kind"]) |> one_hot])
  field kind: i32[] = kind
  split = holdout(0.25)
}
model Flowers(x: [batch, n]) -> (logits: [batch, 2]) = x |> dense(8) |> tanh |> dense(2)
train Flowers on flowers {
  loss = cross_entropy(logits, kind)  metrics = { accuracy = accuracy(logits, kind) }
  optimizer = adam(lr = 0.05)  batch = 3  epochs = 3  seed = 5
}
`,
  "line.dlm": `
data points = synthetic(64) { field x: [3] = uniform([3])  field y: [1] = x[:1] * 2 + 1 }
model Line(x: [batch, 3]) -> (z: [batch, 1]) = x |> dense(1)
train Line on points { loss = mse(z, y)  optimizer = sgd(lr = 0.1, momentum = 0.9)  batch = 8  epochs = 2 }
`,
  "song.txt": "the cat sat on the mat and the rat sat on the cat\n".repeat(40),
  "song.dlm": `
data song = text("song.txt", window = 17, lower = true, keep = "[a-z ]") {
  let chars = vocab()
  let ids = chars(tokens)
  field input: i32[16] = ids[:-1]
  field target: i32[16] = ids[1:]
}
model Singer(vocab: int)(input: i32[batch, time]) -> (logits: [batch, time, vocab]) =
  input |> one_hot(vocab) |> gru(24) |> dense(vocab)
train singer = Singer(vocab = song.chars.size) on song {
  loss = cross_entropy(logits, target)  optimizer = adam(lr = 0.02)  batch = 16  epochs = 4
}
decode sing = singer { grows = input  next = logits  text = song.chars  pick = beam(2)  limit = 20 }
`,
} as const;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder(files);
});
afterAll(() => folder.remove());

/** Imports a module that the command wrote, over the runtime's sources. */
async function importModule<Model>(name: string): Promise<{
  readonly load: (options?: ModuleOptions) => Promise<Model>;
  readonly default: { readonly labels: object };
}> {
  const outfile = path.join(folder.path, `${name}.${counter++}.bundle.mjs`);
  await build({
    entryPoints: [path.join(folder.path, name)],
    outfile,
    bundle: true,
    platform: "node",
    format: "esm",
    external: ["webgpu"],
    alias: { "dlm/runtime": path.join(repositoryRoot, "runtime/index.ts") },
  });
  return (await import(/* @vite-ignore */ pathToFileURL(outfile).href)) as never;
}
let counter = 0;

async function compile(...args: readonly string[]): Promise<string> {
  const ran = await folder.run(["compile", ...args]);
  expect(ran.code, ran.error).toBe(0);
  return ran.error;
}

type Flowers = CompiledModel<object, object, { readonly logits: Float32Array }>;

describe("a module of a table", () => {
  it("prepares numbers and names as the data declaration does", async () => {
    const trained = await folder.run(["train", "flowers.dlm", "--out", "run", "--device", "js"]);
    expect(trained.code, trained.error).toBe(0);
    const predicted = await folder.run(
      "predict flowers.dlm --run run --device js --split train".split(" "),
    );
    await compile(
      "flowers.dlm",
      "-o",
      "flowers.ts",
      "--weights",
      "run",
      "--embed",
      "--target",
      "js",
    );
    const { load, default: module } = await importModule<Flowers>("flowers.ts");
    expect(module.labels).toEqual({ kind: ["iris", "rose"] });
    const model = await load();
    // All rows; those of the training split are among them, in the order of the file.
    const { logits } = await model.predict({
      length: [1.5, 4, 2, Number.NaN, 3, 5, 1, 6],
      colour: ["red", "blue", "red", "blue", "white", "blue", "red", "blue"],
    });
    await model.dispose();
    const rows = Array.from({ length: 8 }, (_, i) => Array.from(logits.subarray(2 * i, 2 * i + 2)));
    const expected = predicted.out
      .trim()
      .split("\n")
      .map((line) => (JSON.parse(line) as { logits: number[] }).logits);
    expect(expected.length).toBe(6);
    for (const row of expected) {
      const near = rows.some((own) => own.every((x, k) => Math.abs(x - (row[k] ?? 0)) < 1e-5));
      expect(near, `${String(row)} among ${JSON.stringify(rows)}`).toBe(true);
    }
  });

  it("tells what is wrong with examples", async () => {
    const model = await (await importModule<Flowers>("flowers.ts")).load();
    await expect(model.predict({ length: [1, 2] })).rejects.toThrow("`colour` is missing");
    await expect(model.predict({ length: [1, 2], colour: ["red"] })).rejects.toThrow(
      "`colour` holds 1 examples, but `length` holds 2",
    );
    await expect(model.predict({ length: "long", colour: "red" })).rejects.toThrow(
      "`length` must be numbers",
    );
    await expect(model.forward({ x: [1, 2, 3] })).rejects.toThrow("`x` is [examples, ");
    await model.dispose();
    await expect(model.predict({ length: 1, colour: "red" })).rejects.toThrow("disposed");
  });

  it("refuses devices that it was not compiled for, and weights of another model", async () => {
    const { load } = await importModule<Flowers>("flowers.ts");
    await expect(load({ device: "wasm" })).rejects.toThrow("not compiled for wasm, only for js");
    await compile("line.dlm", "-o", "line.js", "--for", "training");
    const other = readFileSync(path.join(folder.path, "line.safetensors"));
    await expect(load({ weights: other })).rejects.toThrow(/the weights lack|is \[/);
    await expect(load({ weights: path.join(folder.path, "none.safetensors") })).rejects.toThrow(
      "cannot be read",
    );
  });
});

type Line = TrainableModel<object, object, { readonly z: Float32Array }, object, object>;

describe("a module for training", () => {
  it.each(["js", "wasm"] as const)("takes the library's steps on %s", async (device) => {
    await compile("line.dlm", "-o", "line.mjs", "--for", "training", "--embed");
    const model = await (await importModule<Line>("line.mjs")).load({ device });
    const x = Array.from({ length: 24 }, (_, i) => ((i * 7) % 11) / 11);
    const y = Array.from({ length: 8 }, (_, i) => (x[3 * i] ?? 0) * 2 + 1);
    // Gradient descent on one layer by hand, in double precision.
    const start = await model.parameters();
    const weight = Array.from(start["dense_0.weight"]?.data ?? []);
    let bias = Number(start["dense_0.bias"]?.data[0]);
    const velocity = [0, 0, 0, 0];
    for (let step = 0; step < 5; step++) {
      const errors = y.map(
        (target, i) => weight.reduce((sum, w, k) => sum + w * (x[3 * i + k] ?? 0), bias) - target,
      );
      const { loss } = await model.trainStepOn({ x, y });
      expect(loss).toBeCloseTo(errors.reduce((sum, e) => sum + e * e, 0) / 8, 5);
      const gradient = [0, 1, 2].map(
        (k) => errors.reduce((sum, e, i) => sum + 2 * e * (x[3 * i + k] ?? 0), 0) / 8,
      );
      gradient.push(errors.reduce((sum, e) => sum + 2 * e, 0) / 8);
      gradient.forEach((g, k) => {
        velocity[k] = 0.9 * (velocity[k] ?? 0) + g;
        if (k < 3) weight[k] = (weight[k] ?? 0) - 0.1 * (velocity[k] ?? 0);
        else bias -= 0.1 * (velocity[k] ?? 0);
      });
    }
    expect(model.step).toBe(5);
    const { tensors } = readSafetensors(await model.save(), "saved");
    weight.forEach((w, k) => expect(tensors.get("dense_0.weight")?.data[k]).toBeCloseTo(w, 5));
    await expect(model.trainStepOn({ x: [1, 2, 3], y: [1] })).rejects.toThrow(
      "compiled for batches of 8, not of 1",
    );
    await model.dispose();
  });
});

describe("a module that writes", () => {
  it("continues a prompt as `dlmc generate` does, piece by piece", async () => {
    const trained = await folder.run(["train", "song.dlm", "--out", "sung", "--device", "wasm"]);
    expect(trained.code, trained.error).toBe(0);
    const prompt = "the cat";
    const told = await folder.run(["generate", "song.dlm", "--run", "sung", "--prompt", prompt]);
    await compile("song.dlm", "-o", "song.ts", "--weights", "sung");
    const model = await (await importModule<Writer>("song.ts")).load();
    const pieces: string[] = [];
    const text = await model.generate(prompt, { onText: (piece) => pieces.push(piece) });
    expect(prompt + text).toBe(told.out.replace(/\n$/, ""));
    expect(pieces.join("")).toBe(text);
    expect((await model.generate(prompt, { limit: 3 })).length).toBeLessThanOrEqual(3);
    await expect(model.generate("")).rejects.toThrow("nothing of the prompt is a token");
    await expect(model.generate(prompt, { decode: "hum" })).rejects.toThrow(
      "no decode declaration hum",
    );
  });
});

describe("the files of a module", () => {
  it("are the same every time, formatted, and lead from kernels to the source", async () => {
    await compile("line.dlm", "-o", "out/line.ts", "--target", "js,wasm,webgpu", "--batch", "2");
    const read = (name: string): string =>
      readFileSync(path.join(folder.path, "out", name), "utf8");
    const first = read("line.ts");
    await compile("line.dlm", "-o", "out/line.ts", "--target", "js,wasm,webgpu", "--batch", "2");
    expect(read("line.ts")).toBe(first);
    const prettier = await import("prettier");
    expect(await prettier.check(first, { parser: "typescript" })).toBe(true);
    const map = new SourceMap(JSON.parse(read("line.ts.map")) as never);
    const lines = first.split("\n");
    const inJs = lines.findIndex((line) => line.includes("for (let "));
    const places = [
      inJs,
      lines.findIndex((line) => line.includes("place: ")),
      lines.findIndex((line) => line.startsWith("fn main") || line.includes("@compute")),
    ];
    for (const line of places) {
      expect(line).toBeGreaterThan(0);
      expect(map.findEntry(line, 4)).toMatchObject({
        originalSource: expect.stringContaining("../line.dlm") as string,
        originalLine: 2,
      });
    }
    expect(JSON.parse(read("line.ts.map"))).toMatchObject({ sourcesContent: [files["line.dlm"]] });
  });

  it("need no package where they stand alone", async () => {
    await compile("line.dlm", "-o", "alone/line.js", "--standalone", "--for", "training");
    const url = pathToFileURL(path.join(folder.path, "alone/line.js")).href;
    folder.write("alone/package.json", `{ "type": "module" }`);
    const { load } = (await import(/* @vite-ignore */ url)) as {
      readonly load: () => Promise<Line>;
    };
    const model = await load();
    const { z } = await model.forward({ x: [0, 0, 0, 1, 1, 1] });
    const { "dense_0.weight": weight } = await model.parameters();
    const sum = Array.from(weight?.data ?? []).reduce((all, w) => all + w, 0);
    expect((z[1] ?? 0) - (z[0] ?? 0)).toBeCloseTo(sum, 5);
    await model.dispose();
  });

  it("are small: LeNet for wasm, minified, without weights", async () => {
    folder.write("lenet.dlm", readFileSync(path.join(repositoryRoot, "examples/lenet.dlm")));
    await compile("lenet.dlm", "-o", "lenet.ts", "--target", "wasm");
    const { outputFiles, metafile } = await build({
      entryPoints: [path.join(folder.path, "lenet.ts")],
      bundle: true,
      minify: true,
      write: false,
      metafile: true,
      format: "esm",
      alias: { "dlm/runtime": path.join(repositoryRoot, "runtime/index.ts") },
      plugins: [withoutNode],
    });
    const [{ contents } = { contents: new Uint8Array() }] = outputFiles;
    expect(contents.length).toBeGreaterThan(20_000);
    expect(gzipSync(contents, { level: 9 }).length).toBeLessThan(30_000);
    const parts = Object.keys(metafile.inputs).filter((part) =>
      /\/(compiler|grammar|node)\//.test(part),
    );
    expect(parts).toEqual([]);
  });

  it.each([
    [["--target", "cuda"], "there is no target `cuda`"],
    [["--batch", "1,none"], "--batch must be a whole number"],
    [["--weights", "nowhere"], "there is no run or file nowhere"],
    [["--for", "training", "--model", "Line"], "--for training needs a training"],
  ])("are not written for %j", async (args, message) => {
    const ran = await folder.run(["compile", "line.dlm", "-o", "wrong/line.ts", ...args]);
    expect(ran.code).not.toBe(0);
    expect(ran.error).toContain(message);
    expect(() => readFileSync(path.join(folder.path, "wrong/line.ts"))).toThrow();
  });
});
