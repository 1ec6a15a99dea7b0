// Graph text: every kind of name, number, dimension and attribute reads back as it was.

import fc from "fast-check";
import { describe, expect, test } from "vitest";
import {
  add,
  divideExactly,
  floorDivide,
  formatDim,
  multiply,
  subtract,
  symbol,
  type Dim,
} from "../../compiler/ir/dim.ts";
import type { Attr, Graph, Node } from "../../compiler/ir/graph.ts";
import { parseGraph } from "../../compiler/ir/parse.ts";
import { printGraph } from "../../compiler/ir/print.ts";
import { GraphTextError, parseDim } from "../../compiler/ir/text.ts";
import { formatSpan, type SourceFile } from "../../grammar/source.ts";

const file: SourceFile = { path: "lenet.dlm", text: "\n\n  let x = conv(x)\n" };
const origin: Node["origin"] = {
  span: { file, start: 10, end: 17 },
  blocks: ["lenet", "conv_0"],
  role: "forward",
};

function input(name: string, role: string, shape: readonly Dim[] = []): Node {
  return {
    id: 0,
    op: "input",
    inputs: [],
    attrs: { name, role },
    type: { dtype: "f32", shape },
    origin,
  };
}

function node(
  op: string,
  inputs: readonly Node[],
  attrs: Node["attrs"],
  shape: readonly Dim[],
): Node {
  return { id: 1, op, inputs, attrs, type: { dtype: "f32", shape }, origin };
}

function oneNode(attrs: Node["attrs"]): Graph {
  const x = input("x", "field");
  return {
    inputs: [x],
    outputs: [{ name: "y", role: "result", node: node("host", [x], attrs, []) }],
  };
}

describe("a graph", () => {
  const image = input("image", "field", [symbol("batch"), 1, 28, 28]);
  const weight = input("conv_0.weight", "parameter", [6, 1, 5, 5]);
  const attrs = {
    stride: [1, 1],
    padding: [
      [2, 2],
      [2, 2],
    ],
  };
  const conv = node("conv", [image, weight], attrs, [symbol("batch"), 6, 28, 28]);
  const graph: Graph = {
    inputs: [image, weight],
    outputs: [{ name: "logits", role: "result", node: conv }],
  };
  const text = `input field image: f32[batch, 1, 28, 28]
input parameter conv_0.weight: f32[6, 1, 5, 5]
%0: f32[batch, 6, 28, 28] = conv(%image, %conv_0.weight) { stride: [1, 1], padding: [[2, 2], [2, 2]] }
output result logits = %0
`;

  test("prints as the architecture shows it", () => expect(printGraph(graph)).toBe(text));

  test("reads back, with places in the text", () => {
    const parsed = parseGraph({ path: "lenet.ir", text: `// from a report\n${text}` });
    expect(printGraph(parsed)).toBe(text);
    expect(parsed.outputs[0] && formatSpan(parsed.outputs[0].node.origin.span)).toBe(
      "lenet.ir:4:1",
    );
  });

  test("says where nodes come from, if asked", () => {
    const lines = printGraph(graph, { origins: true }).split("\n");
    expect(lines[2]).toMatch(/ \/\/ lenet\.dlm:3:9 lenet > conv_0$/);
    expect(printGraph(parseGraph(lines.join("\n")))).toBe(text);
  });
});

describe("names", () => {
  test.each(["x", "conv_0.weight", "$seed", "层_0.вес", "é", "e\u0301", "naïve"])(
    "%s stands as it is",
    (name) => {
      const x = input(name, "field");
      const text = printGraph({ inputs: [x], outputs: [{ name, role: "result", node: x }] });
      expect(text).toBe(`input field ${name}: f32[]\noutput result ${name} = %${name}\n`);
      expect(printGraph(parseGraph(text))).toBe(text);
    },
  );

  test.each(["", "0", "a b", "a-b", "_1:", '"', "\\", "\n", "a//b", "💡"])(
    "%j is quoted",
    (name) => {
      const x = input(name, "field");
      const text = printGraph({ inputs: [x], outputs: [{ name, role: "update", node: x }] });
      expect(text).toContain(JSON.stringify(name));
      expect(parseGraph(text).inputs[0]?.attrs["name"]).toBe(name);
      expect(printGraph(parseGraph(text))).toBe(text);
    },
  );

  test("of different roles may be alike", () => {
    const [field, parameter] = [input("w", "field"), input("w", "parameter")];
    const sum = node("sub", [parameter, field], {}, []);
    const graph: Graph = {
      inputs: [field, parameter],
      outputs: [{ name: "w", role: "update", node: sum }],
    };
    const text = printGraph(graph);
    expect(text).toContain("sub(%parameter:w, %field:w)");
    const parsed = parseGraph(text).outputs[0]?.node;
    expect(parsed?.inputs.map((x) => x.attrs["role"])).toEqual(["parameter", "field"]);
  });

  test.each(["input", "output", "inf", "div", "true"])("%s is no special name", (name) => {
    const x = input(name, "state");
    const graph: Graph = {
      inputs: [x],
      outputs: [{ name, role: "loss", node: node(name, [x], { [name]: 1 }, []) }],
    };
    expect(printGraph(parseGraph(printGraph(graph)))).toBe(printGraph(graph));
  });
});

