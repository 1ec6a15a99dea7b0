// Bodies of code while a kernel is printed: what scope.ts is for text. A block is the body of a loop, a pass or a
// branch; values are bound to locals in the outermost block that knows everything they depend on.

import { InternalError } from "../../../grammar/diagnostic.ts";
import type { Place } from "../scope.ts";
import {
  add,
  get,
  i32,
  local,
  set,
  apply,
  type Expr,
  type Local,
  type Statement,
  type ValueType,
} from "./ir.ts";

/** A statement, or code that is known only when everything has been printed into it. */
export type Code = Statement | Block | (() => readonly Statement[]);

/** A value at hand: one number, or one a lane. `expr` is a local or a constant. */
export interface Value {
  readonly lanes: boolean;
  readonly expr: Expr;
}

/** Four neighbouring points of an axis at once; its binding is the first of them. */
export interface Lanes {
  /** By name; several axes where code for several rows stands in one block, of which each needs one. */
  readonly axes: ReadonlySet<string>;
  /** How many of the four count; the others may be computed but not stored. */
  readonly active: number;
  /** Whether those that count may lie beyond the end of their axis, for what is packed and then not used. */
  readonly overhangs?: boolean;
}

/** One of outer lanes. */
export interface Lane {
  readonly number: number;
  readonly overhangs: boolean;
}

/** Lanes along one axis. */
export function lanesAlong(axis: string, active = 4): Lanes {
  return { axes: new Set([axis]), active };
}

export interface Block extends Place<Block> {
  /** What the axes that this block brings are bound to: i32 values. */
  readonly bindings: ReadonlyMap<string, Expr>;
  /** Lanes that begin here; null ends those of outer blocks. */
  readonly lanes: Lanes | null | undefined;
  /** In a block for one of outer lanes: which. */
  readonly lane: Lane | undefined;
  readonly prelude: Code[];
  readonly rest: Code[];
  readonly locals: Map<unknown, Value>;
  /** Of the whole function: numbers for names, and where locals are set. */
  readonly counter: { next: number; readonly homes: Map<Local, Block> };
}

export interface BlockOptions {
  readonly bindings?: Readonly<Record<string, Expr>>;
  readonly lanes?: Lanes | null;
  readonly lane?: Lane;
  readonly guarded?: boolean;
  /** Names beside those of the bindings. */
  readonly brings?: readonly string[];
}

/** The outermost block of a function, with what is known from its start. */
export function rootBlock(bindings: Readonly<Record<string, Expr>> = {}): Block {
  return makeBlock(undefined, { bindings });
}

/** A block inside another; the caller puts it where it runs. */
export function childBlock(parent: Block, options: BlockOptions = {}): Block {
  return makeBlock(parent, options);
}

function makeBlock(parent: Block | undefined, options: BlockOptions): Block {
  const bindings = new Map(Object.entries(options.bindings ?? {}));
  return {
    parent,
    bindings,
    brings: new Set([...bindings.keys(), ...(options.brings ?? [])]),
    lanes: options.lanes,
    lane: options.lane,
    guarded: options.guarded ?? false,
    prelude: [],
    rest: [],
    locals: new Map(),
    counter: parent?.counter ?? { next: 0, homes: new Map() },
  };
}

/** The statements of a block, preludes first. */
export function statementsOf(block: Block): Statement[] {
  return [...block.prelude, ...block.rest].flatMap((code): readonly Statement[] => {
    if (typeof code === "function") return code();
    return "kind" in code ? [code] : statementsOf(code);
  });
}

export function rootOf(block: Block): Block {
  let at = block;
  while (at.parent) at = at.parent;
  return at;
}

/** The lanes that a block works on, if any. */
export function lanesOf(block: Block): Lanes | undefined {
  for (let at: Block | undefined = block; at; at = at.parent) {
    if (at.lanes !== undefined) return at.lanes ?? undefined;
  }
  return undefined;
}

/** Which of outer lanes a block is for, if it is for one of them. */
export function laneOf(block: Block): Lane | undefined {
  for (let at: Block | undefined = block; at; at = at.parent) {
    if (at.lanes !== undefined) return at.lane;
  }
  return undefined;
}

/** What an axis is bound to where a block stands. */
export function boundTo(block: Block, axis: string): Expr {
  for (let at: Block | undefined = block; at; at = at.parent) {
    const found = at.bindings.get(axis);
    if (found) return found;
  }
  throw new InternalError(`axis ${axis} is bound nowhere`);
}

/** A new local that is set at this point of `block`'s prelude. */
export function bind(block: Block, value: Expr, name = "v"): Expr {
  if (value.kind === "get" || value.kind === "const") return value;
  const to = local(value.type, `${name}${block.counter.next++}`);
  block.prelude.push(set(to, value));
  block.counter.homes.set(to, block);
  return get(to);
}

/** A new variable that is set now and changed later. */
export function variable(block: Block, type: ValueType, name: string): Expr & { kind: "get" } {
  const made = local(type, `${name}${block.counter.next++}`);
  return { kind: "get", type, local: made };
}

export interface Range {
  readonly from: Expr;
  readonly to: Expr;
  readonly step?: number;
  /** Whether there may be nothing to do. */
  readonly maybeEmpty?: boolean;
}

/** A loop that counts `name` from `from` below `to`; gives the block of its body. */
export function openCounter(
  block: Block,
  name: string,
  { from, to, step = 1, maybeEmpty = false }: Range,
  options: BlockOptions = {},
): Block {
  const counter = variable(block, "i32", name);
  const body = childBlock(block, {
    ...options,
    bindings: { ...options.bindings, [name]: counter },
  });
  block.rest.push(() => {
    const loop: Statement = {
      kind: "loop",
      body: [...statementsOf(body), set(counter.local, add(counter, i32(step)))],
      again: apply("i32.lt_s", [counter, to]),
    };
    const start = set(counter.local, from);
    const isSure = from.kind === "const" && to.kind === "const" && from.value < to.value;
    if (isSure || (!maybeEmpty && to.kind !== "const")) return [start, loop];
    return [start, { kind: "if", test: apply("i32.lt_s", [counter, to]), then: [loop] }];
  });
  return body;
}

/** A branch; gives the block that runs where `test` is not 0. */
export function openIf(block: Block, test: Expr, options: BlockOptions = {}): Block {
  const then = childBlock(block, { guarded: true, ...options });
  block.rest.push(() => [{ kind: "if", test, then: statementsOf(then) }]);
  return then;
}

/** A branch with both sides; whatever they hoist stays inside. */
export function openBranch(
  block: Block,
  test: Expr,
): { readonly then: Block; readonly otherwise: Block } {
  const then = childBlock(block, { guarded: true });
  const otherwise = childBlock(block, { guarded: true });
  block.rest.push(() => [
    { kind: "if", test, then: statementsOf(then), otherwise: statementsOf(otherwise) },
  ]);
  return { then, otherwise };
}
