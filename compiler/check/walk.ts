// A walk over names as scopes bind them: every expression with the names it sees, innermost first.

import type { Body, DimExpr, Expr, Name, Pattern, Statement, Type } from "../../grammar/ast.ts";
import type { Span } from "../../grammar/source.ts";
import { patternNames } from "./rule.ts";

/** Something a name may mean. */
export interface Binding {
  readonly name: Name | undefined;
  readonly text: string;
  readonly what: string;
  /** Where it is bound, if in this file. */
  readonly span: Span | undefined;
  used: boolean;
}

/** A chain of scopes; a later binding of a name in the same scope hides the earlier one. */
export interface Names {
  readonly parent: Names | undefined;
  readonly bindings: Map<string, Binding>;
  /** Unknown names are taken for something that only elaboration knows (columns, fields, outputs). */
  readonly open: boolean;
  /** Hears of every binding in this scope and those within. */
  readonly onBind?: ((binding: Binding) => void) | undefined;
}

export interface Visitor {
  /** A name that stands for a binding. */
  readonly seen?: (span: Span, binding: Binding) => void;
  /** A name that no scope knows. */
  readonly unknown: (name: string, expr: Extract<Expr, { kind: "name" }>, names: Names) => void;
  /** A binding goes out of scope. */
  readonly closed: (binding: Binding) => void;
}

export function childNames(
  parent: Names | undefined,
  open = false,
  onBind: Names["onBind"] = parent?.onBind,
): Names {
  return { parent, bindings: new Map(), open, onBind };
}

export function bind(
  names: Names,
  name: Name | undefined,
  text: string,
  what: string,
  span = name?.span,
): Binding {
  const binding: Binding = { name, text, what, span, used: false };
  names.bindings.set(text, binding);
  names.onBind?.(binding);
  return binding;
}

export function find(names: Names, text: string): Binding | undefined {
  for (let at: Names | undefined = names; at; at = at.parent) {
    const found = at.bindings.get(text);
    if (found) return found;
  }
  return undefined;
}

export function isOpen(names: Names): boolean {
  for (let at: Names | undefined = names; at; at = at.parent) if (at.open) return true;
  return false;
}

/** Names in scope, for the nearest one. */
export function* visibleNames(names: Names): Generator<string> {
  for (let at: Names | undefined = names; at; at = at.parent) yield* at.bindings.keys();
}

/** Walks a body: its statements in order, each `let` seen by what follows. Gives what it bound. */
export function walkBody(body: Body, outer: Names, visitor: Visitor): void {
  const names = childNames(outer);
  const made: Binding[] = [];
  for (const statement of body.statements) walkStatement(statement, names, visitor, made);
  for (const binding of made) visitor.closed(binding);
}

function walkStatement(
  statement: Statement,
  names: Names,
  visitor: Visitor,
  made: Binding[],
): void {
  switch (statement.kind) {
    case "let":
      walkExpr(statement.value, names, visitor);
      if (statement.type) walkType(statement.type, names, visitor);
      // Of a tuple's parts some are often not wanted.
      if (statement.pattern.kind === "tuple") bindPattern(statement.pattern, names, "let");
      else made.push(...bindPattern(statement.pattern, names, "let"));
      break;
    case "param":
    case "state":
      walkType(statement.type, names, visitor);
      walkExpr(statement.init, names, visitor);
      made.push(bind(names, statement.name, statement.name.text, statement.kind));
      break;
    case "update": {
      walkExpr(statement.value, names, visitor);
      const state = find(names, statement.name.text);
      if (state) use(state, statement.name.span, visitor);
      break;
    }
    case "if":
      walkExpr(statement.condition, names, visitor);
      walkBody(statement.then, names, visitor);
      if (statement.else) walkBody(statement.else, names, visitor);
      break;
    case "return":
      walkExpr(statement.value, names, visitor);
      break;
    default:
      statement satisfies never;
  }
}

export function bindPattern(pattern: Pattern, names: Names, what: string): Binding[] {
  return patternNames(pattern).map((name) => bind(names, name, name.text, what));
}

/** Dimensions of a type bind what they name for the first time. */
export function walkType(written: Type, names: Names, visitor: Visitor): void {
  switch (written.kind) {
    case "tensor":
      for (const dim of written.shape) walkDim(dim, names, visitor);
      break;
    case "list":
      walkType(written.of, names, visitor);
      break;
    case "tuple":
      for (const { type: part } of written.items) walkType(part, names, visitor);
      break;
    case "named":
    case "choice":
    case "error":
      break;
    default:
      written satisfies never;
  }
}

function walkDim(dim: DimExpr, names: Names, visitor: Visitor): void {
  if (dim.kind === "rest") {
    if (dim.name) see(dim.name.text, dim.name.span, names, visitor);
    return;
  }
  walkDimNames(dim.value, names, visitor);
}

function walkDimNames(expr: Expr, names: Names, visitor: Visitor): void {
  if (expr.kind === "name") see(expr.name, expr.span, names, visitor);
  else if (expr.kind === "binary") {
    walkDimNames(expr.left, names, visitor);
    walkDimNames(expr.right, names, visitor);
  } else if (expr.kind === "unary") walkDimNames(expr.operand, names, visitor);
  else walkExpr(expr, names, visitor);
}

/** A dimension's name: used if it is known, else bound here. */
function see(text: string, span: Span, names: Names, visitor: Visitor): void {
  if (text === "_") return;
  const known = find(names, text);
  if (known) use(known, span, visitor);
  else bind(names, undefined, text, "dimension", span);
}

function use(binding: Binding, span: Span, visitor: Visitor): void {
  binding.used = true;
  visitor.seen?.(span, binding);
}

/** Every name of an expression, with what it sees. Iterative along left-deep chains. */
export function walkExpr(expr: Expr, names: Names, visitor: Visitor): void {
  let at: Expr | undefined = expr;
  while (at) {
    const current: Expr = at;
    at = undefined;
    switch (current.kind) {
      case "number":
      case "string":
      case "bool":
      case "none":
      case "error":
        break;
      case "name": {
        const known = find(names, current.name);
        if (known) use(known, current.span, visitor);
        else if (current.name !== "_") visitor.unknown(current.name, current, names);
        break;
      }
      case "tuple":
        for (const item of current.items) walkExpr(item, names, visitor);
        break;
      case "list":
        for (const { value } of current.items) walkExpr(value, names, visitor);
        break;
      case "record":
        for (const { value } of current.entries) walkExpr(value, names, visitor);
        break;
      case "if":
        walkExpr(current.condition, names, visitor);
        walkExpr(current.then, names, visitor);
        at = current.else;
        break;
      case "lambda": {
        const inner = childNames(names);
        bindPattern(current.pattern, inner, "argument");
        walkBody(current.body, inner, visitor);
        break;
      }
      case "pipe":
      case "binary":
        walkExpr(current.right, names, visitor);
        at = current.left;
        break;
      case "unary":
        at = current.operand;
        break;
      case "call":
        for (const { value } of current.arguments) walkExpr(value, names, visitor);
        at = current.callee;
        break;
      case "index":
        for (const slice of current.slices) {
          if (slice.kind === "at") walkExpr(slice.value, names, visitor);
          if (slice.kind !== "range") continue;
          for (const part of [slice.from, slice.to, slice.step])
            if (part) walkExpr(part, names, visitor);
        }
        at = current.target;
        break;
      case "member":
        at = current.target;
        break;
      default:
        current satisfies never;
    }
  }
}
