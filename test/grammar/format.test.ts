// Formatting: a fixed point that keeps what a text says, on the project's own files and on random programs.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import fc from "fast-check";
import { format } from "prettier/standalone";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { Reporter } from "../../grammar/diagnostic.ts";
import * as plugin from "../../grammar/format/index.ts";
import { formatText } from "../../grammar/format/text.ts";
import { makeFolder, type Folder } from "../support/command.ts";
import { repositoryRoot } from "../support/shared.ts";
import { randomProgram } from "./random-program.ts";
import { samples } from "./support.ts";

const formatted = async (text: string): Promise<string> => {
  const reporter = new Reporter();
  const result = await formatText(text, "text.dlm", reporter);
  expect(reporter.diagnostics).toEqual([]);
  return result ?? "";
};

describe("files are a fixed point", () => {
  for (const folder of ["stdlib", "examples"]) {
    const files = readdirSync(path.join(repositoryRoot, folder)).filter((f) => f.endsWith(".dlm"));
    it.each(files)(`${folder}/%s`, async (file) => {
      const text = readFileSync(path.join(repositoryRoot, folder, file), "utf8");
      expect(await formatted(text)).toBe(text);
    });
  }

  it.each(samples)("$path, once formatted", async ({ text }) => {
    const once = await formatted(text);
    expect(await formatted(once)).toBe(once);
  });
});

describe("random programs", () => {
  it("keep their tree and their comments, and are formatted once and for all", async () => {
    let parsed = 0;
    await fc.assert(
      fc.asyncProperty(randomProgram, async (text) => {
        const reporter = new Reporter();
        // It throws where tree or comments change.
        const once = await formatText(text, "random.dlm", reporter);
        if (once === undefined) return;
        parsed++;
        expect(await formatted(once)).toBe(once);
      }),
      { numRuns: 400, seed: 7 },
    );
    // The generator knows nothing of precedence: some of its texts are refused.
    expect(parsed).toBeGreaterThan(250);
  });
});

describe("the layout", () => {
  it.each([
    ["spaces", "let  a=1+2 *  x", "let a = 1 + 2 * x\n"],
    [
      "settings of a training below each other, their equals signs aligned",
      "train M on d { loss = mse(z, y)\noptimizer = sgd(lr = 0.1)  batch = 8 epochs = 1 }",
      "train M on d { loss = mse(z, y)  optimizer = sgd(lr = 0.1)  batch = 8  epochs = 1 }\n",
    ],
    [
      "settings where the author broke the line",
      "train M on d {\n loss = mse(z, y) optimizer = sgd(lr = 0.1) }",
      "train M on d {\n  loss      = mse(z, y)\n  optimizer = sgd(lr = 0.1)\n}\n",
    ],
    [
      "statements one a line",
      "block f(a: int)(x: [n]) -> [n] { let y = x * a return y }",
      "block f(a: int)(x: [n]) -> [n] {\n  let y = x * a\n  return y\n}\n",
    ],
    [
      "comments in their places",
      "// one\nlet a = 1 // two\n// three\n",
      "// one\nlet a = 1 // two\n// three\n",
    ],
    ["at most one blank line", "let a = 1\n\n\n\nlet b = 2", "let a = 1\n\nlet b = 2\n"],
    [
      "what is to be ignored",
      "// prettier-ignore\nlet   a  =  [1,\n  2]\n",
      "// prettier-ignore\nlet   a  =  [1,\n  2]\n",
    ],
    ["Windows line ends", "let a = 1\r\nlet b = 2\r\n", "let a = 1\nlet b = 2\n"],
    ["an empty file", "", ""],
    ["a file of comments", "\n// alone", "// alone\n"],
  ])("%s", async (_, text, wanted) => {
    expect(await formatted(text)).toBe(wanted);
  });

  it("is what prettier gives with the plugin", async () => {
    const options = { parser: "dlm", plugins: [plugin], printWidth: 40, tabWidth: 8 };
    expect(await format("let  a=1", options)).toBe("let a = 1\n");
    await expect(format("let a = ", options)).rejects.toThrow("expected an expression");
  });
});

describe("dlmc fmt", () => {
  let folder: Folder;
  beforeAll(() => {
    folder = makeFolder({
      "a.dlm": "let  a=1\n",
      "sub/b.dlm": "let b = 2\n",
      "sub/node_modules/c.dlm": "let  c=3\n",
      "broken.dlm": "let  = 1\n",
    });
  });
  afterAll(() => folder.remove());
  const read = (name: string): string => readFileSync(path.join(folder.path, name), "utf8");

  it("lists what --check finds, and changes nothing", async () => {
    const ran = await folder.run(["fmt", "--check", "a.dlm", "sub"]);
    expect(ran).toMatchObject({ code: 1, out: "a.dlm\n", error: "" });
    expect(read("a.dlm")).toBe("let  a=1\n");
  });

  it("writes, and tells which files", async () => {
    expect(await folder.run(["fmt", "a.dlm", "sub"])).toMatchObject({ code: 0, out: "a.dlm\n" });
    expect(read("a.dlm")).toBe("let a = 1\n");
    expect(read("sub/node_modules/c.dlm")).toBe("let  c=3\n");
    expect(await folder.run(["fmt", "--check", "a.dlm", "sub"])).toMatchObject({
      code: 0,
      out: "",
    });
  });

  it("leaves a broken file as it is, and says what is wrong", async () => {
    const ran = await folder.run(["fmt", "broken.dlm"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("broken.dlm:1:6");
    expect(read("broken.dlm")).toBe("let  = 1\n");
  });

  it("refuses paths that are not there, and folders without files", async () => {
    const ran = await folder.run(["fmt", "nowhere.dlm"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("there is no file or folder nowhere.dlm");
    folder.write("empty/readme.txt", "");
    expect((await folder.run(["fmt", "empty"])).error).toContain("no .dlm file lies below empty");
  });
});