const atom: fc.Arbitrary<Dim> = fc.oneof(
  fc.integer({ min: -9, max: 9 }),
  fc.constantFrom("batch", "n", "book.words.size", "длина", "inf", "div").map(symbol),
);

const dims: fc.Arbitrary<Dim> = fc.letrec<{ dim: Dim }>((tie) => ({
  dim: fc.oneof(
    { maxDepth: 4 },
    atom,
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => add(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => subtract(a, b)),
    fc.tuple(tie("dim"), atom).map(([a, b]) => multiply(a, b)),
    fc.tuple(tie("dim"), fc.integer({ min: 1, max: 5 })).map(([a, b]) => floorDivide(a, b)),
    fc.tuple(tie("dim"), tie("dim")).map(([a, b]) => (b === 0 ? a : (divideExactly(a, b) ?? a))),
  ),
})).dim;

test("dimensions read back", () => {
  fc.assert(
    fc.property(dims, (dim) => {
      expect(formatDim(parseDim(formatDim(dim)))).toBe(formatDim(dim));
    }),
    { numRuns: 500 },
  );
});

const attrs: fc.Arbitrary<Attr> = fc.letrec<{ attr: Attr }>((tie) => ({
  attr: fc.oneof(
    { maxDepth: 3 },
    fc.double(),
    fc.constantFrom(0, -0, Infinity, -Infinity, NaN, 1e21, 5e-324, 1e-7, 2 ** 53),
    fc.string(),
    fc.boolean(),
    fc.constant(null),
    dims,
    fc.array(tie("attr"), { maxLength: 4 }),
    fc.dictionary(fc.string(), tie("attr"), { maxKeys: 4, noNullPrototype: true }),
    fc.record({
      terms: fc.array(fc.record({ axis: fc.nat(9), coefficient: fc.integer() }), { maxLength: 3 }),
      offset: fc.integer(),
      divisor: fc.integer(),
    }),
  ),
})).attr;

test("attributes read back to the last bit", () => {
  fc.assert(
    fc.property(attrs, (value) => {
      const parsed = parseGraph(printGraph(oneNode({ value })));
      expect(parsed.outputs[0]?.node.attrs).toEqual({ value });
    }),
    { numRuns: 500 },
  );
});

test("index forms have a notation of their own", () => {
  const form = (
    terms: readonly (readonly [number, number])[],
    offset: number,
    divisor: number,
  ): Attr => ({
    terms: terms.map(([axis, coefficient]) => ({ axis, coefficient })),
    offset,
    divisor,
  });
  const forms = [form([[0, 1]], 0, 1), form([[1, 2], [3, -1]], -2, 1), form([], 3, 1), form([[0, -1]], 5, 2)]; // prettier-ignore
  const text = printGraph(oneNode({ forms }));
  expect(text).toContain("{ forms: [<@0>, <2*@1 - @3 - 2>, <3>, <(-@0 + 5) / 2>] }");
  expect(parseGraph(text).outputs[0]?.node.attrs).toEqual({ forms });
});

test.each([
  ["output result y = %0", "<graph>:1:19: expected a node that stands above, found %0"],
  ["input field x f32[]", '<graph>:1:15: expected ":", found f32[]'],
  ["input thing x: f32[]", "expected the role of an input (field, scalar,"],
  ["input field x: f64[]", "expected an element type (f32, f16, i32, u8, bool), found []"],
  ["%0: f32[] = f() { a: }", "expected a dimension, found }"],
  ["%0: f32[3 / 2] = f()", '<graph>:1:11: expected "]", found /'],
  ["%0: f32[(3 / 2)] = f()", "expected an even quotient"],
  ["input field x: f32[]\ninput field x: f32[]", "expected another name than field:x"],
  ['%0: f32[] = f() { a: "\\q" }', "expected a string in JSON's notation"],
])("%j is refused with its place", (text, message) => {
  expect(() => parseGraph(text)).toThrow(GraphTextError);
  expect(() => parseGraph(text)).toThrow(message);
});
