// What the language server tells of a text, asked of its functions directly.

import { describe, expect, it, test } from "vitest";

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";

import { describeLayers } from "../../compiler/api/summary.ts";
import { analyse, type Analysis } from "../../compiler/server/analysis.ts";
import { completionsAt } from "../../compiler/server/complete.ts";
import { hintsOf } from "../../compiler/server/hints.ts";
import { hoverAt } from "../../compiler/server/hover.ts";
import { definitionAt, referencesAt, renameAt } from "../../compiler/server/navigate.ts";
import { foldsOf, symbolsOf } from "../../compiler/server/outline.ts";
import { positionOf } from "../../compiler/server/positions.ts";
import { actionsOf, problemsOf } from "../../compiler/server/problems.ts";
import { semanticTokensOf } from "../../compiler/server/semantic.ts";
import { signatureAt } from "../../compiler/server/signature.ts";
import { readerCatalogue } from "../../runtime/data/readers/index.ts";
import { memoryHost } from "../../runtime/memory-host.ts";
import { repositoryRoot } from "../support/shared.ts";

const source = `/// Two layers.
block body(width: int = 16)(x: [b, d]) -> [b, width] {
  let hidden = x |> dense(width) |> relu
  return hidden |> dense(width)
}

data points = synthetic(64) {
  field x: [3] = uniform([3])
  field y: [1] = x[:1] * 2
}

model Line(x: [batch, 3]) -> (z: [batch, 1]) =
  x |> body(width = 8) |> relu |> dense(1)

train Line on points {
  loss      = mse(z, y)
  optimizer = sgd(lr = 0.1)
  batch     = 8
  epochs    = 2
}
`;

function look(text: string, others: Readonly<Record<string, string>> = {}): Analysis {
  return analyse("main.dlm", {
    host: memoryHost({ ...others, "main.dlm": text }),
    readers: readerCatalogue(),
    measure: (model) => describeLayers(model, {}, model.openDims[0]).layers,
  });
}

const at = (text: string, mark: string, after = 0): number => text.indexOf(mark) + after;
const uriOf = ({ path: file }: { readonly path: string }): string => `file:///${file}`;

describe("a sound file", () => {
  const analysis = look(source);

  it("has no mistakes, and the shape after every step of its pipelines", () => {
    expect(problemsOf(analysis, uriOf)).toEqual([]);
    const lines = source.split("\n");
    const hints = hintsOf(analysis).map(({ position, label }) => {
      const before = lines[position.line]?.slice(0, position.character) ?? "";
      return `${before.slice(-10)} ${typeof label === "string" ? label : ""}`;
    });
    expect(hints.filter((hint) => hint.endsWith("[batch, 8]")).length).toBe(5);
    expect(hints.at(-1)).toBe("> dense(1) [batch, 1]");
  });

  it("tells types, costs and documentation", () => {
    const hover = (mark: string, after = 0): string => {
      const found = hoverAt(analysis, at(source, mark, after));
      return found && typeof found.contents === "object" && "value" in found.contents
        ? found.contents.value
        : "";
    };
    expect(hover("body(width = 8)")).toContain(
      "block body(width: int = 16)(x: [b, d]) -> [b, width]",
    );
    expect(hover("body(width = 8)")).toContain("Two layers.");
    expect(hover("body(width = 8)")).toContain("gives `f32[batch, 8]`");
    const dense = hover("dense(1)");
    // 8 weights and a bias; 8 products and sums, and the bias.
    expect(dense).toContain("9 parameters");
    expect(dense).toContain("FLOPs");
    expect(dense).toContain("block dense(");
    expect(hover("hidden =")).toContain("f32[batch, 8]");
  });

  it("leads to declarations, also of the library", () => {
    const definition = (mark: string, after = 0) =>
      definitionAt(analysis, at(source, mark, after), uriOf);
    expect(definition("body(width = 8)")).toMatchObject({
      range: { start: { line: 1, character: 6 } },
    });
    expect(definition("hidden |> dense")).toMatchObject({
      range: { start: { line: 2, character: 6 } },
    });
    expect(definition("relu |> dense(1)")?.uri).toMatch(/stdlib.*activations\.dlm$/);
    expect(definition("z, y")).toMatchObject({ range: { start: { line: 11 } } });
    expect(definition("y)\n  opt")).toMatchObject({ range: { start: { line: 8, character: 8 } } });
    expect(definition("width = 8")).toMatchObject({ range: { start: { line: 1, character: 11 } } });
  });

  it("finds and renames all uses of a name", () => {
    const places = referencesAt(analysis, at(source, "width: int"), "file:///main.dlm", true);
    expect(places.map(({ range }) => range.start.line)).toEqual([1, 1, 2, 3, 12]);
    const edits = renameAt(analysis, at(source, "width: int"), "units");
    expect(Array.isArray(edits) && edits.length).toBe(5);
    let renamed = source;
    if (Array.isArray(edits)) {
      const lines = source.split("\n");
      for (const { range, newText } of [...edits].reverse()) {
        const line = lines[range.start.line] ?? "";
        lines[range.start.line] =
          line.slice(0, range.start.character) + newText + line.slice(range.end.character);
      }
      renamed = lines.join("\n");
    }
    expect(renamed).toBe(source.replaceAll("width", "units"));
    expect(look(renamed).diagnostics).toEqual([]);
    expect(renameAt(analysis, at(source, "relu"), "x")).toContain("standard library");
    expect(renameAt(analysis, at(source, "width: int"), "let")).toContain("no name");
  });

  it("lists symbols, folds and coloured names", () => {
    const symbols = symbolsOf(analysis).map(({ name, detail, children }) => [
      name,
      detail,
      children?.length,
    ]);
    expect(symbols).toEqual([
      ["body", "block", 0],
      ["points", "data", 2],
      ["Line", "model", 0],
      ["Line", "train", 0],
    ]);
    const folds = foldsOf(analysis).map(({ startLine, endLine }) => [startLine, endLine]);
    expect(folds).toContainEqual([1, 4]);
    expect(folds).toContainEqual([14, 19]);
    expect(semanticTokensOf(analysis).length % 5).toBe(0);
    expect(semanticTokensOf(analysis).length).toBeGreaterThan(100);
  });
});

