// Graph text back into a graph: for tests of passes, and for bug reports that are a paste. Types are taken from the
// text, operators by name; nothing is merged, so the text says exactly which nodes there are.

import type { SourceFile } from "../../grammar/source.ts";
import type { DType } from "../../runtime/types.ts";
import type { Dim } from "./dim.ts";
import type { Attr, Attrs, Form, Graph, Node, Output, TensorType } from "./graph.ts";
import { inputRoles } from "./input.ts";
import { attrWords } from "./print.ts";
import { Cursor, dimAt, parseName, patterns, toNumber, unquote } from "./text.ts";

const dtypes = ["f32", "f16", "i32", "u8", "bool"] as const satisfies readonly DType[];

const outputRoles = [
  "result",
  "loss",
  "metric",
  "gradient",
  "update",
] as const satisfies readonly Output["role"][];

/** The graph of a text as `printGraph` gives it; origins are places in the text. Throws GraphTextError. */
export function parseGraph(source: string | SourceFile): Graph {
  const file = typeof source === "string" ? { path: "<graph>", text: source } : source;
  const cursor = new Cursor(file);
  const inputs: Node[] = [];
  const outputs: Output[] = [];
  const named = new Map<string, Node>();
  let count = 0;

  const make = (start: number, parts: Omit<Node, "id" | "origin">): Node => ({
    id: count++,
    ...parts,
    origin: { span: { file, start, end: cursor.offset }, blocks: [], role: "forward" },
  });
  const define = (name: string, node: Node): void => {
    if (named.has(name)) cursor.fail(`another name than ${name}`);
    named.set(name, node);
  };

  while (!cursor.done) {
    const start = cursor.offset;
    if (cursor.take(/input(?=\s)/y) !== undefined) {
      const role = word(cursor, inputRoles, "the role of an input");
      const name = parseName(cursor);
      cursor.expect(":");
      const type = typeAt(cursor);
      const more = attrsAt(cursor) ?? {};
      const node = make(start, { op: "input", inputs: [], attrs: { name, role, ...more }, type });
      inputs.push(node);
      define(`${role}:${name}`, node);
      // A bare name is good only while it is the only one.
      named.set(`:${name}`, node);
    } else if (cursor.take(/output(?=\s)/y) !== undefined) {
      const role = word(cursor, outputRoles, "the role of an output");
      const name = parseName(cursor);
      cursor.expect("=");
      outputs.push({ name, role, node: referenceAt(cursor, named) });
    } else {
      cursor.expect("%");
      const name = cursor.need(patterns.integer, "the number of a node");
      cursor.expect(":");
      const type = typeAt(cursor);
      cursor.expect("=");
      const op = cursor.need(patterns.name, "an operator");
      const operands = listAt(cursor, "(", ")", () => referenceAt(cursor, named));
      const attrs = attrsAt(cursor) ?? {};
      define(name, make(start, { op, inputs: operands, attrs, type }));
    }
  }
  return { inputs, outputs };
}

function word<T extends string>(cursor: Cursor, words: readonly T[], what: string): T {
  const found = cursor.take(patterns.name);
  return words.find((w) => w === found) ?? cursor.fail(`${what} (${words.join(", ")})`);
}

/** `%12`, `%name`, `%role:name`. */
function referenceAt(cursor: Cursor, named: ReadonlyMap<string, Node>): Node {
  const start = cursor.offset;
  cursor.expect("%");
  let key = cursor.take(patterns.integer);
  if (key === undefined) {
    const first = parseName(cursor);
    key = cursor.accept(":") ? `${first}:${parseName(cursor)}` : `:${first}`;
  }
  const node = named.get(key);
  if (node) return node;
  cursor.offset = start;
  return cursor.fail("a node that stands above");
}

function typeAt(cursor: Cursor): TensorType {
  const dtype = word(cursor, dtypes, "an element type");
  return { dtype, shape: listAt(cursor, "[", "]", (): Dim => dimAt(cursor)) };
}

function listAt<T>(cursor: Cursor, open: string, close: string, item: () => T): T[] {
  cursor.expect(open);
  const items: T[] = [];
  if (cursor.accept(close)) return items;
  do items.push(item());
  while (cursor.accept(","));
  cursor.expect(close);
  return items;
}

function attrsAt(cursor: Cursor): Attrs | undefined {
  if (!cursor.accept("{")) return undefined;
  const entries: [string, Attr][] = [];
  if (cursor.accept("}")) return {};
  do {
    const key = parseName(cursor);
    cursor.expect(":");
    entries.push([key, attrAt(cursor)]);
  } while (cursor.accept(","));
  cursor.expect("}");
  return Object.fromEntries(entries);
}

function attrAt(cursor: Cursor): Attr {
  const text = cursor.take(patterns.quoted);
  if (text !== undefined) return unquote(cursor, text);
  const next = cursor.file.text[cursor.offset];
  if (next === "[") return listAt(cursor, "[", "]", () => attrAt(cursor));
  if (next === "{") return attrsAt(cursor) ?? {};
  if (next === "<") return { ...formAt(cursor) };
  const start = cursor.offset;
  // `2` and `inf` are numbers, `2*batch` and `inf + 1` start dimensions.
  const alone = (): boolean => !/[-+*]/.test(cursor.file.text[cursor.offset] ?? "");
  const number = cursor.take(patterns.number);
  if (number !== undefined && alone()) return toNumber(number);
  cursor.offset = start;
  const value = attrWords.get(cursor.take(patterns.name) ?? "");
  if (value !== undefined && alone()) return value;
  cursor.offset = start;
  return dimAt(cursor);
}

/** `<2*@1 + @3 - 1>` or `<(…) / 2>`. */
function formAt(cursor: Cursor): Attrs {
  cursor.expect("<");
  const divided = cursor.accept("(");
  const terms: Form["terms"][number][] = [];
  let offset = 0;
  let sign = cursor.accept("-") ? -1 : 1;
  for (;;) {
    const coefficient = cursor.take(patterns.integer);
    if (coefficient === undefined || cursor.accept("*")) {
      cursor.expect("@");
      const axis = Number(cursor.need(patterns.integer, "an axis"));
      terms.push({ axis, coefficient: sign * Number(coefficient ?? 1) });
    } else {
      offset = sign * Number(coefficient);
    }
    if (cursor.accept("+")) sign = 1;
    else if (cursor.accept("-")) sign = -1;
    else break;
  }
  let divisor = 1;
  if (divided) {
    cursor.expect(")");
    cursor.expect("/");
    const negative = cursor.accept("-");
    divisor = Number(cursor.need(patterns.integer, "a divisor")) * (negative ? -1 : 1);
  }
  cursor.expect(">");
  return { terms: terms.map((term) => ({ ...term })), offset, divisor };
}
