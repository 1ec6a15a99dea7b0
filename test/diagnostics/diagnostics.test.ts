// Every annotated program gives exactly the diagnostics it announces. `DLM_UPDATE=1` rewrites them.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { compareDiagnostics, readExpectations, rewriteExpectations } from "../support/annotated.ts";
import { diagnosticTable } from "../../grammar/diagnostic-table.ts";
import { diagnose } from "./diagnose.ts";

const folder = import.meta.dirname;
const programs = readdirSync(folder, { recursive: true, encoding: "utf8" })
  .filter((name) => name.endsWith(".dlm"))
  .sort();

describe("annotated wrong programs", () => {
  test.each(programs)("%s", (name) => {
    const file = path.join(folder, name);
    const text = readFileSync(file, "utf8");
    if (process.env["DLM_UPDATE"] === "1") {
      writeFileSync(
        file,
        rewriteExpectations(text, (bare) => diagnose(name, bare)),
      );
      return;
    }
    const expected = readExpectations(text);
    expect(expected.length, "a program without expectations").toBeGreaterThan(0);
    expect(compareDiagnostics(expected, diagnose(name, text))).toEqual([]);
  });
});

/** Rows that no text of a few lines reaches, by the test that does. */
const elsewhere: ReadonlyMap<string, string> = new Map([
  ["too-deep", "brackets by the hundred: test/grammar/recovery.test.ts"],
  ["unknown-set", "a mistake on the command line: test/elaborate/training.test.ts"],
  ["not-differentiable", "found when a training is compiled: test/autodiff/differentiate.test.ts"],
]);

test("every diagnostic is shown by a program", () => {
  const shown = new Set(
    programs.flatMap((name) =>
      readExpectations(readFileSync(path.join(folder, name), "utf8")).map(({ code }) => code),
    ),
  );
  const missing = Object.keys(diagnosticTable).filter((code) => !shown.has(code));
  expect(missing.sort()).toEqual([...elsewhere.keys()].sort());
});

test("a diagnostic and its help end without a full stop, and point at text", () => {
  for (const name of programs) {
    const text = readFileSync(path.join(folder, name), "utf8");
    for (const found of diagnose(name, text)) {
      for (const line of [found.message, found.help ?? "", ...found.notes.map((n) => n.message)])
        expect(line).not.toMatch(/\.$|undefined|\[object|NaN/);
      const { start, end, file } = found.span;
      expect(start).toBeGreaterThanOrEqual(0);
      expect(end).toBeLessThanOrEqual(file.text.length);
    }
  }
});
