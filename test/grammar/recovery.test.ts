// Broken text: never a throw, one diagnostic a mistake, and a tree of what could be read.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Reporter } from "../../grammar/diagnostic.ts";
import { lex } from "../../grammar/lexer.ts";
import { printAst } from "../../grammar/print.ts";
import { parseText, places, samples, spellings, tree, withoutComments } from "./support.ts";

const bare = samples.map(({ path: name, text }) => ({ name, text: withoutComments(text) }));
const anySample = fc.constantFrom(...bare);

describe("what stands between tokens means nothing", () => {
  const gap = fc.stringMatching(
    /^( |\n|\r\n|\t|\/\/ \/? let x = \(\n|\/\/\/\/ doc\r\n|\n\n){1,3}$/,
  );
  test("blanks, line ends and comments", () => {
    fc.assert(
      fc.property(anySample, fc.array(gap, { minLength: 7, maxLength: 7 }), ({ text }, gaps) => {
        const joined = spellings(text)
          .map((token, index) => `${token} ${gaps[index % gaps.length] ?? ""}`)
          .join("");
        expect(tree(joined)).toBe(tree(text));
      }),
      { numRuns: 30 },
    );
  });
});

describe("no text makes the parser throw", () => {
  /** Spans lie in the text and parts lie in their node. */
  function check(text: string): void {
    const { module, diagnostics } = parseText(text);
    printAst(module);
    for (const { span } of [...diagnostics, ...module.declarations]) {
      expect(span.start).toBeGreaterThanOrEqual(0);
      expect(span.end).toBeGreaterThanOrEqual(span.start);
      expect(span.end).toBeLessThanOrEqual(text.length);
    }
  }

  test("samples cut off anywhere", () => {
    fc.assert(
      fc.property(anySample, fc.double({ min: 0, max: 1, noNaN: true }), ({ text }, share) => {
        check(text.slice(0, Math.floor(share * text.length)));
      }),
    );
  });

  test("samples with parts taken out, doubled and moved", () => {
    const place = fc.nat();
    fc.assert(
      fc.property(anySample, place, place, place, ({ text }, a, b, c) => {
        const tokens = spellings(text);
        const part = tokens.splice(a % tokens.length, b % 5);
        tokens.splice(c % (tokens.length + 1), 0, ...part, ...part);
        check(tokens.join(" "));
      }),
    );
  });

  test("tokens in any order", () => {
    const tokens = [
      ...new Set(bare.flatMap(({ text }) => spellings(text))),
      "&&",
      "#",
      "'a'",
      '"',
      "\n",
    ];
    fc.assert(
      fc.property(fc.array(fc.constantFrom(...tokens), { maxLength: 60 }), (row) => {
        check(row.join(" "));
      }),
    );
  });

  test("any characters", () => {
    fc.assert(fc.property(fc.string({ unit: "binary", maxLength: 80 }), check));
  });
});

describe("one diagnostic a mistake", () => {
  test.each(bare.map(({ name, text }) => [name, text]))("%s without one token", (_name, text) => {
    const { tokens } = lex({ path: "", text }, new Reporter());
    const counts = tokens.map(({ startOffset, image }) => {
      const end = startOffset + image.length;
      const broken = text.slice(0, startOffset) + " ".repeat(image.length) + text.slice(end);
      return parseText(broken).diagnostics.length;
    });
    // A bracket gone from a list of types or records on one line can show twice.
    expect(Math.max(...counts)).toBeLessThanOrEqual(2);
    expect(counts.filter((count) => count > 1).length).toBeLessThanOrEqual(counts.length / 50);
  });

  test("statements after a mistake are read", () => {
    const { module, diagnostics } = parseText(
      "block f(x: [n]) -> [n] {\n  let a = g(x\n  let b = )\n  param w [n] = zeros\n  return b\n}\nlet z = 1",
    );
    expect(diagnostics.map((each) => each.span.start)).toHaveLength(3);
    expect(printAst(module)).toMatchInlineSnapshot(`
      "(block
        model: false
        name: f
        lists: [[(name: x type: (tensor shape: [(dim value: (name name: "n"))] optional: false))]]
        result: (tensor shape: [(dim value: (name name: "n"))] optional: false)
        body: (
          statements: [
            (let pattern: (name name: a) value: (error))
            (let pattern: (name name: b) value: (error))
            (return value: (name name: "b"))]
          braces: true))
      (let pattern: (name name: z) value: (number value: 1 integer: true))
      "
    `);
  });

  test("a file that is no program gives at most a hundred", () => {
    expect(parseText("let a = f(b\n".repeat(500)).diagnostics).toHaveLength(100);
    expect(parseText("; ".repeat(500)).diagnostics).toHaveLength(100);
    const { diagnostics } = parseText("let a = (b\nlet c = ; 1\n".repeat(200));
    expect(diagnostics).toHaveLength(100);
    expect(diagnostics.map(({ span }) => span.start)).toEqual(
      diagnostics.map(({ span }) => span.start).sort((a, b) => a - b),
    );
  });
});

describe("depth", () => {
  const deep = 10_000;
  test.each([
    ["parentheses", `let x = ${"(".repeat(deep)}1${")".repeat(deep)}`],
    ["open parentheses", `let x = ${"(".repeat(deep)}`],
    ["lists", `let x = ${"[".repeat(deep)}`],
    ["records", `let x = ${"{ a = ".repeat(deep)}`],
    ["calls", `let x = ${"f(".repeat(deep)}`],
    ["rows of calls", `let x = f${"(1)".repeat(deep)}`],
    ["indices", `let x = ${"a[".repeat(deep)}`],
    ["minus", `let x = ${"-".repeat(deep)}1`],
    ["not", `let x = ${"not ".repeat(deep)}a`],
    ["powers", `let x = ${"2 ** ".repeat(deep)}1`],
    ["sums", `let x = ${"1 + ".repeat(deep)}1`],
    ["pipes", `let x = ${"a |> ".repeat(deep)}a`],
    ["lambdas", `let x = ${"a => ".repeat(deep)}1`],
    ["choices", `let x = ${"if a then b else ".repeat(deep)}1`],
    ["bodies", `block f { ${"if a { ".repeat(deep)}`],
    ["else if", `block f { ${"if a { return b } else ".repeat(deep)}{ return 1 } }`],
    ["lambda bodies", `let x = ${"a => { return ".repeat(deep)}`],
    ["types", `block f(x: ${"list[".repeat(deep)}int`],
    ["tuple types", `block f(x: ${"(".repeat(deep)}int`],
    ["dimensions", `block f(x: [${"(".repeat(deep)}1]) = x`],
    ["patterns", `let ${"(".repeat(deep)}a = 1`],
  ])("%s", (_name, text) => {
    const { diagnostics } = parseText(text);
    expect(diagnostics[0]?.code).toBe("too-deep");
    expect(diagnostics.length).toBeLessThanOrEqual(2);
  });

  test("what people write is not too deep", () => {
    expect(places(parseText(`let x = ${"(".repeat(60)}1${")".repeat(60)}`))).toEqual([]);
    expect(places(parseText(`let x = a${" |> f(1)".repeat(400)}`))).toEqual([]);
  });
});

test("reading takes time in proportion to the length", () => {
  /** The quickest of some runs: other work on the machine only ever adds. */
  const time = (text: string): number => {
    const times = [1, 2, 3].map(() => {
      const start = performance.now();
      parseText(text);
      return performance.now() - start;
    });
    return Math.min(...times);
  };
  for (const line of ["let a = f(b) + c\n", "let a = f(b\n", ") ", "; ", "a ", "{ ", "block f("]) {
    const small = Math.max(time(line.repeat(500)), 5);
    expect(time(line.repeat(5000)), JSON.stringify(line)).toBeLessThan(small * 10 * 4);
  }
});
