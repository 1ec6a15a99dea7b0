// Fixes that diagnostics offer: with them the text has no mistake left.

import { expect, test } from "vitest";
import { valueWord } from "../../grammar/foreign-words.ts";
import { parseText } from "./support.ts";

/** The text with the fixes of all its diagnostics, from the end on so that places stay right. */
function fixed(text: string): string {
  return parseText(text)
    .diagnostics.flatMap(({ fix }) => fix ?? [])
    .reverse()
    .reduce(
      (before, { span, replacement }) =>
        before.slice(0, span.start) + replacement + before.slice(span.end),
      text,
    );
}

test.each([
  ["let a = b && c || d === e ≤ f", "let a = b and c or d == e <= f"],
  ["let a := x ^ 2 × y − z", "let a = x ** 2 * y - z"],
  ["let a = f(units: 10, bias: true)", "let a = f(units= 10, bias: true)"],
  ["let a = 2x", "let a = 2 * x"],
  ["let a = map(xs, x -> x)", "let a = map(xs, x => x)"],
  ["block f(x: [n]) => [n] = x", "block f(x: [n]) -> [n] = x"],
  ["block f { if a = b { return a } return b }", "block f { if a == b { return a } return b }"],
  ["rate = 0.1", "let rate = 0.1"],
  ["modle M = f", "model M = f"],
  ["block f { retrun x }", "block f { return x }"],
  ["train M on d { loss: mse }", "train M on d { loss= mse }"],
])("%s", (text, better) => {
  expect(fixed(text)).toBe(better);
});

test("values that other languages spell otherwise", () => {
  expect(["True", "None", "null", "true", "x"].map(valueWord)).toEqual([
    "true",
    "none",
    "none",
    undefined,
    undefined,
  ]);
});
