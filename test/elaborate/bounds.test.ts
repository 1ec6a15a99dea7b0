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

const many = (count: number, text: string): string => text.repeat(count);

const texts: readonly (readonly [string, string, string])[] = [
  ["a long notation", body("", `einsum("${many(100_000, "a ")} -> a")(x)`), "rank-mismatch"],
  ["deep groups in a notation", body("", `x |> rearrange("n ${many(50_000, "(")}d -> n d")`), "bad-notation"],
  ["a long name in a notation", body("", `x |> rearrange("n ${many(200_000, "d")} -> n")`), "bad-notation"],
  ["powers of powers", body("", `x${many(5000, " ** x")}`), "too-deep"],
  ["brackets", body("", `${many(50_000, "(")}x${many(50_000, ")")}`), "too-deep"],
  ["signs", body("", `${many(50_000, "-")}x`), "too-deep"],
  ["lists in lists", body(`let a = ${many(50_000, "[")}${many(50_000, "]")}`, "x"), "too-deep"],
  ["lambdas in lambdas", body(`let f = ${many(20_000, "a => ")}a`, "x"), "too-deep"],
  ["types in types", `block f(x: ${many(20_000, "list[")}int${many(20_000, "]")}) = x`, "too-deep"],
  ["an int without end", body("", `x * ${many(5000, "9")}`), "number-out-of-range"],
  ["a slice without end", body("", "x[0:10 ** 15:10 ** 14, 10 ** 15]"), "index-out-of-range"],
]; // prettier-ignore

/** Processor time since `start`: what a busy machine does not lengthen. */
function milliseconds(start: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(start);
  return (user + system) / 1000;
}

describe("bounds", () => {
  test.each(programs)("%s", (_name, text) => {
    const start = process.cpuUsage();
    const found = loadText(text)
      .checkAll()
      .filter((d) => d.severity === "error");
    expect(found.map((d) => d.code)).toEqual(["too-large"]);
    expect(milliseconds(start)).toBeLessThan(4000);
  });

  test.each(texts)("%s: one diagnostic, promptly", (_name, text, code) => {
    const start = process.cpuUsage();
    const found = loadText(text).checkAll();
    expect(found.map((d) => d.code)).toEqual([code]);
    expect(milliseconds(start)).toBeLessThan(4000);
  });

  test("a file of 100,000 lines is read", () => {
    const start = process.cpuUsage();
    const lines = Array.from({ length: 100_000 }, (_, i) => `let a${i} = ${i}`);
    expect(loadText(lines.join("\n")).checkAll()).toEqual([]);
    expect(milliseconds(start)).toBeLessThan(12_000);
  });

  test("a thousand mistakes are not compared with each other for ever", () => {
    const start = process.cpuUsage();
    const lines = Array.from({ length: 3000 }, (_, i) => `let a${i} = b${i}x`);
    expect(loadText(lines.join("\n")).checkAll().length).toBeGreaterThan(10);
    expect(milliseconds(start)).toBeLessThan(4000);
  });

  test("long files are no reason to stop", () => {
    const lets = Array.from(
      { length: 3000 },
      (_, i) => `let a${i} = ${i === 0 ? "x" : `a${i - 1}`}`,
    );
    expect(loadText(body(lets.join("\n"), "a2999")).checkAll()).toEqual([]);
  });
});
