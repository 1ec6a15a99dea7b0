// The letters of graph text: a cursor over it, numbers, names and dimensions. Shared by graphs and single dimensions.

import { positionAt, type SourceFile } from "../../grammar/source.ts";
import {
  add,
  divideExactly,
  floorDivide,
  multiply,
  negate,
  subtract,
  symbol,
  type Dim,
} from "./dim.ts";

/** Graph text that does not follow its grammar; the message starts with `path:line:column`. */
export class GraphTextError extends Error {
  override readonly name = "GraphTextError";
}

/** Reads a text from left to right. `take…` give undefined and stay where they are if something else follows. */
export class Cursor {
  readonly file: SourceFile;
  offset = 0;

  constructor(file: SourceFile) {
    this.file = file;
    this.skip();
  }

  get done(): boolean {
    return this.offset >= this.file.text.length;
  }

  /** The match of a sticky pattern at this place, and what white space and comments follow it. */
  take(pattern: RegExp): string | undefined {
    pattern.lastIndex = this.offset;
    const found = pattern.exec(this.file.text)?.[0];
    if (found === undefined) return undefined;
    this.offset += found.length;
    this.skip();
    return found;
  }

  /** Whether this text follows; it is taken. */
  accept(text: string): boolean {
    if (!this.file.text.startsWith(text, this.offset)) return false;
    this.offset += text.length;
    this.skip();
    return true;
  }

  expect(text: string): void {
    if (!this.accept(text)) this.fail(JSON.stringify(text));
  }

  need(pattern: RegExp, what: string): string {
    return this.take(pattern) ?? this.fail(what);
  }

  fail(expected: string): never {
    const { line, column } = positionAt(this.file, this.offset);
    const found = /\S+/y;
    found.lastIndex = this.offset;
    const next = found.exec(this.file.text)?.[0] ?? "the end";
    throw new GraphTextError(
      `${this.file.path}:${line}:${column}: expected ${expected}, found ${next}`,
    );
  }

  private skip(): void {
    const blank = /(?:\s|\/\/[^\n]*)*/y;
    blank.lastIndex = this.offset;
    this.offset += blank.exec(this.file.text)?.[0].length ?? 0;
  }
}

export const patterns = {
  name: /[\p{L}_$][\p{L}\p{M}\p{N}_$.]*/uy,
  quoted: /"(?:[^"\\\n]|\\.)*"/y,
  integer: /\d+/y,
  number: /-?(?:inf|nan|\d+(?:\.\d+)?(?:e[+-]?\d+)?)(?![\p{L}\p{M}\p{N}_$.])/uy,
} as const;

/** A plain or quoted name. */
export function parseName(cursor: Cursor): string {
  const quoted = cursor.take(patterns.quoted);
  return quoted === undefined ? cursor.need(patterns.name, "a name") : unquote(cursor, quoted);
}

export function unquote(cursor: Cursor, text: string): string {
  try {
    return JSON.parse(text) as string;
  } catch {
    return cursor.fail("a string in JSON's notation");
  }
}

export function toNumber(text: string): number {
  if (text.endsWith("inf")) return text.startsWith("-") ? -Infinity : Infinity;
  return text.endsWith("nan") ? NaN : Number(text);
}

/** Reads a dimension by its canonical text (dim.ts), the whole of it. Throws GraphTextError. */
export function parseDim(text: string): Dim {
  const cursor = new Cursor({ path: "<dimension>", text });
  const dim = dimAt(cursor);
  if (!cursor.done) cursor.fail("the end");
  return dim;
}

/** sum = ["-"] product { ("+" | "-") product }, as far as it goes. */
export function dimAt(cursor: Cursor): Dim {
  let sum = cursor.accept("-") ? negate(productAt(cursor)) : productAt(cursor);
  for (;;) {
    if (cursor.accept("+")) sum = add(sum, productAt(cursor));
    else if (cursor.accept("-")) sum = subtract(sum, productAt(cursor));
    else return sum;
  }
}

function productAt(cursor: Cursor): Dim {
  let product = powerAt(cursor);
  while (cursor.accept("*")) product = multiply(product, powerAt(cursor));
  return product;
}

function powerAt(cursor: Cursor): Dim {
  const base = atomAt(cursor);
  if (!cursor.accept("**")) return base;
  const power = Number(cursor.need(patterns.integer, "a power"));
  let result: Dim = 1;
  for (let i = 0; i < power; i++) result = multiply(result, base);
  return result;
}

/** integer | name | `div(p, q)` rounds down | `(p / q)` comes out even | `(p)`. */
function atomAt(cursor: Cursor): Dim {
  const number = cursor.take(patterns.integer);
  if (number !== undefined) return Number(number);
  if (cursor.accept("div(")) {
    const of = dimAt(cursor);
    cursor.expect(",");
    const by = dimAt(cursor);
    cursor.expect(")");
    return floorDivide(of, by);
  }
  if (cursor.accept("(")) {
    const of = dimAt(cursor);
    const by = cursor.accept("/") ? dimAt(cursor) : 1;
    cursor.expect(")");
    return divideExactly(of, by) ?? cursor.fail("an even quotient");
  }
  return symbol(cursor.need(patterns.name, "a dimension"));
}
