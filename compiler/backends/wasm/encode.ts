// A module as bytes: https://webassembly.github.io/spec/core/binary/.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { createBytes, type Bytes } from "./bytes.ts";
import { postfix, type Expr, type Func, type Local, type Module, type Statement } from "./ir.ts";
import { localsOf } from "./locals.ts";
import { atomics, loads, operators, stores, type Access } from "./table.ts";

const typeCodes = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, v128: 0x7b } as const;

const section = { custom: 0, type: 1, import: 2, function: 3, export: 7, code: 10 } as const;

export interface EncodeOptions {
  /** Writes the names of functions, for profiles and traps; they do not change what the module does. */
  readonly names?: boolean;
}

export function encodeModule(module: Module, options: EncodeOptions = {}): Uint8Array {
  const { memory, functions } = module;
  const own = functions.filter(({ imported }) => imported === undefined);
  const given = functions.slice(0, functions.length - own.length);
  const out = createBytes(1 << 16);
  out.bytes([0x00, 0x61, 0x73, 0x6d, 1, 0, 0, 0]);
  const part = createBytes(1 << 16);
  const write = (id: number, fill: (to: Bytes) => void): void => {
    part.clear();
    fill(part);
    out.byte(id);
    out.unsigned(part.length);
    out.bytes(part.written());
  };

  const { types, typeOf } = signaturesOf(functions);
  write(section.type, (to) => {
    to.unsigned(types.length);
    for (const type of types) to.bytes(type);
  });
  write(section.import, (to) => {
    to.unsigned(1 + given.length);
    to.text("env");
    to.text("memory");
    to.bytes([2, memory.shared ? 3 : 1]);
    to.unsigned(memory.minimumPages);
    to.unsigned(memory.maximumPages);
    given.forEach(({ name, imported }, i) => {
      if (imported === undefined) throw new InternalError(`${name} stands before what is imported`);
      to.text("env");
      to.text(imported);
      to.byte(0);
      to.unsigned(typeOf[i] ?? 0);
    });
  });
  write(section.function, (to) => {
    to.unsigned(own.length);
    for (const type of typeOf.slice(given.length)) to.unsigned(type);
  });
  const exported = functions.flatMap(({ exported: name }, i) =>
    name === undefined ? [] : { name, i },
  );
  if (exported.length > 0) {
    write(section.export, (to) => {
      to.unsigned(exported.length);
      for (const { name, i } of exported) {
        to.text(name);
        to.byte(0);
        to.unsigned(i);
      }
    });
  }
  const numbers = new Map(functions.map((func, i) => [func, i]));
  const body = createBytes(1 << 14);
  write(section.code, (to) => {
    to.unsigned(own.length);
    for (const func of own) {
      body.clear();
      encodeFunction(body, func, numbers);
      to.unsigned(body.length);
      to.bytes(body.written());
    }
  });
  if (options.names ?? true) write(section.custom, (to) => encodeNames(to, functions));
  return out.written().slice();
}

/** The different signatures in order of first use, and the number of each function's. */
function signaturesOf(functions: readonly Func[]): {
  readonly types: readonly (readonly number[])[];
  readonly typeOf: readonly number[];
} {
  const types = new Map<string, { readonly index: number; readonly bytes: readonly number[] }>();
  const typeOf = functions.map(({ params, result }) => {
    const from = params.map((param) => typeCodes[param.type]);
    const to = result ? [typeCodes[result.type]] : [];
    const bytes = [0x60, from.length, ...from, to.length, ...to];
    const key = bytes.join();
    const known = types.get(key) ?? { index: types.size, bytes };
    types.set(key, known);
    return known.index;
  });
  return { types: [...types.values()].map(({ bytes }) => bytes), typeOf };
}

/** Subsection 1 of the name section: names of functions. */
function encodeNames(out: Bytes, functions: readonly Func[]): void {
  const names = createBytes();
  names.unsigned(functions.length);
  functions.forEach(({ name }, i) => {
    names.unsigned(i);
    names.text(name);
  });
  out.text("name");
  out.byte(1);
  out.unsigned(names.length);
  out.bytes(names.written());
}

interface Scope {
  readonly out: Bytes;
  readonly func: Func;
  readonly locals: ReadonlyMap<Local, number>;
  readonly functions: ReadonlyMap<Func, number>;
}

function encodeFunction(out: Bytes, func: Func, functions: ReadonlyMap<Func, number>): void {
  const locals = localsOf(func);
  const runs: { readonly type: Local["type"]; count: number }[] = [];
  for (const { type } of locals.slice(func.params.length)) {
    const last = runs.at(-1);
    if (last?.type === type) last.count += 1;
    else runs.push({ type, count: 1 });
  }
  out.unsigned(runs.length);
  for (const { type, count } of runs) {
    out.unsigned(count);
    out.byte(typeCodes[type]);
  }
  const scope: Scope = {
    out,
    func,
    locals: new Map(locals.map((local, i) => [local, i])),
    functions,
  };
  encodeBody(scope, func.body);
  if (func.result) encodeValue(scope, func.result);
  out.byte(0x0b);
}

const empty = 0x40; // type of a block that gives nothing

