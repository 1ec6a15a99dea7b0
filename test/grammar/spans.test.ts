// Spans: the text that a node's span cuts out reads as that node again.

import { describe, expect, test } from "vitest";
import type { Module } from "../../grammar/ast.ts";
import { printAst } from "../../grammar/print.ts";
import type { Span } from "../../grammar/source.ts";
import { parseText, samples } from "./support.ts";

type Node = { readonly kind: string; readonly span: Span };

// prettier-ignore
const expressions = new Set([
    "number", "string", "bool", "none", "tuple", "list", "record", "if", "lambda", "pipe",
    "binary", "unary", "call", "index", "member", "name",
]);

/** All nodes of a tree with the field that each stands in. */
function* nodes(value: unknown, field = ""): Generator<{ node: Node; field: string }> {
  if (typeof value !== "object" || value === null) return;
  if ("kind" in value && "span" in value) yield { node: value as Node, field };
  for (const [name, inner] of Object.entries(value)) {
    const listed = Array.isArray(value) ? field : name;
    if (name !== "span" && name !== "file") yield* nodes(inner, listed);
  }
}

/** Fields that hold patterns and types, whose kinds are also called `name`, `tuple` or `list`. */
const elsewhere = new Set(["pattern", "type", "result", "of", "reads"]);

function describeNode({ node, field }: { node: Node; field: string }): [string, Node] | undefined {
  const text = node.span.file.text.slice(node.span.start, node.span.end);
  switch (node.kind) {
    case "param":
    case "state":
    case "update":
      return [`block f { ${text} }`, node];
    case "return":
      // Behind `=` and `=>` it is written without its word.
      return text.startsWith("return") ? [`block f { ${text} }`, node] : undefined;
    case "field":
      return [`data d = r { ${text} }`, node];
    case "entry":
      return [`decode d = t { ${text} }`, node];
    case "phase":
      return [`train M on d { ${text} }`, node];
    case "import":
    case "let":
    case "block":
    case "data":
    case "train":
    case "decode":
      return [text, node];
    default: {
      const isExpression = expressions.has(node.kind) && !elsewhere.has(field) && field !== "items";
      if (node.kind === "if" && "braces" in (node as unknown as { then: object }).then)
        return [`block f { ${text} }`, node];
      return isExpression ? [`let e = (${text})`, node] : undefined;
    }
  }
}

/** A node as text, by way of a module that holds nothing else. */
function printed(node: unknown): string {
  return printAst({ declarations: [node] } as unknown as Module);
}

/** The node of the same kind that a text holds first. */
function found(text: string, kind: string): Node | undefined {
  const { module, diagnostics } = parseText(text);
  if (diagnostics.length > 0) return undefined;
  for (const { node } of nodes(module.declarations)) {
    if (node.kind === kind && !(kind === "name" && node.span.start < 8)) return node;
  }
  return undefined;
}

describe("the text of a node reads as the node", () => {
  test.each(samples.map(({ path: name, text }) => [name, text]))("%s", (_name, text) => {
    let count = 0;
    for (const each of nodes(parseText(text).module.declarations)) {
      const described = describeNode(each);
      if (described === undefined) continue;
      const [wrapped, node] = described;
      const withoutDoc = { ...node, doc: undefined };
      expect(printed(found(wrapped, node.kind)), wrapped).toBe(printed(withoutDoc));
      count += 1;
    }
    expect(count).toBeGreaterThan(50);
  });
});

test("names, types and parts", () => {
  const text = "block größe(a: int = 1)(x: f16[n, ...rest]?) -> (y: [2 * n]) = (x)  // end\n";
  const cuts: string[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const { span } = value as { span?: Span };
    if (span !== undefined) cuts.push(text.slice(span.start, span.end));
    for (const [name, inner] of Object.entries(value)) {
      if (name !== "span" && name !== "file") walk(inner);
    }
  };
  walk(parseText(text).module.declarations);
  // prettier-ignore
  expect(cuts).toEqual([
    "block größe(a: int = 1)(x: f16[n, ...rest]?) -> (y: [2 * n]) = (x)", "größe",
    "a: int = 1", "a", "int", "int", "1",
    "x: f16[n, ...rest]?", "x", "f16[n, ...rest]?", "f16", "n", "n", "...rest", "rest",
    "(y: [2 * n])", "y", "[2 * n]", "2 * n", "2 * n", "2", "n",
    "(x)", "(x)", "x",
  ]);
});

test("parentheses belong to what is around them", () => {
  const text = "let e = (a + b) * (c)(d)";
  const { module } = parseText(text);
  const cut = [...nodes(module.declarations)].map(({ node }) =>
    text.slice(node.span.start, node.span.end),
  );
  // prettier-ignore
  expect(cut).toEqual([
    "let e = (a + b) * (c)(d)", "e", "(a + b) * (c)(d)",
    "a + b", "a", "b", "(c)(d)", "c", "d",
  ]);
});
