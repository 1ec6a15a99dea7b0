// Tokens: names of any script, numbers, strings, and text that comes with other line ends.

import { describe, expect, test } from "vitest";
import { Reporter } from "../../grammar/diagnostic.ts";
import { lex, numberValue } from "../../grammar/lexer.ts";
import { printTokens } from "../../grammar/print.ts";
import { quoteString } from "../../grammar/strings.ts";
import { contextualWords, lexerTokens, Name, reservedWords } from "../../grammar/tokens.ts";
import { parseText, places, spellings, tree } from "./support.ts";

describe("names", () => {
  // prettier-ignore
  const names = [
          "größe",
      "слой",
      "層",
      "レイヤー",
      "طبقة",
      "שכבה",
      "परत",
      "ชั้น",
      "층",
      "λ",
      "ǅ",
      "Ⅷ",
      "𝛼",
      "ß1",
    "_", "__a", "letter", "ifx", "not_", "nones", "lists", "andy", "e1", "x_1", "é", "importe",
  ];

  test.each(names)("%s is one", (name) => {
    expect(spellings(`let ${name} = ${name}+${name}`)).toEqual(["let", name, "=", name, "+", name]);
    expect(places(parseText(`let ${name} = ${name}`))).toEqual([]);
  });

  test("two spellings of one look are one name", () => {
    expect(tree("let caf\u0065\u0301 = 1")).toBe(tree("let caf\u00e9 = 1"));
    const { span } = parseText("let caf\u0065\u0301 = 1").module.declarations[0] ?? {};
    expect(span).toMatchObject({ start: 0, end: 13 });
  });

  test("every letter below U+3000 starts one", () => {
    for (let code = 0; code < 0x3000; code++) {
      const character = String.fromCharCode(code);
      const isStart = /[\p{L}\p{Nl}_]/u.test(character);
      const [first] = lex({ path: "", text: `${character}a` }, new Reporter()).tokens;
      const found = first?.tokenType === Name && first.image === `${character}a`;
      expect(found, `U+${code.toString(16)}`).toBe(isStart);
    }
  });

  test("contextual words are names, reserved ones are not", () => {
    for (const word of contextualWords)
      expect(places(parseText(`let ${word} = ${word}`))).toEqual([]);
    for (const word of reservedWords) {
      expect(places(parseText(`let ${word} = 1`)), word).toEqual(["reserved-word 1:5"]);
    }
    expect(reservedWords.length).toBe(12);
  });
});

describe("numbers", () => {
  test.each([
    ["0", 0, true],
    ["007", 7, true],
    ["1_000_000", 1e6, true],
    ["1.5", 1.5, false],
    ["1e-3", 1e-3, false],
    ["2E+2", 200, false],
    ["1_0.2_5e1", 102.5, false],
    ["9007199254740991", Number.MAX_SAFE_INTEGER, true],
  ])("%s", (text, value, integer) => {
    expect(numberValue(text)).toEqual({ value, integer });
    expect(spellings(`${text} `)).toEqual([text]);
  });

  test("too large ones are told", () => {
    expect(places(parseText("let a = 9007199254740993"))).toEqual(["number-out-of-range 1:9"]);
    expect(places(parseText("let a = 1e400"))).toEqual(["number-out-of-range 1:9"]);
  });
});

describe("strings", () => {
  test.each(["", "a", 'quote " and \\', "line\n tab\t", "\u{1F600} é", "\u0000\u001b"])(
    "%j is read as it is written",
    (value) => {
      expect(tree(`let a = ${quoteString(value)}`)).toContain(`value: ${quoteString(value)}`);
    },
  );

  test("escapes", () => {
    expect(tree(String.raw`let a = "\u{41}\u{1f600}\n\t\"\\"`)).toContain(
      String.raw`"A😀\n\t\"\\"`,
    );
    expect(places(parseText(String.raw`let a = "ab\x \u{D800}"`))).toEqual([
      "bad-escape 1:12",
      "bad-escape 1:15",
    ]);
  });

  test("an open string ends with its line", () => {
    expect(places(parseText('let a = f("abc)\nlet b = 1 1\n'))).toEqual([
      "unterminated-string 1:11",
      "syntax 2:11",
    ]);
  });
});

describe("line ends and blanks", () => {
  test("carriage returns, tabs, a byte order mark and blanks of other scripts", () => {
    const text = "let a = 1 // c\nblock f {\n  return a\n}\n";
    expect(tree(`\ufeff${text.replaceAll("\n", "\r\n").replaceAll("  ", "\t")}`)).toBe(tree(text));
    expect(tree("let\u00a0a\u3000=\u20281")).toBe(tree("let a = 1"));
  });

  test("offsets count every character", () => {
    const text = "\ufefflet a = 1\r\nlet b = 2 2\r\n";
    const { diagnostics } = parseText(text);
    expect(diagnostics.map(({ span }) => text.slice(span.start, span.end))).toEqual(["2"]);
    expect(diagnostics[0]?.span.start).toBe(22);
  });
});

test("every token of the table has a name of its own", () => {
  const names = lexerTokens.map((type) => type.name);
  expect(new Set(names).size).toBe(names.length);
});

test("tokens print one a line", () => {
  expect(printTokens({ path: "", text: '/// Doc\nlet größe = "a" |> f(1.5)' }))
    .toMatchInlineSnapshot(`
    "1:1     Doc           /// Doc
    2:1     Let           let
    2:5     Name          größe
    2:11    Equals        =
    2:13    String        "a"
    2:17    Pipe          |>
    2:20    Name          f
    2:21    LeftParen     (
    2:22    Number        1.5
    2:25    RightParen    )
    "
  `);
});
