// A stranger's file reads nothing outside its folder, `$DLM_DATA` and the cache, whichever way it asks.

import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";

import { afterAll, beforeAll, describe, expect, it } from "vitest";

import { makeFolder, type Folder } from "../support/command.ts";

const block = "block b(x: [n]) -> [n] = x\n";
const table = `a,y\n${Array.from({ length: 9 }, (_, i) => `${i},${i}`).join("\n")}\n`;

let folder: Folder;
beforeAll(() => {
  folder = makeFolder({
    "out/b.dlm": block,
    "out/t.csv": table,
    "in/own.dlm": block,
    "in/t.csv": table,
    "in/node_modules/pkg/b.dlm": block,
    "in/node_modules/pkg/up.dlm":
      'import { b } from "../../../out/b.dlm"\nblock d(x: [n]) -> [n] = b(x)\n',
  });
  const at = (name: string): string => path.join(folder.path, name);
  symlinkSync(at("out/b.dlm"), at("in/link.dlm"));
  symlinkSync(at("out"), at("in/linked"));
  symlinkSync(at("out/b.dlm"), at("in/node_modules/pkg/link.dlm"));
  symlinkSync(at("out/t.csv"), at("in/link.csv"));
  mkdirSync(at("in/sub"));
});
afterAll(() => folder.remove());

describe("imports", () => {
  const check = (name: string, from: string, ...args: string[]) => {
    const source = `import { ${name} } from ${JSON.stringify(from)}\nblock q(x: [n]) -> [n] = ${name}(x)\n`;
    folder.write("in/main.dlm", source);
    return folder.run(["check", "in/main.dlm", ...args]);
  };

  it.each(["./own.dlm", "pkg/b.dlm", "./sub/../own.dlm"])("%s may be read", async (from) => {
    expect(await check("b", from)).toMatchObject({ code: 0, error: "" });
  });

  it.each(["../out/b.dlm", "./link.dlm", "./linked/b.dlm", "pkg/link.dlm"])(
    "%s may not, unless it is permitted",
    async (from) => {
      const ran = await check("b", from);
      expect(ran.code).toBe(1);
      expect(ran.error).toContain("main.dlm:1:19");
      expect(ran.error).toContain("lies outside the folders that a model file may read");
      expect(ran.error).toContain("--read-anywhere");
      expect(await check("b", from, "--read-anywhere")).toMatchObject({ code: 0 });
    },
  );

  it("nor absolute paths, ways out of node_modules, and what a package imports from outside", async () => {
    const absolute = await check("b", path.join(folder.path, "out/b.dlm"));
    expect(absolute.error).toContain("lies outside");
    expect((await check("b", "pkg/../../../out/b.dlm")).code).toBe(1);
    const through = await check("d", "pkg/up.dlm");
    expect(through.error).toContain("up.dlm:1:19");
    expect(through.error).toContain("lies outside");
    for (const from of ["https://example.org/b.dlm", "", ".", "./", "./t.csv/x"]) {
      expect((await check("b", from)).code).toBe(1);
    }
  });
});

describe("data", () => {
  const train = (file: string, ...args: string[]) => {
    folder.write(
      "in/main.dlm",
      `data d = csv(${JSON.stringify(file)}) { field x: [1] = [a]  field y: [] }
model M(x: [batch, 1]) -> (p: [batch]) = x |> dense(1) |> squeeze(axis = -1)
train M on d { loss = mse(p, y)  optimizer = sgd(lr = 0.001)  batch = 4  epochs = 1 }`,
    );
    return folder.run(["train", "in/main.dlm", ...args]);
  };

  it("inside may be read", async () => {
    expect(await train("t.csv")).toMatchObject({ code: 0, error: "" });
  });

  it.each([
    "../out/t.csv",
    "link.csv",
    "linked/t.csv",
    "/etc/passwd",
    "/etc/not-there",
    "a/../../x",
  ])("%s may not", async (file) => {
    const ran = await train(file);
    expect(ran.code).toBe(1);
    expect(ran.error).toContain("lies outside the folders that a model file may read");
    expect(ran.error).toContain("--read-anywhere");
  });

  it("outside may be read where it is permitted, by flag or by DLM_DATA", async () => {
    expect(await train("../out/t.csv", "--read-anywhere")).toMatchObject({ code: 0 });
    expect(await train("link.csv", "--read-anywhere")).toMatchObject({ code: 0 });
    folder.write("in/main.dlm", "");
    await train("t.csv");
    const named = await folder.run(["train", "in/main.dlm"], {
      environment: { DLM_DATA: path.join(folder.path, "out") },
    });
    expect(named.code).toBe(0);
  });
});
