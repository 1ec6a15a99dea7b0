// Texts without mistakes: the whole grammar, what its forms mean, and that line breaks mean nothing.

import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { Parser } from "../../grammar/parser.ts";
import { describeShared, sharedDir } from "../support/shared.ts";
import { parseText, places, samples, tree, withoutComments } from "./support.ts";

test("the rules have no ambiguity within the lookahead", () => {
  expect(() => new Parser({ skipValidations: false })).not.toThrow();
});

/** Parses without a diagnostic, and to the same tree on a single line. */
function expectWhole(text: string): void {
  expect(places(parseText(text))).toEqual([]);
  const bare = withoutComments(text);
  expect(tree(bare.replaceAll(/[\r\n]/g, " "))).toBe(tree(bare));
}

describe("samples", () => {
  test.each(samples.map(({ path: name, text }) => [name, text]))("%s", (_name, text) => {
    expectWhole(text);
  });
});

describeShared("the programs of the design", () => {
  const design = path.join(sharedDir ?? "", "design");
  const examples = path.join(design, "examples");
  test.each(sharedDir === undefined ? [] : readdirSync(examples))("%s", (name) => {
    expectWhole(readFileSync(path.join(examples, name), "utf8"));
  });

  test("snippets of the language's page", () => {
    const page = readFileSync(path.join(design, "language.md"), "utf8");
    const snippets = [...page.matchAll(/^```dlm\n(.*?)^```/gms)].map(([, text = ""]) => text);
    expect(snippets.length).toBeGreaterThan(1);
    for (const snippet of snippets) expectWhole(snippet);
  });
});

describe("expressions", () => {
  /** The expression fully in parentheses, which makes its tree plain to see. */
  test.each([
    ["a |> b |> c", "((a |> b) |> c)"],
    ["a or b and not c == d + e * -f ** g", "(a or (b and (not (c == (d + (e * (-(f ** g))))))))"],
    ["-a ** -b ** c", "(-(a ** (-(b ** c))))"],
    ["a - b - c", "((a - b) - c)"],
    ["a ** b ** c", "(a ** (b ** c))"],
    ["2 ** -x * y", "((2 ** (-x)) * y)"],
    ["a / b @ c % d", "(((a / b) @ c) % d)"],
    ["not not a", "(not (not a))"],
    ["- - a", "(-(-a))"],
    ["a |> f == b", "(a |> (f == b))"],
    ["a + b |> f", "((a + b) |> f)"],
    ["if a then b else c |> d", "(if a then b else (c |> d))"],
    ["if a then if b then c else d else e", "(if a then (if b then c else d) else e)"],
    ["x => y => x + y |> f", "(x => (y => ((x + y) |> f)))"],
    ["(x, (y, z)) => x", "((x, (y, z)) => x)"],
    ["(x) => x", "(x => x)"],
    ["f(a)(b)[0].c", "(((f(a))(b))[0]).c"],
    ["-f(a)", "(-(f(a)))"],
    ["(a)", "a"],
    ["(a,)", "(a,)"],
    ["()", "()"],
    ["f(a, b = c)", "(f(a, b = c))"],
    ["[a, ...b]", "[a, ...b]"],
    ['{ a = 1, "b" = 2 }', '{ a = 1, "b" = 2 }'],
    ["x => { a = 1 }", "(x => { a = 1 })"],
    ["x => {}", "(x => {})"],
    ["x => { state = 1 }", "(x => { state = 1 })"],
  ])("%s", (text, meaning) => {
    expect(tree(`let e = ${text}`)).toBe(tree(`let e = ${meaning}`));
  });

  test("operators and what they apply to", () => {
    expect(tree("let e = a |> f - 2 ** -x")).toMatchInlineSnapshot(`
      "(let
        pattern: (name name: e)
        value: (pipe
          left: (name name: "a")
          right: (binary
            operator: "-"
            left: (name name: "f")
            right: (binary
              operator: "**"
              left: (number value: 2 integer: true)
              right: (unary operator: "-" operand: (name name: "x"))))))
      "
    `);
    expect(tree("let e = (x, y) => { let z = x return z }")).toMatchInlineSnapshot(`
      "(let
        pattern: (name name: e)
        value: (lambda
          pattern: (tuple items: [(name name: x) (name name: y)])
          body: (
            statements: [(let pattern: (name name: z) value: (name name: "x")) (return value: (name name: "z"))]
            braces: true)))
      "
    `);
    expect(tree("let e = x[..., 1:, ::2, none]")).toMatchInlineSnapshot(`
      "(let
        pattern: (name name: e)
        value: (index
          target: (name name: "x")
          slices: [
            (rest)
            (range from: (number value: 1 integer: true))
            (range step: (number value: 2 integer: true))
            (at value: (none))]))
      "
    `);
  });
});

test("declarations", () => {
  expect(
    tree(
      'import { a, b as c } from "./d.dlm"\n' +
        "/// Doc\n///  more\nblock f(a: int = 1)(x: f16[n, ...rest]?) -> (y: [2 * n], list[int]) = x\n" +
        "train t = M on d { loss = a phase p { epochs = 1 } }\n" +
        'data d = r { field x: "a" | "b"  split = 1 }',
    ),
  ).toMatchInlineSnapshot(`
    "(import names: [(name: a alias: a) (name: b alias: c)] from: "./d.dlm")
    (block
      doc: "Doc\\n more"
      model: false
      name: f
      lists: [
        [(name: a type: (named name: int optional: false) default: (number value: 1 integer: true))]
        [
          (
            name: x
            type: (tensor element: f16 shape: [(dim value: (name name: "n")) (rest name: rest)] optional: true))]]
      result: (tuple
        items: [
          (
            name: y
            type: (tensor
              shape: [(dim value: (binary operator: "*" left: (number value: 2 integer: true) right: (name name: "n")))]
              optional: false))
          (type: (list of: (named name: int optional: false) optional: false))]
        optional: false)
      body: (statements: [(return value: (name name: "x"))] braces: false))
    (train
      name: t
      model: (name name: "M")
      data: (name name: "d")
      items: [
        (entry name: loss value: (name name: "a"))
        (phase name: p entries: [(entry name: epochs value: (number value: 1 integer: true))])])
    (data
      name: d
      reader: (name name: "r")
      items: [
        (field name: x type: (choice options: [a b] optional: false))
        (entry name: split value: (number value: 1 integer: true))])
    "
  `);
});

describe("documentation", () => {
  const docs = (text: string): unknown[] =>
    parseText(text).module.declarations.map((declaration) => declaration.doc);

  test("a run of lines belongs to what follows", () => {
    expect(docs("/// One\n///   two\n\n/// Three\nlet a = 1 // four\n///five\nlet b = 2")).toEqual([
      "Three",
      "five",
    ]);
  });

  test("longer rows of slashes and other comments are none", () => {
    expect(docs("//// Line\n// Comment\nlet a = 1")).toEqual([undefined]);
  });

  test("statements, fields and entries have theirs", () => {
    const text = tree(
      "block f {\n/// p\nparam w: [n] = z\n/// r\nreturn w }\n" +
        "data d = r {\n/// f\nfield x: []\n/// e\nsplit = 1 }",
    );
    expect([...text.matchAll(/doc: "(\w)"/g)].map(([, doc]) => doc)).toEqual(["p", "r", "f", "e"]);
  });
});
