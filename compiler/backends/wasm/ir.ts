// WebAssembly as a tree: what the printers of kernels build, what encode.ts writes as bytes and print.ts as text.
// Expressions are trees (what is used twice is bound to a local), statements are structured.

import { InternalError } from "../../../grammar/diagnostic.ts";
import { atomics, loads, operators, stores } from "./table.ts";

/** Types of values on the stack. */
export type ValueType = "i32" | "i64" | "f32" | "f64" | "v128";

/** A local variable; its identity is the object, its name is for the reader. */
export interface Local {
  readonly type: ValueType;
  readonly name: string;
}

/** Instructions that take their operands from the stack and have no immediates; named as in the specification's text
 *  format. `table.ts` holds their bytes and types. */
export type Expr =
  | { readonly kind: "const"; readonly type: "i32" | "i64" | "f32" | "f64"; readonly value: number }
  /** `v128.const` of four 32-bit words, lane 0 first. */
  | { readonly kind: "vector"; readonly type: "v128"; readonly words: readonly number[] }
  | { readonly kind: "get"; readonly type: ValueType; readonly local: Local }
  /** Any instruction of `operators`; `lane` is the immediate of extract_lane and replace_lane, `lanes` the 16 bytes of
   *  i8x16.shuffle. `select` is an operator too: (a, b, i32 condition) → a if the condition is not 0. */
  | {
      readonly kind: "apply";
      readonly type: ValueType;
      readonly op: string;
      readonly args: readonly Expr[];
      readonly lane?: number;
      readonly lanes?: readonly number[];
    }
  /** Any instruction of `loads`: from `address` + `offset` bytes. `into` and `lane` belong to v128.load…_lane. */
  | {
      readonly kind: "load";
      readonly type: ValueType;
      readonly op: string;
      readonly address: Expr;
      readonly offset: number;
      readonly into?: Expr;
      readonly lane?: number;
    }
  /** Atomic read-modify-write, wait and notify: operands after the address are `args`. */
  | {
      readonly kind: "atomic";
      readonly type: ValueType;
      readonly op: string;
      readonly address: Expr;
      readonly offset: number;
      readonly args: readonly Expr[];
    }
  | {
      readonly kind: "call";
      readonly type: ValueType;
      readonly to: Func;
      readonly args: readonly Expr[];
    };

export type Statement =
  | { readonly kind: "set"; readonly local: Local; readonly value: Expr }
  /** Any instruction of `stores`; `lane` belongs to v128.store…_lane. */
  | {
      readonly kind: "store";
      readonly op: string;
      readonly address: Expr;
      readonly value: Expr;
      readonly offset: number;
      readonly lane?: number;
    }
  /** Runs the body, then again as long as `again` is not 0: do … while. */
  | { readonly kind: "loop"; readonly body: readonly Statement[]; readonly again: Expr }
  | {
      readonly kind: "if";
      readonly test: Expr;
      readonly then: readonly Statement[];
      readonly otherwise?: readonly Statement[];
    }
  /** Calls a function without a result, or drops what an expression gives. */
  | { readonly kind: "run"; readonly to: Func; readonly args: readonly Expr[] }
  | { readonly kind: "drop"; readonly value: Expr }
  /** memory.fill and memory.copy; sizes in bytes. */
  | { readonly kind: "fill"; readonly at: Expr; readonly byte: Expr; readonly bytes: Expr }
  | { readonly kind: "copy"; readonly to: Expr; readonly from: Expr; readonly bytes: Expr }
  /** Ends the function; its result is worked out first. */
  | { readonly kind: "return" }
  /** Orders memory accesses before and after it: atomic.fence. */
  | { readonly kind: "fence" }
  /** Ends everything with an error: unreachable. */
  | { readonly kind: "trap" }
  /** A line of the listing; no code. */
  | { readonly kind: "comment"; readonly text: string };

export interface Func {
  readonly name: string;
  readonly params: readonly Local[];
  readonly body: readonly Statement[];
  /** Value that the function gives, worked out after the body. */
  readonly result?: Expr;
  /** Name under which the module exports it. */
  readonly exported?: string;
  /** Name under which the surroundings give it, as `env.<name>`; the body then is empty. */
  readonly imported?: string;
}

/** A module imports one memory as `env.memory`; what else it has is functions, imported ones first. */
export interface Module {
  readonly memory: {
    readonly minimumPages: number;
    readonly maximumPages: number;
    readonly shared: boolean;
  };
  readonly functions: readonly Func[];
}

// ---- building

export function local(type: ValueType, name: string): Local {
  return { type, name };
}

export function get(from: Local): Expr {
  return { kind: "get", type: from.type, local: from };
}

export function set(to: Local, value: Expr): Statement {
  return { kind: "set", local: to, value };
}

