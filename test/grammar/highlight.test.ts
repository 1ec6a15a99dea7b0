// Colours by the grammar that editors load, run by the library that VS Code runs it with.

import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import path from "node:path";

import * as oniguruma from "vscode-oniguruma";
import * as textmate from "vscode-textmate";
import { beforeAll, describe, expect, test } from "vitest";

import { Reporter } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import { highlightRules } from "../../grammar/highlight/rules.ts";
import { lineScanner } from "../../grammar/highlight/scan.ts";
import { textMateFile } from "../../grammar/highlight/textmate.ts";
import { lex } from "../../grammar/lexer.ts";
import { contextualWords, reservedWords } from "../../grammar/tokens.ts";
import { namesOf } from "../../compiler/server/names.ts";
import { repositoryRoot } from "../support/shared.ts";

let grammar: textmate.IGrammar;

beforeAll(async () => {
  const wasm = createRequire(import.meta.url).resolve("vscode-oniguruma/release/onig.wasm");
  await oniguruma.loadWASM(new Uint8Array(readFileSync(wasm)).buffer);
  const registry = new textmate.Registry({
    onigLib: Promise.resolve({
      createOnigScanner: (patterns) => new oniguruma.OnigScanner(patterns),
      createOnigString: (text) => new oniguruma.OnigString(text),
    }),
    loadGrammar: (scope) =>
      Promise.resolve(
        scope === "source.dlm" ? textmate.parseRawGrammar(textMateFile(), "dlm.json") : null,
      ),
  });
  const loaded = await registry.loadGrammar("source.dlm");
  if (!loaded) throw new Error("the grammar was not loaded");
  grammar = loaded;
});

const files = [
  ...filesOf("examples"),
  ...filesOf("stdlib"),
  ...filesOf("test/diagnostics"),
  ...filesOf("test/grammar/samples"),
];

describe("colours of", () => {
  test("a sample of everything are as recorded", async () => {
    const text = read("test/grammar/golden/highlight.dlm");
    const lines = text.split("\n").map((line) => {
      const pieces = tokenize(line).flatMap(({ start, end, scope }) => {
        if (scope === "") return [];
        return `    ${JSON.stringify(line.slice(start, end)).slice(1, -1).padEnd(24)} ${scope}`;
      });
      return [`> ${line}`, ...pieces].join("\n");
    });
    await expect(lines.join("\n")).toMatchFileSnapshot("golden/highlight.txt");
  });

  test.each(files)("%s agree with the lexer and with the scanner of web pages", (file) => {
    const text = read(file);
    const lines = text.split("\n");
    const scan = lineScanner(highlightRules);
    const scopes: string[] = [];
    for (const line of lines) {
      const expected = Array.from({ length: line.length }, () => "");
      for (const { start, end, scope } of tokenize(line)) expected.fill(scope, start, end);
      const scanned = Array.from({ length: line.length }, () => "");
      for (const { start, end, scope } of scan(line)) scanned.fill(scope ?? "", start, end);
      expect(scanned).toEqual(expected);
      scopes.push(...expected, "");
    }
    const source = { path: file, text };
    const lexed = lex(source, new Reporter());
    for (const { startOffset, image, tokenType } of lexed.tokens) {
      if (/^Mistake|^Assignment|^OpenString/.test(tokenType.name)) continue;
      const found = new Set(scopes.slice(startOffset, startOffset + image.length));
      const kind = [...found][0] ?? "";
      const where = `${image} at ${startOffset}`;
      if (tokenType.name === "Number") expect(found, where).toEqual(new Set(["constant.numeric"]));
      else if (tokenType.name === "String") {
        expect(kind, where).toBe(
          image.startsWith('"') ? "string.quoted.double" : "invalid.illegal",
        );
      } else if (
        reservedWords.some((word) => word === image) &&
        scopes[startOffset - 1] !== "punctuation.accessor"
      ) {
        expect(kind, where).toMatch(/^(keyword|constant\.language|storage)/);
      } else if (/^\p{L}/u.test(image) && !contextualWords.some((word) => word === image)) {
        expect(kind, where).toMatch(/^(variable|entity|support)/);
      }
    }
    for (const comment of lexed.comments) {
      expect(scopes[comment.startOffset]).toMatch(/^comment/);
    }
  });

  // In names.dlm every word is a name, everywhere: that only a parser can tell.
  const readable = files.filter((file) => !file.endsWith("/names.dlm"));
  test.each(readable)("names in %s are never those of words", (file) => {
    const text = read(file);
    const scan = lineScanner(highlightRules);
    const scopes = text
      .split("\n")
      .flatMap((line) => [
        ...scan(line).flatMap(({ start, end, scope }) =>
          Array.from({ length: end - start }, () => scope),
        ),
        null,
      ]);
    const reporter = new Reporter();
    const module = parse({ path: file, text }, reporter);
    if (reporter.diagnostics.length > 0) return; // half of a tree has half of the names
    const { occurrences } = namesOf(
      { file: module.file, module, imports: new Map(), library: false, broken: false },
      [],
      new Set(),
    );
    for (const { span } of occurrences) {
      expect(
        scopes[span.start],
        `${text.slice(span.start, span.end)} at ${span.start}`,
      ).not.toMatch(/^keyword/);
    }
  });
});

function tokenize(line: string): { start: number; end: number; scope: string }[] {
  const { tokens } = grammar.tokenizeLine(line, textmate.INITIAL);
  return tokens.map(({ startIndex, endIndex, scopes }) => ({
    start: startIndex,
    end: Math.min(endIndex, line.length),
    scope: scopes.length > 1 ? (scopes.at(-1) ?? "").replace(/\.dlm$/, "") : "",
  }));
}

function filesOf(folder: string): string[] {
  return readdirSync(path.join(repositoryRoot, folder), { encoding: "utf8" })
    .filter((name) => name.endsWith(".dlm"))
    .sort()
    .map((name) => `${folder}/${name}`);
}

function read(file: string): string {
  return readFileSync(path.join(repositoryRoot, file), "utf8");
}
