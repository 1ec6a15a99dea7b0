// Wrong programs that say what is wrong with them, next to the line that causes it:
//
//   let x = f(a, b                //! syntax: expected `,` or `)`  //? this `(` is still open
//   let s = "abc
//   //!^ unterminated-string
//
// `//! code: text` expects one diagnostic on this line, with `text` in its message; every `^` moves the
// line up by one. `//? text` expects the text in a note, the help, the label or the fix of that diagnostic.

import { diagnosticJson } from "../../grammar/diagnostic-json.ts";
import type { Diagnostic } from "../../grammar/diagnostic.ts";

export interface Expectation {
  readonly line: number;
  readonly code: string;
  readonly message: string;
  readonly remarks: readonly string[];
}

const annotation = /\/\/([!?])(\^*)[ \t]*(.*?)[ \t]*(?=\/\/[!?]|$)/g;

/** The expectations of a program, in the order of its lines. */
export function readExpectations(text: string): Expectation[] {
  const found: (Expectation & { remarks: string[] })[] = [];
  text.split(/\r?\n/).forEach((line, index) => {
    for (const [, sign, up = "", rest = ""] of line.matchAll(annotation)) {
      if (sign === "?") {
        const last = found[found.length - 1];
        if (last === undefined) throw new Error(`line ${index + 1}: \`//?\` before any \`//!\``);
        last.remarks.push(rest);
      } else {
        const [, code = "", message = ""] = /^([a-z-]+)(?::[ \t]*(.*))?$/.exec(rest) ?? [];
        if (code === "") throw new Error(`line ${index + 1}: cannot read \`//! ${rest}\``);
        found.push({ line: index + 1 - up.length, code, message, remarks: [] });
      }
    }
  });
  return found;
}

/** What differs from the expectations, one line each: nothing may be missing, nothing extra. */
export function compareDiagnostics(
  expected: readonly Expectation[],
  diagnostics: readonly Diagnostic[],
): string[] {
  const left = diagnostics.map((found) => ({ found, line: diagnosticJson(found).line }));
  const problems: string[] = [];
  for (const wanted of expected) {
    const index = left.findIndex(
      ({ found, line }) =>
        line === wanted.line &&
        found.code === wanted.code &&
        found.message.includes(wanted.message) &&
        wanted.remarks.every((remark) => remarksOf(found).some((text) => text.includes(remark))),
    );
    if (index >= 0) left.splice(index, 1);
    else problems.push(`missing  ${print(wanted.line, wanted)}`);
  }
  for (const { found, line } of left) {
    problems.push(`extra    ${print(line, { ...found, remarks: remarksOf(found) })}`);
  }
  return problems;
}

/** The program with the expectations that its diagnostics fulfil, in place of those it had. */
export function rewriteExpectations(
  text: string,
  diagnose: (text: string) => readonly Diagnostic[],
): string {
  const bare = text
    .split("\n")
    .filter((line) => !/^[ \t]*\/\/[!?]/.test(line))
    .map((line) => line.replace(/[ \t]*\/\/[!?].*$/, ""));
  const byLine = new Map<number, Diagnostic[]>();
  for (const found of diagnose(bare.join("\n"))) {
    const { line } = diagnosticJson(found);
    byLine.set(line, [...(byLine.get(line) ?? []), found]);
  }
  return bare
    .flatMap((line, index) => {
      const found = byLine.get(index + 1) ?? [];
      if (found.length === 0) return [line];
      // What takes the rest of the line would take the annotation too.
      const below = found.some(
        ({ code, message }) => code === "unterminated-string" || /`#/.test(message),
      );
      const notes = found.map((each) => annotate(each, below ? "^" : ""));
      if (!below) return [`${line}  ${notes.join("  ")}`];
      const indent = /^[ \t]*/.exec(line)?.[0] ?? "";
      return [line, `${indent}${notes.join("  ")}`];
    })
    .join("\n");
}

function annotate(found: Diagnostic, up: string): string {
  const remarks = remarksOf(found).map((text) => `  //? ${text}`);
  return `//!${up} ${found.code}: ${found.message}${remarks.join("")}`;
}

function remarksOf({ notes, help, label, fix }: Diagnostic): string[] {
  return [...notes.map((note) => note.message), help, label, fix?.message].filter(
    (text) => text !== undefined,
  );
}

function print(line: number, found: Omit<Expectation, "line">): string {
  const remarks = found.remarks.map((text) => `  //? ${text}`).join("");
  return `line ${line}  //! ${found.code}: ${found.message}${remarks}`;
}
