// Every annotated program gives exactly the diagnostics it announces. `DLM_UPDATE=1` rewrites them.

import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { compareDiagnostics, readExpectations, rewriteExpectations } from "../support/annotated.ts";
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