describe("while one types", () => {
  const complete = (text: string): string[] => {
    const offset = text.indexOf("|HERE|");
    const analysis = look(text.replace("|HERE|", ""));
    return completionsAt(analysis, offset).map(({ label }) => label);
  };

  it("offers names, settings, entries, losses, outputs and fields", () => {
    expect(complete("model M(x: [batch, 2]) -> (y: [batch, 1]) = x |> de|HERE|")).toContain(
      "dense",
    );
    expect(complete(source.replace("body(width = 8)", "body(|HERE|)")).slice(0, 1)).toEqual([
      "width",
    ]);
    expect(complete(source.replace("  batch     = 8\n", "  |HERE|\n"))).toEqual(
      expect.arrayContaining(["batch", "clip", "metrics"]),
    );
    expect(complete(source.replace("mse(z, y)", "|HERE|"))).toEqual(
      expect.arrayContaining(["mse", "cross_entropy", "z", "y"]),
    );
    expect(complete(`${source}\nlet n = points.|HERE|`)).toEqual(["x", "y"]);
    expect(complete("// de|HERE|")).toEqual([]);
    expect(complete("|HERE|")).toEqual(expect.arrayContaining(["model", "data", "train"]));
  });

  it("shows the parameters of what is called", () => {
    const signature = (text: string) => {
      const offset = text.indexOf("|HERE|");
      return signatureAt(look(text.replace("|HERE|", "")), offset);
    };
    const own = signature(source.replace("body(width = 8)", "body(|HERE|"));
    expect(own?.signatures[0]?.label).toContain("block body(width: int = 16)");
    expect(own?.activeParameter).toBe(0);
    const conv = signature(
      "model M(x: [batch, 1, 9, 9]) -> (y: [...]) = x |> conv(8, 3, padding = |HERE|",
    );
    const active = conv?.signatures[0]?.parameters?.[conv.activeParameter ?? -1]?.label;
    expect(active).toContain("padding");
  });

  it("offers the fix of a mistake", () => {
    const text = source.replace("|> relu |> dense(1)", "|> rleu |> dense(1)");
    const analysis = look(text);
    expect(problemsOf(analysis, uriOf)).toMatchObject([{ code: "unknown-name", severity: 1 }]);
    const start = positionOf(analysis.file, at(text, "rleu"));
    const [action] = actionsOf(analysis, { start, end: start }, "file:///main.dlm");
    expect(action?.edit?.changes?.["file:///main.dlm"]).toMatchObject([{ newText: "relu" }]);
  });

  it("keeps the shapes of what is whole in a file with a mistake", () => {
    const analysis = look(`${source}\nlet broken = (`);
    expect(analysis.diagnostics.length).toBeGreaterThan(0);
    expect(hintsOf(analysis).map(({ label }) => label)).toContain("[batch, 1]");
  });
});

describe("other files", () => {
  it("are read through imports, and led to", () => {
    const text = `import { body as trunk } from "./blocks.dlm"\nmodel M(x: [batch, 2]) -> (y: [...]) = x |> trunk(3)\n`;
    const analysis = look(text, { "blocks.dlm": source });
    expect(analysis.diagnostics).toEqual([]);
    expect(definitionAt(analysis, at(text, "trunk(3)"), uriOf)).toMatchObject({
      uri: "file:///blocks.dlm",
      range: { start: { line: 1, character: 6 } },
    });
    expect(definitionAt(analysis, at(text, "./blocks"), uriOf)?.uri).toBe("file:///blocks.dlm");
  });
});

describe("half-typed sources", () => {
  const folder = path.join(repositoryRoot, "examples");
  const files = readdirSync(folder).filter((name) => name.endsWith(".dlm"));

  /** Asks everything at the end of a text. */
  function askAll(text: string): void {
    const analysis = look(text);
    problemsOf(analysis, uriOf);
    hintsOf(analysis);
    hoverAt(analysis, text.length);
    completionsAt(analysis, text.length);
    signatureAt(analysis, text.length);
    definitionAt(analysis, text.length, uriOf);
    symbolsOf(analysis);
    foldsOf(analysis);
    semanticTokensOf(analysis);
  }

  test.each(files)("no prefix of %s is too much", (name) => {
    const text = readFileSync(path.join(folder, name), "utf8");
    // Ends of tokens, and the middle of every seventh: a sample of them, another one in each file.
    const ends = [...text.matchAll(/\w+|[^\s\w]/g)].flatMap((match, i) => {
      const end = match.index + match[0].length;
      return i % 7 === 0 && match[0].length > 2 ? [match.index + 1, end] : [end];
    });
    const step = Math.max(1, Math.floor(ends.length / 12));
    for (let i = name.length % step; i < ends.length; i += step) {
      const prefix = text.slice(0, ends[i]);
      expect(() => askAll(prefix), JSON.stringify(prefix.slice(-60))).not.toThrow();
    }
  });
});
