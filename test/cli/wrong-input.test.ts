// A user's mistake is a message with place and next step, exit code 1 (2 for the command line itself), never a stack trace.

import { mkdirSync, writeFileSync } from "node:fs";
import path from "node:path";
import { gzipSync } from "node:zlib";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { lineSource, makeFolder, type Folder, type Ran } from "../support/command.ts";

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({ "line.dlm": lineSource, "empty.dlm": "", "table.csv": table("a,b,y") });
});
afterAll(() => folder.remove());

function table(header: string, ...more: string[]): string {
  const rows = Array.from({ length: 20 }, (_, i) => `${i},${2 * i},${i % 5}`);
  return `${[header, ...rows, ...more].join("\n")}\n`;
}

const tableSource = (file: string): string => `
data d = csv(${JSON.stringify(file)}) {
  field x: [2] = [a, b]
  field y: []
  split = holdout(validation = 0.2)
}
model M(x: [batch, 2]) -> (p: [batch]) = x |> dense(1) |> squeeze(axis = -1)
train M on d { loss = mse(p, y)  optimizer = sgd(lr = 0.1)  batch = 4  epochs = 1 }
`;

const pictureSource = (name: string): string => `
data d = idx(${JSON.stringify(name)}) {
  field image: [1, 4, 4] = image / 255
  field label: i32[]
}
model M(image: [batch, 1, 4, 4]) -> (logits: [batch, 10]) = image |> flatten |> dense(10)
train M on d { loss = cross_entropy(logits, label)  optimizer = sgd(lr = 0.1)  batch = 16  epochs = 1 }
`;

function idx(magic: number, dims: readonly number[], data: Uint8Array): Buffer {
  const header = Buffer.alloc(4 + 4 * dims.length);
  header.writeUInt32BE(magic, 0);
  dims.forEach((n, i) => header.writeUInt32BE(n, 4 + 4 * i));
  return Buffer.concat([header, data]);
}

/** A folder of IDX files; `change` may spoil one of them. */
function pictures(name: string, change: Readonly<Record<string, Uint8Array>> = {}): void {
  const n = 40;
  const files: Record<string, Uint8Array> = {
    "train-images-idx3-ubyte.gz": gzipSync(idx(0x803, [n, 4, 4], new Uint8Array(16 * n))),
    "train-labels-idx1-ubyte.gz": gzipSync(idx(0x801, [n], new Uint8Array(n))),
    ...change,
  };
  mkdirSync(path.join(folder.path, name), { recursive: true });
  for (const [file, bytes] of Object.entries(files)) {
    writeFileSync(path.join(folder.path, name, file), bytes);
  }
}

function expectMistake(ran: Ran, ...parts: readonly string[]): void {
  expect(ran.code, ran.error).toBe(1);
  for (const part of parts) expect(ran.error).toContain(part);
  expect(ran.error).not.toMatch(/^\s+at /m);
  expect(ran.error).not.toContain("unexpected error");
}

describe("the command line", () => {
  it.each([
    [[], "Usage: dlmc"],
    [["trian", "line.dlm"], "Did you mean train?"],
    [["train"], "missing required argument 'file'"],
    [["train", "line.dlm", "--eposh"], "unknown option '--eposh'"],
    [["train", "line.dlm", "--log", "loud"], "Allowed choices are auto, plain, json"],
    [["train", "line.dlm", "more.dlm"], "too many arguments"],
  ])("%j ends with 2", async (args, message) => {
    const ran = await folder.run(args);
    expect(ran.code).toBe(2);
    expect(ran.error).toContain(message);
  });

  it("helps", async () => {
    for (const args of [["help"], ["--help"]]) {
      const ran = await folder.run(args);
      expect(ran.code).toBe(0);
      for (const name of ["check", "summary", "train", "eval", "predict", "compile"]) {
        expect(ran.out).toContain(`  ${name} <file>`);
      }
    }
    const train = await folder.run(["help", "train"]);
    expect(train.out).toContain("--resume [folder]");
    expect((await folder.run(["train", "--help"])).out).toBe(train.out);
    expect((await folder.run(["train", "line.dlm", "--eposh"])).error).toContain("dlmc help train");
  });

  it("takes flags before and after the file", async () => {
    const args = ["--set", "epochs=1", "line.dlm", "--set", "seed=2", "--log", "json"];
    const ran = await folder.run(["train", ...args, "--out", "flags"]);
    expect(ran.error).toBe("");
    expect(ran.out).toContain('"seed":2,"epochs":1');
  });
});

