// Random programs from the grammar, as tokens: whatever parses may come out of it, whether or not it makes sense.

import fc from "fast-check";

type Tokens = readonly string[];
type Part = fc.Arbitrary<Tokens>;

const name = fc.constantFrom("x", "y", "image", "w_1", "relu", "dense", "long_name_of_a_value");
const number = fc.constantFrom("0", "1", "1e-3", "0.5", "28", "1_000");
const string = fc.constantFrom('"a"', '"b t (h e)"', '"\\n"');

const seq = (...parts: readonly (string | Part)[]): Part =>
  fc
    .tuple(...parts.map((part) => (typeof part === "string" ? fc.constant([part]) : part)))
    .map((all) => all.flat());

const between = (item: Part, min: number, max: number, separator = ","): Part =>
  fc
    .array(item, { minLength: min, maxLength: max })
    .map((all) => all.flatMap((tokens, i) => (i === 0 ? tokens : [separator, ...tokens])));

const many = (item: Part, min: number, max: number): Part =>
  fc.array(item, { minLength: min, maxLength: max }).map((all) => all.flat());

const one = (text: fc.Arbitrary<string>): Part => text.map((token) => [token]);

interface Parts {
  readonly expression: Tokens;
  readonly argument: Tokens;
  readonly type: Tokens;
  readonly statement: Tokens;
  readonly body: Tokens;
  readonly entry: Tokens;
}

const { expression, type, body, entry } = fc.letrec<Parts>((tie: fc.LetrecTypedTie<Parts>) => {
  const inner: Part = tie("expression");
  const infix = (operators: readonly string[]): Part =>
    seq(inner, one(fc.constantFrom(...operators)), inner);
  return {
    expression: fc.oneof(
      { maxDepth: 4, depthSize: "small" },
      one(name),
      one(number),
      one(string),
      seq("(", inner, ")"),
      seq("(", between(inner, 2, 3), ")"),
      seq("[", between(inner, 0, 4), "]"),
      seq("{", between(seq(one(name), "=", inner), 1, 3), "}"),
      seq(one(name), "(", between(tie("argument"), 0, 4), ")"),
      seq(one(name), "(", between(tie("argument"), 0, 2), ")", "(", between(inner, 1, 2), ")"),
      seq(one(name), "[", inner, "]"),
      seq(one(name), ".", one(name)),
      seq("-", one(name)),
      infix(["+", "-", "*", "/", "@"]),
      infix(["|>"]),
      infix(["=="]),
      seq("if", inner, "then", inner, "else", inner),
      seq("(", one(name), ")", "=>", inner),
      seq(one(name), "=>", inner),
    ),
    argument: fc.oneof(inner, seq(one(name), "=", inner)),
    type: fc.oneof(
      seq("[", between(one(fc.constantFrom("batch", "2", "h", "_")), 0, 3), "]"),
      seq("i32", "[", "batch", "]"),
      one(fc.constantFrom("int", "float", "bool", "block")),
    ),
    statement: fc.oneof(
      { maxDepth: 2 },
      seq("let", one(name), "=", inner),
      seq("let", "(", one(name), ",", one(name), ")", "=", inner),
      seq("param", one(name), ":", "[", "2", "]", "=", inner),
      seq("state", one(name), ":", "[", "]", "=", inner),
      seq("update", one(name), "=", inner),
      seq("if", inner, tie("body"), "else", tie("body")),
    ),
    body: seq("{", many(tie("statement"), 0, 3), "return", inner, "}"),
    entry: seq(one(fc.constantFrom("loss", "batch", "optimizer", "seed")), "=", inner),
  };
});

const parameter = fc.oneof(
  seq(one(name), ":", type),
  seq(one(name), ":", "int", "=", one(number)),
  one(name),
);
const lists = fc.oneof(
  seq("(", between(parameter, 1, 4), ")"),
  seq("(", between(parameter, 1, 4), ")", "(", between(parameter, 1, 3), ")"),
);
const result = fc.oneof(
  seq("->", type),
  seq("->", "(", between(seq(one(name), ":", type), 1, 2), ")"),
);
const declaration = fc.oneof(
  seq("let", one(name), "=", expression),
  seq("block", one(name), lists, result, "=", expression),
  seq("block", one(name), lists, result, body),
  seq("model", one(name), lists, result, body),
  seq(
    "data",
    one(name),
    "=",
    expression,
    "{",
    many(seq("field", one(name), ":", type, "=", expression), 1, 3),
    "}",
  ),
  seq("train", one(name), "on", one(name), "{", many(entry, 1, 4), "}"),
  seq("import", "{", one(name), "as", "other", "}", "from", '"./a.dlm"'),
);

const gap = fc.constantFrom(
  " ",
  "  ",
  "\n",
  "\n\n\n",
  " // remark\n",
  "\n  // a line of its own\n",
  "\r\n",
  "\t",
);

/** A text of several declarations with blanks, line ends and comments anywhere between its tokens. */
export const randomProgram: fc.Arbitrary<string> = fc
  .tuple(many(declaration, 1, 4), fc.array(gap, { minLength: 11, maxLength: 11 }), fc.boolean())
  .map(([tokens, gaps, plain]) =>
    tokens.map((token, i) => token + (plain ? " " : (gaps[i % gaps.length] ?? " "))).join(""),
  );
