// The extension as it is packaged: its folder is built, checked against its manifest, and loaded in an editor's place.

import { execFile } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import os from "node:os";
import path from "node:path";
import { promisify } from "node:util";

import { afterAll, beforeAll, expect, test } from "vitest";

import { layOut } from "../../editors/vscode/build.ts";
import { analyse } from "../../compiler/server/analysis.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import { createDataHost } from "../../runtime/node/data-host.ts";

interface Manifest {
  readonly main: string;
  readonly contributes: {
    readonly languages: readonly { readonly id: string; readonly configuration: string }[];
    readonly grammars: readonly { readonly scopeName: string; readonly path: string }[];
    readonly snippets: readonly { readonly path: string }[];
    readonly commands: readonly { readonly command: string }[];
  };
}

const scratch = mkdtempSync(path.join(os.tmpdir(), "dlm-vscode-"));
const folder = path.join(scratch, "extension");
let manifest: Manifest;

beforeAll(async () => {
  await layOut(folder);
  manifest = JSON.parse(readFileSync(path.join(folder, "package.json"), "utf8"));
}, 60_000);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const json = (file: string): unknown => JSON.parse(readFileSync(path.join(folder, file), "utf8"));

test("everything that the manifest names is there", () => {
  const { languages, grammars, snippets } = manifest.contributes;
  const named = [
    manifest.main,
    ...languages.map(({ configuration }) => configuration),
    ...grammars.map((grammar) => grammar.path),
    ...snippets.map((each) => each.path),
    "out/server.mjs",
    "README.md",
    "LICENSE",
  ];
  expect(named.filter((file) => !existsSync(path.join(folder, file)))).toEqual([]);
  expect(json("syntaxes/dlm.tmLanguage.json")).toMatchObject({
    scopeName: manifest.contributes.grammars[0]?.scopeName,
  });
});

test("the patterns of the language configuration compile and do what they are for", () => {
  const { wordPattern, indentationRules } = json("language-configuration.json") as {
    wordPattern: string;
    indentationRules: { increaseIndentPattern: string; decreaseIndentPattern: string };
  };
  expect("Öl_2".match(new RegExp(wordPattern, "u"))?.[0]).toBe("Öl_2");
  const more = new RegExp(indentationRules.increaseIndentPattern, "u");
  expect(more.test("model M(x: [batch, 2]) -> [batch, 2] {")).toBe(true);
  expect(more.test("  let y = dense(10)(x)")).toBe(false);
  expect(more.test("// a brace {")).toBe(false);
  expect(new RegExp(indentationRules.decreaseIndentPattern, "u").test("  }")).toBe(true);
});

test("snippets make texts that the language takes", () => {
  const snippets = json("snippets.json") as Record<string, { body: string[] }>;
  const plain = (body: readonly string[]): string => {
    let text = body.join("\n").replaceAll(/\$\{\d+\|([^,|]*)[^|]*\|\}/g, "$1");
    for (const [, mark = "", value = ""] of text.matchAll(/\$\{(\d+):([^}]*)\}/g)) {
      text = text.replaceAll(`\${${mark}:${value}}`, value).replaceAll(`$${mark}`, value);
    }
    return text;
  };
  const host = createDataHost({ folder: scratch, anywhere: false, environment: {} });
  const analysed = (text: string) =>
    analyse("main.dlm", {
      host: { readText: () => text, resolve: () => undefined },
      readers: readerCatalogue(host),
    }).diagnostics.map(({ code, message }) => `${code}: ${message}`);
  for (const name of ["model", "block", "block with parameters"]) {
    expect(analysed(plain(snippets[name]?.body ?? [])), name).toEqual([]);
  }
  // These speak of files, models and fields that stand elsewhere: their syntax is what can be wrong.
  for (const name of ["data", "train", "decode"]) {
    const found = analysed(plain(snippets[name]?.body ?? []));
    expect(
      found.filter((each) => each.startsWith("syntax")),
      name,
    ).toEqual([]);
  }
});

test("the extension starts its server in the editor, which tells a mistake and the library", async () => {
  const document = path.join(scratch, "wrong.dlm");
  writeFileSync(document, "model M(x: [batch, 4]) -> [batch, 2] =\n  x |> dense(3)\n");
  const host = path.join(import.meta.dirname, "vscode-host.cjs");
  const { stdout } = await promisify(execFile)(process.execPath, [host, folder, document], {
    timeout: 30_000,
  });
  const told = JSON.parse(stdout);
  expect(told.messages).toHaveLength(1);
  expect(told.messages[0].message).toContain("[batch, 2] and [batch, 3] do not fit");
  expect(told.registeredCommands.toSorted()).toEqual(
    manifest.contributes.commands.map(({ command }) => command).toSorted(),
  );
  expect(told.scheme).toBe("dlm-library");
  expect(told.library).toContain("block dense(");
  for (const feature of [
    "Hover",
    "InlayHints",
    "CompletionItem",
    "Rename",
    "DocumentFormattingEdit",
  ]) {
    expect(told.registered).toContain(`register${feature}Provider`);
  }
}, 60_000);