describe("files", () => {
  it("that are no source", async () => {
    folder.write("binary.dlm", Uint8Array.of(0x64, 0xff, 0xfe, 0x00));
    folder.write("zero.dlm", "let a = 1\0");
    expectMistake(await folder.run(["check", "nope.dlm"]), "there is no file nope.dlm", "help:");
    expectMistake(await folder.run(["check", "."]), "cannot read .: it is a folder");
    expectMistake(await folder.run(["check", "binary.dlm"]), "no text in UTF-8", "help:");
    expectMistake(await folder.run(["check", "zero.dlm"]), "no text in UTF-8");
    expectMistake(await folder.run(["train", "empty.dlm"]), "declares no training", "help:");
    expectMistake(await folder.run(["summary", "empty.dlm"]), "declares no model");
  });

  it("told as JSON where that is asked for", async () => {
    const ran = await folder.run(["check", "nope.dlm", "--format", "json"]);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toEqual([
      {
        code: "error",
        severity: "error",
        message: "there is no file nope.dlm",
        help: "check the path",
      },
    ]);
  });

  it("and folders with odd names", async () => {
    const name = "模型 'é' $(x).dlm";
    folder.write(name, lineSource);
    const ran = await folder.run(["train", name, "--out", "läufe/東 京"], {
      signal: AbortSignal.abort(),
    });
    expect(ran.out).toContain(`dlmc train '模型 '\\''é'\\'' $(x).dlm' --resume 'läufe/東 京'`);
    const on = await folder.run(["train", name, "--resume", "läufe/東 京"]);
    expect(on.code).toBe(0);
    expect((await folder.run(["eval", name, "--run", "läufe/東 京"])).out).toContain("test  loss");
  });

  it("where a run cannot go", async () => {
    expectMistake(
      await folder.run(["train", "line.dlm", "--out", "line.dlm"]),
      "is a file",
      "help:",
    );
    folder.write("full/x", "");
    expectMistake(
      await folder.run(["train", "line.dlm", "--out", "full"]),
      "is not empty",
      "--resume full",
    );
    expectMistake(
      await folder.run(["train", "line.dlm", "--resume", "full"]),
      "holds no checkpoint",
    );
    expectMistake(await folder.run(["train", "line.dlm", "--out", "/proc/x/y"]), "cannot make");
    expectMistake(
      await folder.run(["eval", "line.dlm", "--run", "nowhere"]),
      "no run folder nowhere",
    );
    expectMistake(
      await folder.run(["predict", "line.dlm", "--out", "a.txt"]),
      ".jsonl or .safetensors",
    );
  });
});

describe("--set", () => {
  it.each([
    ["a", "`--set a` has no value"],
    ["epochs=", "`--set epochs=` has no value"],
    ["=3", "`--set =3` has no name"],
    ["epoch=3", "`epochs`"],
    ["epochs=1 2", "1 | let epochs = 1 2"],
    ['epochs="3"', 'not the string "3"'],
    ["epochs='3'", "let epochs = '3'"],
    ["epochs=0", "must be 1 or more"],
    ["batch=1e3", "whole number or `all`"],
    ["loss=unknown(guess)", "1 | let loss = unknown(guess)"],
    ["seed=9999999999999", "seed"],
    ["__proto__=1", "__proto__"],
    ["let=1", "let"],
    ["epochs=3 } train x = 4 {", "epochs"],
  ])("%s", async (set, message) => {
    expectMistake(await folder.run(["train", "line.dlm", "--set", set]), message);
  });

  it("takes expressions of the language, and the last of two", async () => {
    const args = ["--set", "loss=huber(guess, y)", "--set", "epochs=9", "--set", "epochs = 2"];
    const ran = await folder.run(["train", "line.dlm", "--log", "json", ...args, "--out", "set"]);
    expect(ran.error).toBe("");
    expect(ran.out).toContain('"epochs":2');
  });
});