function encodeBody(scope: Scope, body: readonly Statement[]): void {
  for (const statement of body) encodeStatement(scope, statement);
}

function encodeStatement(scope: Scope, statement: Statement): void {
  const { out } = scope;
  switch (statement.kind) {
    case "set":
      encodeValue(scope, statement.value);
      out.byte(0x21);
      out.unsigned(numberOf(scope.locals, statement.local));
      break;
    case "store":
      encodeValue(scope, statement.address);
      encodeValue(scope, statement.value);
      encodeAccess(out, stores, statement);
      break;
    case "loop":
      out.bytes([0x03, empty]);
      encodeBody(scope, statement.body);
      encodeValue(scope, statement.again);
      out.bytes([0x0d, 0, 0x0b]);
      break;
    case "if":
      encodeValue(scope, statement.test);
      out.bytes([0x04, empty]);
      encodeBody(scope, statement.then);
      if (statement.otherwise && statement.otherwise.length > 0) {
        out.byte(0x05);
        encodeBody(scope, statement.otherwise);
      }
      out.byte(0x0b);
      break;
    case "run":
      for (const arg of statement.args) encodeValue(scope, arg);
      out.byte(0x10);
      out.unsigned(numberOf(scope.functions, statement.to));
      break;
    case "drop":
      encodeValue(scope, statement.value);
      out.byte(0x1a);
      break;
    case "fill":
      for (const arg of [statement.at, statement.byte, statement.bytes]) encodeValue(scope, arg);
      out.bytes([0xfc, 11, 0]);
      break;
    case "copy":
      for (const arg of [statement.to, statement.from, statement.bytes]) encodeValue(scope, arg);
      out.bytes([0xfc, 10, 0, 0]);
      break;
    case "return":
      if (scope.func.result) encodeValue(scope, scope.func.result);
      out.byte(0x0f);
      break;
    case "fence":
      out.bytes([0xfe, 3, 0]);
      break;
    case "trap":
      out.byte(0x00);
      break;
    case "comment":
      break;
    default:
      statement satisfies never;
  }
}

function encodeValue(scope: Scope, value: Expr): void {
  for (const part of postfix(value)) encodeInstruction(scope, part);
}

/** One instruction whose operands are on the stack. */
function encodeInstruction(scope: Scope, value: Expr): void {
  const { out } = scope;
  switch (value.kind) {
    case "const":
      encodeConstant(out, value);
      break;
    case "vector":
      out.bytes([0xfd, 12]);
      for (let lane = 0; lane < 4; lane++) out.word(value.words[lane] ?? 0);
      break;
    case "get":
      out.byte(0x20);
      out.unsigned(numberOf(scope.locals, value.local));
      break;
    case "apply":
      encodeOperator(out, value);
      break;
    case "load":
      encodeAccess(out, loads, value);
      break;
    case "atomic":
      encodeAccess(out, atomics, value);
      break;
    case "call":
      out.byte(0x10);
      out.unsigned(numberOf(scope.functions, value.to));
      break;
    default:
      value satisfies never;
  }
}

function encodeConstant(out: Bytes, constant: Extract<Expr, { kind: "const" }>): void {
  const { value } = constant;
  switch (constant.type) {
    case "i32":
      out.byte(0x41);
      out.signed(value | 0);
      break;
    case "i64":
      out.byte(0x42);
      out.signed(value);
      break;
    case "f32":
      out.byte(0x43);
      out.f32(value);
      break;
    case "f64":
      out.byte(0x44);
      out.f64(value);
      break;
    default:
      constant.type satisfies never;
  }
}

function encodeOperator(out: Bytes, { op, lane, lanes }: Extract<Expr, { kind: "apply" }>): void {
  if (op === "select") {
    out.byte(0x1b);
    return;
  }
  const known = operators.get(op);
  if (!known) throw new InternalError(`there is no instruction ${op}`);
  out.bytes(known.code);
  if (known.immediate === "lane") out.byte(immediate(op, lane));
  if (known.immediate === "lanes") {
    if (lanes?.length !== 16) throw new InternalError(`${op} needs 16 lanes`);
    out.bytes(lanes);
  }
}

function encodeAccess(
  out: Bytes,
  table: ReadonlyMap<string, Access>,
  { op, offset, lane }: { readonly op: string; readonly offset: number; readonly lane?: number },
): void {
  const known = table.get(op);
  if (!known) throw new InternalError(`there is no instruction ${op}`);
  if (!Number.isInteger(offset) || offset < 0 || offset >= 2 ** 32) {
    throw new InternalError(`${op} at the offset ${offset}`);
  }
  out.bytes(known.code);
  out.unsigned(known.align);
  out.unsigned(offset);
  if (known.lane) out.byte(immediate(op, lane));
}

function immediate(op: string, lane: number | undefined): number {
  if (lane === undefined) throw new InternalError(`${op} needs a lane`);
  return lane;
}

function numberOf<T extends { readonly name: string }>(
  numbers: ReadonlyMap<T, number>,
  of: T,
): number {
  const number = numbers.get(of);
  if (number === undefined) throw new InternalError(`${of.name} does not belong to the module`);
  return number;
}
