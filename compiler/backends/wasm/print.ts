// A module as text (WAT) for people: folded expressions, names, comments. wabt reads it back as the bytes of encode.ts.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { operandsOf, postfix, type Expr, type Func, type Module, type Statement } from "./ir.ts";
import { localsOf } from "./locals.ts";

const width = 100;

export function printModule({ memory, functions }: Module): string {
  const names = uniqueNames(functions);
  const limits = `${memory.minimumPages} ${memory.maximumPages}${memory.shared ? " shared" : ""}`;
  const bodies = functions.map((func) => printFunction(func, names));
  return [["(module", `  (import "env" "memory" (memory ${limits}))`], ...bodies, [")", ""]]
    .flat()
    .join("\n");
}

interface Scope {
  readonly names: ReadonlyMap<object, string>;
  readonly result: Expr | undefined;
}

function printFunction(func: Func, functions: ReadonlyMap<object, string>): string[] {
  const locals = localsOf(func);
  const names = new Map([...functions, ...uniqueNames(locals)]);
  const scope: Scope = { names, result: func.result };
  const { exported, imported } = func;
  const head = [
    `(func ${nameOf(scope, func)}`,
    ...(exported === undefined ? [] : [`(export ${JSON.stringify(exported)})`]),
    ...(imported === undefined ? [] : [`(import "env" ${JSON.stringify(imported)})`]),
    ...func.params.map((param) => `(param ${nameOf(scope, param)} ${param.type})`),
    ...(func.result ? [`(result ${func.result.type})`] : []),
  ];
  if (imported !== undefined) return [`  ${head.join(" ")})`];
  return [
    `  ${head.join(" ")}`,
    ...locals
      .slice(func.params.length)
      .map((local) => `    (local ${nameOf(scope, local)} ${local.type})`),
    ...printBody(scope, func.body, "    "),
    ...(func.result ? printTree(scope, func.result, "    ") : []),
    "  )",
  ];
}

function printBody(scope: Scope, body: readonly Statement[], indent: string): string[] {
  return body.flatMap((statement) => printStatement(scope, statement, indent));
}

function printStatement(scope: Scope, statement: Statement, indent: string): string[] {
  const inner = `${indent}  `;
  const folded = (head: string, values: readonly Expr[]): string[] =>
    printFolded(scope, head, values, indent);
  switch (statement.kind) {
    case "set":
      return folded(`local.set ${nameOf(scope, statement.local)}`, [statement.value]);
    case "store":
      return folded(accessHead(statement), [statement.address, statement.value]);
    case "loop":
      return [
        `${indent}(loop`,
        ...printBody(scope, statement.body, inner),
        ...printFolded(scope, "br_if 0", [statement.again], inner),
        `${indent})`,
      ];
    case "if":
      return [
        `${indent}(if`,
        ...printTree(scope, statement.test, inner),
        `${inner}(then`,
        ...printBody(scope, statement.then, `${inner}  `),
        `${inner})`,
        ...(statement.otherwise && statement.otherwise.length > 0
          ? [`${inner}(else`, ...printBody(scope, statement.otherwise, `${inner}  `), `${inner})`]
          : []),
        `${indent})`,
      ];
    case "run":
      return folded(`call ${nameOf(scope, statement.to)}`, statement.args);
    case "drop":
      return folded("drop", [statement.value]);
    case "fill":
      return folded("memory.fill", [statement.at, statement.byte, statement.bytes]);
    case "copy":
      return folded("memory.copy", [statement.to, statement.from, statement.bytes]);
    case "return":
      return folded("return", scope.result ? [scope.result] : []);
    case "fence":
      return [`${indent}atomic.fence`];
    case "trap":
      return [`${indent}unreachable`];
    case "comment":
      return [`${indent};; ${commentText(statement.text)}`];
    default:
      return statement satisfies never;
  }
}

/** Names and comments may hold a user's words, which must not end the comment. */
function commentText(text: string): string {
  return text.replace(/[^\p{L}\p{N}\p{P}\p{S} ]/gu, " ");
}

/** `(head a b)` on one line if it fits, else an operand a line. */
function printFolded(
  scope: Scope,
  head: string,
  values: readonly Expr[],
  indent: string,
): string[] {
  const lines = values.flatMap((value) => printTree(scope, value, `${indent}  `));
  const flat = `${indent}(${[head, ...lines.map((line) => line.trim())].join(" ")})`;
  if (lines.length === values.length && flat.length <= width) return [flat];
  return [`${indent}(${head}`, ...lines, `${indent})`];
}

