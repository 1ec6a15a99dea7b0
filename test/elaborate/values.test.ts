// Static semantics: values, silent conversions, element types (rules 1–3 and 35–38).

import { describe, expect, test } from "vitest";
import { intsOf, mistakes, typeOf } from "./support.ts";

describe("1–2: values known while compiling, and dimensions as polynomials", () => {
  test.each([
    ["2 + 3 * 4", "14"],
    ["7 - 2 - 1", "4"],
    ["2 ** 3 ** 2", "512"],
    ["7 % 3, -7 % 3", "1, 2"],
    ["div(7, 2), div(-7, 2) + 5", "3, 1"],
    ["12 / 4 / 3", "1"],
    ["if true then 1 else 2, if 1 > 2 then 3 else 4", "1, 4"],
    ["if not (1 == 2) and 2 >= 2 then 1 else 2", "1"],
    ['if "a" == "a" then 1 else 2', "1"],
    ["if none == none then 1 else 2", "1"],
    ["len([1, 2, 3]), len((1, 2)), len([])", "3, 2, 0"],
    ["len([...range(3), 7, ...[8, 9]])", "6"],
    ["[1, 2, 3][-1], (4, 5)[0], [[1, 2], [3, 4]][1][0]", "3, 4, 3"],
    ["len(range(10)[2:]), len(range(10)[:-1]), len(range(10)[::3])", "8, 9, 4"],
    ["{ a = 3 }.a", "3"],
    ["sum([1, 2, 3]), prod([2, 3]), max(2, 3), min([5, 4])", "6, 6, 3, 4"],
    ["round(2.5), floor(2.7), ceil(2.1), round(3.5)", "2, 2, 3, 4"],
  ])("%s is %s", (exprs, value) => {
    expect(intsOf(exprs)).toBe(value);
  });

  test.each([
    ["n", "n"],
    ["2 * n + n", "3*n"],
    ["n - n + 1", "1"],
    ["n * n", "n**2"],
    ["(n + 1) * (n - 1) - n * n", "-1"],
    ["2 * n / 2", "n"],
    ["(4 * n + 2) / 2", "2*n + 1"],
    ["div(n, 2) - div(n, 2) + 3", "3"],
  ])("over an open dimension %s is %s", (expr, text) => {
    if (text === "-1") {
      expect(intsOf(`${expr} + 2`)).toBe("1");
      return;
    }
    expect(intsOf(expr).replace(/\s+/g, "")).toBe(text.replace(/\s+/g, ""));
  });

  test("division of integers must come out even, that of floats need not", () => {
    expect(mistakes("model M(x: [n, 4]) -> (y: [...]) = x * (7 / 2)")).toEqual([
      "1 uneven-division: 7 / 2 does not come out even",
    ]);
    expect(typeOf("x: [n, 4]", "x * (7 / 2.0)")).toBe("f32[n, 4]");
  });
});

describe("3: silent conversions, and no others", () => {
  const takes = (type: string): string => `block takes(value: ${type})(x: [...s]) -> [...s] = x\n`;

  test.each([
    ["an int for a float", "float", "2"],
    ["one value for a tuple of it", "(int, int)", "5"],
    ["one value for a list of it", "list[int]", "5"],
    ["a tuple for a list", "list[int]", "(5, 6)"],
    ["a number for a block", "block", "0.5"],
    ["none for an optional", "int?", "none"],
    ["one of the strings", '"mean" | "sum"', '"sum"'],
    ["a dtype", "dtype", "f16"],
    ["a list of tuples", "list[(int, int)]", "[(1, 2), (3, 4)]"],
  ])("%s", (_, type, value) => {
    expect(typeOf("x: [n, 4]", `x |> takes(${value})`, takes(type))).toBe("f32[n, 4]");
  });

  test.each([
    ["a float for an int", "int", "2.5"],
    ["a bool for an int", "int", "true"],
    ["an int for a bool", "bool", "1"],
    ["a string for a number", "float", '"2"'],
    ["none for what is not optional", "int", "none"],
    ["another string", '"mean" | "sum"', '"max"'],
    ["a tuple of another length", "(int, int)", "(1, 2, 3)"],
    ["a block for a number", "float", "relu"],
  ])("not %s", (_, type, value) => {
    const text = `${takes(type)}model M(x: [n, 4]) -> (y: [...]) = x |> takes(${value})`;
    expect(mistakes(text)).toEqual([expect.stringMatching(/^2 wrong-kind: /)]);
  });

  test("a number meets a tensor as a scalar", () => {
    expect(typeOf("x: [n, 4]", "x + 1 - 2.5 * x")).toBe("f32[n, 4]");
  });
});

describe("35–37: element types", () => {
  const inputs = "b: bool[n], u: u8[n], i: i32[n], h: f16[n], f: f32[n]";

  test.each([
    // 35: operands meet at the higher; numbers take the tensor's type.
    ["u + i", "i32"],
    ["u + h", "f16"],
    ["i + h", "f16"],
    ["h + f", "f32"],
    ["b * f", "f32"],
    ["b * i", "i32"],
    ["u + 1", "u8"],
    ["i + 1", "i32"],
    ["h + 1", "f16"],
    ["h * 0.5", "f16"],
    ["i * 0.5", "f32"],
    ["u * 0.5", "f32"],
    // 36
    ["i / 2", "f32"],
    ["i / i", "f32"],
    ["h / 2", "f16"],
    ["sqrt(i)", "f32"],
    ["exp(u)", "f32"],
    ["exp(h)", "f16"],
    ["i > 0", "bool"],
    ["f == f", "bool"],
    ["b and i > 0", "bool"],
    ["not b", "bool"],
    // 37
    ["f16(i)", "f16"],
    ["i32(f)", "i32"],
    ["bool(i)", "bool"],
    ["u8(i)", "u8"],
    ["f32(b)", "f32"],
  ])("%s is %s", (expr, dtype) => {
    expect(typeOf(inputs, expr)).toBe(`${dtype}[n]`);
  });

  test.each([
    ["sum(i)", "i32[]"],
    ["sum(b)", "i32[]"],
    ["sum(u)", "i32[]"],
    ["mean(i)", "f32[]"],
    ["mean(b)", "f32[]"],
    ["argmax(f)", "i32[]"],
    ["cumsum(i)", "i32[n]"],
    ["iota(3)", "i32[3]"],
    ["tensor([1, 2])", "i32[2]"],
    ["tensor([1.0, 2])", "f32[2]"],
    ["one_hot(3)(i)", "f32[n, 3]"],
    ["all(b)", "bool[]"],
    ["max(i)", "i32[]"],
  ])("%s is %s", (expr, type) => {
    expect(typeOf(inputs, expr)).toBe(type);
  });

  test("a declared type must fit, except for numbers", () => {
    const takes = "block takes(x: i32[n]) -> i32[n] = x\n";
    expect(mistakes(`${takes}model M(x: [n]) -> (y: [...]) = takes(x)`)).toEqual([
      "2 dtype-mismatch: the input `x` of `takes`: expected i32, found f32",
    ]);
    expect(typeOf("x: [n]", "x + half()", "block half() -> [] = 0.5")).toBe("f32[n]");
    expect(
      mistakes(
        "model M(x: [n]) -> (y: [...]) {\n  param w: i32[3] = ones([3])\n  return x * sum(w)\n}",
      ),
    ).toEqual(["2 dtype-mismatch: the initial value of `w`: expected i32, found f32"]);
  });
});