export function i32(value: number): Expr {
  return { kind: "const", type: "i32", value: value | 0 };
}

export function f32(value: number): Expr {
  return { kind: "const", type: "f32", value: Math.fround(value) };
}

/** Four equal f32 lanes. */
export function f32x4(value: number): Expr {
  const [word = 0] = new Uint32Array(new Float32Array([value]).buffer);
  return { kind: "vector", type: "v128", words: [word, word, word, word] };
}

/** Four i32 lanes; one number stands for all of them. */
export function i32x4(...values: readonly number[]): Expr {
  const at = (lane: number): number => (values[lane] ?? values[0] ?? 0) >>> 0;
  return { kind: "vector", type: "v128", words: [at(0), at(1), at(2), at(3)] };
}

/** An instruction applied to operands, which must have the types that the table of instructions asks for. */
export function apply(
  op: string,
  args: readonly Expr[],
  immediates: { readonly lane?: number; readonly lanes?: readonly number[] } = {},
): Expr {
  return { kind: "apply", type: resultOf(op, args), op, args, ...immediates };
}

/** Type of what an operator gives; operands that do not fit are a mistake of the compiler. */
function resultOf(op: string, args: readonly Expr[]): ValueType {
  const given = args.map((arg) => arg.type);
  if (op === "select") {
    const [a, b, condition] = given;
    if (a === undefined || a !== b || condition !== "i32" || given.length > 3) mismatch(op, given);
    return a;
  }
  const known = operators.get(op);
  if (!known) throw new InternalError(`there is no instruction ${op}`);
  if (given.join() !== known.params.join()) mismatch(op, given);
  return known.result;
}

function mismatch(op: string, given: readonly ValueType[]): never {
  throw new InternalError(`${op} does not take (${given.join(", ")})`);
}

/** Sum of i32 expressions; constants are folded. */
export function add(a: Expr, b: Expr): Expr {
  if (a.kind === "const" && b.kind === "const") return i32(a.value + b.value);
  if (a.kind === "const" && a.value === 0) return b;
  if (b.kind === "const" && b.value === 0) return a;
  return apply("i32.add", [a, b]);
}

/** Product of an i32 expression and a number; powers of two become shifts. */
export function times(a: Expr, by: number): Expr {
  if (by === 1) return a;
  if (by === 0) return i32(0);
  if (a.kind === "const") return i32(Math.imul(a.value, by));
  const shift = Math.log2(by);
  return Number.isInteger(shift)
    ? apply("i32.shl", [a, i32(shift)])
    : apply("i32.mul", [a, i32(by)]);
}

export function load(op: string, address: Expr, offset = 0): Expr {
  const type = loads.get(op)?.result;
  if (!type) throw new InternalError(`there is no load ${op}`);
  return { kind: "load", type, op, address, offset };
}

/** Loads into one lane of a vector and keeps the others. */
export function loadLane(op: string, address: Expr, into: Expr, lane: number, offset = 0): Expr {
  return { kind: "load", type: "v128", op, address, offset, into, lane };
}

export function store(op: string, address: Expr, value: Expr, offset = 0): Statement {
  const known = stores.get(op);
  if (!known) throw new InternalError(`there is no store ${op}`);
  if (value.type !== known.params[0]) mismatch(op, [value.type]);
  return { kind: "store", op, address, value, offset };
}

/** Stores one lane of a vector. */
export function storeLane(
  op: string,
  address: Expr,
  value: Expr,
  lane: number,
  offset = 0,
): Statement {
  return { kind: "store", op, address, value, offset, lane };
}

/** Read-modify-write, wait or notify; `args` follow the address. */
export function atomic(op: string, address: Expr, args: readonly Expr[], offset = 0): Expr {
  const known = atomics.get(op);
  if (!known?.result) throw new InternalError(`there is no atomic instruction ${op}`);
  const given = args.map((arg) => arg.type);
  if (given.join() !== known.params.join()) mismatch(op, given);
  return { kind: "atomic", type: known.result, op, address, offset, args };
}

/** Operands of an expression in the order in which they are worked out. */
export function operandsOf(value: Expr): readonly Expr[] {
  switch (value.kind) {
    case "const":
    case "vector":
    case "get":
      return [];
    case "apply":
    case "call":
      return value.args;
    case "load":
      return value.into ? [value.address, value.into] : [value.address];
    case "atomic":
      return [value.address, ...value.args];
    default:
      return value satisfies never;
  }
}

/** An expression and all below it, operands before what uses them: the order of code. Without recursion, as
 *  expressions may be deep. */
export function postfix(value: Expr): Expr[] {
  const order: Expr[] = [];
  const open = [value];
  for (let next = open.pop(); next; next = open.pop()) {
    order.push(next);
    for (const operand of operandsOf(next)) open.push(operand);
  }
  return order.reverse();
}