/** An expression with everything below it; without recursion, as expressions may be deep. */
function printTree(scope: Scope, root: Expr, indent: string): string[] {
  const flat = new Map<Expr, string | undefined>();
  for (const value of postfix(root)) flat.set(value, flatText(scope, value, flat));
  const lines: string[] = [];
  const open: { readonly value: Expr | string; readonly depth: number }[] = [];
  open.push({ value: root, depth: 0 });
  for (let next = open.pop(); next; next = open.pop()) {
    const { value, depth } = next;
    // A very deep expression is not indented for ever.
    const margin = indent + "  ".repeat(Math.min(depth, 20));
    const text = typeof value === "string" ? value : flat.get(value);
    if (typeof value === "string" || (text !== undefined && margin.length + text.length <= width)) {
      lines.push(margin + (text ?? ""));
      continue;
    }
    const operands = operandsOf(value);
    if (operands.length === 0) {
      lines.push(`${margin}(${headOf(scope, value)})`);
      continue;
    }
    lines.push(`${margin}(${headOf(scope, value)}`);
    open.push({ value: ")", depth });
    for (const operand of operands.toReversed()) open.push({ value: operand, depth: depth + 1 });
  }
  return lines;
}

/** The expression on one line; nothing if that is longer than a line. */
function flatText(
  scope: Scope,
  value: Expr,
  below: ReadonlyMap<Expr, string | undefined>,
): string | undefined {
  const parts = [headOf(scope, value)];
  let length = 2;
  for (const operand of operandsOf(value)) {
    const text = below.get(operand);
    if (text === undefined) return undefined;
    parts.push(text);
    length += text.length;
    if (length > width) return undefined;
  }
  return `(${parts.join(" ")})`;
}

/** The instruction with its immediates. */
function headOf(scope: Scope, value: Expr): string {
  switch (value.kind) {
    case "const":
      return `${value.type}.const ${numberText(value.type, value.value)}`;
    case "vector":
      return vectorText(value.words);
    case "get":
      return `local.get ${nameOf(scope, value.local)}`;
    case "apply":
      return [
        value.op,
        ...(value.lane === undefined ? [] : [value.lane]),
        ...(value.lanes ?? []),
      ].join(" ");
    case "load":
    case "atomic":
      return accessHead(value);
    case "call":
      return `call ${nameOf(scope, value.to)}`;
    default:
      return value satisfies never;
  }
}

function accessHead({
  op,
  offset,
  lane,
}: {
  readonly op: string;
  readonly offset: number;
  readonly lane?: number;
}): string {
  const at = offset === 0 ? "" : ` offset=${offset}`;
  return `${op}${at}${lane === undefined ? "" : ` ${lane}`}`;
}

function numberText(type: "i32" | "i64" | "f32" | "f64", value: number): string {
  if (type === "i32") return String(value | 0);
  if (type === "i64") return String(BigInt(value));
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return value < 0 ? "-inf" : "inf";
  return Object.is(value, -0) ? "-0" : String(value);
}

/** As numbers where they look like numbers, else as bits. */
function vectorText(words: readonly number[]): string {
  const bits = Uint32Array.from({ length: 4 }, (_, lane) => words[lane] ?? 0);
  const floats = [...new Float32Array(bits.buffer)];
  const readable = floats.every((x) => x === 0 || (Math.abs(x) > 1e-12 && Math.abs(x) < 1e12));
  if (readable && floats.some((x) => x !== 0)) {
    return `v128.const f32x4 ${floats.map((x) => numberText("f32", x)).join(" ")}`;
  }
  const small = [...bits].every((word) => word < 2 ** 16);
  const texts = [...bits].map((word) => (small ? String(word) : `0x${word.toString(16)}`));
  return `v128.const i32x4 ${texts.join(" ")}`;
}

/** `$name` for each, valid and unique. */
function uniqueNames(all: readonly { readonly name: string }[]): Map<object, string> {
  const taken = new Set<string>();
  const names = new Map<object, string>();
  for (const each of all) {
    const base = `$${each.name.replace(/[^A-Za-z0-9_.+-]/g, "_") || "_"}`;
    let name = base;
    for (let n = 2; taken.has(name); n++) name = `${base}~${n}`;
    taken.add(name);
    names.set(each, name);
  }
  return names;
}

function nameOf({ names }: Scope, of: { readonly name: string }): string {
  const name = names.get(of);
  if (name === undefined) throw new InternalError(`${of.name} does not belong to the module`);
  return name;
}
