// A file from elsewhere ends promptly, with a diagnostic, whatever it tries.

import { describe, expect, test } from "vitest";
import { loadText } from "./elaborated.ts";

/** `let` statements, each of the one before. */
function chain(first: string, next: string, times: number): string {
  return [`let a = ${first}`, ...Array.from({ length: times }, () => `let a = ${next}`)].join(" ");
}

function body(statements: string, result: string): string {
  return `model M(x: [n, 4]) -> (y: [n, 4]) { ${statements} return ${result} }`;
}

const programs: readonly (readonly [string, string])[] = [
  ["a repeat", body("", "x |> repeat(10 ** 9, dense(4))")],
  ["a long repeat", body("", "x |> repeat(100000, dense(4))")],
  ["a range", body("", "x + len(range(10 ** 12))")],
  ["lists of lists", body("let a = map(range(2000), _ => range(100000))", "x + len(a)")],
  ["copies of lists", body("let a = range(100000)  let b = map(a, _ => [...a])", "x + len(b)")],
  ["slices of lists", body("let a = range(100000)  let b = map(a, _ => a[::2])", "x + len(b)")],
  ["loops in loops", body("let a = range(1000)  let b = map(a, _ => map(a, _ => map(a, _ => 1)))", "x + len(b)")],
  ["tuples that double", body(chain("(1, 1)", "(a, a)", 60), "if a == a then x else -x")],
  ["lists that double", body(chain("[1, 1]", "[a, a]", 60), "x + a")],
  ["chains that double", body("", "x |> a60") + `\nlet a0 = relu\n${Array.from({ length: 60 }, (_, i) => `let a${i + 1} = a${i} |> a${i}`).join("\n")}`],
  ["blocks that double", `block b0(x: [...s]) -> [...s] = exp(x)\n${Array.from({ length: 60 }, (_, i) => `block b${i + 1}(x: [...s]) -> [...s] = b${i}(b${i}(x))`).join("\n")}\n${body("", "x |> b60")}`],
  ["a lambda that applies itself", body("let f = g => g(g)", "f(f)")],
  ["a polynomial", "model M(x: [a, b, c, d, e, f]) -> (y: [...]) = x + (a + b + c + d + e + f) ** 8"],
  ["10¹² parameters", body("", "x |> dense(1000000) |> dense(1000000)")],
  ["parameters without end", body("", "x |> repeat(10000, dense(40000))")],
  ["a tensor", body("", "x + sum(zeros([100000, 100000]))")],
  ["many axes", body("", "x |> reshape([1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, n, 4])")],
  ["large ints", body("", "x + 2 ** 70")],
  ["constants", body("let b = map(range(2000), i => sum(tensor(range(20000)) + i))", "x + b[0]")],
]; // prettier-ignore

describe("bounds", () => {
  test.each(programs)("%s", (_name, text) => {
    const start = performance.now();
    const found = loadText(text)
      .checkAll()
      .filter((d) => d.severity === "error");
    expect(found.map((d) => d.code)).toEqual(["too-large"]);
    // Seconds at most, with a wide margin for a busy machine.
    expect(performance.now() - start).toBeLessThan(20_000);
  });

  test("long files are no reason to stop", () => {
    const lets = Array.from(
      { length: 3000 },
      (_, i) => `let a${i} = ${i === 0 ? "x" : `a${i - 1}`}`,
    );
    expect(loadText(body(lets.join("\n"), "a2999")).checkAll()).toEqual([]);
  });
});
