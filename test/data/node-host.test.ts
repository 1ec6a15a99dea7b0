import { execFile, execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
  readdirSync,
} from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import path from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { createDataHost } from "../../runtime/node/data-host.ts";
import { writeAtomically } from "../../runtime/node/files.ts";
import { createSourceHost } from "../../runtime/node/source-host.ts";

let root = "";
beforeEach(() => {
  root = realpathSync(mkdtempSync(path.join(tmpdir(), "dlm-")));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(file: string, text = "x"): string {
  const whole = path.join(root, file);
  mkdirSync(path.dirname(whole), { recursive: true });
  writeFileSync(whole, text);
  return whole;
}

describe("data host", () => {
  const host = (anywhere = false): ReturnType<typeof createDataHost> =>
    createDataHost({
      folder: path.join(root, "model"),
      environment: { DLM_DATA: path.join(root, "data"), XDG_CACHE_HOME: path.join(root, "cache") },
      anywhere,
    });

  test("looks beside the model, in $DLM_DATA, in the cache, in this order", () => {
    const inCache = put("cache/dlm/set/a.bin");
    expect(host().find("set/a.bin")).toBe(inCache);
    const inData = put("data/set/a.bin");
    expect(host().find("set/a.bin")).toBe(inData);
    const beside = put("model/set/a.bin");
    expect(host().find("set/a.bin")).toBe(beside);
    expect(host().find("set")).toBeUndefined(); // a folder is no file
    expect(host().find("other")).toBeUndefined();
    expect(host().places).toHaveLength(3);
  });

  test("reads nothing outside those folders unless permitted", () => {
    const secret = put("secret.txt");
    put("model/m.dlm");
    symlinkSync(secret, path.join(root, "model", "link"));
    for (const name of ["../secret.txt", "a/../../secret.txt", "link", secret, "..\\secret.txt"]) {
      if (name.includes("\\")) expect(() => host().find(name)).toThrow(/outside/);
      else expect(() => host().find(name), name).toThrow(/outside the folders/);
    }
    expect(host(true).find("../secret.txt")).toBe(secret);
    expect(host(true).find("link")).toBe(secret);
    const permitted = put("data/x.csv");
    expect(host().find(permitted)).toBe(permitted);
  });

  test("errors of the file system are in words", async () => {
    await expect(host().read(path.join(root, "nothing"))).rejects.toThrow(/there is no such file/);
    expect(() => host().readPrefix(root, 4)).toThrow(/it is a folder/);
  });

  test("downloads into the cache only what has the right bytes, and says so before", async () => {
    const content = Buffer.from("the published bytes");
    const server = createServer((request, response) => {
      if (request.url === "/missing") response.statusCode = 404;
      response.end(request.url === "/changed" ? "other published byt" : content);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
      const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
      const progress: (readonly [number, number])[] = [];
      const online = createDataHost({
        folder: root,
        environment: { XDG_CACHE_HOME: path.join(root, "cache") },
        onDownload: ({ received, bytes }) => progress.push([received, bytes]),
      });
      const sha256 = createHash("sha256").update(content).digest("hex");
      const request = { sha256, bytes: content.length, name: "set/a.bin" };
      await expect(online.download?.({ ...request, url: `${base}/missing` })).rejects.toThrow(
        /404/,
      );
      await expect(online.download?.({ ...request, url: `${base}/changed` })).rejects.toThrow(
        /not the bytes that were published/,
      );
      await expect(online.download?.({ ...request, bytes: 5, url: `${base}/a` })).rejects.toThrow(
        /longer than it should be/,
      );
      expect(online.find("set/a.bin")).toBeUndefined();
      progress.length = 0;
      const file = await online.download?.({ ...request, url: `${base}/a` });
      expect(file).toBe(path.join(root, "cache", "dlm", "set", "a.bin"));
      expect(online.find("set/a.bin")).toBe(file);
      expect(progress[0]).toEqual([0, content.length]);
      expect(progress.at(-1)).toEqual([content.length, content.length]);
      await expect(
        online.download?.({ ...request, name: "../a", url: `${base}/a` }),
      ).rejects.toThrow(/outside/);
    } finally {
      server.close();
    }
  });

  test("without a callback nothing is downloaded", () => {
    expect("download" in host()).toBe(false);
  });
});

describe("folders", () => {
  test("are listed with what lies below, in order, from the first place that has them", () => {
    put("work/set/b/2.png");
    put("work/set/a/1.png");
    put("work/set/note.txt");
    put("data/set/other.txt");
    const environment = { DLM_DATA: path.join(root, "data"), XDG_CACHE_HOME: root };
    const host = createDataHost({ folder: path.join(root, "work"), environment });
    expect(host.list("set")).toEqual(["a/1.png", "b/2.png", "note.txt"]);
    expect(host.list("set/")).toEqual(["a/1.png", "b/2.png", "note.txt"]);
    expect(host.list("nothing")).toBeUndefined();
    expect(host.list("set/note.txt")).toBeUndefined();
  });

  test("outside are refused, also behind a link", () => {
    put("secret/a.txt");
    mkdirSync(path.join(root, "work"));
    symlinkSync(path.join(root, "secret"), path.join(root, "work", "link"));
    const environment = { XDG_CACHE_HOME: path.join(root, "cache") };
    const host = createDataHost({ folder: path.join(root, "work"), environment });
    expect(() => host.list("link")).toThrow(/outside/);
    expect(() => host.list("../secret")).toThrow(/outside/);
    const open = createDataHost({ folder: path.join(root, "work"), environment, anywhere: true });
    expect(open.list("../secret")).toEqual(["a.txt"]);
  });
});

describe("source host", () => {
  test("resolves beside the importing file and in node_modules, and tells paths as the user would", () => {
    put("work/a.dlm", "let a = 1");
    put("work/lib/b.dlm", "let b = 1");
    put("node_modules/pack/c.dlm", "let c = 1");
    put("node_modules/pack/inner/d.dlm", "let d = 1");
    const host = createSourceHost({ main: "work/a.dlm", workingFolder: root });
    expect(host.resolve("./lib/b.dlm", "work/a.dlm")).toBe("work/lib/b.dlm");
    expect(host.resolve("../a.dlm", "work/lib/b.dlm")).toBe("work/a.dlm");
    expect(host.readText("work/lib/b.dlm")).toBe("let b = 1");
    expect(host.resolve("pack/c.dlm", "work/lib/b.dlm")).toBe("node_modules/pack/c.dlm");
    expect(host.resolve("./inner/d.dlm", "node_modules/pack/c.dlm")).toBe(
      "node_modules/pack/inner/d.dlm",
    );
    expect(host.resolve("./none.dlm", "work/a.dlm")).toBeUndefined();
    expect(host.resolve("pack/none.dlm", "work/a.dlm")).toBeUndefined();
    expect(host.readText("work/none.dlm")).toBeUndefined();
  });

  test("refuses what lies outside", () => {
    const secret = put("secret.dlm");
    put("work/a.dlm");
    symlinkSync(secret, path.join(root, "work", "link.dlm"));
    mkdirSync(path.join(root, "node_modules"));
    const host = createSourceHost({ main: path.join(root, "work/a.dlm"), workingFolder: root });
    for (const specifier of ["../secret.dlm", "./link.dlm", secret]) {
      expect(host.resolve(specifier, "work/a.dlm"), specifier).toBeUndefined();
      expect(host.refusal?.(specifier, "work/a.dlm"), specifier).toMatch(
        /outside.*--read-anywhere/,
      );
    }
    expect(host.resolve("x/../../secret.dlm", "work/a.dlm")).toBeUndefined();
    expect(host.refusal?.("./none.dlm", "work/a.dlm")).toBeUndefined();
    expect(() => host.readText("secret.dlm")).toThrow(/outside/);
    const open = createSourceHost({ main: "work/a.dlm", workingFolder: root, anywhere: true });
    expect(open.resolve("../secret.dlm", "work/a.dlm")).toBe("secret.dlm");
  });
});

describe("writing", () => {
  test("replaces a file whole and leaves nothing beside it", () => {
    const file = path.join(root, "deep", "er", "f.bin");
    writeAtomically(file, "one");
    writeAtomically(file, Uint8Array.of(1, 2));
    expect([...readFileSync(file)]).toEqual([1, 2]);
    expect(readdirSync(path.dirname(file))).toEqual(["f.bin"]);
  });

  test("a failure is told in words and keeps the old file", () => {
    const folder = path.join(root, "taken");
    mkdirSync(path.join(folder, "f"), { recursive: true });
    put("taken/f/inside");
    expect(() => writeAtomically(path.join(folder, "f"), "x")).toThrow(/cannot write/);
    expect(readdirSync(folder)).toEqual(["f"]);
    put("plain");
    expect(() => writeAtomically(path.join(root, "plain", "f"), "x")).toThrow(/cannot write/);
  });

  test.skipIf(process.platform === "win32")("a pipe is written to, not replaced", async () => {
    const pipe = path.join(root, "pipe");
    execFileSync("mkfifo", [pipe]);
    const reader = execFile("cat", [pipe]);
    let text = "";
    reader.stdout?.on("data", (piece: string) => (text += piece));
    writeAtomically(pipe, "through");
    await once(reader, "close");
    expect(text).toBe("through");
    expect(readdirSync(root)).toEqual(["pipe"]);
  });
});
