// The language server as an editor runs it: a process of its own, spoken to over its standard input and output.

import { spawn, type ChildProcess } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { pathToFileURL } from "node:url";

import { afterAll, beforeAll, describe, expect, it } from "vitest";
import {
  createMessageConnection,
  StreamMessageReader,
  StreamMessageWriter,
  type MessageConnection,
} from "vscode-jsonrpc/node";

import { makeFolder, type Folder } from "../support/command.ts";
import { repositoryRoot } from "../support/shared.ts";

interface Problems {
  readonly uri: string;
  readonly diagnostics: readonly { readonly code: string; readonly message: string }[];
}

const blocks = `/// A layer and its activation.
block layer(width: int)(x: [b, d]) -> [b, width] = x |> dense(width) |> relu
`;
const main = `import { layer } from "./blocks.dlm"
model M(x: [batch, 4]) -> (y: [batch, 2]) = x |> layer(8) |> dense(2)
`;

describe("dlmc server", () => {
  let folder: Folder;
  let child: ChildProcess;
  let client: MessageConnection;
  const published: Problems[] = [];
  let waiting: (() => void) | undefined;
  let version = 1;

  const uriOf = (name: string): string => pathToFileURL(path.join(folder.path, name)).href;
  const position = (text: string, mark: string) => {
    const before = text.slice(0, text.indexOf(mark)).split("\n");
    return { line: before.length - 1, character: before.at(-1)?.length ?? 0 };
  };

  /** The mistakes that are told of a document after what was just sent. */
  async function problemsOf(uri: string): Promise<Problems["diagnostics"]> {
    for (;;) {
      const at = published.findIndex((each) => each.uri === uri);
      if (at >= 0) return published.splice(at, 1)[0]?.diagnostics ?? [];
      await new Promise<void>((resolve) => (waiting = resolve));
    }
  }

  async function open(name: string, text: string): Promise<Problems["diagnostics"]> {
    const textDocument = { uri: uriOf(name), languageId: "dlm", version: 1, text };
    await client.sendNotification("textDocument/didOpen", { textDocument });
    return problemsOf(uriOf(name));
  }

  async function change(name: string, text: string): Promise<Problems["diagnostics"]> {
    const textDocument = { uri: uriOf(name), version: ++version };
    await client.sendNotification("textDocument/didChange", {
      textDocument,
      contentChanges: [{ text }],
    });
    return problemsOf(uriOf(name));
  }

  beforeAll(async () => {
    folder = makeFolder({ "blocks.dlm": blocks, "main.dlm": main });
    child = spawn(
      process.execPath,
      ["--import", "tsx", path.join(repositoryRoot, "compiler/cli/main.ts"), "server", "--stdio"],
      { cwd: repositoryRoot, stdio: ["pipe", "pipe", "inherit"] },
    );
    if (!child.stdout || !child.stdin) throw new Error("the server has no pipes");
    client = createMessageConnection(
      new StreamMessageReader(child.stdout),
      new StreamMessageWriter(child.stdin),
    );
    client.onNotification("textDocument/publishDiagnostics", (found: Problems) => {
      published.push(found);
      waiting?.();
    });
    client.listen();
    const { capabilities } = await client.sendRequest<{ capabilities: object }>("initialize", {
      processId: process.pid,
      rootUri: pathToFileURL(folder.path).href,
      capabilities: {},
    });
    expect(capabilities).toMatchObject({ hoverProvider: true, inlayHintProvider: true });
    await client.sendNotification("initialized", {});
  });

  afterAll(() => {
    client?.dispose();
    child?.kill();
    folder?.remove();
  });

  it("tells mistakes while one types, and shapes, hovers and definitions", async () => {
    expect(await open("main.dlm", main)).toEqual([]);
    const textDocument = { uri: uriOf("main.dlm") };
    const range = { start: { line: 0, character: 0 }, end: { line: 9, character: 0 } };
    const hints = await client.sendRequest<{ label: string }[]>("textDocument/inlayHint", {
      textDocument,
      range,
    });
    expect(hints.map(({ label }) => label)).toEqual(["[batch, 8]", "[batch, 2]"]);
    const at = { textDocument, position: position(main, "layer(8)") };
    expect(JSON.stringify(await client.sendRequest("textDocument/hover", at))).toContain(
      "A layer and its activation.",
    );
    expect(await client.sendRequest("textDocument/definition", at)).toMatchObject({
      uri: uriOf("blocks.dlm"),
      range: { start: { line: 1, character: 6 } },
    });
    const library = await client.sendRequest<{ uri: string }>("textDocument/definition", {
      textDocument,
      position: position(main, "dense(2)"),
    });
    expect(library.uri).toMatch(/^dlm-library:.*\.dlm$/);
    const text = await client.sendRequest<string>("dlm/libraryText", { uri: library.uri });
    expect(text).toContain("block dense(");
    const broken = await change("main.dlm", main.replace("dense(2)", "dense(3)"));
    expect(broken.map(({ code }) => code)).toEqual(["shape-mismatch"]);
    expect((await change("main.dlm", main.replace("dense(2)", "dense("))).length).toBeGreaterThan(
      0,
    );
    expect(await change("main.dlm", main)).toEqual([]);
  });

  it("sees what another open document says before it is saved", async () => {
    await open("blocks.dlm", blocks.replace("block layer(width", "block other(width"));
    expect((await problemsOf(uriOf("main.dlm"))).map(({ code }) => code)).toContain(
      "missing-export",
    );
    await change("blocks.dlm", blocks);
    expect(await problemsOf(uriOf("main.dlm"))).toEqual([]);
  });

  it("formats, completes and renames, and refuses what it cannot", async () => {
    await change("main.dlm", main.replace("x |> layer", "x  |>   layer"));
    const textDocument = { uri: uriOf("main.dlm") };
    const options = { tabSize: 2, insertSpaces: true };
    const edits = await client.sendRequest("textDocument/formatting", { textDocument, options });
    expect(edits).toMatchObject([{ newText: main }]);
    await change("main.dlm", main);
    const items = await client.sendRequest<{ label: string }[]>("textDocument/completion", {
      textDocument,
      position: position(main, "dense(2)"),
    });
    expect(items.map(({ label }) => label)).toContain("dense");
    const rename = { textDocument, position: position(main, "batch, 4"), newName: "n" };
    expect(await client.sendRequest("textDocument/rename", rename)).toMatchObject({
      changes: { [uriOf("main.dlm")]: [{ newText: "n" }, { newText: "n" }] },
    });
    const refused = { textDocument, position: position(main, "dense(2)"), newName: "n" };
    await expect(client.sendRequest("textDocument/rename", refused)).rejects.toThrow(
      "standard library",
    );
  });

  it("survives any prefix of an example, and ends when it is told to", async () => {
    const text = readFileSync(path.join(repositoryRoot, "examples/resnet.dlm"), "utf8");
    await open("prefix.dlm", text);
    for (let i = 1; i < 20; i++) {
      await change("prefix.dlm", text.slice(0, Math.floor((text.length * i) / 20) + (i % 3)));
    }
    expect(await change("prefix.dlm", text)).toEqual([]);
    const ended = new Promise<number | null>((resolve) => child.once("exit", resolve));
    await client.sendRequest("shutdown");
    await client.sendNotification("exit");
    expect(await ended).toBe(0);
  });
});
