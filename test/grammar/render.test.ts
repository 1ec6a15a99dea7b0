// Diagnostics as a person and as a program see them.

import { describe, expect, test } from "vitest";
import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import { diagnostic, Reporter, type DiagnosticDetails } from "../../grammar/diagnostic.ts";
import { parse } from "../../grammar/index.ts";
import { plainStyle, renderDiagnostic } from "../../grammar/render.ts";
import type { SourceFile, Span } from "../../grammar/source.ts";
import { columnsOf, printable } from "../../grammar/width.ts";

/** The span of a part of a text. */
function spanOf(file: SourceFile, part: string, from = 0): Span {
  const start = file.text.indexOf(part, from);
  return { file, start, end: start + part.length };
}

/** `nothing is called …` about a part of a text. */
function unknown(file: SourceFile, part: string, details: DiagnosticDetails = {}): string {
  return renderDiagnostic(diagnostic("unknown-name", spanOf(file, part), { name: part }, details));
}

/** Every diagnostic of a text. */
function rendered(text: string): string {
  const reporter = new Reporter();
  parse({ path: "net.dlm", text }, reporter);
  return reporter.diagnostics.map((found) => renderDiagnostic(found)).join("\n\n");
}

describe("frames", () => {
  test("label, notes elsewhere, help and fix", () => {
    const file = { path: "net.dlm", text: "let width = 3\n\nlet y = dense(widht)\n" };
    expect(
      unknown(file, "widht", {
        label: "not known",
        notes: [
          { message: "this is near", span: spanOf(file, "width") },
          { message: "a note without a place" },
        ],
        help: "names come from the file",
        fix: { message: "`width`", span: spanOf(file, "widht"), replacement: "width" },
      }),
    ).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`widht\` here
        --> net.dlm:3:15
         |
       3 | let y = dense(widht)
         |               ^^^^^ not known
      note: this is near
        --> net.dlm:1:5
         |
       1 | let width = 3
         |     -----
      note: a note without a place
      help: names come from the file
      help: did you mean \`width\`?"
    `);
  });

  test("a note on the same line, and one in another file", () => {
    const file = { path: "net.dlm", text: "let y = a @ b" };
    const other = { path: "<stdlib>/layers.dlm", text: "\n\n\n\n\n\n\n\n\nblock a = b" };
    expect(
      unknown(file, "b", {
        notes: [
          { message: "has 3 columns", span: spanOf(file, "a") },
          { message: "is declared here", span: spanOf(other, "a") },
        ],
      }),
    ).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`b\` here
         --> net.dlm:1:13
          |
        1 | let y = a @ b
          |         -   ^
          |         has 3 columns
      note: is declared here
         --> <stdlib>/layers.dlm:10:7
          |
       10 | block a = b
          |       -"
    `);
  });

  test("several lines", () => {
    const file = {
      path: "net.dlm",
      text: "let y =\n  if a\n\n    then b\n    else c\nlet z = 1\nlet w = 2\n",
    };
    expect(unknown(file, "if a\n\n    then b", { label: "both\nlines" })).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`if a
                           
                               then b\` here
        --> net.dlm:2:3
         |
       2 |   if a
         |   ^^^^
       3 |
       4 |     then b
         |     ^^^^^^ both
         |            lines"
    `);
    expect(unknown(file, file.text.slice(0, -1))).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`let y =
                             if a
                           
                               then b
                               else c
                           let z = 1
                           let w = 2\` here
        --> net.dlm:1:1
         |
       1 | let y =
         | ^^^^^^^
       2 |   if a
         |   ^^^^
      ...
       7 | let w = 2
         | ^^^^^^^^^"
    `);
  });

  test("tabs, wide characters and marks without width", () => {
    const file = { path: "net.dlm", text: "\tlet 層\t= レイヤー(e\u0301, 🙂, x)" };
    expect(unknown(file, "x")).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`x\` here
        --> net.dlm:1:23
         |
       1 |     let 層    = レイヤー(é, 🙂, x)
         |                                 ^"
    `);
    expect(columnsOf("層 e\u0301 \t🙂한")).toBe(2 + 1 + 1 + 1 + 4 + 2 + 2);
  });

  test("long lines are cut around the place", () => {
    const text = `let a = ${"value + ".repeat(40)}wrong + ${"value + ".repeat(40)}1`;
    const [, , , line = "", marks = ""] = unknown({ path: "net.dlm", text }, "wrong").split("\n");
    expect(line.length).toBeLessThan(160);
    expect(line.slice(marks.indexOf("^"), marks.lastIndexOf("^") + 1)).toBe("wrong");
  });

  test("nothing reaches the terminal that could steer it", () => {
    expect(printable("a\u001b[31m\u202eb\tc")).toBe("a\ufffd[31m\ufffdb\tc");
    const text = rendered("let a = \u001b]0;title\u0007 1 1");
    expect(text).not.toMatch(/[^\P{Cc}\n]/u);
  });

  test("carriage returns are no part of a line", () => {
    expect(rendered("let a = f(b\r\nlet c = 1\r\n")).toMatchInlineSnapshot(`
      "error[syntax]: expected \`,\` or \`)\`, found \`let\`
        --> net.dlm:1:12
         |
       1 | let a = f(b
         |          - ^
         |          this \`(\` is still open"
    `);
  });

  test("the end of the file, also of an empty one", () => {
    expect(rendered("block f {\n  return 1\n\n\n")).toMatchInlineSnapshot(`
      "error[syntax]: expected \`}\`, found the end of the file
        --> net.dlm:2:11
         |
       2 |   return 1
         |           ^
      note: this \`{\` is still open
        --> net.dlm:1:9
         |
       1 | block f {
         |         -"
    `);
    const file = { path: "empty.dlm", text: "" };
    expect(unknown(file, "")).toMatchInlineSnapshot(`
      "error[unknown-name]: nothing is called \`\` here
        --> empty.dlm:1:1
         |
       1 |
         | ^"
    `);
  });

  test("colours come from outside", () => {
    const mark = (name: string) => (text: string) => `<${name}>${text}</${name}>`;
    const file = { path: "net.dlm", text: "a" };
    const style = { ...plainStyle, red: mark("red"), blue: mark("blue") };
    const found = diagnostic("unknown-name", spanOf(file, "a"), { name: "a" });
    expect(renderDiagnostic(found, style)).toContain("<red>^</red>");
  });
});

describe("data", () => {
  test("places count from one and end behind", () => {
    const file = { path: "net.dlm", text: "let a = 1\nlet bb = cc\n" };
    const found = diagnostic(
      "unknown-name",
      spanOf(file, "cc"),
      { name: "cc" },
      {
        label: "here",
        notes: [{ message: "near", span: spanOf(file, "bb") }, { message: "far" }],
        help: "look",
        fix: { message: "`a`", span: spanOf(file, "cc"), replacement: "a" },
      },
    );
    const place = { file: "net.dlm", line: 2, column: 10, endLine: 2, endColumn: 12 };
    expect(diagnosticJson(found)).toEqual({
      code: "unknown-name",
      severity: "error",
      message: found.message,
      label: "here",
      ...place,
      notes: [{ message: "near", ...place, column: 5, endColumn: 7 }, { message: "far" }],
      help: "look",
      fix: { message: "`a`", replacement: "a", ...place },
    });
  });

  test("what is absent is left out", () => {
    const file = { path: "net.dlm", text: "a" };
    const found = diagnosticJson(diagnostic("unknown-name", spanOf(file, "a"), { name: "a" }));
    expect(Object.keys(found)).not.toContain("help");
    expect(found.notes).toEqual([]);
  });
});
