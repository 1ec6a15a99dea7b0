// The harness of the annotated programs itself.

import { expect, test } from "vitest";
import { compareDiagnostics, readExpectations, rewriteExpectations } from "../support/annotated.ts";
import { diagnose } from "./diagnose.ts";

const broken = 'let a = f(b\nlet c = "d\nlet e = 1 2\n';

function problems(text: string): string[] {
  return compareDiagnostics(readExpectations(text), diagnose("a.dlm", text));
}

test("nothing may be missing and nothing extra", () => {
  expect(problems("let a = 1  //! syntax: expected")).toEqual([
    "missing  line 1  //! syntax: expected",
  ]);
  expect(problems("let a = 1 2")).toEqual([
    "extra    line 1  //! syntax: expected an operator or a new declaration, found `2`",
  ]);
  expect(problems("let a = 1 2  //! syntax: found `2`")).toEqual([]);
  expect(problems("let a = 1 2  //! syntax: found `3`")).toHaveLength(2);
  expect(problems("let a = 2x  //! syntax: found `x`  //? a product  //? `2 * x`")).toEqual([]);
  expect(problems("let a = 2x  //! syntax: found `x`  //? something else")).toHaveLength(2);
  expect(problems("let a = 1 2\n\n//!^^ syntax: found `2`")).toEqual([]);
});

test("what was rewritten holds, and rewriting it again changes nothing", () => {
  const rewritten = rewriteExpectations(broken, (text) => diagnose("a.dlm", text));
  expect(rewritten).toMatchInlineSnapshot(`
    "let a = f(b  //! syntax: expected \`,\` or \`)\`, found \`let\`  //? this \`(\` is still open
    let c = "d
    //!^ unterminated-string: this string is not closed  //? write \`"\` where it ends
    let e = 1 2  //! syntax: expected an operator or a new declaration, found \`2\`
    "
  `);
  expect(problems(rewritten)).toEqual([]);
  expect(rewriteExpectations(rewritten, (text) => diagnose("a.dlm", text))).toBe(rewritten);
});

test("annotations that cannot be read are told", () => {
  expect(() => readExpectations("//! Not a code")).toThrow("line 1");
  expect(() => readExpectations("\n//? no diagnostic before")).toThrow("line 2");
});