describe("data", () => {
  const train = async (source: string, ...args: string[]): Promise<Ran> => {
    folder.write("data.dlm", source);
    return folder.run(["train", "data.dlm", "--offline", ...args]);
  };

  it.each([
    [
      "text in a number column",
      table("a,b,y", "1,two,3"),
      ["table.csv, line 22", '"two"', "help:"],
    ],
    ["an empty field", table("a,b,y", "1,,3"), ["table.csv, line 22", "NaN", "fill(0)"]],
    ["a short row", table("a,b,y", "1,2"), ["table.csv, line 22", "there are 2"]],
    ["a column twice", table("a,a,y"), ["two columns are called `a`"]],
    ["a column that is lacking", table("a,c,y"), ["`b`"]],
    ["nothing", "", ["table.csv: the file is empty"]],
    ["a header alone", "a,b,y\n", ["the file holds no rows"]],
    ["an open quote", table("a,b,y", '1,"2,3'), ["table.csv", "Quote"]],
  ])("csv with %s", async (_, text, messages) => {
    folder.write("table.csv", text);
    expectMistake(await train(tableSource("table.csv")), ...messages);
  });

  it("csv that is no text, or not there", async () => {
    folder.write("table.csv", gzipSync(table("a,b,y")));
    expectMistake(await train(tableSource("table.csv")), "no UTF-8 text", "help:");
    expectMistake(await train(tableSource("nope.csv")), "data.dlm:2:10", "nope.csv", "help:");
    expectMistake(await train(tableSource("")), "is empty");
  });

  it("idx that is damaged", async () => {
    pictures("good");
    expect((await train(pictureSource("good"), "--out", "good run")).code).toBe(0);
    const images = gzipSync(idx(0x803, [40, 4, 4], new Uint8Array(640)));
    pictures("cut", { "train-images-idx3-ubyte.gz": images.subarray(0, images.length / 2) });
    expectMistake(await train(pictureSource("cut")), "train-images", "cut off", "help:");
    pictures("magic", { "train-images-idx3-ubyte.gz": idx(0xabcd0803, [1], new Uint8Array(9)) });
    expectMistake(await train(pictureSource("magic")), "no IDX file", "help:");
    pictures("huge", {
      "train-images-idx3-ubyte.gz": idx(0x803, [2 ** 31, 2 ** 15, 2 ** 15], new Uint8Array(3)),
    });
    expectMistake(await train(pictureSource("huge")), "train-images", "sizes");
    const labels = new Uint8Array(40);
    labels[37] = 12;
    pictures("label", { "train-labels-idx1-ubyte.gz": gzipSync(idx(0x801, [40], labels)) });
    expectMistake(
      await train(pictureSource("label")),
      "train-labels",
      "example 37",
      "`label` is 12, outside 0 … 9",
    );
    pictures("other", {
      "t10k-images-idx3-ubyte.gz": gzipSync(idx(0x903, [4, 4, 4], new Uint8Array(64))),
      "t10k-labels-idx1-ubyte.gz": gzipSync(idx(0x801, [4], new Uint8Array(4))),
    });
    expectMistake(await train(pictureSource("other")), "test images", "training images u8");
  });

  it("says which files are wanted, how large, and where they go, when it may not download", async () => {
    const ran = await train(pictureSource("fashion-mnist").replaceAll("4, 4", "28, 28"));
    expectMistake(
      ran,
      "fashion-mnist/train-images-idx3-ubyte.gz  26421880 bytes",
      "fashion-mnist/t10k-labels-idx1-ubyte.gz  5148 bytes",
      folder.path,
      "DLM_DATA",
      "fashion-mnist.s3-website",
    );
  });

  it("says that DLM_DATA is a file", async () => {
    folder.write("data.dlm", tableSource("nope.csv"));
    const file = path.join(folder.path, "line.dlm");
    const ran = await folder.run(["train", "data.dlm"], { environment: { DLM_DATA: file } });
    expectMistake(ran, `${file} (which is a file)`);
  });

  it("too large for the memory", async () => {
    const source = `
data d = synthetic(200000) { field x: [4] = uniform([4], from = 0, to = 1) }
model M(x: [batch, 4]) -> (y: [batch, 1]) =
  x |> dense(20000) |> tanh |> dense(4) |> dense(20000) |> tanh |> dense(1)
train M on d { loss = mean(y) optimizer = sgd(lr = 0.1) batch = all epochs = 1 }`;
    expectMistake(await train(source), "--set batch");
  });
});

describe("settings of a run", () => {
  it.each([
    ["--device", "cuda", "the devices are auto, js, reference"],
    ["--device", "toString", "the devices are auto, js, reference"],
    ["--training", "nope", "there are: `Line`"],
  ])("%s %s", async (flag, value, message) => {
    expectMistake(await folder.run(["train", "line.dlm", flag, value]), message);
  });

  it("leaves no folder of a run that could not start", async () => {
    const empty = makeFolder({ "line.dlm": lineSource });
    try {
      await empty.run(["train", "line.dlm", "--device", "cuda"]);
      await empty.run(["train", "line.dlm", "--set", "epochs=0"]);
      expectMistake(await empty.run(["eval", "line.dlm"]), "no run of Line", "--run DIR");
    } finally {
      empty.remove();
    }
  });
});
