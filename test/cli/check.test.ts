// `dlmc check`: what it prints for people and for programs.

import { afterEach, describe, expect, test } from "vitest";
import { makeFolder, type Folder } from "../support/command.ts";

const wrong = `import { width } from "./other.dlm"
model Net(x: [n, 4]) -> (y: [n, width]) {
  let late = 1
  return x |> dens(width) |> dense(2)
}
model Other(x: [n, 4]) -> (y: [n, 3]) = x |> dense(2)
`;

let folder: Folder | undefined;
afterEach(() => {
  folder?.remove();
  folder = undefined;
});

function open(text: string): Folder {
  folder = makeFolder({ "main.dlm": text, "other.dlm": "let width = 3\n" });
  return folder;
}

describe("dlmc check --format json", () => {
  test("gives every diagnostic with places, notes, help and fix, in the order of the text", async () => {
    const ran = await open(wrong).run(["check", "main.dlm", "--format", "json"]);
    expect(ran.code).toBe(1);
    expect(ran.error).toBe("");
    const found: unknown = JSON.parse(ran.out);
    expect(found).toEqual([
      {
        code: "unused-name",
        severity: "warning",
        message: "the `let` `late` is never used",
        file: "main.dlm",
        line: 3,
        column: 7,
        endLine: 3,
        endColumn: 11,
        notes: [],
      },
      {
        code: "unknown-name",
        severity: "error",
        message: "nothing is called `dens` here",
        file: "main.dlm",
        line: 4,
        column: 15,
        endLine: 4,
        endColumn: 19,
        notes: [],
        help: "is `dense` meant?",
        fix: {
          message: "`dense`",
          replacement: "dense",
          file: "main.dlm",
          line: 4,
          column: 15,
          endLine: 4,
          endColumn: 19,
        },
      },
      {
        code: "shape-mismatch",
        severity: "error",
        message: "the result `y`: [n, 3] and [n, 2] do not fit",
        file: "main.dlm",
        line: 6,
        column: 41,
        endLine: 6,
        endColumn: 54,
        notes: [
          { message: "axis 1: 3 = 2 does not hold" },
          {
            message: "the shape is declared here",
            file: "main.dlm",
            line: 6,
            column: 31,
            endLine: 6,
            endColumn: 37,
          },
        ],
      },
    ]);
  });

  test("gives an empty list for a file without mistakes", async () => {
    const ran = await open("let a = 1\n").run(["check", "main.dlm", "--format", "json"]);
    expect(ran).toEqual({ code: 0, out: "[]\n", error: "" });
  });

  test("gives warnings without failing", async () => {
    const ran = await open('import { width } from "./other.dlm"\n').run([
      "check",
      "main.dlm",
      "--format",
      "json",
    ]);
    expect(ran.code).toBe(0);
    expect(JSON.parse(ran.out)).toMatchObject([{ code: "unused-name", severity: "warning" }]);
  });

  test("gives a mistake in --set with the text that was given", async () => {
    const ran = await open("let a = 1\n").run([
      "check",
      "main.dlm",
      "--format",
      "json",
      "--set",
      "b=2",
    ]);
    expect(ran.code).toBe(1);
    expect(JSON.parse(ran.out)).toMatchObject([{ code: "unknown-set", file: "--set b", line: 1 }]);
  });
});

describe("dlmc check", () => {
  test("counts what it found", async () => {
    const ran = await open(wrong).run(["check", "main.dlm"]);
    expect(ran.code).toBe(1);
    expect(ran.out).toBe("");
    expect(ran.error).toContain("main.dlm:4:15");
    expect(ran.error).toContain("2 mistakes\n");
    expect(ran.error.match(/help: .*/g)).toEqual(["help: is `dense` meant?"]);
  });

  test("says what a file without mistakes declares", async () => {
    const ran = await open("model M(x: [n]) -> (y: [n]) = 2 * x\n").run(["check", "main.dlm"]);
    expect(ran.code).toBe(0);
    expect(ran.out).toBe("main.dlm: 1 model, 0 data declarations, 0 trainings: no mistakes\n");
  });
});
